"""Which layers a layer or model of the program's own class calls, and which of them feeds which.

Keras knows how the layers of Functional and Sequential models are connected. What a ``call`` of the program does is
seen only while it runs: a layer whose result is an argument of another one feeds it. TensorFlow's symbolic tensors also
know the operations that made them, so the way is found where functions lie in between; elsewhere it is not known.
"""

from __future__ import annotations

import threading
import weakref
from types import FrameType
from typing import Any, Dict, Iterator, List, NamedTuple, Optional, Sequence, Tuple

from .contract import Kind, Structure
from .describe import Describer

_MOST_CALLS = 500
"""Calls of layers remembered of one call around them."""

_MOST_OPERATIONS = 60
"""Operations of TensorFlow looked at between two layers."""

_MOST_TENSORS = 32
"""Tensors looked at in the arguments of one call."""

_MOST_FRAMES = 200
"""Frames looked at between a layer and the ``call`` that calls it; TensorFlow's own are many."""

_LIBRARIES = ("keras", "tf_keras", "tensorflow", "torch", "jax", __name__.split(".")[0])

OUTSIDE = -1
"""Feeds a layer with what the layer around it was called with."""


class InnerCall(NamedTuple):
    """A call of a layer, made by the ``call`` of another one."""

    layer: Any
    fed_by: Tuple[int, ...]
    """The calls whose results it takes, by their number, or OUTSIDE; empty where that is not known."""
    input: Optional[Structure]
    output: Optional[Structure]
    failed: bool


class CallTree(NamedTuple):
    """What one call of a layer of the program's own was made of."""

    input: Optional[Structure]
    calls: Tuple[InnerCall, ...]
    failed: bool


class _Running:
    """A call that has not ended yet."""

    def __init__(self, layer: Any, own: bool) -> None:
        self.layer = layer
        self.own = own
        self.frame: Optional[FrameType] = None
        """The running ``call`` of the program; Keras runs it more than once where it infers shapes."""
        self.calls: List[InnerCall] = []
        self.made: Dict[int, Tuple[weakref.ref[Any], int]] = {}


class _Stack(threading.local):
    """The calls that run in one thread: data sets and loaders have threads of their own."""

    def __init__(self) -> None:
        self.running: List[_Running] = []


class CallTrees:
    """Collects the first call of each layer of the program's own that tells something."""

    def __init__(self, describer: Describer) -> None:
        self._describer = describer
        self._stack = _Stack()
        self._known: Dict[int, Tuple[Any, CallTree]] = {}
        self._own: Dict[int, Tuple[type, bool]] = {}

    def of(self, layer: Any) -> Optional[CallTree]:
        """Return what a call of the layer was made of; None for a layer of Keras' own and one never called."""
        known = self._known.get(id(layer))
        return known[1] if known is not None else None

    def is_own(self, kind: type) -> bool:
        """Tell whether a class is none of Keras' own."""
        known = self._own.get(id(kind))
        if known is None:
            own = str(kind.__module__).split(".")[0] not in ("keras", "tf_keras")
            known = self._own[id(kind)] = (kind, own)
        return known[1]

    # --- told by LayerCalls -------------------------------------------------------------------------------

    def begins(self, layer: Any, caller: Optional[FrameType]) -> None:
        """Note that a layer is about to be called."""
        running = self._stack.running
        if running and running[-1].own:
            self._enter(running[-1], caller)
        running.append(_Running(layer, self.is_own(type(layer))))

    def ends(
        self,
        arguments: Sequence[Any],
        taken: Optional[Structure],
        given: Optional[Structure],
        outputs: Any = None,
        failed: bool = False,
    ) -> None:
        """Note that the call that began last has ended."""
        running = self._stack.running
        if not running:
            return
        ended = running.pop()
        if ended.own and ended.calls:
            self._keep(ended, taken, failed)
        if running and running[-1].own and len(running[-1].calls) < _MOST_CALLS:
            around = running[-1]
            fed_by = tuple(dict.fromkeys(self._feeders(around, arguments)))
            number = len(around.calls)
            around.calls.append(InnerCall(ended.layer, fed_by, taken, given, failed))
            for tensor in self._tensors(outputs):
                _note(around, tensor, number)

    def _keep(self, ended: _Running, taken: Optional[Structure], failed: bool) -> None:
        known = self._known.get(id(ended.layer))
        if known is None or (known[1].failed and not failed):
            self._known[id(ended.layer)] = (ended.layer, CallTree(taken, tuple(ended.calls), failed))

    # --- who feeds whom -----------------------------------------------------------------------------------

    def _enter(self, around: _Running, caller: Optional[FrameType]) -> None:
        """Begin anew where another ``call`` of the layer runs, and note the tensors that it got.

        They are looked for in its frame: Keras makes others of those that the layer was called with.
        """
        frame, entry = caller, None
        for _ in range(_MOST_FRAMES):
            if frame is None or _is_call_of(frame, around.layer):
                break
            if _is_method_of(frame, around.layer):
                entry = frame
            frame = frame.f_back
        if entry is None or entry is around.frame:
            return
        around.frame = entry
        around.calls, around.made = [], {}
        for name in entry.f_code.co_varnames[1 : entry.f_code.co_argcount]:
            for tensor in self._tensors(entry.f_locals.get(name)):
                _note(around, tensor, OUTSIDE)

    def _feeders(self, around: _Running, arguments: Sequence[Any]) -> Iterator[int]:
        for tensor in self._tensors(arguments):
            found = _maker(around, tensor)
            if found is not None:
                yield found
            else:
                yield from _through_operations(around, tensor)

    def _tensors(self, value: Any) -> List[Any]:
        found: List[Any] = []
        waiting = [value]
        while waiting and len(found) < _MOST_TENSORS:
            item = waiting.pop(0)
            if self._describer.kind(type(item)) is Kind.TENSOR:
                found.append(item)
            elif isinstance(item, (list, tuple)) and len(item) <= _MOST_TENSORS:
                waiting.extend(item)
            elif isinstance(item, dict) and len(item) <= _MOST_TENSORS:
                waiting.extend(item.values())
        return found


def _is_call_of(frame: FrameType, layer: Any) -> bool:
    """Tell whether a frame is the watched call of a layer (see LayerCalls)."""
    return frame.f_code.co_name == "__call__" and frame.f_locals.get("layer") is layer


def _is_method_of(frame: FrameType, layer: Any) -> bool:
    # The variables of a frame are asked for last: Python makes a dictionary of all of them.
    code = frame.f_code
    if not code.co_argcount or str(frame.f_globals.get("__name__")).split(".")[0] in _LIBRARIES:
        return False
    return frame.f_locals.get(code.co_varnames[0]) is layer


def _note(around: _Running, tensor: Any, number: int) -> None:
    try:
        around.made[id(tensor)] = (weakref.ref(tensor), number)
    except TypeError:  # some arrays cannot be referred to, and an identity alone is not enough
        pass


def _maker(around: _Running, tensor: Any) -> Optional[int]:
    known = around.made.get(id(tensor))
    return known[1] if known is not None and known[0]() is tensor else None


def _through_operations(around: _Running, tensor: Any) -> Iterator[int]:
    """Yield who made the tensors that a symbolic tensor of TensorFlow was computed from."""
    waiting, seen = [tensor], set()
    for _ in range(_MOST_OPERATIONS):
        if not waiting:
            return
        current = waiting.pop(0)
        found = _maker(around, current)
        if found is not None:
            yield found
            continue
        if not hasattr(current, "graph") or hasattr(current, "numpy"):
            return  # no symbolic tensor of TensorFlow
        operation = current.op
        if id(operation) not in seen:
            seen.add(id(operation))
            waiting.extend(operation.inputs)
