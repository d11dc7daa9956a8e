"""Files as Python reads them."""

from __future__ import annotations

import io
import tokenize
from dataclasses import dataclass
from pathlib import Path


class UnreadableSource(Exception):
    """The file has no text that Python could run; the message says why in one sentence."""


@dataclass(frozen=True)
class SourceFile:
    """A Python file as it lies on the disk."""

    data: bytes
    encoding: str
    """The codec's name; ``utf-8-sig`` stands for a byte order mark."""
    text: str
    """Decoded, line ends as they are and without the byte order mark."""


def read_source(path: Path) -> str:
    """Return the text of a Python file, decoded as PEP 263 has it, line ends as they are.

    Raises UnreadableSource where the file cannot be opened, names an unknown encoding, or does not follow
    the one it names. A byte order mark is not part of the text.
    """
    return read_source_file(path).text


def read_source_file(path: Path) -> SourceFile:
    """Return a Python file with the encoding that it is to be written in again; raises as ``read_source``."""
    try:
        data = path.read_bytes()
    except OSError as error:
        raise UnreadableSource(f"The file cannot be read: {error.strerror or error}.") from error
    return decoded_source(data)


def decoded_source(data: bytes) -> SourceFile:
    """Return what the bytes of a Python file say; raises UnreadableSource."""
    try:
        encoding, _ = tokenize.detect_encoding(io.BytesIO(data).readline)
    except SyntaxError as error:
        raise UnreadableSource(f"The file's encoding cannot be told: {error.msg}.") from error
    try:
        text = data.decode(encoding)
    except UnicodeDecodeError as error:
        line = data.count(b"\n", 0, error.start) + 1
        raise UnreadableSource(
            f"The file is not valid {encoding}: byte 0x{data[error.start]:02x} in line {line}. "
            "Save it in that encoding, or name the right one in a comment such as # -*- coding: latin-1 -*-."
        ) from error
    except (LookupError, ValueError, UnicodeError) as error:  # a codec that yields no text, such as hex
        raise UnreadableSource(f"The file cannot be decoded as {encoding}: {error}.") from error
    if "\0" in text:
        raise UnreadableSource("The file holds null bytes, so it is no Python source.")
    return SourceFile(data, encoding, text)
