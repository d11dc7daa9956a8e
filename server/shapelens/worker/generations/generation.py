"""What the worker needs to know of a generation of Keras."""

from __future__ import annotations

from typing import Any, NamedTuple, Optional, Protocol, Tuple


class Graph(NamedTuple):
    """The graph that a Functional model, or a Sequential one that was built, was declared with."""

    identity: Any
    """Another object whenever the model gets another graph, as a Sequential one does with each layer."""
    inputs: Any
    outputs: Any


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

    def build_once(self, recurrent: bool) -> None:
        """Build a first symbolic model, so that what Keras loads late is loaded; names start anew afterwards."""
