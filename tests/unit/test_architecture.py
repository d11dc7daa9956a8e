"""The rules of the layout: who may import whom, what lies at the top, how long a file may be."""

from __future__ import annotations

import ast
import re
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path, PurePosixPath

import pytest

LONGEST_FILE = 400

SHARED_WITH_THE_WORKER = tuple(
    f"shapelens.worker.{module}." for module in ("contract", "codec", "channel", "sandbox.environment")
)
"""What is said between the two, how it is written and framed, and what is kept from the worker's environment."""

LIBRARIES_OF_PROGRAMS = frozenset(("PIL", "matplotlib", "pandas"))
"""What stand-ins import once a program does, and asks them for what only the library can tell."""

FRAMEWORKS = {"jax", "keras", "numpy", "tensorflow", "tf_keras", "torch"}
SERVER_LIBRARIES = {"jedi", "lsprotocol", "parso", "pygls", "rich", "tomli"}
PROTOCOL_LIBRARIES = {"lsprotocol", "pygls"}

FRONT_ENDS = {"cli", "lsp"}
MAY_NOT_IMPORT = {
    "settings": FRONT_ENDS | {"features", "repairs"},
    "features": FRONT_ENDS | {"settings"},
    "diagnostics": FRONT_ENDS | {"repairs", "settings"},
    "repairs": FRONT_ENDS | {"settings"},
    "evaluation": FRONT_ENDS | {"features", "diagnostics", "repairs", "settings"},
    "source": FRONT_ENDS | {"features", "diagnostics", "repairs", "settings"},
    "lsp": {"cli"},
}
"""Parts of shapelens and those above them; what is not listed may import every other part."""

TOP_LEVEL_FOLDERS = {"fixtures", "server", "tests", "vscode-client"}
TOP_LEVEL_FILES = re.compile(
    r"pyproject\.toml|action\.yml|Makefile|LICENSE|(README|ARCHITECTURE|CHANGELOG|CONTRIBUTING|SECURITY)\.md|[\w-]+\.lock|\..+"
)


@dataclass(frozen=True)
class Import:
    """An absolute module name that a line imports, and whether it was written as a relative import."""

    line: int
    module: str
    is_relative: bool


def imports(source: str, file: PurePosixPath) -> Iterator[Import]:
    """Yield what a file imports anywhere in it; ``file`` is relative to the folder of the package shapelens."""
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.Import):
            yield from (Import(node.lineno, alias.name, False) for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            package = file.parent.parts[: len(file.parent.parts) - node.level + 1] if node.level else ()
            module = ".".join([*package, *([node.module] if node.module else [])])
            # ``from package import module`` names a module as well; a name that is none does no harm here.
            yield from (Import(node.lineno, f"{module}.{alias.name}", node.level > 0) for alias in node.names)
        elif isinstance(node, ast.Call) and _is_dynamic_import(node.func):
            argument = node.args[0] if node.args else None
            if isinstance(argument, ast.Constant) and isinstance(argument.value, str):
                yield Import(node.lineno, argument.value, False)


def _is_dynamic_import(function: ast.expr) -> bool:
    name = function.attr if isinstance(function, ast.Attribute) else getattr(function, "id", "")
    return name in ("import_module", "__import__")


def violations(source: str, name: str) -> list[str]:
    """Return what is wrong with the imports of a file such as ``shapelens/lsp/server.py``, one sentence each."""
    file = PurePosixPath(name)
    part = file.parts[1] if len(file.parts) > 2 else ""
    check = _wrong_in_worker if part == "worker" else _wrong_in_server
    found = []
    for item in imports(source, file):
        problem = check(file, part, item)
        if problem:
            found.append(f"{name}:{item.line}: {problem}")
    return found


def _wrong_in_worker(file: PurePosixPath, part: str, item: Import) -> str:
    top = item.module.partition(".")[0]
    if item.is_relative:
        if not item.module.startswith("shapelens.worker."):
            return f"the worker reaches out of its package for {item.module}"
    elif top == "shapelens":
        return f"the worker imports {item.module} by its full name, which it does not have in the user's interpreter"
    elif top in LIBRARIES_OF_PROGRAMS and file.parent.name == "stand_ins":
        return ""
    elif top not in sys.stdlib_module_names and top not in FRAMEWORKS:
        return f"the worker imports {top}, which the user's interpreter need not have"
    return ""


def _wrong_in_server(file: PurePosixPath, part: str, item: Import) -> str:
    top, _, rest = item.module.partition(".")
    target = rest.partition(".")[0]
    if top in FRAMEWORKS:
        return f"the server process imports {top}"
    if top in PROTOCOL_LIBRARIES and part != "lsp":
        return f"{top} is imported outside lsp"
    if top == "shapelens":
        if target in MAY_NOT_IMPORT.get(part, set()):
            return f"{part} imports {item.module}"
        if target == "lsp" and part != "lsp" and file != PurePosixPath("shapelens/cli/serve.py"):
            return f"{item.module} is imported outside lsp and cli/serve.py"
        if target == "worker" and not f"{item.module}.".startswith(SHARED_WITH_THE_WORKER):
            return f"the server imports {item.module} of the worker, where only the contract and its channel are shared"
    elif top not in sys.stdlib_module_names and top not in SERVER_LIBRARIES:
        return f"{top} is no dependency of the server"
    return ""


def misplaced(names: list[str]) -> list[str]:
    """Return those of the repository's files, given relative to its root, that may not lie where they do."""
    return [
        name
        for name in names
        if not (
            name.partition("/")[0] in TOP_LEVEL_FOLDERS
            if "/" in name and not name.startswith(".")
            else TOP_LEVEL_FILES.fullmatch(name)
        )
    ]


def too_long(lines: int) -> bool:
    """Return whether a file of so many lines should be two."""
    return lines > LONGEST_FILE


@pytest.fixture(scope="module")
def package(repository: Path) -> Path:
    return repository / "server" / "shapelens"


def test_every_import_goes_in_the_allowed_direction(package: Path) -> None:
    files = sorted(package.rglob("*.py"))
    assert files
    wrong = [
        problem
        for file in files
        for problem in violations(file.read_text(encoding="utf-8"), file.relative_to(package.parent).as_posix())
    ]
    assert not wrong, "\n".join(wrong)


def test_top_level_holds_only_what_belongs_there(repository: Path) -> None:
    if not (repository / ".git").exists():
        pytest.skip("not a git checkout, so which files belong to the repository is unknown")
    listed = subprocess.run(
        ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"],
        cwd=repository,
        capture_output=True,
        check=True,
    )
    names = [name for name in listed.stdout.decode().split("\0") if name]
    assert names
    assert not misplaced(names)


def test_no_file_of_the_server_is_too_long(package: Path) -> None:
    lengths = {
        file.relative_to(package).as_posix(): len(file.read_text(encoding="utf-8").splitlines())
        for file in package.rglob("*.py")
    }
    assert lengths
    assert not {name: lines for name, lines in lengths.items() if too_long(lines)}


@pytest.mark.parametrize(
    ("file", "source"),
    [
        ("shapelens/worker/host.py", "from shapelens.worker.contract import Ready"),
        ("shapelens/worker/host.py", "import shapelens"),
        ("shapelens/worker/host.py", "from ..evaluation import analysis"),
        ("shapelens/worker/host.py", "from .. import evaluation"),
        ("shapelens/worker/sandbox/linux.py", "from ...source.lines import Lines"),
        ("shapelens/worker/host.py", "def warm():\n    import pandas"),
        ("shapelens/worker/host.py", "try:\n    import psutil\nexcept ImportError:\n    pass"),
        ("shapelens/evaluation/pool.py", "import keras"),
        ("shapelens/evaluation/pool.py", "def f():\n    from tensorflow.keras import layers"),
        ("shapelens/evaluation/pool.py", "import importlib\nimportlib.import_module('tensorflow')"),
        ("shapelens/evaluation/pool.py", "__import__('numpy')"),
        ("shapelens/evaluation/pool.py", "from shapelens.worker.host import main"),
        ("shapelens/evaluation/pool.py", "from ..worker import host"),
        ("shapelens/evaluation/pool.py", "from shapelens.worker.contracts import main"),
        ("shapelens/evaluation/pool.py", "from shapelens.diagnostics import registry"),
        ("shapelens/evaluation/pool.py", "import requests"),
        ("shapelens/features/hover.py", "from lsprotocol import types"),
        ("shapelens/features/hover.py", "def f():\n    import pygls.server"),
        ("shapelens/features/hover.py", "from shapelens.lsp.positions import to_range"),
        ("shapelens/features/hover.py", "from shapelens.settings.model import Settings"),
        ("shapelens/settings/keys.py", "from shapelens.features import hover"),
        ("shapelens/diagnostics/fault.py", "from ..lsp import roots"),
        ("shapelens/diagnostics/fault.py", "from shapelens import lsp"),
        ("shapelens/diagnostics/fault.py", "from shapelens.repairs.model import Fix"),
        ("shapelens/repairs/flatten.py", "if TYPE_CHECKING:\n    from shapelens.lsp import server"),
        ("shapelens/lsp/requests/hover.py", "from ...cli import check"),
        ("shapelens/cli/check.py", "from shapelens.lsp import server"),
        ("shapelens/cli/serve.py", "import pygls"),
        ("shapelens/__main__.py", "from shapelens.lsp.server import start"),
        ("shapelens/__main__.py", "from lsprotocol import types"),
    ],
)
def test_a_forbidden_import_is_found(file: str, source: str) -> None:
    (found,) = violations(source, file)
    assert found.startswith(f"{file}:")


@pytest.mark.parametrize(
    ("file", "source"),
    [
        (
            "shapelens/worker/host.py",
            "import json, os.path\nimport keras\nfrom . import child",
        ),
        (
            "shapelens/worker/sandbox/linux.py",
            "from ..contract import SandboxTier\nfrom .. import contract",
        ),
        ("shapelens/worker/backends/torch_backend.py", "import torch\nimport numpy as np"),
        ("shapelens/evaluation/pool.py", "from shapelens.worker.contract import Ready\nfrom ..worker import contract"),
        ("shapelens/evaluation/pool.py", "from shapelens.evaluation import analysis\nimport asyncio"),
        (
            "shapelens/features/hover.py",
            "from shapelens.evaluation import analysis\nfrom ..source import lines",
        ),
        (
            "shapelens/lsp/server.py",
            "from pygls.lsp import server\nfrom shapelens.features import hover",
        ),
        ("shapelens/lsp/requests/hover.py", "from .. import documents\nfrom lsprotocol import types"),
        ("shapelens/cli/serve.py", "def run():\n    from shapelens.lsp.server import start"),
        ("shapelens/cli/check.py", "from shapelens.settings.model import Settings"),
        ("shapelens/settings/kinds.py", "from shapelens.diagnostics.registry import RULES"),
        ("shapelens/cli/check.py", "import rich.console\nfrom shapelens.diagnostics.registry import rules"),
        ("shapelens/__main__.py", "from shapelens.cli import serve"),
    ],
)
def test_an_allowed_import_is_not_reported(file: str, source: str) -> None:
    assert violations(source, file) == []


def test_each_misplaced_entry_is_found() -> None:
    good = [
        *("pyproject.toml", "README.md", "Makefile", "requirements-dev.lock", ".gitignore", ".ci/run"),
        *("server/shapelens/a.py", "vscode-client/package.json", "tests/unit/a.py", "fixtures/models/a.py"),
    ]
    bad = ["docs/index.md", "setup.py", "notes.md", "scripts/run.sh", "server", "tests.py", "LICENSE/text"]
    assert misplaced([*good, *bad]) == bad


def test_a_file_may_be_as_long_as_the_limit_and_no_longer() -> None:
    assert not too_long(LONGEST_FILE)
    assert too_long(LONGEST_FILE + 1)
