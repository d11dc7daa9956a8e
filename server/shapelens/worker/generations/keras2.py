"""Keras 2: the package ``keras`` up to 2.15, which is ``tf.keras`` of TensorFlow up to 2.15, and ``tf_keras``."""

from __future__ import annotations

import importlib
from typing import Any, Optional, Sequence, Tuple

from ..values import attribute
from .generation import Graph, Origin
from .keras2_variables import defer_variables


class Keras2:
    """A package of the second generation, by its name.

    Facts, from keras 2.15 and tf_keras 2.21: ``Input`` gives a KerasTensor of the package's own; operators and
    functions of TensorFlow on one make layers of their own (TFOpLambda); a layer's variables are real
    ``tf.Variable`` from the start, made eagerly even while shapes are inferred in a scratch graph.
    """

    def __init__(self, package: str) -> None:
        self._keras: Any = importlib.import_module(package)
        self._package = package
        base = importlib.import_module(f"{package}.src.engine.base_layer")
        # What layers are once eager execution was turned off (utils/version_utils.py).
        old = importlib.import_module(f"{package}.src.engine.base_layer_v1")
        tensor = importlib.import_module(f"{package}.src.engine.keras_tensor")
        self.layer: type = base.Layer
        self.watched: Tuple[type, ...] = (base.Layer, old.Layer)
        self.model: type = self._keras.Model
        self.tensors: Tuple[type, ...] = (tensor.KerasTensor,)
        functions = importlib.import_module(f"{package}.src.layers.core.tf_op_layer")
        self._functions: Tuple[type, ...] = (
            functions.TFOpLambda,
            functions.SlicingOpLambda,
            functions.ClassMethod,
            functions.InstanceMethod,
            functions.InstanceProperty,
        )

    def graph(self, model: Any) -> Optional[Graph]:
        """Return what a model was declared with; None for one without a graph."""
        if attribute(model, "_is_graph_network", False) is not True:
            return None
        # Set anew with each graph (engine/functional.py, _init_graph_network).
        outputs = attribute(model, "_nested_outputs", None)
        return Graph(outputs, attribute(model, "_nested_inputs", None), outputs)

    def origin(self, tensor: Any) -> Optional[Origin]:
        """Return the call that a symbolic tensor came out of; None where there is none."""
        history = attribute(tensor, "_keras_history", None)
        if history is None:
            return None
        node = history[0]._inbound_nodes[history[1]]
        return Origin(node, history[0], node.keras_inputs, _flat(node.outputs))

    def stacked(self, model: Any) -> Optional[Sequence[Any]]:
        """Return the layers of a Sequential model, its input included where it has one; None for other models."""
        return tuple(model._self_tracked_trackables) if isinstance(model, self._keras.Sequential) else None

    def sublayers(self, layer: Any) -> Sequence[Any]:
        """Return the layers that are attributes of a layer, also in lists, in their order."""
        return tuple(layer._flatten_layers(recursive=False, include_self=False))

    def is_input(self, operation: Any) -> bool:
        """Tell whether an operation is an input of a model."""
        return isinstance(operation, self._keras.layers.InputLayer)

    def function(self, operation: Any) -> str:
        """Return the name of the function that an operation calls; empty for a layer."""
        if not isinstance(operation, self._functions):
            return ""
        # TFOpLambda knows its function by the public name, as math.add; the others have names of their own.
        return str(attribute(operation, "symbol", None) or type(operation).__name__)

    def defer_variables(self) -> None:
        """Give variables their values when they are used."""
        defer_variables(self._package)

    def build_once(self, recurrent: bool) -> None:
        """Build a first model in a graph of its own, since anything eager would make TensorFlow's context.

        So would functions within the graph, which recurrent layers and the choice between training and inference
        make. Names are counted for each graph, so those of the program are not touched.
        """
        import tensorflow as tf

        keras, layers = self._keras, self._keras.layers
        with tf.Graph().as_default():
            inputs = keras.Input((16, 16, 3))
            hidden = layers.Conv2D(2, 3, activation="relu")(inputs)
            hidden = layers.BatchNormalization()(hidden, training=False)
            hidden = layers.Dropout(0.1)(layers.Flatten()(layers.MaxPooling2D()(hidden)), training=False)
            keras.Model(inputs, layers.Dense(2, activation="softmax")(hidden))


def _flat(value: Any) -> Sequence[Any]:
    """Return the tensors in the lists and dictionaries that a layer of Keras 2 returns."""
    if isinstance(value, (list, tuple)):
        return [tensor for item in value for tensor in _flat(item)]
    if isinstance(value, dict):
        return [tensor for key in sorted(value) for tensor in _flat(value[key])]
    return [value]
