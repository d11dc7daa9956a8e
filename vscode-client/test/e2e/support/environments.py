"""Make an environment without any package, or install Keras into one: ``environments.py make|fill FOLDER``.

Installed are Keras, TensorFlow and what these need, and nothing else: no pip and none of the libraries that the
language server runs on. The files are links to those of this Python, which must have them.
"""

from __future__ import annotations

import os
import re
import shutil
import sys
import venv
from importlib.metadata import Distribution, PackageNotFoundError, distribution
from pathlib import Path


def needed(name: str, found: dict[str, Distribution]) -> None:
    """Add a package and what it needs, leaving out extras and what other systems need."""
    key = re.sub(r"[-_.]+", "-", name).lower()
    if key in found:
        return
    try:
        found[key] = distribution(name)
    except PackageNotFoundError:
        return
    for requirement in found[key].requires or ():
        if "extra ==" not in requirement:
            needed(re.split(r"[^A-Za-z0-9._-]", requirement, maxsplit=1)[0], found)


def link(source: str, target: str) -> str:
    """Link a file, or copy it where the folders are on different disks."""
    try:
        os.link(source, target)
    except OSError:
        shutil.copy2(source, target)
    return target


def add(package: Distribution, site: Path) -> None:
    """Put the files of a package into a folder of packages."""
    for file in package.files or ():
        source = Path(str(package.locate_file(file)))
        target = site / file
        if ".." not in file.parts and source.is_file() and not target.exists():
            target.parent.mkdir(parents=True, exist_ok=True)
            link(str(source), str(target))


def main() -> None:
    """Make an environment, or install Keras into one."""
    what, folder = sys.argv[1], Path(sys.argv[2])
    if what == "make":
        venv.create(folder, symlinks=os.name != "nt", with_pip=False)
        return
    found: dict[str, Distribution] = {}
    for name in ("keras", "tensorflow"):
        needed(name, found)
    (site,) = folder.glob("[Ll]ib/**/site-packages")
    for package in found.values():
        add(package, site)


if __name__ == "__main__":
    main()
