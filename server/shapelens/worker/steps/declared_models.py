"""Functional models are not traced layer by layer in a step where that tells nothing new: their outputs are declared.

Every layer of such a model was called with symbolic tensors when the model was made, and would say the same again. So
within a symbolic graph the model's outputs are placeholders of the declared shapes, with the batch axis of the inputs.
A model is traced in full where a step could tell more: layers of the program's own, operations, masks, states, losses
of layers, sizes that the declaration leaves open.
"""

from __future__ import annotations

import contextlib
from typing import Any, Callable, Dict, Iterator, List, Mapping, Optional, Tuple

from .symbolic_graph import SymbolicGraphs

_TABLES = tuple(
    f"keras.src.layers.preprocessing.{module}"
    for module in (
        "category_encoding",
        "discretization",
        "feature_space",
        "hashed_crossing",
        "hashing",
        "index_lookup",
        "integer_lookup",
        "string_lookup",
        "text_vectorization",
    )
)
"""Modules of layers whose operations in a graph have other dtypes, or know less of the batch axis, than declared."""

_UNCHECKED = ("keras.src.layers.attention.", "keras.src.layers.core.einsum_dense")
"""Modules of layers that compare no sizes while tensors are symbolic: what does not fit shows only in a graph."""

CallDeclared = Callable[[Any, Tuple[Any, ...], Mapping[str, Any], Any, Optional[int]], None]
"""Told of a layer, the symbolic arguments, keywords and outputs of its call, and the size of the batch if known."""


class DeclaredModels:
    """Replaces how Functional models run through their graph (keras/src/ops/function.py, _run_through_graph)."""

    def __init__(self, graphs: SymbolicGraphs, call_declared: CallDeclared) -> None:
        import tensorflow as tf
        from keras.src import tree
        from keras.src.models.functional import Functional

        self._tf = tf
        self._tree = tree
        self._functional: Any = Functional
        self._graphs = graphs
        self._call_declared = call_declared
        self._plain: Dict[int, Tuple[Any, bool]] = {}
        self._off = False
        self.uses = 0
        """How often the outputs of a model were declared."""
        self.runs = 0
        """How often a model was traced layer by layer."""

    def install(self) -> None:
        """Patch the class of Functional models."""
        run: Callable[..., Any] = self._functional._run_through_graph

        def _run_through_graph(model: Any, inputs: Any, *arguments: Any, **keywords: Any) -> Any:
            outputs = self._declared(model, inputs) if self._graphs.tracing and not self._off else None
            if outputs is not None:
                return outputs
            self.runs += 1
            return run(model, inputs, *arguments, **keywords)

        _run_through_graph.autograph_info__ = {}  # type: ignore[attr-defined]  # AutoGraph calls it as it is
        self._functional._run_through_graph = _run_through_graph

    @contextlib.contextmanager
    def switched_off(self) -> Iterator[None]:
        """Trace all models in full: messages of TensorFlow name the operations that a declaration leaves out."""
        before, self._off = self._off, True
        try:
            yield
        finally:
            self._off = before

    def tell(self, model: Any, graph: Any, inputs: Any) -> None:
        """Tell of the call that a step would make of a model whose outputs are declared, ``graph`` its own graph."""
        given = self._tree.flatten(inputs)
        batch = given[0].shape[0] if given else None
        if batch is not None:
            self._tell_calls(graph, batch)
        outputs = self._tree.pack_sequence_as(graph._outputs_struct, list(graph.outputs))
        self._call_declared(model, (inputs,), {}, outputs, batch)

    def _declared(self, model: Any, inputs: Any) -> Optional[Any]:
        given = self._tree.flatten(inputs)
        if not self.is_plain(model) or len(given) != len(model.inputs):
            return None
        for tensor, declared in zip(given, model.inputs):
            if not self._tf.is_tensor(tensor) or not isinstance(tensor, self._tf.Tensor) or tensor.shape.rank is None:
                return None
            if list(tensor.shape)[1:] != list(declared.shape)[1:] or tensor.dtype.name != declared.dtype:
                return None
            if getattr(tensor, "_keras_mask", None) is not None:
                return None
        self.uses += 1
        self._look_up(model, given)
        batch = given[0].shape[0] if given else None
        if batch is not None:  # with an unknown one, the calls are those that made the model
            self._tell_calls(model, batch)
        sources = list(model.trainable_variables)
        outputs = [self._graphs.declared(given, sources, item.dtype, item.shape[1:]) for item in model.outputs]
        return self._tree.pack_sequence_as(model._outputs_struct, outputs)

    def _tell_calls(self, model: Any, batch: int) -> None:
        """Tell of the calls of a model's layers that a trace with a batch of this size would make."""
        for depth in sorted(model._nodes_by_depth, reverse=True):
            for node in model._nodes_by_depth[depth]:
                if not node.operation or node.is_input:
                    continue
                inner = node.operation
                inner = inner if isinstance(inner, self._functional) else getattr(inner, "_functional", None)
                if inner is not None:
                    self._tell_calls(inner, batch)
                outputs = node.outputs[0] if len(node.outputs) == 1 else list(node.outputs)
                self._call_declared(node.operation, node.arguments.args, node.arguments.kwargs, outputs, batch)

    def _look_up(self, model: Any, given: List[Any]) -> None:
        """Call the embeddings of a model's inputs: whether indices are in their range is known only of data."""
        nodes = [node for depth in model._nodes_by_depth.values() for node in depth]
        for tensor, declared in zip(given, model.inputs):
            for node in nodes:
                used = node.arguments.keras_tensors
                if type(node.operation).__name__ == "Embedding" and used and used[0] is declared:
                    node.operation(tensor)

    def is_plain(self, model: Any) -> bool:
        """Tell whether nothing new comes of calling a Functional model's layers in a step."""
        known = self._plain.get(id(model))
        if known is None:
            known = self._plain[id(model)] = (model, self._looks_plain(model))
        return known[1]

    def _looks_plain(self, model: Any) -> bool:
        if not isinstance(model, self._functional) or type(model).call is not self._functional.call:
            return False
        tensors = [*model.inputs, *model.outputs]
        if any(item.shape[0] is not None or None in item.shape[1:] or item.sparse for item in tensors):
            return False
        if any(getattr(item, "_keras_mask", None) is not None for item in model.outputs):
            return False
        return all(self._adds_nothing(operation) for operation in model.operations)

    def _adds_nothing(self, operation: Any) -> bool:
        if isinstance(operation, self._functional):
            return self.is_plain(operation)
        inner = getattr(operation, "_functional", None)  # of a Sequential model
        if inner is not None and type(operation).__module__ == "keras.src.models.sequential":
            return self.is_plain(inner)
        if not hasattr(operation, "_flatten_layers"):
            return False  # an operation, which may do anything with the axis of the batch
        layers: List[Any] = operation._flatten_layers()
        return not any(
            getattr(layer, "stateful", False)
            or getattr(layer, "activity_regularizer", None) is not None
            or type(layer).__name__ == "Lambda"
            or not type(layer).__module__.startswith("keras.src.")
            or type(layer).__module__ in _TABLES
            or type(layer).__module__.startswith(_UNCHECKED)
            or _joins_samples(layer)
            for layer in layers
        )


def _joins_samples(layer: Any) -> bool:
    """Tell whether a layer changes the number of samples, as Concatenate does along the axis of the batch."""
    axis = getattr(layer, "axis", None)
    return type(layer).__name__ == "Concatenate" and isinstance(axis, int) and (axis == 0 or axis < -1)
