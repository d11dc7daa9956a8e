"""Imports the user's own modules instrumented, from unsaved text where an editor holds any."""

from __future__ import annotations

import importlib.abc
import importlib.machinery
import importlib.util
import os
import sys
import sysconfig
from types import CodeType, ModuleType
from typing import Callable, List, Mapping, Optional, Sequence, Tuple

from .instrument import Instrumenter
from .positions import Positions
from .recursion import deep_recursion
from .source_file import SourceFile
from .statements import StatementTable


def _packages() -> List[str]:
    folders = (entry for entry in sys.path if os.path.basename(entry) in ("site-packages", "dist-packages"))
    return [os.path.abspath(entry) for entry in folders]


class _LocalLoader(importlib.machinery.SourceFileLoader):
    belongs_to_the_user = True
    """Asked for by the finder of stand-ins, which leaves such modules alone."""

    def __init__(self, name: str, path: str, finder: LocalModules) -> None:
        super().__init__(name, path)
        self._finder = finder

    def get_code(self, fullname: str) -> Optional[CodeType]:
        # Not the inherited way, which would read, and write, compiled files.
        unsaved = self._finder.unsaved.get(self.path)
        text = unsaved if unsaved is not None else importlib.util.decode_source(self.get_data(self.path))
        return self._finder.compile(self.path, text)


class LocalModules(importlib.abc.MetaPathFinder):
    """Finds modules as Python does, and takes those below the program's folders into the evaluation."""

    def __init__(
        self,
        positions: Positions,
        statements: StatementTable,
        roots: Tuple[str, ...],
        unsaved: Mapping[str, str],
        program: SourceFile,
    ) -> None:
        self._positions = positions
        self._statements = statements
        self._roots = tuple(os.path.join(root, "") for root in roots)
        self._installed = tuple(os.path.join(folder, "") for folder in {*sysconfig.get_paths().values(), *_packages()})
        self.unsaved = {**unsaved, program.path: program.text}
        self._program = program

    def install(self, remember: Callable[[SourceFile], None]) -> None:
        """Put the finder first; ``remember`` is told of every file that is taken in."""
        self._remember = remember
        sys.meta_path.insert(0, self)

    def find_spec(
        self, fullname: str, path: Optional[Sequence[str]] = None, target: Optional[ModuleType] = None
    ) -> Optional[importlib.machinery.ModuleSpec]:
        """Return the spec of a local module, or None to leave the module to Python's own finders."""
        if fullname in sys.builtin_module_names:
            return None
        spec = importlib.machinery.PathFinder.find_spec(fullname, path, target)
        if spec is None:
            return self._never_saved(fullname, sys.path if path is None else path)
        if spec.origin is None or not self._is_local(spec.origin):
            return None
        if type(spec.loader) is not importlib.machinery.SourceFileLoader:
            return None
        spec.loader = _LocalLoader(fullname, spec.origin, self)
        return spec

    def _never_saved(self, fullname: str, folders: Sequence[str]) -> Optional[importlib.machinery.ModuleSpec]:
        """Return the spec of a module that an editor holds and the disk does not."""
        name = fullname.rpartition(".")[2]
        for folder in folders:
            package = os.path.join(os.path.abspath(folder), name)
            for file, locations in ((os.path.join(package, "__init__.py"), [package]), (package + ".py", None)):
                if file in self.unsaved:
                    loader = _LocalLoader(fullname, file, self)
                    return importlib.util.spec_from_file_location(
                        fullname, file, loader=loader, submodule_search_locations=locations
                    )
        return None

    def _is_local(self, path: str) -> bool:
        # A virtual environment often lies inside the workspace, and a workspace may lie inside the prefix /usr.
        return path.startswith(self._roots) and not path.startswith(self._installed)

    def compile(self, path: str, text: str) -> CodeType:
        """Return a module's instrumented code; a text that cannot be instrumented is compiled as it is."""
        if path == self._program.path:
            # The program's own package imports it a second time; what it makes is seen where it runs as the program.
            return compile(self._program.text.lstrip("\ufeff"), path, "exec", dont_inherit=True)
        try:
            source = SourceFile(path, text)
        except SyntaxError:
            self._positions.unparsable.add(path)
            raise
        self._remember(source)
        instrumenter = Instrumenter(source, len(self._positions.sites), mark_calls=not self._positions.columns)
        flags = source.compiler_flags
        try:
            with deep_recursion():
                self._statements.isolate_functions(source, source.tree)
                self._statements.loops.watch(source.tree)
                tree = instrumenter.visit(source.tree)
                code: CodeType = compile(tree, path, "exec", flags, dont_inherit=True)
        except (RecursionError, MemoryError):
            code = compile(SourceFile(path, text).tree, path, "exec", flags, dont_inherit=True)
        self._positions.sites.extend(instrumenter.sites)
        return code
