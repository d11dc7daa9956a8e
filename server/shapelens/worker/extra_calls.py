"""What may be said of exceptions in calls that the program does not make itself."""

from __future__ import annotations

from typing import Optional, Union

from .contract import ExtraCall, Fault, Skip, SkipReason
from .positions import Positions


def called_for_sure(fault: Fault, call: ExtraCall, positions: Positions) -> Optional[Union[Fault, Skip]]:
    """Return a fault of an extra call, a skip in its place where it proves nothing, or None where it is our own.

    A call that the user wrote in a comment is wrong at the comment; one that stands at a function's name is not the
    user's, and where it fails by itself nobody is told.
    """
    if fault.handled:
        return fault if call.certain else None
    if fault.location == call.location and not positions.text(call.location).startswith("#"):
        return None
    if call.certain:
        return fault
    name, exception = call.expression.partition("(")[0], fault.exception.rpartition(".")[2]
    message = (
        f"`{name}` was called with its defaults, some of them None, and raised {exception} here; "
        "a comment can give it better arguments."
    )
    return Skip(fault.location, SkipReason.UNAVAILABLE, message)
