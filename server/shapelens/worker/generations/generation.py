"""What the worker needs to know of a generation of Keras."""

from __future__ import annotations

from typing import Any, NamedTuple, Optional, Protocol, Sequence, Tuple


class Graph(NamedTuple):
    """The graph that a Functional model, or a Sequential one that was built, was declared with."""

    identity: Any
    """Another object whenever the model gets another graph, as a Sequential one does with each layer."""
    inputs: Any
    outputs: Any


class Origin(NamedTuple):
    """The call that a symbolic tensor came out of."""

    node: Any
    """Keras' own record of it; another object for each call of a layer."""
    operation: Any
    """The layer, or a function of Keras or TensorFlow."""
    inputs: Sequence[Any]
    """The symbolic tensors among its arguments."""
    outputs: Sequence[Any]


class Generation(Protocol):
    """A Keras that is imported."""

    layer: type
    """The base class of all layers, models included."""
    watched: Tuple[type, ...]
    """The classes that define ``__call__`` of layers."""
    model: type
    tensors: Tuple[type, ...]
    """Symbolic tensors, and variables that are no tensors of the backend."""

    def graph(self, model: Any) -> Optional[Graph]:
        """Return what a model was declared with; None for one without a graph."""

    def origin(self, tensor: Any) -> Optional[Origin]:
        """Return the call that a symbolic tensor came out of; None where there is none."""

    def stacked(self, model: Any) -> Optional[Sequence[Any]]:
        """Return the layers of a Sequential model, its input included where it has one; None for other models."""

    def sublayers(self, layer: Any) -> Sequence[Any]:
        """Return the layers that are attributes of a layer, also in lists, in their order."""

    def is_input(self, operation: Any) -> bool:
        """Tell whether an operation is an input of a model."""

    def function(self, operation: Any) -> str:
        """Return the name of the function that an operation calls; empty for a layer."""

    def build_once(self, recurrent: bool) -> None:
        """Build a first symbolic model, so that what Keras loads late is loaded; names start anew afterwards."""
