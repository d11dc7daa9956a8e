"""Starts the language server from the libraries that the extension brings along."""

from __future__ import annotations

import sys
from pathlib import Path

LIBRARIES = Path(__file__).absolute().parent.parent / "bundled" / "libs"


def main() -> int:
    """Serve one client over standard input and output."""
    # Before the packages of the interpreter, which may hold other versions of the same libraries.
    sys.path.insert(0, str(LIBRARIES))
    from shapelens.cli.serve import serve

    return serve(None)


if __name__ == "__main__":
    sys.exit(main())
