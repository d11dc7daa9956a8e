"""Frames are cut right however the bytes arrive."""

from __future__ import annotations

import pytest

from shapelens.worker.channel import HEADER, LARGEST_PAYLOAD, ChannelError, Frame, FrameBuffer, Mark, pack

FRAMES = [Frame(1, Mark.MESSAGE, b"abc"), Frame(0, Mark.LAST, b""), Frame(2**32 - 1, Mark.MESSAGE, b"x" * 1000)]


@pytest.mark.parametrize("size", [1, 2, 7, 8, 9, 10, 100, 5000])
def test_pieces_of_any_size(size: int) -> None:
    data = b"".join(map(pack, FRAMES))
    buffer = FrameBuffer()
    pieces = [data[start : start + size] for start in range(0, len(data), size)]
    assert [frame for piece in pieces for frame in buffer.feed(piece)] == FRAMES


def test_an_absurd_length_is_no_frame() -> None:
    with pytest.raises(ChannelError):
        list(FrameBuffer().feed(HEADER.pack(LARGEST_PAYLOAD + 1, 1, 0)))
