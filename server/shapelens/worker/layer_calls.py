"""Watches real calls of Keras layers: what went in, what came out, and which layer failed first."""

from __future__ import annotations

import contextlib
import functools
import sys
from dataclasses import dataclass, field
from types import FrameType
from typing import Any, Callable, List, Mapping, NamedTuple, Optional, Protocol, Tuple

from .generations import loaded_generations
from .positions import Positions, walk

_STACKING = ("add", "build", "call", "_build_graph_network_for_inferred_shape")
"""Methods of Sequential models, in Keras 2 and 3, that call the layers one after the other."""


class CallLevel(NamedTuple):
    """A layer call that an exception passed through."""

    layer: Any
    arguments: Tuple[Any, ...]
    keywords: Mapping[str, Any]
    stack: Any
    """The Sequential model that called the layer to build itself; None for any other caller."""


@dataclass(frozen=True)
class FailedCall:
    """The innermost layer call that an exception came out of."""

    error: BaseException
    """The exception as it left the layer; on its way out Keras may raise another in its place."""
    layer: Any
    arguments: Tuple[Any, ...]
    keywords: Mapping[str, Any]
    called_by_user: bool
    """True where the call stands in the user's code, not in Keras' own."""
    failed_in_user_code: bool
    """True where the exception passed through code of the user inside the layer."""
    stepped: bool
    """True for a model whose own fit, evaluate or predict called it."""
    levels: List[CallLevel] = field(default_factory=list)
    """This call and those around it, innermost first; it grows while the exception is on its way."""


class CallListener(Protocol):
    """Who wants to know of calls."""

    def layer_begins(self, layer: Any, caller: FrameType) -> None:
        """Take note of a call that begins; it is followed by one of the others."""

    def layer_failed(self, layer: Any, arguments: Tuple[Any, ...], keywords: Mapping[str, Any]) -> None:
        """Take note of a call that an exception ended."""

    def layer_called(
        self, layer: Any, arguments: Tuple[Any, ...], keywords: Mapping[str, Any], outputs: Any, caller: FrameType
    ) -> None:
        """Take note of one call that succeeded; ``caller`` is the frame that made it."""


class LayerCalls:
    """Replaces ``__call__`` of Keras' layers by one that reports, for the rest of the process."""

    def __init__(self, positions: Positions, listener: CallListener, stepping: Callable[[Any], bool]) -> None:
        self._positions = positions
        self._stepping = stepping
        self._listener = listener
        self._failure: Optional[FailedCall] = None
        self._generations = loaded_generations()

    def install(self) -> None:
        """Start watching; every subclass inherits ``__call__``, so one place is enough."""
        for generation in self._generations:
            # All are read before any is replaced: one of these classes may inherit from another.
            originals = [(kind, vars(kind)["__call__"]) for kind in generation.watched]
            for kind, original in originals:
                watched: Any = kind
                watched.__call__ = self._watched(original)

    def failure_of(self, error: BaseException) -> Optional[FailedCall]:
        """Return the layer call that an exception, or the one it was raised in place of, came out of."""
        failed = self._failure
        seen = set()
        current: Optional[BaseException] = error
        while failed is not None and current is not None and id(current) not in seen:
            if current is failed.error:
                return failed
            seen.add(id(current))
            group = getattr(current, "exceptions", None)  # of an exception group, from Python 3.11 on
            if isinstance(group, tuple) and failed.error in group:
                return failed
            current = current.__cause__ or current.__context__
        return None

    def _watched(self, original: Callable[..., Any]) -> Callable[..., Any]:
        @functools.wraps(original)
        def __call__(layer: Any, *arguments: Any, **keywords: Any) -> Any:
            self._failure = None  # the last exception was caught
            caller = self._caller(layer, sys._getframe(1))
            with contextlib.suppress(Exception):  # an object of the program that does not bear being looked at
                self._listener.layer_begins(layer, caller)
            try:
                outputs = original(layer, *arguments, **keywords)
            except BaseException as error:
                if self._failure is None:
                    self._failure = self._failed(layer, arguments, keywords, caller, error)
                self._failure.levels.append(CallLevel(layer, arguments, keywords, self._stack(caller)))
                with contextlib.suppress(Exception):
                    self._listener.layer_failed(layer, arguments, keywords)
                raise
            with contextlib.suppress(Exception):
                self._listener.layer_called(layer, arguments, keywords, outputs, caller)
            return outputs

        # AutoGraph would convert this function's source; the attribute tells it to call it as it is.
        __call__.autograph_info__ = {}  # type: ignore[attr-defined]
        return __call__

    def _caller(self, layer: Any, frame: FrameType) -> FrameType:
        """Return the frame that called a layer; in Keras 2 some classes have a ``__call__`` of their own in between."""
        outer: Optional[FrameType] = frame
        while outer is not None and _passes_on(outer, layer) and not self._positions.is_user(outer):
            outer = outer.f_back
        return outer or frame

    def _stack(self, caller: FrameType) -> Any:
        """Return the Sequential model that calls its layers one by one in a frame."""
        if caller.f_code.co_name not in _STACKING or self._positions.is_user(caller):
            return None
        model = caller.f_locals.get("self")
        for generation in self._generations:
            if issubclass(type(model), generation.model) and generation.stacked(model) is not None:
                return model
        return None

    def _failed(
        self,
        layer: Any,
        arguments: Tuple[Any, ...],
        keywords: Mapping[str, Any],
        caller: FrameType,
        error: BaseException,
    ) -> FailedCall:
        inner = walk(error.__traceback__)
        next(inner, None)  # the first entry is the frame of the watched call itself
        return FailedCall(
            error,
            layer,
            arguments,
            keywords,
            called_by_user=self._positions.is_user(caller),
            failed_in_user_code=any(self._positions.is_user(entry.tb_frame) for entry in inner),
            stepped=self._stepping(layer),
        )


def _passes_on(frame: FrameType, layer: Any) -> bool:
    name = frame.f_code.co_name
    if name == "__call__":
        return frame.f_locals.get("self") is layer
    return name == "error_handler" and str(frame.f_globals.get("__name__")).endswith(".utils.traceback_utils")
