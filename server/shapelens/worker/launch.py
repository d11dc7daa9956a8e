"""Starts a host: run as a script, by path, in the user's interpreter.

The worker is loaded under a private name and the script's own folder leaves ``sys.path``, so that no module
of the user is shadowed, not even another installed shapelens.
"""

import sys

MODULES_AT_START = frozenset(sys.modules)
"""Taken first of all: what Python imports by itself before a program."""

import importlib.util  # noqa: E402
import os  # noqa: E402

PACKAGE = "_shapelens_worker"


def main() -> None:
    """Load the worker package and run the host with the options of the command line."""
    folder = os.path.dirname(os.path.abspath(__file__))
    sys.path[:] = [entry for entry in sys.path if os.path.abspath(entry or os.curdir) != folder]
    spec = importlib.util.spec_from_file_location(
        PACKAGE, os.path.join(folder, "__init__.py"), submodule_search_locations=[folder]
    )
    assert spec is not None and spec.loader is not None
    package = importlib.util.module_from_spec(spec)
    sys.modules[PACKAGE] = package
    spec.loader.exec_module(package)
    host = importlib.import_module(PACKAGE + ".host")
    host.main(sys.argv[1:], MODULES_AT_START)


if __name__ == "__main__":
    main()
