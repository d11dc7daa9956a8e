"""Fixed texts on the disk: in the encoding the file had, all at once, and never over somebody else's change."""

from __future__ import annotations

import contextlib
import os
import stat
import tempfile
from collections.abc import Mapping
from pathlib import Path

from shapelens.cli.notebook_edit import UnknownCell, with_cells
from shapelens.cli.notebook_file import decoded_notebook, parse_notebook
from shapelens.cli.source_text import UnreadableSource, decoded_source

_BYTE_ORDER_MARK = b"\xef\xbb\xbf"


class Unwritable(Exception):
    """A file was left as it is; the message says why, without a full stop."""


def write_source(path: Path, before: bytes, text: str) -> None:
    """Write another text into a Python file that still holds ``before``; raises Unwritable."""
    replace_file(path, before, encoded_source(before, text))


def write_notebook(path: Path, before: bytes, cells: Mapping[int, str]) -> None:
    """Write other texts into cells of a notebook, by their index, that still holds ``before``; raises Unwritable."""
    replace_file(path, before, encoded_notebook(before, cells))


def encoded_source(before: bytes, text: str) -> bytes:
    """Return a text in the encoding of the bytes it comes in place of, byte order mark included; raises Unwritable."""
    try:
        source = decoded_source(before)
        same, after = source.text.encode(source.encoding), text.encode(source.encoding)
    except UnreadableSource as error:
        raise Unwritable(str(error).removesuffix(".")) from error
    except (UnicodeEncodeError, LookupError) as error:
        raise Unwritable(f"its encoding has no characters for the change: {error}") from error
    if same != before:
        raise Unwritable(f"what is not changed would be written in other bytes of {source.encoding}")
    return after


def encoded_notebook(before: bytes, cells: Mapping[int, str]) -> bytes:
    """Return a notebook's file with other texts in some of its cells, all else byte for byte; raises Unwritable."""
    try:
        old = decoded_notebook(before)
        new = with_cells(old, cells)
        expected = {cell.index: cells.get(cell.index, cell.text) for cell in parse_notebook(old).cells}
        written = {cell.index: cell.text for cell in parse_notebook(new).cells}
    except UnreadableSource as error:
        raise Unwritable(str(error).removesuffix(".")) from error
    except UnknownCell as error:
        raise Unwritable(str(error)) from error
    if written != expected:
        raise Unwritable("its JSON cannot be changed in place")
    mark = _BYTE_ORDER_MARK if before.startswith(_BYTE_ORDER_MARK) else b""
    return mark + new.encode("utf-8")


def replace_file(path: Path, before: bytes, after: bytes) -> None:
    """Put a file with other bytes in the place of one that still holds ``before``; raises Unwritable.

    Readers see the old file or the new one. A symbolic link stays, and the file that it names is replaced; mode and,
    where the system lets, owner are kept. A file that may not be written is not replaced, even where its folder may.
    """
    target = Path(os.path.realpath(path))
    temporary: Path | None = None
    try:
        about = target.stat()
        if not os.access(target, os.W_OK):
            raise Unwritable("it may not be written")
        handle, name = tempfile.mkstemp(prefix=f".{target.name}.", suffix=".tmp", dir=target.parent)
        temporary = Path(name)
        with os.fdopen(handle, "wb") as stream:
            stream.write(after)
            stream.flush()
            os.fsync(stream.fileno())
        if hasattr(os, "chown"):
            with contextlib.suppress(OSError):
                os.chown(temporary, about.st_uid, about.st_gid)
        temporary.chmod(stat.S_IMODE(about.st_mode))
        # As late as can be: what an editor saves behind this line and before the next is lost.
        if target.read_bytes() != before:
            raise Unwritable("it has changed meanwhile")
        temporary.replace(target)
        temporary = None
    except OSError as error:
        raise Unwritable(f"it cannot be written: {error.strerror or error}") from error
    finally:
        if temporary is not None:
            with contextlib.suppress(OSError):
                temporary.unlink()
