"""The way from symbolic tensors back to the calls that they came out of."""

from __future__ import annotations

from typing import Any, Container, Dict, Iterable, List, Optional, Tuple

from .describe import Describer
from .generations import Origin

Calls = Dict[int, Origin]
"""Calls by the identity of Keras' record of each, those that feed a call before it."""


def origin(describer: Describer, tensor: Any) -> Optional[Origin]:
    """Return the call that a tensor came out of; None for one that is no symbolic tensor of Keras or has no history."""
    if not isinstance(tensor, describer.symbolic):
        return None
    generation = describer.generation(tensor)
    return generation.origin(tensor) if generation is not None else None


def calls_behind(describer: Describer, tensors: Iterable[Any], inputs: Iterable[Any] = (), most: int = 10_000) -> Calls:
    """Return the calls that tensors came out of, back to ``inputs``, in an order in which they can be made.

    Without recursion: models have a thousand layers in a row.
    """
    found: Calls = {}
    stops = {id(tensor) for tensor in inputs}
    begun = set()
    waiting: List[Any] = [origin(describer, tensor) for tensor in reversed(list(tensors))]
    while waiting and len(found) < most:
        current = waiting[-1]
        if current is None or id(current.node) in found:
            waiting.pop()
            continue
        if id(current.node) in begun:
            found[id(current.node)] = current
            waiting.pop()
            continue
        begun.add(id(current.node))
        for tensor in reversed(current.inputs):
            # What feeds a model from outside is none of its layers.
            if id(tensor) not in stops or not origin_inputs(describer, tensor):
                waiting.append(origin(describer, tensor))
    return found


def new_calls_behind(
    describer: Describer, tensor: Any, known: Container[int], apart: Container[int]
) -> Tuple[Calls, bool]:
    """Return the calls that a tensor came out of as far as they are new, and whether they lead to known ones."""
    found: Calls = {}
    begun = set()
    met = False
    waiting = [origin(describer, tensor)]
    while waiting:
        current = waiting[-1]
        if current is not None and id(current.node) in known:
            met = True
            waiting.pop()
        elif current is None or id(current.node) in found or id(current.node) in apart:
            waiting.pop()
        elif id(current.node) in begun:
            found[id(current.node)] = current
            waiting.pop()
        else:
            begun.add(id(current.node))
            waiting.extend(origin(describer, item) for item in reversed(current.inputs))
    return found, met


def origin_inputs(describer: Describer, tensor: Any) -> List[Any]:
    """Return the tensors that the call was given which a tensor came out of."""
    made = origin(describer, tensor)
    return list(made.inputs) if made is not None else []


def symbolic_tensors(describer: Describer, value: Any, most: int = 64) -> List[Any]:
    """Return the symbolic tensors with a history in the arguments of a call."""
    found: List[Any] = []
    waiting = [value]
    while waiting and most:
        item = waiting.pop(0)
        most -= 1
        if isinstance(item, describer.symbolic):
            if origin(describer, item) is not None:
                found.append(item)
        elif isinstance(item, (list, tuple)):
            waiting.extend(item)
        elif isinstance(item, dict):
            waiting.extend(item.values())
    return found
