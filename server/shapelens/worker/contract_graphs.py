"""What is known of a model's layers and how they are connected; a part of the contract, which names them all."""

from __future__ import annotations

import enum
from dataclasses import dataclass
from typing import Optional, Tuple

from .contract_values import Location, Structure


class NodeKind(str, enum.Enum):
    """What a node of a model's graph is."""

    INPUT = "input"
    LAYER = "layer"
    MODEL = "model"
    OPERATION = "operation"
    """A function or an operator on symbolic tensors, such as ``a + b``."""


@dataclass(frozen=True)
class Computation:
    """What the cost of a layer's computation follows from, beside its shapes."""

    keras_class: str
    """The class of Keras' own whose computation it is, such as Conv2D."""
    weights: Tuple[Tuple[int, ...], ...] = ()
    """The shapes of its weights, in Keras' order."""
    window: Tuple[int, ...] = ()
    """How much of its input one output of a pooling layer is made of, along each axis of space."""
    equation: str = ""
    """Of an EinsumDense."""
    inner: str = ""
    """The class of the layer or cell that it applies: LSTM in a Bidirectional."""


@dataclass(frozen=True)
class GraphEdge:
    """A tensor, or several, on the way from one node to another; nodes are numbered in the order of their level."""

    source: int
    target: int
    spec: Optional[Structure] = None
    """None for all that the source returns."""
    faulty: bool = False
    """Whether the target does not take it."""


@dataclass(frozen=True)
class GraphNode:
    """One call of a layer, an input or an operation.

    A layer that is called several times is several nodes of the same ``layer``: each call has shapes of its own, and
    the graph stays without cycles where a layer is applied to its own output.
    """

    name: str
    """Keras' name of the layer or operation."""
    type_name: str
    kind: NodeKind
    layer: int
    """Number of the layer within the evaluation."""
    location: Optional[Location] = None
    """The expression that made it."""
    inside: bool = False
    """True where a library made it within that expression."""
    input: Optional[Structure] = None
    output: Optional[Structure] = None
    parameters: Optional[int] = None
    trainable_parameters: Optional[int] = None
    computation: Optional[Computation] = None
    """None for classes of the program's own and where an option makes it another than the class tells."""
    fault: Optional[Location] = None
    """Where the exception that came out of it is told."""
    nodes: Tuple[GraphNode, ...] = ()
    """The layers inside of a model, and of a layer of the program's own."""
    edges: Tuple[GraphEdge, ...] = ()


@dataclass(frozen=True)
class ModelGraph:
    """A model that the program made, or one that an exception kept it from making."""

    name: str
    """The variable it is assigned to; empty where there is none."""
    type_name: str
    layer_name: str
    location: Optional[Location]
    """The expression that made it, or that failed to."""
    input: Optional[Structure] = None
    output: Optional[Structure] = None
    parameters: Optional[int] = None
    trainable_parameters: Optional[int] = None
    fault: Optional[Location] = None
    """Where the exception that ended it is told."""
    broken: str = ""
    """Message of that exception."""
    nodes: Tuple[GraphNode, ...] = ()
    edges: Tuple[GraphEdge, ...] = ()
