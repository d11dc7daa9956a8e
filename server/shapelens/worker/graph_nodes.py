"""One layer, input or operation as a node of a model's graph."""

from __future__ import annotations

from typing import Any, Dict, List, NamedTuple, Optional, Sequence, Tuple

from .contract import (
    Computation,
    GraphEdge,
    GraphNode,
    Items,
    Kind,
    Location,
    NodeKind,
    Structure,
    TensorSpec,
)
from .describe import Describer, tensor_spec
from .positions import Positions
from .record import Recorder
from .values import attribute

_KERAS = ("keras.", "tf_keras.")

_MOST_WEIGHTS = 64


class Level(NamedTuple):
    """The nodes of a model and how they are connected."""

    nodes: Tuple[GraphNode, ...] = ()
    edges: Tuple[GraphEdge, ...] = ()


_NOTHING = Level()


class Nodes:
    """Makes nodes of layers; ``left`` is how many more may be made."""

    def __init__(self, describer: Describer, recorder: Recorder, positions: Positions, most: int) -> None:
        self._describer = describer
        self._recorder = recorder
        self._positions = positions
        self._numbers: Dict[int, int] = {}
        self._parameters: Dict[int, Tuple[Optional[int], Optional[int]]] = {}
        self._computations: Dict[int, Optional[Computation]] = {}
        self._specs: Dict[int, Tuple[Any, TensorSpec]] = {}
        self.left = most
        self.cut = False
        """Whether there were more."""

    def specs(self, tensors: Sequence[Any]) -> Optional[Structure]:
        """Return what symbolic tensors are, each of which is an output of one layer and an input of others."""
        return joined([self._spec(tensor) for tensor in tensors])

    def _spec(self, tensor: Any) -> TensorSpec:
        known = self._specs.get(id(tensor))
        if known is None:
            known = self._specs[id(tensor)] = (tensor, tensor_spec(tensor))
        return known[1]

    def take(self) -> bool:
        """Tell whether one more node may be made."""
        if self.left <= 0:
            self.cut = True
            return False
        self.left -= 1
        return True

    def has(self, operation: Any) -> bool:
        """Tell whether a layer is in any graph so far."""
        return id(operation) in self._numbers

    def node(
        self,
        operation: Any,
        taken: Optional[Structure],
        given: Optional[Structure],
        outputs: Tuple[Any, ...] = (),
        inner: Level = _NOTHING,
        fault: Optional[Location] = None,
    ) -> GraphNode:
        """Return the node of one call; ``outputs`` are its symbolic tensors, by which an operation's place is found."""
        location, inside = self._place(operation, outputs)
        total, trainable = self.parameters(operation)
        return GraphNode(
            name=str(attribute(operation, "name", "")),
            type_name=self._type_name(operation),
            kind=self._kind(operation),
            layer=self._numbers.setdefault(id(operation), len(self._numbers)),
            location=location,
            inside=inside,
            input=taken,
            output=given,
            parameters=total,
            trainable_parameters=trainable,
            computation=self._computation(operation),
            fault=fault,
            nodes=inner.nodes,
            edges=inner.edges,
        )

    def parameters(self, layer: Any) -> Tuple[Optional[int], Optional[int]]:
        """Return how many parameters a layer has, all and trainable ones."""
        known = self._parameters.get(id(layer))
        if known is None:
            known = self._parameters[id(layer)] = self._recorder.layers.parameters(layer)
        return known

    def _kind(self, operation: Any) -> NodeKind:
        generation = self._describer.generation(operation)
        if generation is None or generation.function(operation):
            return NodeKind.OPERATION
        if generation.is_input(operation):
            return NodeKind.INPUT
        return NodeKind.MODEL if self._describer.kind(type(operation)) is Kind.MODEL else NodeKind.LAYER

    def _type_name(self, operation: Any) -> str:
        generation = self._describer.generation(operation)
        function = generation.function(operation) if generation is not None else ""
        return function or type(operation).__name__

    def _place(self, operation: Any, outputs: Tuple[Any, ...]) -> Tuple[Optional[Location], bool]:
        site = self._recorder.creation(operation)
        if site is not None:
            return site.location, False
        for tensor in outputs:
            known = self._recorder.symbols.get(id(tensor))
            if known is not None:
                # An input is made by the very call that gives its tensor; so is an operation of Keras.
                return self._positions.sites[known[1]].location, False
        state = self._recorder.layers.first_call(operation)
        return (state.via[-1], True) if state is not None and state.via else (None, False)

    def _computation(self, operation: Any) -> Optional[Computation]:
        if id(operation) not in self._computations:
            try:
                self._computations[id(operation)] = computation(operation)
            except Exception:  # an unbuilt layer, or one of another version of Keras
                self._computations[id(operation)] = None
        return self._computations[id(operation)]


class Growing:
    """The nodes of a model in the making, connected by the symbolic tensors that they make and take."""

    def __init__(self, nodes: Nodes) -> None:
        self._nodes = nodes
        self._added: List[GraphNode] = []
        self._edges: List[GraphEdge] = []
        self._made: Dict[int, int] = {}

    def feed(self, tensors: Sequence[Any], faulty: bool = False) -> None:
        """Connect the next node to those that made its arguments."""
        for tensor in tensors:
            source = self._made.get(id(tensor))
            if source is not None:
                spec = self._nodes.specs([tensor])
                whole = spec == self._added[source].output
                self._edges.append(GraphEdge(source, len(self._added), None if whole else spec, faulty))

    def add(self, node: GraphNode, outputs: Sequence[Any] = ()) -> None:
        """Add the next node, which makes these tensors."""
        self._made.update((id(tensor), len(self._added)) for tensor in outputs)
        self._added.append(node)

    def level(self) -> Level:
        """Return what there is."""
        return Level(tuple(self._added), tuple(self._edges))


def computation(operation: Any) -> Optional[Computation]:
    """Return what the cost of a layer or operation of Keras' own follows from."""
    kind = type(operation)
    if not str(kind.__module__).startswith(_KERAS):
        return None
    name = kind.__name__
    if attribute(operation, "layers", None) is not None:
        return Computation(name)  # the layers of a model tell their own
    if attribute(operation, "time_major", False) is True:
        return None  # the steps lie along another axis
    if attribute(operation, "interpolation", "nearest") != "nearest":
        return None  # an UpSampling2D that computes
    # A Bidirectional has two of the same kind.
    wrapped = attribute(operation, "layer", None) or attribute(operation, "forward_layer", None)
    inner = wrapped if wrapped is not None else attribute(operation, "cell", None)
    if inner is not None and not str(type(inner).__module__).startswith(_KERAS):
        return None
    priced: Any = operation if wrapped is None else wrapped
    shapes: List[Tuple[int, ...]] = [
        tuple(int(size) for size in variable.shape)
        for variable in list(attribute(operation, "weights", ()))[:_MOST_WEIGHTS]
    ]
    window = attribute(priced, "pool_size", ())
    equation = attribute(priced, "equation", "")
    return Computation(
        name,
        tuple(shapes),
        (window,) if isinstance(window, int) else tuple(int(size) for size in window),
        equation if isinstance(equation, str) else "",
        type(inner).__name__ if inner is not None else "",
    )


def joined(parts: Sequence[Structure]) -> Optional[Structure]:
    """Return several tensors as one structure."""
    if len(parts) == 1:
        return parts[0]
    return Items(tuple(parts)) if parts else None
