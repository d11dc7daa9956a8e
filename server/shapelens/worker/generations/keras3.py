"""Keras 3, on whichever backend it was imported with."""

from __future__ import annotations

import inspect
from typing import Any, Optional, Sequence, Tuple

from ..values import attribute
from .generation import Graph, Origin


class Keras3:
    """The package ``keras`` from version 3 on; ``tf.keras`` of TensorFlow 2.16 and newer has the same classes."""

    def __init__(self) -> None:
        import keras

        self._keras: Any = keras
        self.layer: type = keras.Layer
        # Every subclass inherits ``__call__`` from this one.
        self.watched: Tuple[type, ...] = (keras.Layer,)
        self.model: type = keras.Model
        self.tensors: Tuple[type, ...] = (keras.KerasTensor, keras.Variable)

    def graph(self, model: Any) -> Optional[Graph]:
        """Return what a model was declared with; None for one without a graph."""
        # Sequential rebuilds this attribute whenever a layer is added (keras/src/models/sequential.py).
        graph = attribute(model, "_functional", None)
        if graph is None:
            graph = model if attribute(model, "_outputs_struct", None) is not None else None
        if graph is None:
            return None
        return Graph(graph, attribute(graph, "_inputs_struct", None), attribute(graph, "_outputs_struct", None))

    def origin(self, tensor: Any) -> Optional[Origin]:
        """Return the call that a symbolic tensor came out of; None where there is none."""
        history = attribute(tensor, "_keras_history", None)
        if history is None or history[0] is None:
            return None
        operation, number = history[0], history[1]
        node = operation._inbound_nodes[number]
        return Origin(node, operation, node.arguments.keras_tensors, node.outputs)

    def stacked(self, model: Any) -> Optional[Sequence[Any]]:
        """Return the layers of a Sequential model, its input included where it has one; None for other models."""
        return tuple(model._layers) if isinstance(model, self._keras.Sequential) else None

    def sublayers(self, layer: Any) -> Sequence[Any]:
        """Return the layers that are attributes of a layer, also in lists, in their order."""
        return tuple(attribute(layer, "_layers", ()))

    def is_input(self, operation: Any) -> bool:
        """Tell whether an operation is an input of a model."""
        return isinstance(operation, self._keras.layers.InputLayer)

    def function(self, operation: Any) -> str:
        """Return the name of the function that an operation calls; empty for a layer."""
        return "" if isinstance(operation, self.layer) else type(operation).__name__

    def build_once(self, recurrent: bool) -> None:
        """Build a first symbolic model; names start anew, or the child's first layer would be called dense_1."""
        keras, layers = self._keras, self._keras.layers
        inputs = keras.Input((16, 16, 3))
        hidden = layers.BatchNormalization()(layers.Conv2D(2, 3, activation="relu")(inputs))
        hidden = layers.Dropout(0.1)(layers.Flatten()(layers.MaxPooling2D()(hidden)))
        keras.Model(inputs, layers.Dense(2, activation="softmax")(hidden))
        if recurrent:
            keras.Sequential([keras.Input((4, 3)), layers.LSTM(2)])
        clear = keras.utils.clear_session
        if "free_memory" in inspect.signature(clear).parameters:  # from 3.4 on; a full collection takes 50 ms
            clear(free_memory=False)
        else:
            clear()
