"""Keras 2: the package ``keras`` up to 2.15, which is ``tf.keras`` of TensorFlow up to 2.15, and ``tf_keras``."""

from __future__ import annotations

import importlib
from typing import Any, Optional, Tuple

from ..values import attribute
from .generation import Graph
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

    def graph(self, model: Any) -> Optional[Graph]:
        """Return what a model was declared with; None for one without a graph."""
        if attribute(model, "_is_graph_network", False) is not True:
            return None
        # Set anew with each graph (engine/functional.py, _init_graph_network).
        outputs = attribute(model, "_nested_outputs", None)
        return Graph(outputs, attribute(model, "_nested_inputs", None), outputs)

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
