"""Finds what TensorFlow would only find when the graph of a step runs: sizes of batches that do not fit, wrong indices.

The axis of the batch is unknown in the graph. It is given the sizes that batches really have, and TensorFlow infers all
shapes again; the kernel that then fails is asked for its own words, with zeros of the shapes that it would get. Values
are looked at only where the data itself holds them: labels of a sparse cross-entropy, and indices of an embedding.
"""

from __future__ import annotations

import os
import re
from dataclasses import dataclass
from typing import Any, Iterator, List, Mapping, Optional, Sequence, Set, Tuple

from .symbolic_graph import TracedGraph

_NODE = re.compile(r"\{\{node (\S+?)\}\}")

_WRAPPED = re.compile(r"\A\{\{function_node \S+\}\} ?| \[Op:\w+\](?: name: .*)?\s*\Z", re.DOTALL)
"""What eager kernels add to a message, and those of a graph do not."""

_OURS = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))

_RUNNER = os.path.join(_OURS, "runner.py")

_SAME_VALUES = ("Cast", "Reshape", "Squeeze", "ExpandDims", "Identity", "Pack", "Shape", "StridedSlice", "Const")
"""Operations that leave labels what they are; ``Shape`` and those after it make the other inputs of ``Reshape``."""

_SAME_INDICES = (*_SAME_VALUES, "Less", "AddV2", "SelectV2")
"""And those that count negative indices from the end (keras/src/backend/tensorflow/numpy.py, ``take``)."""

_MOST_VALUES = 4_000_000
"""Values of an array that are looked at; finding their extremes takes some milliseconds."""


@dataclass(frozen=True)
class BatchFacts:
    """What is known of real batches: their sizes and, for each leaf, the array that they are taken from."""

    sizes: Tuple[int, ...] = ()
    arrays: Tuple[Any, ...] = ()


class RunTime:
    """Looks at graphs of steps that were traced without a fault."""

    def __init__(self) -> None:
        import tensorflow as tf
        from tensorflow.python.client import pywrap_tf_session

        self._tf = tf
        self._session: Any = pywrap_tf_session

    def check(self, traced: TracedGraph, facts: BatchFacts, leaves: Sequence[Any]) -> None:
        """Raise what running the graph would raise on batches of these specs, as far as it can be told.

        Raises TensorFlow's InvalidArgumentError, or what else the kernel raises.
        """
        graph, given = traced.graph, traced.given
        for operation in graph.get_operations():
            if operation.type == "SparseSoftmaxCrossEntropyWithLogits":
                self._check_labels(operation, given, facts)
            elif operation.type == "GatherV2":
                self._check_indices(operation, given, facts)
            elif operation.type == "Cast" and operation.inputs[0].dtype == self._tf.string:
                self._run_kernel(graph, graph.as_graph_def(), operation.name, (1,))
        open_ones = [
            (item, leaf) for item, leaf in zip(given, leaves) if isinstance(item, self._tf.Tensor) and _is_open(item)
        ]
        for size in dict.fromkeys(facts.sizes or (None,)) if open_ones else ():
            self._check_shapes(graph, {item.op.name: _real(leaf.shape, size) for item, leaf in open_ones})

    # --- shapes -------------------------------------------------------------------------------------------

    def _check_shapes(self, graph: Any, shapes: Mapping[str, Any]) -> None:
        definition = graph.as_graph_def()
        for node in definition.node:
            if node.name in shapes:
                node.attr["shape"].shape.CopyFrom(self._tf.TensorShape(shapes[node.name]).as_proto())
        try:
            self._infer(definition)
        except (ValueError, self._tf.errors.OpError) as error:
            found = _NODE.search(str(error))
            if found is not None:
                self._run_kernel(graph, definition, found.group(1))
        except Exception:  # a graph that cannot be written down, as with a resource of the program's own
            pass

    def _infer(self, definition: Any) -> None:
        """Let TensorFlow infer the shapes of a graph; raises what it raises where some do not fit.

        ``import_graph_def`` makes a Python object of each operation besides, which takes eight times as long.
        """
        options = self._session.TF_NewImportGraphDefOptions()
        buffer = self._session.TF_NewBufferFromString(definition.SerializeToString())
        try:
            with self._tf.Graph()._c_graph.get() as graph:
                results = self._session.TF_GraphImportGraphDefWithResults(graph, buffer, options)
            self._session.TF_DeleteImportGraphDefResults(results)
        finally:
            self._session.TF_DeleteBuffer(buffer)
            self._session.TF_DeleteImportGraphDefOptions(options)

    def _run_kernel(self, graph: Any, definition: Any, name: str, shape: Optional[Tuple[int, ...]] = None) -> None:
        """Run one operation on zeros of the shapes that its inputs have, and raise its exception as a graph's."""
        operation = graph.get_operation_by_name(name)
        if shape is None:
            inputs = self._zeros(definition, operation)
        else:
            inputs = [self._tf.zeros(shape, item.dtype) for item in operation.inputs]
        if inputs is None:
            return
        try:
            getattr(self._tf.raw_ops, operation.type)(**_arguments(operation, inputs))
        except self._tf.errors.OpError as error:
            raise self._graph_error(type(error), operation, _WRAPPED.sub("", error.message)) from None
        except Exception:  # it cannot be run alone
            return

    def _zeros(self, definition: Any, operation: Any) -> Optional[List[Any]]:
        tf = self._tf
        wanted = [(item.op.name, item.value_index) for item in operation.inputs]
        part = tf.compat.v1.graph_util.extract_sub_graph(definition, [item for item, _ in wanted])
        made = []
        with tf.Graph().as_default() as copy:
            tf.graph_util.import_graph_def(part, name="")
            for source, index in wanted:
                tensor = copy.get_operation_by_name(source).outputs[index]
                value = tf.get_static_value(tensor)
                if value is None and not tensor.shape.is_fully_defined():
                    return None
                made.append((value, tensor.shape, tensor.dtype))
        return [tf.zeros(shape, dtype) if value is None else tf.constant(value, dtype) for value, shape, dtype in made]

    # --- values -------------------------------------------------------------------------------------------

    def _check_labels(self, operation: Any, given: Sequence[Any], facts: BatchFacts) -> None:
        classes = operation.inputs[0].shape[-1]
        labels = _origin(operation.inputs[1], given, facts, _SAME_VALUES)
        wrong = None if classes is None or labels is None else _outside(labels, 0, classes)
        if labels is None or wrong is None:
            return
        size = facts.sizes[0] if facts.sizes else len(labels)
        batch = labels[wrong[0] // size * size :][:size].reshape(-1).astype("int64")
        message = (
            f"Received a label value of {int(labels[wrong])} which is outside the valid range of [0, {classes}).  "
            f"Label values: {' '.join(map(str, batch))}"
        )
        raise self._graph_error(self._tf.errors.InvalidArgumentError, operation, message)

    def _check_indices(self, operation: Any, given: Sequence[Any], facts: BatchFacts) -> None:
        rows = operation.inputs[0].shape[0] if operation.inputs[0].shape.rank else None
        if rows is None or self._tf.get_static_value(operation.inputs[2]) != 0:
            return
        indices = _origin(operation.inputs[1], given, facts, _SAME_INDICES)
        fixed = _passes(operation.inputs[1], "SelectV2")
        wrong = None if indices is None else _outside(indices, -rows if fixed else 0, rows)
        if indices is None or wrong is None:
            return
        size = facts.sizes[0] if facts.sizes else len(indices)
        value = int(indices[wrong])
        place = ",".join(map(str, (wrong[0] % size, *wrong[1:])))
        message = f"indices[{place}] = {value + rows if value < 0 and fixed else value} is not in [0, {rows})"
        raise self._graph_error(self._tf.errors.InvalidArgumentError, operation, message)

    # --- words --------------------------------------------------------------------------------------------

    def _graph_error(self, kind: Any, operation: Any, message: str) -> Exception:
        error: Exception = kind(
            None,
            None,
            "Graph execution error:\n\n"
            f"Detected at node {operation.name} defined at (most recent call last):\n"
            f"{_stack(operation)}"
            f"{message}\n\t [[{{{{node {operation.name}}}}}]]",
        )
        return error


def _is_open(tensor: Any) -> bool:
    return tensor.op.type == "Placeholder" and not tensor.shape.is_fully_defined()


def _real(shape: Any, size: Optional[int]) -> Any:
    """Return the shape of a batch of so many samples."""
    return shape if not shape.rank or shape[0] is not None else [size, *shape[1:]]


def _arguments(operation: Any, inputs: List[Any]) -> Any:
    """Return the arguments of the function in ``tf.raw_ops`` for an operation of a graph."""
    arguments, rest = {}, list(inputs)
    inferred: Set[str] = set()
    for item in operation.op_def.input_arg:
        inferred.update((item.type_attr, item.number_attr, item.type_list_attr))
        if item.number_attr:
            number = operation.get_attr(item.number_attr)
            arguments[item.name], rest = rest[:number], rest[number:]
        else:
            arguments[item.name] = rest.pop(0)
    for item in operation.op_def.attr:
        if item.name not in inferred:
            arguments[item.name] = operation.get_attr(item.name)
    return arguments


def _ancestors(tensor: Any) -> Iterator[Any]:
    seen: Set[str] = set()
    waiting = [tensor.op]
    while waiting:
        operation = waiting.pop()
        if operation.name not in seen:
            seen.add(operation.name)
            yield operation
            # The shape of a tensor tells nothing of its values.
            waiting.extend(item.op for item in operation.inputs if operation.type != "Shape")


def _passes(tensor: Any, kind: str) -> bool:
    return any(operation.type == kind for operation in _ancestors(tensor))


def _origin(tensor: Any, given: Sequence[Any], facts: BatchFacts, kinds: Tuple[str, ...]) -> Optional[Any]:
    """Return the array whose values a tensor holds, whatever its shape; None where it is computed."""
    import numpy

    sources = {operation.name for operation in _ancestors(tensor) if operation.type not in kinds or _selects(operation)}
    for placeholder, item in zip(given, facts.arrays):
        if sources == {getattr(getattr(placeholder, "op", None), "name", None)}:
            array = item.to_numpy() if hasattr(item, "iloc") else item
            return array if isinstance(array, numpy.ndarray) and array.dtype.kind in "iuf" and array.ndim else None
    return None


def _selects(operation: Any) -> bool:
    # Of a tensor's shape a slice takes a size; of a tensor itself it takes some of the values.
    return bool(operation.type == "StridedSlice" and operation.inputs[0].op.type not in ("Shape", "Const"))


def _outside(array: Any, low: int, high: int) -> Optional[Tuple[int, ...]]:
    """Return the index of the first value, as an integer, that is not in ``[low, high)``."""
    import numpy

    rows = 1 if 0 in array.strides[:1] else max(_MOST_VALUES // max(array[:1].size, 1), 1)
    values = array[:rows]
    if not values.size or (values.min() > low - 1 and values.max() < high) or numpy.isnan(values).any():
        return None
    wrong = numpy.argwhere((values <= low - 1) | (values >= high))
    return tuple(int(item) for item in wrong[0]) if len(wrong) else None


def _stack(operation: Any) -> str:
    """Return where an operation was made, as TensorFlow writes it, without the code of this package."""
    frames = list(operation.traceback or ())
    for number in range(len(frames) - 1, -1, -1):
        if frames[number].filename == _RUNNER:
            frames = frames[number + 1 :]
            break
    return "".join(
        f'  File "{frame.filename}", line {frame.lineno}, in {frame.name}\n\n'
        for frame in frames
        if not frame.filename.startswith(_OURS)
    )
