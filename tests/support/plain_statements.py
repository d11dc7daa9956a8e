"""Runs programs plainly, statement by statement: a script that reads and answers lines of JSON.

Each program runs in a child forked from a process that has imported TensorFlow and Keras but used neither. Of every
top-level statement that fails, the child tells the lines, the exception and its message, and goes on with the next.
"""

import ast
import json
import os
import sys
import traceback
import types
from pathlib import Path

SECONDS = 120


def failures(text: str, path: str) -> list[tuple[list[int], str, str]]:
    """Return lines, innermost last, class and message of the exceptions that end top-level statements of a program."""
    module = types.ModuleType("__main__")
    module.__file__ = path
    sys.modules["__main__"] = module
    Path(path).write_text(text, encoding="utf-8")  # AutoGraph reads the source of functions again
    found = []
    for statement in ast.parse(text, path).body:
        code = compile(ast.Module([statement], []), path, "exec")
        try:
            exec(code, module.__dict__)
        except Exception as error:
            if type(error) is NameError:
                continue  # of a name that a statement which failed would have bound
            kind = type(error)
            known = kind.__qualname__ if kind.__module__ == "builtins" else f"{kind.__module__}.{kind.__qualname__}"
            lines = [frame.lineno or 0 for frame in traceback.extract_tb(error.__traceback__) if frame.filename == path]
            found.append((lines, known, str(error)))
    return found


def main() -> None:
    """Answer until the input ends."""
    answers = os.fdopen(os.dup(1), "w")
    null = os.open(os.devnull, os.O_WRONLY)
    os.dup2(null, 1)
    os.dup2(null, 2)
    import keras  # noqa: F401
    import tensorflow  # noqa: F401

    for line in sys.stdin:
        program = json.loads(line)
        reader, writer = os.pipe()
        child = os.fork()
        if child == 0:
            import signal

            signal.alarm(SECONDS)
            os.chdir(Path(program["path"]).parent)
            with os.fdopen(writer, "w") as pipe:
                json.dump(failures(program["text"], program["path"]), pipe)
            os._exit(0)
        os.close(writer)
        with os.fdopen(reader) as pipe:
            answers.write((pipe.read() or "null") + "\n")
        os.waitpid(child, 0)
        answers.flush()


if __name__ == "__main__":
    main()
