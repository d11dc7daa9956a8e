"""Instrumented code does what the plain code does, and records the right expressions."""

from __future__ import annotations

import ast
import builtins
import contextlib
import sys
import sysconfig
import textwrap
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from shapelens.worker.contract import Role
from shapelens.worker.instrument import RECORD, Instrumenter
from shapelens.worker.sites import Site
from shapelens.worker.source_file import SourceFile

PROGRAMS = {
    "functions": """
        def f(a, /, b=1 + 1, *c, d=[x * 2 for x in range(3)], **e) -> int:
            "doc"
            global g
            g = lambda y=b, *, z=4: (y, z)
            return [a, b, c, d, e, *c, {**e}]
        out = [f(1), f(1, 2, 3, d=4, x=5), g(), f.__doc__, f.__annotations__, f.__defaults__]
    """,
    "classes": """
        class Meta(type):
            def __new__(mcls, name, bases, ns, flag=False):
                cls = super().__new__(mcls, name, bases, ns)
                cls.flag = flag
                return cls
        class Base(metaclass=Meta, flag=True):
            "doc"
            __private: int = 3
            x: "str"
            def __init__(self):
                super().__init__()
                self.__hidden = __class__.__name__
            def get(self): return self.__hidden, self.__private
            @property
            def prop(self): return super().__repr__()[:1]
        class Derived(Base):
            def get(self): return super().get() + (super(Derived, self).get(),)
        out = [Derived().get(), Base.flag, Base.__doc__, Base.__annotations__, Derived().prop, sorted(vars(Base))]
    """,
    "generators": """
        import asyncio
        def count(n):
            got = yield n
            while n:
                got = yield (n, got)
                n -= 1
            yield from [1, 2]
            return "end"
        it = count(2)
        out = [next(it), it.send(5), it.send(6), list(it)]
        async def numbers():
            for i in range(3):
                yield i
                await asyncio.sleep(0)
        async def main():
            async with asyncio.Lock() as lock:
                return [x async for x in numbers() if x] + [await asyncio.sleep(0, "slept"), lock]
        out.append(asyncio.run(main()))
    """,
    "targets": """
        class Box: pass
        box, items, table = Box(), [0, 1, 2, 3], {}
        box.value = table["k"] = items[1:3] = [7, 8]
        box.value += [9]
        items[0] += 10
        (a, b), *c, box.d = (1, 2), 3, 4, 5
        for box.i, items[2] in [(1, 2)]: pass
        with open(__file__) as box.f: pass
        del items[0], table["k"]
        if (n := len(items)) > 1: a = n
        x = y = z = n
        out = [a, b, c, box.__dict__.keys(), items, table, x is z, [w := 3, w ** 2]]
        del x
        out.append("x" in globals())
    """,
    "text": """
        name, width = "é\\u4e2d", 12
        out = [f"{name!r:>{width}} {len(name) + 1:03d} {'nested'} {name=}", b"c" * 2, f"{ {1: 2}[1] }", rf"\\{name}"]
    """,
    "control": """
        out = []
        for i in range(5):
            if i == 1: continue
            try:
                if i == 2: raise ValueError(i)
                if i == 4: break
            except (KeyError, ValueError) as error:
                out.append(error.args)
            else:
                out.append("fine")
            finally:
                out.append(i)
        else:
            out.append("never")
        while True:
            break
        assert out, f"message {out}"
        out += [1 < 2 < 3, not out, -1 + +2 - ~3, 1 if out else 2, out and "yes" or "no", 3 in out, out[-1], out[::2]]
        try:
            raise KeyError("x") from IndexError("y")
        except KeyError as error:
            out.append(type(error.__cause__).__name__)
        out.append("error" in dir())
    """,
    "comprehensions": """
        out = [
            [x + y for x in range(3) for y in range(x) if x != y],
            {x: {y for y in range(x)} for x in range(3)},
            list((lambda x: x * 2)(i) for i in range(3)),
            [[j for j in range(i)] for i in [1, 2]],
            sorted({*[1, 2], *(3,)}), {**{"a": 1}, "b": 2}, [*map(str, range(2))], (*"ab", "c"),
        ]
        class Scope:
            n = 2
            values = [i * 3 for i in range(n)]
        out.append(Scope.values)
    """,
    "decorators": """
        import functools, dataclasses, enum, typing
        def tag(text):
            def wrap(function):
                @functools.wraps(function)
                def inner(*args, **kwargs):
                    return text, function(*args, **kwargs)
                return inner
            return wrap
        @tag("outer")
        @tag("in" + "ner")
        def f(x): return x
        @dataclasses.dataclass(frozen=True)
        class Point:
            x: int
            y: "typing.List[int]" = dataclasses.field(default_factory=list)
        class Colour(enum.Enum):
            RED = enum.auto()
            BLUE = RED, 3
        out = [f(1), Point(1), Colour.RED.name, list(Colour), sorted(Point.__annotations__)]
    """,
}

PROGRAMS["match"] = """
        class P:
            __match_args__ = ("x",)
            def __init__(self, x): self.x = x
        def look(v):
            match v:
                case 1 | 2: return "few"
                case [a, *rest] if len(rest) > 1: return a, rest
                case {"k": w, **more}: return w, more
                case P(x=int() as n): return n
                case P(str(s)): return s
                case -1.5 | None: return "odd"
                case _: return v
        out = [look(v) for v in (1, [1, 2, 3], [1], {"k": 2, "z": 3}, P(4), P("s"), -1.5, None)]
    """
if sys.version_info >= (3, 11):
    PROGRAMS["groups"] = """
        out = []
        try:
            raise ExceptionGroup("g", [ValueError(1), KeyError(2)])
        except* ValueError as group:
            out.append(len(group.exceptions))
        except* KeyError:
            out.append("key")
    """
if sys.version_info >= (3, 12):
    PROGRAMS["types"] = """
        type Pair[T] = tuple[T, T]
        def first[T: int](x: T) -> T: return x
        class Holder[T]:
            value: T
        out = [Pair.__name__, first(1), Holder[int].__args__, f"{'a' + f'{1 + 1}'}"]
    """


@contextlib.contextmanager
def recorder(seen: list[tuple[int, Any]]) -> Iterator[None]:
    def record(site: int, value: Any) -> Any:
        seen.append((site, value))
        return value

    record.mark = lambda site: site  # type: ignore[attr-defined]
    record.handled = lambda: None  # type: ignore[attr-defined]
    setattr(builtins, RECORD, record)
    try:
        yield
    finally:
        delattr(builtins, RECORD)


def instrumented(text: str, mark: bool = False, path: str = __file__) -> tuple[Any, list[Site]]:
    source = SourceFile(path, text)
    instrumenter = Instrumenter(source, 0, mark_calls=mark)
    tree = instrumenter.visit(source.tree)
    return compile(tree, path, "exec", source.compiler_flags, dont_inherit=True), instrumenter.sites


@pytest.mark.parametrize("mark", [False, True], ids=["columns", "marks"])
@pytest.mark.parametrize("name", PROGRAMS)
def test_it_does_what_the_plain_code_does(name: str, mark: bool) -> None:
    text = textwrap.dedent(PROGRAMS[name])
    plain: dict[str, Any] = {"__name__": __name__, "__file__": __file__}
    watched = dict(plain)
    exec(compile(text, __file__, "exec", dont_inherit=True), plain)
    code, _ = instrumented(text, mark)
    seen: list[tuple[int, Any]] = []
    with recorder(seen):
        exec(code, watched)
    assert repr(watched["out"]) == repr(plain["out"])
    assert set(watched) == set(plain)
    assert seen


def test_roles_targets_and_spans() -> None:
    text = "é = 1; x = f(a.b, [g(1)], k=h)(y)\np, (q, r) = u, v = s[0]\nwith c() as d: pass\nn: int = m\n"
    _, sites = instrumented(text)
    by_text = {site.text: site for site in sites}
    whole = by_text["f(a.b, [g(1)], k=h)(y)"]
    assert (whole.role, whole.targets[0].name, whole.called_at_once) == (Role.STATEMENT, "x", False)
    assert (whole.location.span.column, whole.location.span.end_column) == (11, 33)
    assert by_text["f(a.b, [g(1)], k=h)"].called_at_once
    assert by_text["f(a.b, [g(1)], k=h)"].role is Role.CALLEE
    assert by_text["g(1)"].role is Role.ELEMENT
    assert by_text["a.b"].role is Role.ARGUMENT and by_text["h"].role is Role.ARGUMENT
    assert by_text["a"].role is Role.CALLEE
    assert by_text["m"].targets[0].name == "n"
    assert "int" not in by_text


@pytest.mark.parametrize("ending", ["\n", "\r\n", "\r"])
def test_positions_after_every_kind_of_line_end(ending: str) -> None:
    text = ending.join(["\ufeff# \x0c form feed", "'\u2028' + x", "  ", "(y)"])
    _, sites = instrumented(text)
    places = {site.text: (site.location.span.line, site.location.span.column) for site in sites}
    assert places["x"] == (1, 6)
    assert places["y"] == (3, 1)


def test_byte_order_mark_shifts_only_the_first_line() -> None:
    _, sites = instrumented("\ufeffx\ny\n")
    assert [site.location.span.column for site in sites] == [1, 0]


@pytest.mark.slow
def test_the_standard_library_can_be_instrumented() -> None:
    folder = Path(sysconfig.get_paths()["stdlib"])
    files = sorted(folder.glob("*.py"))[::2] + sorted((folder / "asyncio").glob("*.py"))
    assert len(files) > 80
    for file in files:
        try:
            text = file.read_text(encoding="utf-8")
            ast.parse(text)
        except (UnicodeDecodeError, SyntaxError):
            continue
        code, sites = instrumented(text, mark=True, path=str(file))
        assert code is not None
        for site in sites:
            assert site.location.span <= site.location.span.__class__(10**6, 0, 0, 0)
