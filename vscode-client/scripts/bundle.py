"""Puts the server and what it needs into ``bundled/libs``, for every Python that the server runs on.

Run by the interpreter that has pip; the libraries come from the lock file, hashes checked.
"""

from __future__ import annotations

import re
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

CLIENT = Path(__file__).resolve().parent.parent
CHECKOUT = CLIENT.parent
LOCK = CHECKOUT / "requirements.lock"
SERVER = CHECKOUT / "server" / "shapelens"
TARGET = CLIENT / "bundled" / "libs"

OLDEST_PYTHON = "3.10"

COMMAND_LINE_ONLY = frozenset({"markdown-it-py", "mdurl", "pygments", "rich"})
"""What prints the reports of ``shapelens check``; the server imports none of it."""

LEFT_OUT = (
    "**/__pycache__",
    "bin",
    # Read by jedi for the packages of one folder level less than they have, hence never found by it.
    "jedi/third_party/typeshed/stubs",
    "jedi/third_party/django-stubs",
    "*.dist-info/INSTALLER",
    "*.dist-info/RECORD",
    "*.dist-info/REQUESTED",
    "*.dist-info/WHEEL",
    "*.dist-info/direct_url.json",
    "*.dist-info/entry_points.txt",
    "*.dist-info/top_level.txt",
    # The reference is read on the web.
    "shapelens/diagnostics/REFERENCE.md",
    "shapelens/__main__.py",
    # All of the command line but the command that starts the server.
    "shapelens/cli/reports",
    "shapelens/cli/[!_s]*.py",
    "shapelens/cli/s[!e]*.py",
)


def main() -> int:
    """Write the folder anew."""
    shutil.rmtree(TARGET, ignore_errors=True)
    TARGET.mkdir(parents=True)
    with tempfile.TemporaryDirectory() as folder:
        requirements = Path(folder) / "requirements.txt"
        requirements.write_text(for_every_python(LOCK.read_text("utf-8")), "utf-8")
        install(requirements)
    shutil.copytree(SERVER, TARGET / "shapelens", dirs_exist_ok=True)
    for pattern in LEFT_OUT:
        for found in sorted(TARGET.glob(pattern)):
            if found.is_dir():
                shutil.rmtree(found)
            else:
                found.unlink()
    return 0


def for_every_python(lock: str) -> str:
    """Return the requirements without the conditions on the Python that they are installed by.

    pip compares those with the interpreter that runs it, whichever one the libraries are for: installed by Python
    3.11, the result would lack what 3.10 needs. Any other condition would need thought, so it is an error.
    """
    kept = []
    for requirement in re.split(r"(?m)^(?=\S)", lock):
        name = re.match(r"[\w.-]+(?===)", requirement)
        if name is None or name.group() in COMMAND_LINE_ONLY:
            continue
        head, _, hashes = requirement.partition("\\\n")
        pinned, _, condition = head.partition(";")
        if condition.strip() and not re.fullmatch(r"\s*python(_full)?_version\s*<\s*'[\d.]+'\s*", condition):
            raise SystemExit(f"{LOCK.name}: what does the bundle do about{condition.rstrip()}?")
        kept.append(f"{pinned.strip()} \\\n{hashes}")
    return "".join(kept)


def install(requirements: Path) -> None:
    """Install wheels that run on every system."""
    # fmt: off
    command = [
        sys.executable, "-m", "pip", "install", "--quiet", "--disable-pip-version-check", "--no-compile",
        "--no-deps", "--require-hashes", "--requirement", str(requirements), "--target", str(TARGET),
        "--only-binary=:all:", "--python-version", OLDEST_PYTHON,
        "--implementation", "py", "--abi", "none", "--platform", "any",
    ]
    # fmt: on
    subprocess.run(command, check=True)


if __name__ == "__main__":
    sys.exit(main())
