"""An object that takes whatever a program does with it, and has no values: plots, progress displays, loggers of runs.

Attributes, calls, items, arithmetic and context managers give another such object. Where a plain run would have a
number, a length or a truth that could reach a shape, ``NotEvaluated`` is raised instead.
"""

from __future__ import annotations

import dis
import importlib
import inspect
import os
import sys
from types import FrameType, FunctionType, ModuleType
from typing import Any, Callable, FrozenSet, Iterator, List, NoReturn, Tuple

from ..contract import SkipReason
from ..unknown import NotEvaluated

_LOOPS = os.path.join(os.path.dirname(os.path.dirname(os.path.abspath(__file__))), "loops.py")
_UNPACK = dis.opmap["UNPACK_SEQUENCE"]
_EXTENDED = dis.opmap["EXTENDED_ARG"]


def _is_special(name: str) -> bool:
    return name.startswith("__") and name.endswith("__")


class Silent:
    """Stands for an object of a library that has no part in shapes; ``what`` says in a message where it came from."""

    # NumPy leaves arithmetic with arrays to the methods below instead of making an array of objects.
    __array_ufunc__ = None

    def __init__(self, what: str = "it") -> None:
        self.__dict__["_what"] = what

    def __getattr__(self, name: str) -> Any:
        if name == "__name__":
            return self.__dict__.get("_what", "it")
        if _is_special(name):
            raise AttributeError(name)  # copying, pickling and NumPy ask for many of these
        made = Silent(f"{self.__dict__.get('_what', 'it')}.{name}")
        self.__dict__[name] = made
        return made

    def __call__(self, *arguments: Any, **keywords: Any) -> Any:
        """Return another such object; a function or class that is decorated stays what it is."""
        if len(arguments) == 1 and not keywords and _decorated(arguments[0]):
            return arguments[0]
        return Silent(f"{self._what}()")

    def __getitem__(self, key: Any) -> Any:
        return Silent(f"{self._what}[...]")

    def __setitem__(self, key: Any, value: Any) -> None:
        return None

    def __delitem__(self, key: Any) -> None:
        return None

    def __contains__(self, item: object) -> bool:
        return False

    def __enter__(self) -> Any:
        return self

    def __exit__(self, *_: object) -> None:
        return None

    def __iter__(self) -> Iterator[Any]:
        frame = sys._getframe(1)
        wanted = _unpacked(frame)
        if wanted is None and frame.f_code.co_filename == _LOOPS:
            wanted = 1  # ``for tick in axes.get_xticklabels():`` formats what it goes over
        if wanted is None:
            self._no_value()
        return iter([Silent(f"{self._what}[{index}]") for index in range(wanted)])

    def _no_value(self, *_: Any, **__: Any) -> NoReturn:
        raise NotEvaluated(SkipReason.REPLACED_VALUES, f"`{self._what}` has no values in an evaluation.")

    __len__ = __int__ = __float__ = __index__ = __complex__ = __round__ = __array__ = __fspath__ = _no_value

    def _compare(self, other: Any) -> bool:
        if not isinstance(other, Silent):
            self._no_value()
        return True  # the smaller of two without values has none either

    __lt__ = __le__ = __gt__ = __ge__ = _compare

    def _same(self, *_: Any) -> Any:
        return Silent(f"({self._what})")

    __add__ = __radd__ = __sub__ = __rsub__ = __mul__ = __rmul__ = __truediv__ = __rtruediv__ = _same
    __floordiv__ = __rfloordiv__ = __mod__ = __rmod__ = __pow__ = __rpow__ = __matmul__ = __rmatmul__ = _same
    __and__ = __rand__ = __or__ = __ror__ = __xor__ = __neg__ = __pos__ = __abs__ = __invert__ = _same

    def __bool__(self) -> bool:
        return True

    def __format__(self, specification: str) -> str:
        return ""

    def __repr__(self) -> str:
        return f"<{self._what}>"

    # A class of the library may be derived from, and instances asked for.

    def __mro_entries__(self, bases: Tuple[Any, ...]) -> Tuple[type, ...]:
        return (SilentBase,)

    def __instancecheck__(self, instance: object) -> bool:
        return isinstance(instance, Silent)

    def __subclasscheck__(self, kind: type) -> bool:
        return issubclass(kind, Silent)


class SilentBase(Silent):
    """What classes of the program derive from in the place of a class of the library."""

    def __init__(self, *_: Any, **__: Any) -> None:
        super().__init__(type(self).__name__)


class SilentList(List[Any]):
    """A list of known length, with any attribute: bars of a plot, wedges of a pie."""

    def __init__(self, what: str, length: int) -> None:
        super().__init__(Silent(f"{what}[{index}]") for index in range(length))
        self._what = what

    def __getattr__(self, name: str) -> Any:
        if _is_special(name) or name == "_what":
            raise AttributeError(name)
        return Silent(f"{self._what}.{name}")


class SilentModule(ModuleType):
    """A module of which everything can be imported."""

    __path__ = ()  # type: ignore[assignment]  # a package without a folder
    _importable: FrozenSet[str] = frozenset()
    """Submodules that are more than silent."""

    def __getattr__(self, name: str) -> Any:
        if _is_special(name):
            raise AttributeError(name)
        if name in self._importable:
            return importlib.import_module(f"{self.__name__}.{name}")
        made = Silent(f"{self.__name__}.{name}")
        setattr(self, name, made)
        return made


def silent_module(name: str) -> ModuleType:
    """Return a module of which everything can be imported, and nothing has values."""
    return SilentModule(name)


_IMPORTED_DIRECTLY = (
    "animation axes cm collections colorbar colors dates figure font_manager gridspec image lines markers mlab "
    "offsetbox patches patheffects path pylab pyplot rcsetup scale style table text ticker transforms widgets "
    "axes_grid1 mplot3d"
).split()
"""Modules of Matplotlib that programs name."""


def forget_loaded(package: Any) -> None:
    """Take a package and its modules out of those that are loaded, so that the next import finds the substitute."""
    if isinstance(package, SilentModule):
        return
    name = package.__name__
    # By name, since looking through all that is loaded copies a page of memory for each, 6 ms in all.
    kept = [sys.modules.pop(f"{name}.{below}", None) for below in _IMPORTED_DIRECTLY]
    # Kept alive: taking hundreds of modules apart would take 40 ms, and other libraries hold some of them.
    package.__dict__["__kept__"] = [sys.modules.pop(name), *kept]


class Refusing(Silent):
    """What cannot be used at all: a call raises NotEvaluated for the reason given."""

    def __init__(self, what: str, reason: SkipReason, message: str) -> None:
        super().__init__(what)
        self.__dict__.update(_reason=reason, _message=message)

    def __getattr__(self, name: str) -> Any:
        if _is_special(name):
            raise AttributeError(name)
        return Refusing(f"{self._what}.{name}", self._reason, self._message)

    def __call__(self, *_: Any, **__: Any) -> NoReturn:
        """Raise NotEvaluated."""
        raise NotEvaluated(self._reason, self._message.format(what=self._what))


def refusing_module(reason: SkipReason, message: str) -> Callable[[str], ModuleType]:
    """Return what makes modules of which everything can be imported and nothing called; ``{what}`` is the callee."""

    class RefusingModule(SilentModule):
        def __getattr__(self, name: str) -> Any:
            if _is_special(name):
                raise AttributeError(name)
            made = Refusing(f"{self.__name__}.{name}", reason, message)
            setattr(self, name, made)
            return made

    return RefusingModule


def nothing(_: Any) -> None:
    """Leave a module as it is."""


def _decorated(value: Any) -> bool:
    """Tell whether the only argument of a call looks as if the call were a decorator."""
    return inspect.isclass(value) or (isinstance(value, FunctionType) and value.__name__ != "<lambda>")


def _unpacked(frame: FrameType) -> Any:
    """Return how many names a frame is about to unpack a value into, or None where it does something else."""
    code, at = frame.f_code.co_code, frame.f_lasti
    if at < 0 or code[at] != _UNPACK:
        return None
    number, shift, before = code[at + 1], 8, at - 2
    while before >= 0 and code[before] == _EXTENDED:
        number |= code[before + 1] << shift
        before, shift = before - 2, shift + 8
    return number
