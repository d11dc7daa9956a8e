"""Pieces of a seccomp filter: a program of classic BPF that judges each system call.

A block is a list of instructions in which every path ends in a verdict, so blocks nest without labels.
Encoding from ``linux/bpf_common.h``, verdicts and ``seccomp_data`` from ``linux/seccomp.h``.
"""

from __future__ import annotations

import struct
from typing import Iterable, List, Mapping, Sequence, Tuple

Instruction = Tuple[int, int, int, int]
"""Code, jump if true, jump if false, operand; jumps count the instructions that are left out."""

Block = List[Instruction]

_LOAD, _MASK, _JUMP, _RETURN = 0x20, 0x54, 0x05, 0x06
_IF_EQUAL, _IF_AT_LEAST, _IF_ANY_BIT = 0x15, 0x35, 0x45

_KILL_PROCESS, _ERRNO, _ALLOW = 0x80000000, 0x00050000, 0x7FFF0000
_NUMBER, _ARCHITECTURE, _ARGUMENTS = 0, 4, 16

ALLOW: Block = [(_RETURN, 0, 0, _ALLOW)]


def fail(error: int) -> Block:
    """Return a block that lets the call fail with this errno."""
    return [(_RETURN, 0, 0, _ERRNO | error)]


def if_one_of(argument: int, values: Sequence[int], then: Block, otherwise: Block) -> Block:
    """Return a block that looks at the lower 32 bits of an argument; right for what the kernel takes as int."""
    return _compare([_load(argument)], values, then, otherwise)


def if_masked(argument: int, mask: int, values: Sequence[int], then: Block, otherwise: Block) -> Block:
    """Return a block like ``if_one_of`` for those bits of the argument that the mask has."""
    return _compare([_load(argument), (_MASK, 0, 0, mask)], values, then, otherwise)


def if_any_bit(argument: int, mask: int, then: Block, otherwise: Block) -> Block:
    """Return a block that asks whether the argument has any bit of the mask set."""
    return [_load(argument), (_IF_ANY_BIT, len(otherwise), 0, mask), *otherwise, *then]


def program(architecture: int, verdicts: Mapping[int, Block], beyond: Iterable[Tuple[int, Block]]) -> bytes:
    """Return the bytes of a filter that allows every call but those with a verdict.

    ``beyond`` are verdicts for whole ranges: each holds from its number to the next one's. A call in the
    manner of another architecture kills the process.
    """
    steps = dict(beyond)
    for number, block in verdicts.items():
        steps[number] = block
        if number + 1 not in verdicts:
            steps.setdefault(number + 1, ALLOW)
    ranges: List[Tuple[int, Block]] = [(0, steps.pop(0, ALLOW))]
    for start in sorted(steps):
        if steps[start] != ranges[-1][1]:
            ranges.append((start, steps[start]))
    prologue: Block = [
        (_LOAD, 0, 0, _ARCHITECTURE),
        (_IF_EQUAL, 1, 0, architecture),
        (_RETURN, 0, 0, _KILL_PROCESS),
        (_LOAD, 0, 0, _NUMBER),
    ]
    return b"".join(struct.pack("=HBBI", *instruction) for instruction in prologue + _search(ranges))


def _search(ranges: Sequence[Tuple[int, Block]]) -> Block:
    # Halving keeps every call at some eight comparisons, and the kernel, which runs the filter for each
    # number once to learn which calls are always allowed, at a tenth of the time of a plain list.
    if len(ranges) == 1:
        return ranges[0][1]
    middle = len(ranges) // 2
    low, high = _search(ranges[:middle]), _search(ranges[middle:])
    start = ranges[middle][0]
    if len(low) <= 255:
        return [(_IF_AT_LEAST, len(low), 0, start), *low, *high]
    return [(_IF_AT_LEAST, 0, 1, start), (_JUMP, 0, 0, len(low)), *low, *high]


def _load(argument: int) -> Instruction:
    return (_LOAD, 0, 0, _ARGUMENTS + 8 * argument)


def _compare(loads: Block, values: Sequence[int], then: Block, otherwise: Block) -> Block:
    last = len(values) - 1
    tests = [(_IF_EQUAL, last - i + len(otherwise), 0, value) for i, value in enumerate(values)]
    return [*loads, *tests, *otherwise, *then]
