"""Reads and writes images as Matplotlib does, without Matplotlib.

Kept true, going by the documentation of ``matplotlib.image.imread`` and its source: a PNG gives float32 between 0 and
1, all else the integers in the file; grey images are (height, width), colour images have a last axis of 3 or 4, and
images with a palette are turned into RGBA.
"""

from __future__ import annotations

import struct
import zlib
from typing import Any


def read_image(fname: Any, format: Any = None) -> Any:
    """Return the array of an image file; raises what Pillow and the system raise."""
    import numpy as np
    from PIL import Image

    with Image.open(fname) as image:
        kept = image.mode in ("RGBA", "RGBX", "RGB", "L") or image.mode.startswith("I")
        values = np.asarray(image if kept else image.convert("RGBA"))
        if image.format != "PNG":
            return values
        highest = 65535 if image.mode.startswith("I") else 255
        return np.divide(values, highest, dtype=np.float32)


def empty_png(width: int, height: int) -> bytes:
    """Return a PNG of transparent pixels, as large as a plot would be; Matplotlib writes RGBA."""
    header = struct.pack(">IIBBBBB", width, height, 8, 6, 0, 0, 0)
    rows = zlib.compress(bytes((1 + 4 * width) * height), 1)
    return b"\x89PNG\r\n\x1a\n" + _chunk(b"IHDR", header) + _chunk(b"IDAT", rows) + _chunk(b"IEND", b"")


def _chunk(kind: bytes, content: bytes) -> bytes:
    return struct.pack(">I", len(content)) + kind + content + struct.pack(">I", zlib.crc32(kind + content))
