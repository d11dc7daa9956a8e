"""Names whose statement failed: using one is noticed at the very expression that does."""

from __future__ import annotations

from typing import Any, NoReturn, Optional

from .contract import Location, SkipReason


class Gap(BaseException):
    """Raised where the evaluation has no value, though a plain run has one.

    It derives from BaseException so that neither Keras nor the program takes it for an error of its own.
    """


class NotEvaluated(Gap):
    """Raised by a stand-in for what an evaluation does not do; carries one sentence for the user."""

    def __init__(self, reason: SkipReason, message: str) -> None:
        super().__init__(message)
        self.reason = reason
        self.message = message


class UnknownUsed(Gap):
    """Raised where an unknown name is used."""

    def __init__(self, unknown: Unknown) -> None:
        super().__init__(unknown.name)
        self.unknown = unknown


RESULT = "the result"
"""The name of what a function would have returned; why it did not is told at the statement in it that failed."""


class Unknown:
    """Stands for the value that a statement would have given a name."""

    __slots__ = ("name", "origin")

    def __init__(self, name: str, origin: Optional[Location]) -> None:
        object.__setattr__(self, "name", name)
        object.__setattr__(self, "origin", origin)

    def __getattr__(self, attribute: str) -> Any:
        # Protocol look-ups such as __array__ must fail softly, or copying a dict of globals would raise.
        if attribute.startswith("__") and attribute.endswith("__"):
            raise AttributeError(attribute)
        raise UnknownUsed(self)

    def _use(self, *_: Any, **__: Any) -> NoReturn:
        raise UnknownUsed(self)

    __call__ = __iter__ = __len__ = __bool__ = __getitem__ = __setitem__ = __contains__ = _use
    __enter__ = __exit__ = __next__ = __index__ = __int__ = __float__ = _use
    __add__ = __radd__ = __sub__ = __rsub__ = __mul__ = __rmul__ = __matmul__ = __rmatmul__ = _use
    __truediv__ = __rtruediv__ = __floordiv__ = __rfloordiv__ = __mod__ = __rmod__ = __pow__ = __rpow__ = _use
    __and__ = __rand__ = __or__ = __ror__ = __xor__ = __rxor__ = _use
    __lshift__ = __rlshift__ = __rshift__ = __rrshift__ = _use
    __divmod__ = __rdivmod__ = __delitem__ = __format__ = __str__ = __pos__ = __abs__ = __invert__ = __round__ = _use
    __neg__ = __lt__ = __le__ = __gt__ = __ge__ = _use
