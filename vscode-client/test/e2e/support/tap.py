"""Stand between the editor and its language server, and note when each message of the server passed.

Takes the place of the interpreter that runs the server: ``tap.py LOG ARGUMENT...`` runs this same Python with these
arguments. Each line of LOG is a JSON object: ``at`` in milliseconds since 1970, ``method`` of a request or notification
or, for an answer, of what it answers, and ``size``, the number of items of an answer that is a list.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from pathlib import Path
from typing import IO, Any


def messages(stream: IO[bytes]) -> Iterator[tuple[bytes, dict[str, Any]]]:
    """Return each message as it came, header included, and what it holds."""
    while True:
        header = b""
        while not header.endswith(b"\r\n\r\n"):
            byte = stream.read(1)
            if not byte:
                return
            header += byte
        length = next(int(line.split(b":")[1]) for line in header.lower().split(b"\r\n") if b"content-length" in line)
        body = stream.read(length)
        yield header + body, json.loads(body)


def main() -> int:
    """Run the server and return its exit status."""
    log, arguments = sys.argv[1], sys.argv[2:]
    if "-c" in arguments or not arguments:
        os.execv(sys.executable, [sys.executable, *arguments])
    server = subprocess.Popen([sys.executable, *arguments], stdin=subprocess.PIPE, stdout=subprocess.PIPE)
    to, answers = server.stdin, server.stdout
    assert to is not None
    assert answers is not None
    asked: dict[Any, str] = {}

    def to_server() -> None:
        with to:
            for raw, message in messages(sys.stdin.buffer):
                if "method" in message and "id" in message:
                    asked[message["id"]] = message["method"]
                to.write(raw)
                to.flush()

    threading.Thread(target=to_server, daemon=True).start()
    with Path(log).open("a", encoding="utf-8", buffering=1) as notes:
        for raw, message in messages(answers):
            method = message.get("method") or asked.get(message.get("id"), "")
            result = message.get("result")
            entry = {"at": time.time() * 1000, "method": method, "size": len(result) if isinstance(result, list) else 0}
            notes.write(json.dumps(entry) + "\n")
            sys.stdout.buffer.write(raw)
            sys.stdout.buffer.flush()
    return server.wait()


if __name__ == "__main__":
    sys.exit(main())
