"""Describes the models of a program, once it has run: their layers, and which feeds which.

Functional and Sequential models are told as Keras keeps them, from their outputs back. Of classes of the program's own
the calls of their layers are told (see CallTrees). Where an exception ended a model, its layers are found from the
tensors that the failing call was given.
"""

from __future__ import annotations

import dataclasses
from typing import Any, Dict, Iterable, List, NamedTuple, Optional, Sequence, Tuple

from .call_trees import OUTSIDE, CallTree
from .contract import Fault, GraphEdge, GraphNode, Kind, Location, ModelGraph, NodeKind, Span, Structure
from .describe import Describer
from .generations import Graph, Origin
from .graph_calls import Calls, calls_behind, new_calls_behind, origin, symbolic_tensors
from .graph_nodes import Growing, Level, Nodes, joined
from .layer_calls import FailedCall
from .positions import Positions, walk
from .record import Recorder
from .sites import Site
from .values import attribute

_MOST_MODELS = 20

_MOST_NODES = 3000

_NOWHERE = Location("", Span(0, 0, 0, 0))

_DEEPEST = 6
"""Models in models."""


class _Failure(NamedTuple):
    """An exception that came out of a layer or operation."""

    fault: Fault
    layers: Tuple[Any, ...]
    """The layers that it passed through, innermost first."""
    stacks: Tuple[Tuple[Any, Any], ...]
    """Sequential models that were being built, each with its layer that failed."""
    operation: Any
    """What was called with symbolic tensors of a model in the making; None where nothing was."""
    tensors: Tuple[Any, ...]


class _Unfinished:
    """A Functional model that exceptions keep from being made."""

    def __init__(self, calls: Calls) -> None:
        self.calls = calls
        self.failures: List[_Failure] = []


class ModelGraphs:
    """Describes the models of one evaluation."""

    def __init__(self, describer: Describer, recorder: Recorder, positions: Positions) -> None:
        self._describer = describer
        self._recorder = recorder
        self._positions = positions
        self._failures: List[_Failure] = []
        self._nodes = Nodes(describer, recorder, positions, _MOST_NODES)
        self._fault_of: Dict[int, Fault] = {}

    # --- exceptions ---------------------------------------------------------------------------------------

    def failed(self, fault: Fault, error: BaseException, failed: Optional[FailedCall]) -> None:
        """Take note of an exception, as long as the tensors are known that led to it."""
        try:
            failure = self._failure(fault, error, failed)
        except Exception:  # objects of the program that do not bear being looked at
            return
        if failure is not None:
            self._failures.append(failure)

    def _failure(self, fault: Fault, error: BaseException, failed: Optional[FailedCall]) -> Optional[_Failure]:
        levels = failed.levels if failed is not None else []
        operation, tensors = None, []
        for level in reversed(levels):
            tensors = symbolic_tensors(self._describer, [level.arguments, dict(level.keywords)])
            if tensors:
                operation = level.layer if level.stack is None else None
                break
        if failed is None:
            operation, tensors = self._failed_operation(error)
        stacks = tuple((level.stack, level.layer) for level in levels if level.stack is not None)
        layers = tuple(level.layer for level in levels)
        if operation is None and not stacks and not layers:
            return None
        return _Failure(fault, layers, stacks, operation, tuple(tensors))

    def _failed_operation(self, error: BaseException) -> Tuple[Any, List[Any]]:
        """Return the function of Keras that refused symbolic tensors, and these."""
        for entry in walk(error.__traceback__):
            names = entry.tb_frame.f_locals
            if entry.tb_frame.f_code.co_name == "symbolic_call" and "args" in names:
                tensors = symbolic_tensors(self._describer, [names["args"], names.get("kwargs")])
                if tensors:
                    return names.get("self"), tensors
        return None, []

    # --- all models ---------------------------------------------------------------------------------------

    def graphs(self) -> Tuple[Tuple[ModelGraph, ...], str]:
        """Return the models in the order of the text, and what was left out in one sentence."""
        for failure in self._failures:
            for layer in failure.layers:
                self._fault_of.setdefault(id(layer), failure.fault)
        found = self._unfinished()
        made = list(self._recorder.layers.created_models())
        named = [(model, sites) for model, sites in made if self._name(sites)]
        rest = [(model, sites) for model, sites in made if not self._name(sites)]
        left_out = 0
        for model, sites in [*named, *rest]:
            if not self._name(sites) and self._nodes.has(model):
                continue  # it is told as a part of another one
            if len(found) >= _MOST_MODELS:
                left_out += 1
                continue
            graph = self._guarded(model, self._recorder.creation(model), self._name(sites))
            if graph is not None:
                found.append(graph)
        found += self._stacks_never_made({id(model) for model, _ in made})
        found.sort(key=lambda graph: (graph.location is None, graph.location or _NOWHERE))
        notes = []
        if left_out:
            notes.append(f"{left_out} more models are not described.")
        if self._nodes.cut:
            notes.append(f"Of more than {_MOST_NODES} layers, the rest is not described.")
        return tuple(found), " ".join(notes)

    def _guarded(self, model: Any, site: Optional[Site], name: str) -> Optional[ModelGraph]:
        try:
            return self._graph(model, site.location if site is not None else None, name)
        except Exception:  # objects of the program that do not bear being looked at
            return None

    def _name(self, sites: Sequence[int]) -> str:
        """Return the variable that a model is assigned to, by the outermost call that returned it."""
        name = ""
        for number in sites:
            site = self._positions.sites[number]
            target = next((target for target in site.targets if target.position is None), None)
            if target is not None and (site.node == "Call" or not name):
                name = target.name
        return name

    def _sites_at(self, location: Location) -> List[int]:
        return [number for number, site in enumerate(self._positions.sites) if site.location == location]

    def _graph(self, model: Any, location: Optional[Location], name: str) -> ModelGraph:
        level, fault = self._inside(model, 0)
        state = self._recorder.layers.state(model)
        total, trainable = self._nodes.parameters(model)
        return ModelGraph(
            name=name,
            type_name=type(model).__name__,
            layer_name=str(attribute(model, "name", "")),
            location=location,
            input=state.input if state is not None else None,
            output=state.output if state is not None else None,
            parameters=total,
            trainable_parameters=trainable,
            fault=fault.location if fault is not None else None,
            broken=fault.message if fault is not None else "",
            nodes=level.nodes,
            edges=level.edges,
        )

    # --- the inside of a model ----------------------------------------------------------------------------

    def _inside(self, layer: Any, depth: int) -> Tuple[Level, Optional[Fault]]:
        """Return the layers inside of a layer or model, and the fault that ended it."""
        if depth > _DEEPEST:
            return Level(), None
        generation = self._describer.generation(layer)
        if generation is None:
            return Level(), None
        if self._describer.kind(type(layer)) is Kind.MODEL:
            stack = generation.stacked(layer)
            if stack is not None and any(layer is model for failure in self._failures for model, _ in failure.stacks):
                return self._of_stack(layer, stack, depth)
            graph = generation.graph(layer)
            if graph is not None:
                return self._of_graph(graph, depth), None
            if stack is not None:
                return self._of_stack(layer, stack, depth)
        if self._recorder.trees.is_own(type(layer)):
            return self._of_own(layer, generation.sublayers(layer), depth)
        wrapped = attribute(layer, "layer", None)
        if self._describer.kind(type(wrapped)) in (Kind.LAYER, Kind.MODEL):
            inner, fault = self._inside(wrapped, depth + 1)
            if inner.nodes and self._nodes.take():  # a wrapper of a simple layer tells nothing by it
                return Level((self._known(wrapped, inner),)), fault
        return Level(), None

    def _known(self, layer: Any, inner: Level, fault: Optional[Fault] = None) -> GraphNode:
        """Return the node of a layer with the shapes of its first call."""
        state = self._recorder.layers.state(layer)
        taken, given = (state.input, state.output) if state is not None else (None, None)
        return self._nodes.node(layer, taken, given, (), inner, fault.location if fault is not None else None)

    def _of_graph(self, graph: Graph, depth: int) -> Level:
        inputs = symbolic_tensors(self._describer, graph.inputs)
        outputs = symbolic_tensors(self._describer, graph.outputs)
        # An input that nothing uses is an input all the same.
        calls = calls_behind(self._describer, [*inputs, *outputs], inputs, _MOST_NODES)
        return self._of_calls(calls.values(), depth).level()

    def _of_calls(self, calls: Iterable[Origin], depth: int) -> Growing:
        growing = Growing(self._nodes)
        for call in calls:
            if not self._nodes.take():
                break
            inner, _ = self._inside(call.operation, depth + 1)
            outputs = tuple(call.outputs)
            taken, given = self._nodes.specs(call.inputs), self._nodes.specs(outputs)
            growing.feed(call.inputs)
            growing.add(self._nodes.node(call.operation, taken, given, outputs, inner), outputs)
        return growing

    def _of_stack(self, model: Any, stack: Sequence[Any], depth: int) -> Tuple[Level, Optional[Fault]]:
        """Return the layers of a Sequential model that has no graph: nothing gave it a shape, or one does not fit."""
        failing = [layer for failure in self._failures for other, layer in failure.stacks if other is model]
        layers = [*stack, *(layer for layer in failing if not any(layer is other for other in stack))]
        nodes: List[GraphNode] = []
        edges: List[GraphEdge] = []
        ended: Optional[Fault] = None
        first = self._recorder.layers.first_call(layers[0]) if layers else None
        if first is not None and first.input is not None:
            nodes.append(_entrance(first.input))
        for layer in layers:
            if not self._nodes.take():
                break
            fault = self._fault_of.get(id(layer)) if any(layer is other for other in failing) else None
            ended = ended or fault
            inner, _ = self._inside(layer, depth + 1)
            node = self._known(layer, inner, fault)
            if fault is not None and node.input is None and nodes:
                node = dataclasses.replace(node, input=nodes[-1].output)
            if node.kind is NodeKind.INPUT:
                output = self._describer.structure(attribute(layer, "output", None))
                node = self._nodes.node(layer, None, output, (attribute(layer, "output", None),))
            if nodes:
                edges.append(GraphEdge(len(nodes) - 1, len(nodes), faulty=fault is not None))
            nodes.append(node)
        return Level(tuple(nodes), tuple(edges)), ended

    def _of_own(self, layer: Any, sublayers: Sequence[Any], depth: int) -> Tuple[Level, Optional[Fault]]:
        """Return what a call of the program's own class called, and the layers that it did not call, unconnected."""
        tree = self._recorder.trees.of(layer) or CallTree(None, (), False)
        nodes: List[GraphNode] = []
        edges: List[GraphEdge] = []
        first = 0
        if any(OUTSIDE in call.fed_by for call in tree.calls):
            first = 1
            nodes.append(_entrance(tree.input))
        ended: Optional[Fault] = None
        for call in tree.calls:
            if not self._nodes.take():
                break
            fault = self._fault_of.get(id(call.layer)) if call.failed else None
            ended = ended or fault
            inner, _ = self._inside(call.layer, depth + 1)
            place = fault.location if fault is not None else None
            for source in call.fed_by:
                # The arguments of the call around it may be many; which of them this is tells its own.
                edges.append(
                    GraphEdge(source + first, len(nodes), call.input if source == OUTSIDE else None, call.failed)
                )
            nodes.append(self._nodes.node(call.layer, call.input, call.output, (), inner, place))
        called = {id(call.layer) for call in tree.calls}
        for other in sublayers:
            if id(other) not in called and self._nodes.take():
                nodes.append(self._known(other, self._inside(other, depth + 1)[0]))
        return Level(tuple(nodes), tuple(edges)), ended if tree.failed else None

    # --- models that were never made ----------------------------------------------------------------------

    def _stacks_never_made(self, known: Iterable[int]) -> List[ModelGraph]:
        """Return the Sequential models whose constructors raised."""
        seen = set(known)
        found = []
        for failure in self._failures:
            for model, _ in failure.stacks:
                if id(model) in seen or self._nodes.has(model):
                    continue
                seen.add(id(model))
                frames = failure.fault.frames
                location = frames[-1].location if frames else failure.fault.location
                try:
                    found.append(self._graph(model, location, self._name(self._sites_at(location))))
                except Exception:  # objects of the program that do not bear being looked at
                    pass
        return found

    def _unfinished(self) -> List[ModelGraph]:
        """Return the Functional models in which an exception came out of a call."""
        groups: List[_Unfinished] = []
        for failure in self._failures:
            try:
                self._group(failure, groups)
            except Exception:  # objects of the program that do not bear being looked at
                pass
        found = []
        for group in groups[:_MOST_MODELS]:
            try:
                found.append(self._unfinished_graph(group))
            except Exception:  # objects of the program that do not bear being looked at
                pass
        return found

    def _group(self, failure: _Failure, groups: List[_Unfinished]) -> None:
        """Add an exception to the model in the making that it belongs to."""
        if failure.operation is None or self._only_calls(failure):
            return
        calls = calls_behind(self._describer, failure.tensors, (), _MOST_NODES)
        group = next((group for group in groups if group.calls.keys() & calls.keys()), None)
        if group is None:
            group = _Unfinished(self._with_branches(calls))
            groups.append(group)
        group.calls.update(calls)
        group.failures.append(failure)

    def _only_calls(self, failure: _Failure) -> bool:
        """Tell whether nothing but inputs led to a call of a model: then that is no model in the making."""
        is_model = self._describer.kind(type(failure.operation)) is Kind.MODEL
        generation = self._describer.generation(failure.operation)
        return is_model and all(
            generation is not None and generation.is_input(made.operation)
            for made in (origin(self._describer, tensor) for tensor in failure.tensors)
            if made is not None
        )

    def _with_branches(self, calls: Calls) -> Calls:
        """Return calls with the other branches that begin at the same layers and have not become a model."""
        finished: Dict[int, None] = {}
        for model, _ in self._recorder.layers.created_models():
            graph = self._describer.graph(model)
            if graph is not None:
                inputs, outputs = (symbolic_tensors(self._describer, part) for part in (graph.inputs, graph.outputs))
                finished.update(dict.fromkeys(calls_behind(self._describer, outputs, inputs, _MOST_NODES)))
        found, apart = dict(calls), dict(finished)
        for tensor, _ in list(self._recorder.symbols.values()):
            # Each call is looked at once: what leads to one that is known is known itself.
            behind, met = new_calls_behind(self._describer, tensor, found, apart)
            if met:
                found.update(behind)
            else:
                apart.update(dict.fromkeys(behind))
        return found

    def _unfinished_graph(self, group: _Unfinished) -> ModelGraph:
        growing = self._of_calls(group.calls.values(), 0)
        for failure in group.failures:
            if not self._nodes.take():
                break
            inner, _ = self._inside(failure.operation, 1)
            place, taken = failure.fault.location, self._nodes.specs(failure.tensors)
            node = self._nodes.node(failure.operation, taken, None, (), inner, place)
            growing.feed(failure.tensors, faulty=True)
            growing.add(node if node.location is not None else dataclasses.replace(node, location=place))
        level = growing.level()
        fault = group.failures[0].fault
        given = [node.output for node in level.nodes if node.kind is NodeKind.INPUT and node.output is not None]
        return ModelGraph(
            name="",
            type_name="Functional",
            layer_name="",
            location=fault.location,
            input=joined(given),
            fault=fault.location,
            broken=fault.message,
            nodes=level.nodes,
            edges=level.edges,
        )


def _entrance(spec: Optional[Structure]) -> GraphNode:
    """Return the node of what a layer or model is called with, where Keras has none."""
    return GraphNode("inputs", "Input", NodeKind.INPUT, OUTSIDE, output=spec)
