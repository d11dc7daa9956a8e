"""Traces a step into a TensorFlow graph that is never run: shapes and exceptions of a plain run, no computation.

A plain run traces the same step with ``tf.function`` (keras/src/backend/tensorflow/trainer.py, ``_make_function``),
without AutoGraph. What is computed nowhere is a placeholder here, and it is remembered what each stands for.
"""

from __future__ import annotations

import contextlib
from dataclasses import dataclass
from typing import Any, Callable, Dict, Iterator, List, Optional, Set, Tuple


@dataclass(frozen=True)
class TracedGraph:
    """A graph, and what stands in it for the leaves of the data, most of them placeholders."""

    graph: Any
    given: List[Any]


class SymbolicGraphs:
    """Makes symbolic graphs, and knows what the placeholders in them stand for."""

    def __init__(self) -> None:
        import tensorflow as tf
        from tensorflow.python.autograph.core import ag_ctx
        from tensorflow.python.eager import graph_only_ops
        from tensorflow.python.framework import func_graph, ops

        self._tf = tf
        self._placeholder = graph_only_ops.graph_placeholder
        self._func_graph: Any = func_graph.FuncGraph
        self._not_converted: Callable[[], Any] = lambda: ag_ctx.ControlStatusCtx(ag_ctx.Status.DISABLED)
        self._default_graph: Callable[[], Any] = ops.get_default_graph
        self._registry = ops.gradient_registry
        self._active = 0
        self.uses = 0
        """How often code that is traced used a variable without value, or a gradient."""
        self._depends: Dict[object, Tuple[Any, List[Any]]] = {}
        """Placeholders that stand for something computed, and what it is computed of."""

    # --- tracing ------------------------------------------------------------------------------------------

    def trace(
        self, function: Callable[[Any], Any], data: Any, done: Optional[Callable[[TracedGraph], None]] = None
    ) -> Any:
        """Return what a function of one nest of TypeSpecs returns, as symbolic tensors.

        Raises whatever the function raises. ``done`` is given the graph.
        """
        nest = self._tf.nest
        graph = self._func_graph("step")
        with self.placeholders_for_variables(), graph.as_default(), self._not_converted(), self._liftable_variables():
            leaves = [self._given(spec) for spec in nest.flatten(data)]
            outputs = function(nest.pack_sequence_as(data, leaves))
        if done is not None:
            done(TracedGraph(graph, leaves))
        return outputs

    def _given(self, spec: Any) -> Any:
        """Return placeholders for a spec; all else, such as a number, is a constant of the graph."""
        if not isinstance(spec, self._tf.TypeSpec):
            return spec
        nest = self._tf.nest
        # Named as tf.function names them: some messages of Keras contain the tensor itself.
        expanded = nest.flatten(spec, expand_composites=True)
        parts = [self._placeholder(part.dtype, part.shape, name="data") for part in expanded]
        return nest.pack_sequence_as(spec, parts, expand_composites=True)

    def _liftable_variables(self) -> Any:
        """Let TensorFlow's own variables be made of tensors of the graph, as ``tf.function`` does."""

        def creator(make: Callable[..., Any], **named: Any) -> Any:
            value: Any = named.get("initial_value")
            if self._tf.is_tensor(value) and not hasattr(value, "numpy") and value.shape.is_fully_defined():
                shape, dtype = value.shape, value.dtype
                named["initial_value"] = lambda: self._tf.zeros(shape, dtype)
            return make(**named)

        return self._tf.variable_creator_scope(creator)

    @contextlib.contextmanager
    def placeholders_for_variables(self) -> Iterator[None]:
        """Let variables without value be read as placeholders in every graph that is traced meanwhile."""
        self._active += 1
        try:
            yield
        finally:
            self._active -= 1

    @property
    def tracing(self) -> bool:
        """Whether the code that runs now is being traced into a symbolic graph."""
        return bool(self._active) and not self._tf.executing_eagerly()

    # --- placeholders -------------------------------------------------------------------------------------

    def of_variable(self, variable: Any) -> Any:
        """Return the placeholder for a variable of Keras that has no value, one in each graph."""
        self.uses += 1
        graph = self._outermost()
        known: Optional[Dict[int, Tuple[Any, Any]]] = getattr(graph, "_shapelens_variables", None)
        if known is None:
            known = graph._shapelens_variables = {}
        found = known.get(id(variable))
        if found is None:
            found = known[id(variable)] = (variable, self.placeholder(variable.dtype, tuple(variable.shape)))
        return found[1]

    def computed_of(self, sources: List[Any], dtype: Any, shape: Any) -> Any:
        """Return a placeholder that stands for something computed of tensors and variables."""
        made = self.placeholder(dtype, shape)
        self._depends[_key(made)] = (made, [self._dependency(source) for source in sources])
        return made

    def declared(self, given: List[Any], sources: List[Any], dtype: Any, shape: Tuple[Any, ...]) -> Any:
        """Return what stands for an output of a model: of the shape given, with the batch of the first input.

        TensorFlow can follow the size of the batch through it, see ``run_time``.
        """
        if self._default_graph() is not self._outermost() or self._tf.as_dtype(dtype) == self._tf.string:
            return self.computed_of([*given, *sources], dtype, (given[0].shape[0], *shape))
        sizes = self._tf.stack([self._tf.shape(given[0])[0], *shape])
        made = self._tf.fill(sizes, self._tf.zeros((), dtype))
        made.set_shape((given[0].shape[0], *shape))
        self._depends[_key(made)] = (made, [self._dependency(source) for source in (*given, *sources)])
        return made

    def placeholder(self, dtype: Any, shape: Any) -> Any:
        """Return a placeholder in the outermost graph, where the graphs of loops inside it can reach it."""
        with self._outermost().as_default():
            return self._placeholder(self._tf.as_dtype(dtype), shape)

    def _outermost(self) -> Any:
        graph = self._default_graph()
        while isinstance(getattr(graph, "outer_graph", None), self._func_graph):
            graph = graph.outer_graph
        return graph

    def as_tensor(self, value: Any) -> Any:
        """Return the tensor or TensorFlow's variable for anything that a program differentiates by."""
        own = getattr(value, "_value", value)  # a variable of Keras
        own = getattr(own, "_primary", own)  # one with a copy on each device
        if own is None:
            return self.of_variable(value)
        if isinstance(own, self._tf.Variable):
            return own
        return value if self._tf.is_tensor(value) else self._tf.convert_to_tensor(value)

    def _dependency(self, source: Any) -> Any:
        tensor = self.as_tensor(source)
        return _handle(tensor) if isinstance(tensor, self._tf.Variable) else tensor

    # --- what depends on what -----------------------------------------------------------------------------

    @property
    def current(self) -> Any:
        """The graph that operations are added to now."""
        return self._default_graph()

    def key(self, source: Any) -> object:
        """Return what tells tensors and variables apart."""
        return _key(self.as_tensor(source))

    def reached_from(self, targets: List[Any], recorded: Callable[[Any], bool]) -> Callable[[Any], bool]:
        """Return a test of whether targets depend on a tensor or variable in a way that has a gradient.

        Only operations that were recorded count.
        """
        seen: Set[object] = set()
        waiting = [self.as_tensor(target) for target in targets]
        while waiting:
            tensor = waiting.pop()
            key = _key(tensor)
            if key in seen:
                continue
            seen.add(key)
            operation = None if hasattr(tensor, "numpy") else getattr(tensor, "op", None)
            stands_for = self._depends.get(key)
            if operation is not None and not recorded(operation):
                continue
            if stands_for is not None:
                waiting.extend(stands_for[1])
                continue
            if operation is None or self._stops(operation):
                continue
            waiting.extend(item for item in operation.inputs if _has_gradient(item.dtype))
            # From a graph inside another, as in a loop, to what it captured.
            waiting.extend(outer for outer, inner in getattr(operation.graph, "captures", ()) if inner is tensor)
        return lambda source: _key(self.as_tensor(source)) in seen or not seen.isdisjoint(self._handles(source))

    def _handles(self, source: Any) -> Iterator[object]:
        """Yield what a variable is known as: its handle, and the placeholder for it where it is an argument."""
        handle = _handle(source)
        yield _key(handle)
        if hasattr(handle, "numpy"):
            yield _key(self._default_graph().capture(handle))

    def _stops(self, operation: Any) -> bool:
        if operation.type in ("ReadVariableOp", "PartitionedCall", "StatefulPartitionedCall", "Placeholder"):
            return False
        try:
            return self._registry.lookup(operation.type) is None
        except LookupError:
            return False  # an operation of the program's own, or one with a function inside


def _has_gradient(dtype: Any) -> bool:
    return not (dtype.is_integer or dtype.is_bool or dtype.name == "string")


def _key(tensor: Any) -> object:
    operation = getattr(tensor, "op", None) if not hasattr(tensor, "numpy") else None
    if operation is None:
        return id(tensor)
    return (id(operation.graph), operation.name, tensor.value_index)


def _handle(source: Any) -> Any:
    value = getattr(source, "_value", source)
    value = getattr(value, "_primary", value)
    try:
        return value.handle if value is not None else None
    except (AttributeError, ValueError):
        return None
