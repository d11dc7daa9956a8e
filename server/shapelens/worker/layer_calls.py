"""Watches real calls of Keras layers: what went in, what came out, and which layer failed first."""

from __future__ import annotations

import functools
import sys
from dataclasses import dataclass
from types import FrameType
from typing import Any, Callable, Mapping, Optional, Protocol, Tuple

from .positions import Positions, walk


@dataclass(frozen=True)
class FailedCall:
    """The innermost layer call that an exception came out of."""

    layer: Any
    arguments: Tuple[Any, ...]
    keywords: Mapping[str, Any]
    called_by_user: bool
    """True where the call stands in the user's code, not in Keras' own."""
    failed_in_user_code: bool
    """True where the exception passed through code of the user inside the layer."""


class CallListener(Protocol):
    """Who wants to know of calls."""

    def layer_called(
        self, layer: Any, arguments: Tuple[Any, ...], keywords: Mapping[str, Any], outputs: Any, caller: FrameType
    ) -> None:
        """Take note of one call that succeeded; ``caller`` is the frame that made it."""


class LayerCalls:
    """Replaces ``keras.Layer.__call__`` by one that reports, for the rest of the process."""

    def __init__(self, positions: Positions, listener: CallListener) -> None:
        self._positions = positions
        self._listener = listener
        self.failure: Optional[FailedCall] = None
        """Set while an exception is on its way out; a new call means that it was caught."""

    def install(self) -> None:
        """Start watching; every subclass inherits ``__call__``, so one place is enough."""
        import keras

        # The concrete base class: tf.keras and keras share it in Keras 3.
        layer: Any = keras.Layer
        layer.__call__ = self._watched(layer.__call__)

    def _watched(self, original: Callable[..., Any]) -> Callable[..., Any]:
        @functools.wraps(original)
        def __call__(layer: Any, *arguments: Any, **keywords: Any) -> Any:
            self.failure = None
            caller = sys._getframe(1)
            try:
                outputs = original(layer, *arguments, **keywords)
            except BaseException as error:
                if self.failure is None:
                    self.failure = self._failed(layer, arguments, keywords, caller, error)
                raise
            self._listener.layer_called(layer, arguments, keywords, outputs, caller)
            return outputs

        # AutoGraph would convert this function's source; the attribute tells it to call it as it is.
        __call__.autograph_info__ = {}  # type: ignore[attr-defined]
        return __call__

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
            layer,
            arguments,
            keywords,
            called_by_user=self._positions.is_user(caller),
            failed_in_user_code=any(self._positions.is_user(entry.tb_frame) for entry in inner),
        )
