"""The contract's dataclasses as JSON and back, checked field by field."""

from __future__ import annotations

import dataclasses
import enum
import functools
import json
import sys
from typing import Any, Dict, Tuple, Type, TypeVar, Union, get_args, get_origin, get_type_hints

from .contract import (
    Cancel,
    Entries,
    Evaluate,
    Failed,
    Faulted,
    Finished,
    Items,
    Observed,
    Ready,
    Shutdown,
    Skipped,
    Starting,
    Structure,
    TensorSpec,
    Trained,
)


class ContractError(ValueError):
    """A message that does not follow the contract: unknown type, missing field or wrong kind of value."""


_MESSAGES: Dict[str, type] = {
    kind.__name__: kind
    for kind in (Evaluate, Cancel, Shutdown, Starting, Ready, Failed, Observed, Faulted, Skipped, Trained, Finished)
}

Message = TypeVar("Message")


_ENCODER = json.JSONEncoder(separators=(",", ":"), allow_nan=False)
"""Made before a program can replace json.dumps."""


def encode(message: object) -> bytes:
    """Return the message as UTF-8 JSON: its class under ``type``, then its fields, defaults left out."""
    body = _plain(message)
    body["type"] = type(message).__name__
    # ASCII escapes keep lone surrogates, which a user's source may contain, from failing to encode.
    return _ENCODER.encode(body).encode("ascii")


def decode(data: bytes) -> object:
    """Return the message that ``encode`` wrote; raises ContractError for anything else."""
    try:
        body = json.loads(data)
        kind = _MESSAGES.get(str(body.get("type"))) if isinstance(body, dict) else None
        if kind is None:
            raise ContractError("a message must be an object whose type is one of " + ", ".join(_MESSAGES))
        return _build(kind, body)
    except ContractError:
        raise
    except (ValueError, RecursionError) as error:  # no JSON, or nested beyond all sense
        raise ContractError(f"not a message: {error}") from None


def to_plain(value: object) -> Dict[str, Any]:
    """Return a dataclass of the contract as JSON objects, defaults left out; ``from_plain`` reads them."""
    plain: Dict[str, Any] = _plain(value)
    return plain


def from_plain(kind: Type[Message], plain: object) -> Message:
    """Return the dataclass that ``to_plain`` wrote; raises ContractError where it does not fit the kind."""
    built: Message = _build(kind, plain)
    return built


def _plain(value: object) -> Any:
    if isinstance(value, enum.Enum):
        return value.value
    if isinstance(value, Items):
        return [_plain(item) for item in value.items]
    if isinstance(value, Entries):
        return {"entries": {key: _plain(item) for key, item in value.entries.items()}}
    if dataclasses.is_dataclass(value) and not isinstance(value, type):
        body = {}
        for name, default in _defaults(type(value)):
            item = getattr(value, name)
            if item is not default and item != default:
                body[name] = _plain(item)
        return body
    if isinstance(value, (tuple, list)):
        return [_plain(item) for item in value]
    return value


@functools.cache
def _defaults(kind: Any) -> Tuple[Tuple[str, Any], ...]:
    # A field without default is paired with a fresh object that equals nothing, so it is always written.
    return tuple(
        (item.name, object() if item.default is dataclasses.MISSING else item.default)
        for item in dataclasses.fields(kind)
    )


@functools.cache
def _hints(kind: Any) -> Tuple[Tuple[str, Any, bool], ...]:
    hints = get_type_hints(kind, vars(sys.modules[kind.__module__]))
    return tuple(
        (
            item.name,
            hints[item.name],
            item.default is dataclasses.MISSING and item.default_factory is dataclasses.MISSING,
        )
        for item in dataclasses.fields(kind)
    )


def _build(hint: Any, plain: Any) -> Any:
    if isinstance(hint, type) and dataclasses.is_dataclass(hint):
        if not isinstance(plain, dict):
            raise ContractError(f"{_title(hint)} must be an object, not {type(plain).__name__}")
        values = {}
        for name, field_hint, required in _hints(hint):
            if name in plain:
                values[name] = _build(field_hint, plain[name])
            elif required:
                raise ContractError(f"{_title(hint)} lacks {name}")
        return hint(**values)
    origin = get_origin(hint)
    if origin is Union:
        return _build_union(hint, plain)
    if origin is tuple:
        if not isinstance(plain, list):
            raise ContractError(f"expected a list, not {type(plain).__name__}")
        item_hint = get_args(hint)[0]
        return tuple(_build(item_hint, item) for item in plain)
    if isinstance(hint, type) and issubclass(hint, enum.Enum):
        try:
            return hint(plain)
        except ValueError:
            raise ContractError(f"{plain!r} is no {_title(hint)}") from None
    if hint is float and type(plain) is int:
        return float(plain)
    if type(plain) is not hint:
        raise ContractError(f"expected {_title(hint)}, not {type(plain).__name__}")
    return plain


def _build_union(hint: Any, plain: Any) -> Any:
    options = get_args(hint)
    if type(None) in options and plain is None:
        return None
    if TensorSpec in options:
        return _build_structure(plain)
    (option,) = (option for option in options if option is not type(None))
    return _build(option, plain)


def _build_structure(plain: Any) -> Structure:
    if isinstance(plain, list):
        return Items(tuple(_build_structure(item) for item in plain))
    if isinstance(plain, dict) and isinstance(plain.get("entries"), dict):
        return Entries({str(key): _build_structure(item) for key, item in plain["entries"].items()})
    spec: TensorSpec = _build(TensorSpec, plain)
    return spec


def _title(hint: Any) -> str:
    return str(getattr(hint, "__name__", hint))
