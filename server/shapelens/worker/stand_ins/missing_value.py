"""A setting that a program is given when it is run, and that an evaluation does not have."""

from __future__ import annotations

from typing import Any, NoReturn

from ..contract import SkipReason
from ..unknown import NotEvaluated, Unknown


class MissingValue(Unknown):
    """Stands for a value that only the command line knows; using it raises NotEvaluated with its name."""

    __slots__ = ()

    def __init__(self, name: str) -> None:
        super().__init__(name, None)

    def __getattr__(self, attribute: str) -> Any:
        if attribute.startswith("__") and attribute.endswith("__"):
            raise AttributeError(attribute)
        self._use()

    def _use(self, *_: Any, **__: Any) -> NoReturn:
        message = f"`{self.name}` has no value: the program is evaluated without arguments."
        raise NotEvaluated(SkipReason.UNAVAILABLE, message)

    def __hash__(self) -> int:
        return id(self)

    def __repr__(self) -> str:
        return f"<{self.name}>"


for _name, _function in list(vars(Unknown).items()):
    if _function is Unknown._use and _name != "_use":
        setattr(MissingValue, _name, MissingValue._use)
for _name in ("__eq__", "__ne__", "__fspath__", "__array__"):
    setattr(MissingValue, _name, MissingValue._use)
