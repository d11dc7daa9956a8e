"""The contract's dataclasses as JSON and back, checked field by field."""

from __future__ import annotations

import dataclasses
import enum
import functools
import json
import sys
from typing import Any, Callable, Dict, Tuple, Type, TypeVar, Union, get_args, get_origin, get_type_hints

from .contract import (
    Cancel,
    Entries,
    Evaluate,
    Failed,
    Faulted,
    Finished,
    Graphed,
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
    for kind in (
        *(Evaluate, Cancel, Shutdown, Starting, Ready, Failed),
        *(Observed, Faulted, Skipped, Trained, Graphed, Finished),
    )
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
    kind: Any = type(value)
    return _writer(kind)(value)


def _same(value: Any) -> Any:
    return value


@functools.cache
def _writer(kind: Any) -> Callable[[Any], Any]:
    """Return the function that writes values of a class; it is looked for once, for messages hold thousands."""
    if issubclass(kind, enum.Enum):
        return _enum_value
    if issubclass(kind, Items):
        return lambda value: [_plain(item) for item in value.items]
    if issubclass(kind, Entries):
        return lambda value: {"entries": {key: _plain(item) for key, item in value.entries.items()}}
    if dataclasses.is_dataclass(kind):
        return functools.partial(_write_fields, _defaults(kind))
    if issubclass(kind, (tuple, list)):
        return lambda value: [_plain(item) for item in value]
    return _same


def _enum_value(value: enum.Enum) -> Any:
    return value.value


def _write_fields(defaults: Tuple[Tuple[str, Any], ...], value: object) -> Dict[str, Any]:
    body = {}
    for name, default in defaults:
        item = getattr(value, name)
        if item is not default and item != default:
            body[name] = item if type(item) in _AS_THEY_ARE else _plain(item)
    return body


_AS_THEY_ARE = frozenset((int, str, bool, float, type(None)))


def _defaults(kind: Any) -> Tuple[Tuple[str, Any], ...]:
    # A field without default is paired with a fresh object that equals nothing, so it is always written.
    return tuple(
        (item.name, object() if item.default is dataclasses.MISSING else item.default)
        for item in dataclasses.fields(kind)
    )


def _build(hint: Any, plain: Any) -> Any:
    return _reader(hint)(plain)


@functools.cache
def _reader(hint: Any) -> Callable[[Any], Any]:
    """Return the function that reads values of a hint, looked for once as well."""
    if isinstance(hint, type) and dataclasses.is_dataclass(hint):
        return _FieldReader(hint)
    origin = get_origin(hint)
    if origin is Union:
        options = get_args(hint)
        if TensorSpec in options:
            return _read_optional_structure if type(None) in options else _build_structure
        (option,) = (option for option in options if option is not type(None))
        read = _reader(option)
        return lambda plain: None if plain is None else read(plain)
    if origin is tuple:
        return functools.partial(_read_list, _reader(get_args(hint)[0]))
    if isinstance(hint, type) and issubclass(hint, enum.Enum):
        return functools.partial(_read_enum, hint)
    return functools.partial(_read_atom, hint)


class _FieldReader:
    """Reads objects of one dataclass; its fields are looked at when the first one comes, for they may hold others."""

    def __init__(self, kind: Any) -> None:
        self._kind = kind
        self._fields: Tuple[Tuple[str, Callable[[Any], Any], bool], ...] = ()

    def __call__(self, plain: Any) -> Any:
        if not isinstance(plain, dict):
            raise ContractError(f"{_title(self._kind)} must be an object, not {type(plain).__name__}")
        if not self._fields:
            self._fields = self._readers()
        values = {}
        for name, read, required in self._fields:
            if name in plain:
                values[name] = read(plain[name])
            elif required:
                raise ContractError(f"{_title(self._kind)} lacks {name}")
        return self._kind(**values)

    def _readers(self) -> Tuple[Tuple[str, Callable[[Any], Any], bool], ...]:
        hints = get_type_hints(self._kind, vars(sys.modules[self._kind.__module__]))
        return tuple(
            (
                item.name,
                _reader(hints[item.name]),
                item.default is dataclasses.MISSING and item.default_factory is dataclasses.MISSING,
            )
            for item in dataclasses.fields(self._kind)
        )


def _read_list(read: Callable[[Any], Any], plain: Any) -> Any:
    if not isinstance(plain, list):
        raise ContractError(f"expected a list, not {type(plain).__name__}")
    return tuple([read(item) for item in plain])


def _read_enum(kind: Any, plain: Any) -> Any:
    try:
        return kind(plain)
    except ValueError:
        raise ContractError(f"{plain!r} is no {_title(kind)}") from None


def _read_atom(kind: Any, plain: Any) -> Any:
    if type(plain) is kind:
        return plain
    if kind is float and type(plain) is int:
        return float(plain)
    raise ContractError(f"expected {_title(kind)}, not {type(plain).__name__}")


def _read_optional_structure(plain: Any) -> Any:
    return None if plain is None else _build_structure(plain)


def _build_structure(plain: Any) -> Structure:
    if isinstance(plain, list):
        return Items(tuple([_build_structure(item) for item in plain]))
    if isinstance(plain, dict) and isinstance(plain.get("entries"), dict):
        return Entries({str(key): _build_structure(item) for key, item in plain["entries"].items()})
    spec: TensorSpec = _build(TensorSpec, plain)
    return spec


def _title(hint: Any) -> str:
    return str(getattr(hint, "__name__", hint))
