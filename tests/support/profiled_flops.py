"""Prints as JSON what TensorFlow's own profiler counts for the models of a program: ``python profiled_flops.py FILE``.

Each model is called with one sample in inference, its variables are made constants, and the profiler adds up the
operations of the graph (float_operation). It runs in a process of its own and knows nothing of ShapeLens.
"""

from __future__ import annotations

import json
import runpy
import sys
from typing import Any

import keras
import tensorflow as tf
from tensorflow.python.framework.convert_to_constants import convert_variables_to_constants_v2_as_graph


def profiled(model: Any) -> int:
    """Return the operations that the profiler counts for one sample."""

    @tf.autograph.experimental.do_not_convert
    def call(*tensors: Any) -> Any:
        return model(list(tensors) if len(tensors) > 1 else tensors[0], training=False)

    specs = [tf.TensorSpec((1, *tensor.shape[1:]), tensor.dtype) for tensor in model.inputs]
    function = tf.function(call).get_concrete_function(*specs)
    frozen, _ = convert_variables_to_constants_v2_as_graph(function)
    builder = tf.compat.v1.profiler.ProfileOptionBuilder
    options = builder(builder.float_operation()).with_empty_output().build()
    told = tf.compat.v1.profiler.profile(
        graph=frozen.graph, run_meta=tf.compat.v1.RunMetadata(), cmd="op", options=options
    )
    return int(told.total_float_ops)


names = runpy.run_path(sys.argv[1])
models = {name: value for name, value in names.items() if isinstance(value, keras.Model)}
json.dump({name: profiled(model) for name, model in models.items()}, sys.stdout)
