"""Messages survive their JSON, and nothing else passes for a message."""

from __future__ import annotations

import json

import pytest

from shapelens.worker.codec import ContractError, decode, encode, from_plain, to_plain
from shapelens.worker.contract import (
    Budget,
    Cancel,
    Entries,
    Evaluate,
    Fault,
    Faulted,
    Finished,
    Frame,
    Items,
    Kind,
    Limits,
    Location,
    Observation,
    Observed,
    Outcome,
    Program,
    Ready,
    Role,
    SandboxTier,
    Skip,
    Skipped,
    SkipReason,
    SourceText,
    Span,
    TensorSpec,
)

PLACE = Location("/a b/é.py", Span(0, 1, 2, 3))
SPEC = TensorSpec((None, 28, 28, 1), "float32")

MESSAGES = [
    Evaluate(3, Program("/a.py", "x = '\ud800'\n", "/", (SourceText("/b.py", ""),), ("--x",)), Limits(seconds=2)),
    Cancel(7),
    Ready(1, "/p", "3.11.7", "3.15.1", "jax", None, "cpu", SandboxTier.BASIC, "audit hooks", 1.5, reusable=False),
    Observed(
        1,
        (
            Observation(PLACE, Kind.LAYER, Role.ELEMENT, "Call", "d", "Dense"),
            Observation(
                PLACE,
                Kind.MODEL,
                Role.STATEMENT,
                "Call",
                "m",
                "Functional",
                layer_name="functional",
                output=Items((SPEC, Entries({"a": TensorSpec(None, "int32"), "b": Items(())}))),
                input=SPEC,
                parameters=10**11,
                created=True,
                target=Span(0, 0, 0, 1),
                via=(PLACE, PLACE),
                count=3,
                key=9,
            ),
        ),
    ),
    Faulted(1, Fault(PLACE, "ValueError", "no\x1b[1m", (Frame(PLACE, "call"),), "keras", "LSTM", "lstm", SPEC, True)),
    Skipped(1, Skip(PLACE, SkipReason.UNKNOWN_NAME, "why", "x", PLACE)),
    Finished(1, Outcome.OVER_BUDGET, 0.5, "late", Budget.SECONDS, PLACE, 12.5),
]


@pytest.mark.parametrize("message", MESSAGES, ids=lambda message: type(message).__name__)
def test_a_message_comes_back_as_it_went(message: object) -> None:
    assert decode(encode(message)) == message


def test_defaults_are_left_out() -> None:
    plain = to_plain(Observation(PLACE, Kind.TENSOR, Role.OPERAND, "Name", "x", "ndarray"))
    assert set(plain) == {"location", "kind", "role", "node", "name", "type_name"}
    assert from_plain(Observation, plain).count == 1


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"[]",
        b"{}",
        b"\xff",
        b'{"type":"Unheard"}',
        b'{"type":"Cancel"}',
        b'{"type":"Cancel","evaluation":"1"}',
        b'{"type":"Cancel","evaluation":true}',
        b'{"type":"Finished","evaluation":1,"outcome":"fine","seconds":1}',
        b'{"type":"Observed","evaluation":1,"observations":{}}',
        b'{"type":"Observed","evaluation":1,"observations":[1]}',
        b'{"type":["Cancel"],"evaluation":1}',
        b'{"type":"Evaluate","evaluation":1,"program":[]}',
        b"[" * 100_000,
    ],
)
def test_anything_else_is_refused(data: bytes) -> None:
    with pytest.raises(ContractError):
        decode(data)


def test_deep_structures_are_refused_and_not_a_crash() -> None:
    spec: object = {"shape": [1], "dtype": "x"}
    for _ in range(5000):
        spec = [spec]
    message = {"type": "Observed", "evaluation": 1, "observations": [{"output": spec}]}
    try:
        data = json.dumps(message).encode()
    except RecursionError:  # this Python's own encoder gives up first
        data = b'{"type":"Observed","evaluation":1,"observations":[{"output":' + b"[" * 5000 + b"]" * 5000 + b"}]}"
    with pytest.raises(ContractError):
        decode(data)
