"""Which interpreter evaluates a folder's programs."""

from __future__ import annotations

import os
import shutil
import sys
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

from shapelens.evaluation.problem import EnvironmentProblem, ProblemKind

ANOTHER = "another interpreter with --python or the setting shapelens.interpreter."
"""Ends the sentence of an advice that begins with ``choose``."""

ENVIRONMENT_FOLDERS = (".venv", "venv", "env", ".conda", ".pixi/envs/default")
"""Where venv, virtualenv, uv, Poetry and PDM, conda and Pixi put the environment of a project."""


@dataclass(frozen=True)
class Interpreter:
    """A Python to evaluate in, and where the choice came from.

    The path is absolute and symbolic links in it are kept: a virtual environment is recognised by its own path.
    """

    path: Path
    origin: str
    """A phrase for people: ``the setting``, ``VIRTUAL_ENV``, ``the .venv of the workspace``."""


def choose_interpreter(
    folder: Path,
    explicit: str | None = None,
    explicit_origin: str = "the setting",
    environ: Mapping[str, str] | None = None,
) -> Interpreter | EnvironmentProblem:
    """Return the interpreter for programs in the folder.

    It is the first of these that there is:

    1. ``explicit``: an interpreter, a folder that holds an environment, or a command on PATH; ``~`` is the home
       folder, and a relative path counts from the folder. A wrong one is a problem, never silently passed over.
    2. VIRTUAL_ENV, the environment activated in the shell, unless it is the one that this server runs from.
    3. The environment in the folder, then in its parents up to the root of the repository (or of the file system).
       One that is broken is a problem: any other interpreter would answer with other versions.
    4. VIRTUAL_ENV where it is the server's own. It ranks here because whoever installed the server into an
       environment of its own had to activate that to start it, and still means the project's.
    5. CONDA_PREFIX. It comes late because conda activates its base environment in every shell.
    6. The server's own interpreter.

    Nothing is run; whether the interpreter works is for the probe to find out.
    """
    environ = os.environ if environ is None else environ
    folder = folder.absolute()
    if explicit is not None and explicit.strip():
        return _explicit(folder, explicit.strip(), explicit_origin, environ)
    activated = _activated(environ, "VIRTUAL_ENV")
    own = activated is not None and _is_own(environ["VIRTUAL_ENV"])
    if activated is not None and not own:
        return activated
    for name, environment in _environments(folder):
        origin = f"the {name} of the workspace"
        interpreter = interpreter_of(environment)
        if interpreter is not None:
            return Interpreter(interpreter, origin)
        if _is_virtual(environment):
            return EnvironmentProblem(
                f"The virtual environment {environment} has no interpreter that works on this system.",
                f"Create it anew, or choose {ANOTHER}",
                kind=ProblemKind.NO_INTERPRETER,
            )
    chosen = activated or _activated(environ, "CONDA_PREFIX")
    if chosen is not None:
        return chosen
    if not sys.executable:
        return EnvironmentProblem(
            "No Python interpreter was found.", f"Choose {ANOTHER}", kind=ProblemKind.NO_INTERPRETER
        )
    return Interpreter(Path(sys.executable), "the server's own")


def interpreter_of(environment: Path, *, windows: bool = os.name == "nt") -> Path | None:
    """Return the interpreter of a virtual or conda environment, or None where the folder holds none."""
    # A conda environment on Windows keeps python.exe at its top.
    names = ("Scripts/python.exe", "python.exe") if windows else ("bin/python", "bin/python3")
    candidates = [environment / name for name in names]
    return next((path for path in candidates if _is_executable(path)), None)


def _explicit(folder: Path, explicit: str, origin: str, environ: Mapping[str, str]) -> Interpreter | EnvironmentProblem:
    path = folder / _expand_home(explicit, environ)
    if os.path.isdir(path):
        interpreter = interpreter_of(path)
        if interpreter is not None:
            return Interpreter(interpreter, origin)
    is_bare = not any(separator in explicit for separator in (os.sep, os.altsep, "~") if separator)
    if is_bare:
        command = shutil.which(explicit, path=environ.get("PATH"))
        if command is not None:
            return Interpreter(Path(command).absolute(), origin)
    if os.path.isdir(path):
        problem = f"The folder {path}, given by {origin}, holds no Python environment."
    elif os.path.isfile(path):
        if _is_executable(path):
            return Interpreter(path, origin)
        problem = f"The file {path}, given by {origin} as the interpreter, is not executable."
    elif is_bare:
        problem = f"The interpreter {explicit}, given by {origin}, is neither a command on PATH nor in {folder}."
    else:
        problem = f"The interpreter {path}, given by {origin}, does not exist."
    return EnvironmentProblem(
        problem,
        f"Let {origin} name an interpreter, or a folder that holds a virtual or conda environment.",
        kind=ProblemKind.NO_INTERPRETER,
    )


def _expand_home(path: str, environ: Mapping[str, str]) -> Path:
    home = environ.get("USERPROFILE" if os.name == "nt" else "HOME")
    if home and (path == "~" or path.startswith(("~/", f"~{os.sep}"))):
        return Path(home + path[1:])
    try:
        return Path(path).expanduser()
    except RuntimeError:  # ~name of nobody
        return Path(path)


def _activated(environ: Mapping[str, str], variable: str) -> Interpreter | None:
    # A shell or editor often keeps the variable of an environment that is long gone, so that is no problem.
    environment = environ.get(variable)
    interpreter = interpreter_of(Path(environment).absolute()) if environment else None
    return Interpreter(interpreter, variable) if interpreter else None


def _is_own(environment: str) -> bool:
    try:
        return Path(environment).samefile(sys.prefix)
    except OSError:
        return False


def _environments(folder: Path) -> Iterator[tuple[str, Path]]:
    for place in (folder, *folder.parents):
        for name in ENVIRONMENT_FOLDERS:
            environment = place / name
            if _is_virtual(environment) or os.path.isdir(environment / "conda-meta"):
                yield name, environment
        if os.path.exists(place / ".git"):
            return


def _is_virtual(environment: Path) -> bool:
    return os.path.isfile(environment / "pyvenv.cfg")


def _is_executable(path: Path) -> bool:
    return os.path.isfile(path) and os.access(path, os.X_OK)
