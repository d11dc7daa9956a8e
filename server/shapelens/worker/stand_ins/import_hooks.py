"""Applies stand-ins: at once to modules that are loaded, to all others right after their import."""

from __future__ import annotations

import importlib.abc
import importlib.machinery
import sys
from types import ModuleType
from typing import Any, Callable, Dict, List, Optional, Sequence

from .guarded_imports import is_guarded
from .model import StandIn

OnMissing = Callable[[str], None]
"""Told the name of a package that is not installed and has a substitute."""


class StandInFinder(importlib.abc.MetaPathFinder):
    """Stands first among the finders of modules, and leaves the finding to the others."""

    def __init__(self, stand_ins: Sequence[StandIn], on_missing: OnMissing) -> None:
        self._on_missing = on_missing
        self._by_module: Dict[str, List[StandIn]] = {}
        self._substitutes: Dict[str, StandIn] = {}
        for stand_in in stand_ins:
            if stand_in.substitute is not None:
                self._substitutes[stand_in.module] = stand_in
            else:
                self._by_module.setdefault(stand_in.module, []).append(stand_in)

    def install(self) -> None:
        """Apply what can be applied now, and wait for the imports of the rest."""
        sys.meta_path.insert(0, self)
        for name, stand_ins in self._by_module.items():
            module = sys.modules.get(name)
            if module is not None:
                for stand_in in stand_ins:
                    _apply(stand_in, module)

    def find_spec(
        self, fullname: str, path: Optional[Sequence[str]] = None, target: Optional[ModuleType] = None
    ) -> Optional[importlib.machinery.ModuleSpec]:
        """Return a spec for a module that has a stand-in, else None."""
        substitute = self._substitutes.get(fullname) or self._substitutes.get(fullname.partition(".")[0])
        if substitute is None and fullname not in self._by_module:
            return None
        spec = self._found_by_others(fullname, path, target)
        if substitute is not None and substitute.substitute is not None:
            if spec is not None and getattr(spec.loader, "belongs_to_the_user", False):
                return spec  # a module of the program's own that has the library's name
            if spec is None and is_guarded(sys._getframe(1)):
                return None  # the program has another way without it
            if spec is None and "." not in fullname and substitute.needed:
                self._on_missing(fullname)
            loader = _SubstituteLoader(substitute.substitute, substitute.apply)
            return importlib.machinery.ModuleSpec(fullname, loader, is_package=True)
        if spec is None or spec.loader is None:
            return None
        spec.loader = _AfterImport(spec.loader, self._by_module[fullname])
        return spec

    def _found_by_others(
        self, fullname: str, path: Optional[Sequence[str]], target: Optional[ModuleType]
    ) -> Optional[importlib.machinery.ModuleSpec]:
        for finder in sys.meta_path:
            if finder is self:
                continue
            spec = finder.find_spec(fullname, path, target)
            if spec is not None:
                return spec
        return None


def _apply(stand_in: StandIn, module: ModuleType) -> None:
    """Apply a stand-in; where a version of the library lacks what it replaces, that stays as it is."""
    try:
        stand_in.apply(module)
    except (AttributeError, ImportError) as error:
        print(f"the stand-in for {stand_in.module} does not fit: {error}", file=sys.stderr)


class _SubstituteLoader(importlib.abc.Loader):
    def __init__(self, substitute: Callable[[str], ModuleType], apply: Callable[[Any], None]) -> None:
        self._substitute = substitute
        self._apply = apply

    def create_module(self, spec: importlib.machinery.ModuleSpec) -> ModuleType:
        return self._substitute(spec.name)

    def exec_module(self, module: ModuleType) -> None:
        self._apply(module)


class _AfterImport(importlib.abc.Loader):
    """Loads as the real loader does, and then applies stand-ins."""

    def __init__(self, loader: Any, stand_ins: Sequence[StandIn]) -> None:
        self._loader = loader
        self._stand_ins = stand_ins

    def create_module(self, spec: importlib.machinery.ModuleSpec) -> Optional[ModuleType]:
        module: Optional[ModuleType] = self._loader.create_module(spec)
        return module

    def exec_module(self, module: ModuleType) -> None:
        self._loader.exec_module(module)
        for stand_in in self._stand_ins:
            _apply(stand_in, module)

    def __getattr__(self, name: str) -> Any:
        return getattr(self._loader, name)  # resources, source and the like
