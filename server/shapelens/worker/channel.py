"""Frames on a pipe: a header of three big-endian numbers, then that many bytes of a contract message.

The header's evaluation number is set by the host from the pipe a frame came through, so that what a child
writes can never pass for another evaluation's message or for one of the host itself (number 0).
"""

from __future__ import annotations

import enum
import os
import struct
from typing import Iterator, NamedTuple

HEADER = struct.Struct(">IIB")

LARGEST_PAYLOAD = 64 * 1024 * 1024
"""Bytes; a longer frame can only be garbage or an attack, as a whole evaluation may not send more."""

HOST = 0
"""The evaluation number of the host's own messages; evaluations count from 1."""


class Mark(enum.IntEnum):
    """What the reader of a child's pipe must know without decoding the payload."""

    MESSAGE = 0
    LAST = 1


class Frame(NamedTuple):
    """One message as it travels."""

    evaluation: int
    mark: int
    payload: bytes


class ChannelError(Exception):
    """The bytes on a channel are no frames."""


def pack(frame: Frame) -> bytes:
    """Return the frame's bytes."""
    return HEADER.pack(len(frame.payload), frame.evaluation, frame.mark) + frame.payload


class FrameBuffer:
    """Cuts frames out of bytes that arrive in pieces."""

    def __init__(self) -> None:
        self._bytes = bytearray()

    def feed(self, data: bytes) -> Iterator[Frame]:
        """Yield the frames that the data completes; raises ChannelError for an absurd length."""
        self._bytes += data
        while len(self._bytes) >= HEADER.size:
            length, evaluation, mark = HEADER.unpack_from(self._bytes)
            if length > LARGEST_PAYLOAD:
                raise ChannelError(f"a frame of {length} bytes")
            end = HEADER.size + length
            if len(self._bytes) < end:
                return
            payload = bytes(self._bytes[HEADER.size : end])
            del self._bytes[:end]
            yield Frame(evaluation, mark, payload)


_write = os.write
"""Taken here, before a program can replace it."""


def write_all(descriptor: int, data: bytes) -> None:
    """Write all of the data to a blocking descriptor; raises OSError once the reader is gone."""
    view = memoryview(data)
    while view:
        view = view[_write(descriptor, view) :]
