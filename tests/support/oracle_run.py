"""The oracle: run one file as ``python FILE`` would and write down what Keras did.

    python oracle_run.py FILE RESULT.json

It is a script of its own that knows nothing of ShapeLens. It watches a plain run from three places:

- ``keras.layers.Layer`` is patched right after Keras has imported it, whoever imports it and when, so that every
  layer's creation and call is logged with the expression in the user's file that made it;
- ``sys.settrace`` with opcode events sees every store into a variable and every returned value in the user's
  files, at the exact position that the compiler gave it (``co_positions``, Python 3.11);
- an uncaught exception is logged with the positions of its frames in the user's files.

The user's files are those below the file's folder and the working folder, outside ``site-packages``.
"""

from __future__ import annotations

import ast
import dis
import functools
import importlib.abc
import importlib.machinery
import json
import os
import sys
import types
from collections.abc import Callable
from typing import Any

LAYER_MODULE = "keras.src.layers.layer"
SEQUENTIAL_MODULE = "keras.src.models.sequential"
"""Where Keras 3 defines ``Layer`` and ``Sequential``; ``tf.keras`` of TensorFlow 2.16 and newer has the same."""

Json = Any


def structure(value: object) -> Json:
    """Return shapes and dtypes of a nest of tensors; None where it holds no tensor.

    A tensor is ``{"shape": [null, 10], "dtype": "float32"}``, a list or tuple a list, a dictionary
    ``{"entries": {...}}``; members that are no tensors are left out, as are empty containers.
    """
    if isinstance(value, (list, tuple)):
        parts = [part for part in (structure(item) for item in value) if part is not None]
        return parts or None
    if isinstance(value, dict):
        entries = {str(key): part for key, part in ((key, structure(item)) for key, item in value.items()) if part}
        return {"entries": entries} if entries else None
    if not _is_tensor(value):
        return None
    shape: Any = value.shape  # type: ignore[attr-defined]
    dtype: Any = value.dtype  # type: ignore[attr-defined]
    # tf.TensorShape of unknown rank has no length.
    known = getattr(shape, "rank", 0) is not None
    sizes = [None if size is None else int(size) for size in shape] if known else None
    return {"shape": sizes, "dtype": str(getattr(dtype, "name", dtype))}


def _is_tensor(value: object) -> bool:
    for module, names in (
        ("numpy", ("ndarray",)),
        ("tensorflow", ("Tensor", "Variable")),
        ("keras", ("KerasTensor", "Variable")),
    ):
        loaded = sys.modules.get(module)
        kinds = tuple(kind for kind in (getattr(loaded, name, None) for name in names) if isinstance(kind, type))
        if isinstance(value, kinds):
            return True
    return False


class Places:
    """Positions of frames that run the user's files."""

    def __init__(self, *folders: str) -> None:
        self._folders = tuple(os.path.join(os.path.abspath(folder), "") for folder in folders)

        self._known: dict[str, bool] = {}

    def is_user_file(self, filename: str) -> bool:
        """Return whether code of this file is the user's."""
        if filename not in self._known:
            path = os.path.abspath(filename)
            inside = path.startswith(self._folders) and "site-packages" not in path
            self._known[filename] = inside and not filename.startswith("<")
        return self._known[filename]

    def place(self, code: types.CodeType, instruction: int) -> Json:
        """Return file, function and zero-based span in code points of an instruction, None outside user files."""
        if not self.is_user_file(code.co_filename):
            return None
        positions = _positions(code).get(instruction)
        if positions is None:
            return None
        line, end_line, column, end_column = positions
        lines = _source_lines(code.co_filename)
        return {
            "path": os.path.abspath(code.co_filename),
            "function": code.co_name,
            "span": [
                line - 1,
                _code_points(lines[line - 1], column),
                end_line - 1,
                _code_points(lines[end_line - 1], end_column),
            ],
        }


@functools.cache
def _positions(code: types.CodeType) -> dict[int, tuple[int, int, int, int]]:
    found = {}
    for index, (line, end_line, column, end_column) in enumerate(code.co_positions()):
        if line is not None and end_line is not None and column is not None and end_column is not None:
            found[index * 2] = (line, end_line, column, end_column)
    return found


@functools.cache
def _source_lines(path: str) -> list[bytes]:
    with open(path, "rb") as file:
        return [line.rstrip(b"\r\n") for line in file.read().split(b"\n")]


def _code_points(line: bytes, column: int) -> int:
    """Columns of CPython count UTF-8 bytes."""
    return len(line[:column].decode("utf-8"))


@functools.cache
def _plain_targets(path: str) -> frozenset[tuple[int, int]]:
    """Return line and column of every name that ``=``, ``: =``, an operator with ``=`` or ``:=`` gives a value."""
    with open(path, "rb") as file:
        tree = ast.parse(file.read())
    found = set()
    for node in ast.walk(tree):
        targets: list[ast.expr] = []
        if isinstance(node, ast.Assign):
            targets = node.targets
        elif isinstance(node, (ast.AnnAssign, ast.AugAssign, ast.NamedExpr)):
            targets = [node.target]
        for target in targets:
            for name in ast.walk(target):
                if isinstance(name, ast.Name) and isinstance(name.ctx, ast.Store):
                    found.add((name.lineno, name.col_offset))
    return frozenset(found)


@functools.cache
def _stores(code: types.CodeType) -> dict[int, str]:
    kinds = ("STORE_FAST", "STORE_NAME", "STORE_GLOBAL", "STORE_DEREF")
    return {item.offset: item.argval for item in dis.get_instructions(code) if item.opname in kinds}


class Tracer:
    """Logs every tensor that is stored in a variable or returned, in the user's files."""

    def __init__(self, places: Places) -> None:
        self._places = places
        self._pending: dict[types.FrameType, int] = {}
        self.stores: list[Json] = []
        self.returns: list[Json] = []

    def __call__(self, frame: types.FrameType, event: str, argument: object) -> Any:
        """Follow frames of the user's files by opcode; sys.settrace calls this for each new frame."""
        if event != "call" or not self._places.is_user_file(frame.f_code.co_filename):
            return None
        frame.f_trace_opcodes = True
        frame.f_trace_lines = False
        return self._step

    def _step(self, frame: types.FrameType, event: str, argument: object) -> Any:
        # A store has happened once the frame's next event comes.
        self._finish_store(frame)
        if event == "opcode" and frame.f_lasti in _stores(frame.f_code):
            self._pending[frame] = frame.f_lasti
        elif event == "return":
            self._log(self.returns, frame, frame.f_lasti, argument)
        return self._step

    def _finish_store(self, frame: types.FrameType) -> None:
        instruction = self._pending.pop(frame, None)
        if instruction is None:
            return
        name = _stores(frame.f_code)[instruction]
        values = frame.f_locals if name in frame.f_locals else frame.f_globals
        if name in values:
            self._log(self.stores, frame, instruction, values[name], name)

    def _log(self, log: list[Json], frame: types.FrameType, instruction: int, value: object, name: str = "") -> None:
        tensors = structure(value)
        place = self._places.place(frame.f_code, instruction) if tensors is not None else None
        if place is not None:
            line, column, _, _ = place["span"]
            log.append(
                {
                    "name": name,
                    "place": place,
                    "assigned": (line + 1, self._byte_column(place["path"], line, column))
                    in _plain_targets(place["path"]),
                    "value": tensors,
                }
            )

    @staticmethod
    def _byte_column(path: str, line: int, column: int) -> int:
        return len(_source_lines(path)[line].decode("utf-8")[:column].encode("utf-8"))


class LayerLog:
    """Logs creation and calls of layers by wrapping two methods of ``Layer``."""

    def __init__(self, places: Places) -> None:
        self._places = places
        self._layers: dict[int, tuple[object, Json]] = {}
        self._calls: list[tuple[object, Json]] = []
        self._depth = 0
        self._failed: list[tuple[object, BaseException, Json]] = []
        self._declared: dict[int, Json] = {}

    def patch_sequential(self, sequential: Any) -> None:
        """Wrap the building of the class ``Sequential``: a later ``add`` that fails leaves it without a graph."""
        build = sequential.build

        @functools.wraps(build)
        def logged_build(model: Any, *arguments: Any, **named: Any) -> Any:
            result = build(model, *arguments, **named)
            self._declared[id(model)] = _declared(model) or self._declared.get(id(model))
            return result

        sequential.build = logged_build

    def patch_layer(self, layer: Any) -> None:
        """Wrap creation and call of the class ``Layer``."""
        create, call = layer.__new__, layer.__call__

        @functools.wraps(create)
        def logged_new(kind: type, *arguments: Any, **named: Any) -> Any:
            made = create(kind, *arguments, **named)
            if isinstance(made, layer):
                self._layers.setdefault(id(made), (made, self._caller("__new__")))
            return made

        @functools.wraps(call)
        def logged_call(instance: Any, *arguments: Any, **named: Any) -> Any:
            given = [structure(argument) for argument in arguments]
            given_by_name = {name: structure(argument) for name, argument in named.items()}
            entry = {
                "arguments": [item for item in given if item is not None],
                "named": {name: item for name, item in given_by_name.items() if item is not None},
                "caller": self._caller(),
                "user_frames": self._user_frames(),
            }
            if self._depth == 0:
                self._failed.clear()
            self._depth += 1
            try:
                result = call(instance, *arguments, **named)
            except BaseException as error:
                self._failed.append((instance, error, entry))
                raise
            finally:
                self._depth -= 1
            self._calls.append((instance, {**entry, "output": structure(result)}))
            return result

        # Only in a class body does Python make __new__ static by itself.
        layer.__new__ = staticmethod(logged_new)
        layer.__call__ = logged_call

    def _caller(self, *skipped: str) -> Json:
        """Return the place of the nearest frame that is neither ours nor one of the named methods."""
        frame: types.FrameType | None = sys._getframe(1)
        while frame is not None and (
            frame.f_code.co_filename == __file__ or (frame.f_code.co_name in skipped and _is_library(frame))
        ):
            frame = frame.f_back
        return self._places.place(frame.f_code, frame.f_lasti) if frame is not None else None

    def _user_frames(self) -> int:
        """Return how many frames of the user's files are on the stack."""
        count = 0
        frame: types.FrameType | None = sys._getframe(1)
        while frame is not None:
            count += self._places.is_user_file(frame.f_code.co_filename)
            frame = frame.f_back
        return count

    def layers(self) -> list[Json]:
        """Return every layer with the user's expression that made it, in the order of creation."""
        return [
            {**self._identity(made), "created": place, "declared": _declared(made) or self._declared.get(id(made))}
            for made, place in self._layers.values()
            if self._name(made)
        ]

    def calls(self) -> list[Json]:
        """Return every successful call."""
        return [{**self._identity(made), **entry} for made, entry in self._calls]

    def failed(self, error: BaseException) -> list[Json]:
        """Return the layers whose calls the exception ended, outermost first."""
        if not self._failed or self._failed[-1][1] is not error:
            return []
        return [
            {**self._identity(made), **entry, "created": self._layers.get(id(made), (None, None))[1]}
            for made, _, entry in reversed(self._failed)
        ]

    def _identity(self, made: object) -> Json:
        return {"layer": self._name(made), "class": type(made).__name__}

    @staticmethod
    def _name(made: object) -> str:
        return str(vars(made).get("_name") or getattr(made, "name", ""))


def _declared(made: Any) -> Json:
    """Return the symbolic inputs and outputs of a Functional or built Sequential model, else None."""
    kinds = {kind.__name__ for kind in type(made).__mro__ if kind.__module__.startswith("keras.src.models.")}
    if "Functional" in kinds:
        return {"input": structure(made.input), "output": structure(made.output)}
    if "Sequential" in kinds:
        try:
            # Unlike Functional it gives lists, and it has one input only.
            (taken,), outputs = made.inputs, made.outputs
        except (AttributeError, ValueError):
            return None  # not built yet, or no longer
        return {"input": structure(taken), "output": structure(outputs[0] if len(outputs) == 1 else outputs)}
    return None


def _is_library(frame: types.FrameType) -> bool:
    return "site-packages" in frame.f_code.co_filename


class PatchAtImport(importlib.abc.MetaPathFinder, importlib.abc.Loader):
    """Patches a class the moment its module has run, so that the file decides when Keras is imported."""

    def __init__(self, module: str, name: str, patch: Callable[[Any], None]) -> None:
        self._module = module
        self._name = name
        self._patch = patch
        self._loader: Any = None

    def find_spec(self, fullname: str, path: Any, target: Any = None) -> importlib.machinery.ModuleSpec | None:
        """Take over the one module; the usual finder still finds it."""
        if fullname != self._module:
            return None
        spec = importlib.machinery.PathFinder.find_spec(fullname, path, target)
        if spec is not None and spec.loader is not None:
            self._loader, spec.loader = spec.loader, self
        return spec

    def create_module(self, spec: importlib.machinery.ModuleSpec) -> types.ModuleType | None:
        """Leave it to the usual loader."""
        module: types.ModuleType | None = self._loader.create_module(spec)
        return module

    def exec_module(self, module: types.ModuleType) -> None:
        """Run the module, then patch."""
        self._loader.exec_module(module)
        self._patch(getattr(module, self._name))


def describe(error: BaseException, places: Places, layers: LayerLog) -> Json:
    """Return class, message and the frames in user files of an uncaught exception, outermost first."""
    frames = []
    step = error.__traceback__
    while step is not None:
        place = places.place(step.tb_frame.f_code, step.tb_lasti)
        if place is not None:
            frames.append(place)
        step = step.tb_next
    kind = type(error)
    prefix = "" if kind.__module__ == "builtins" else kind.__module__ + "."
    return {
        "exception": prefix + kind.__qualname__,
        "message": str(error),
        "frames": frames,
        "layers": layers.failed(error),
    }


def run(path: str) -> Json:
    """Run the file as the main module and return what was seen."""
    with open(path, "rb") as file:
        code = compile(file.read(), path, "exec", dont_inherit=True)
    folder = os.path.dirname(path)
    places = Places(folder, os.getcwd())
    layers, tracer = LayerLog(places), Tracer(places)
    sys.meta_path.insert(0, PatchAtImport(LAYER_MODULE, "Layer", layers.patch_layer))
    sys.meta_path.insert(0, PatchAtImport(SEQUENTIAL_MODULE, "Sequential", layers.patch_sequential))
    main = types.ModuleType("__main__")
    main.__file__ = path
    main.__dict__["__builtins__"] = __builtins__
    sys.modules["__main__"] = main
    sys.argv = [path]
    sys.path[0] = folder
    fault = None
    sys.settrace(tracer)
    try:
        exec(code, main.__dict__)
    except SystemExit:
        pass
    except BaseException as error:
        fault = error
    finally:
        sys.settrace(None)
    return {
        "layers": layers.layers(),
        "calls": layers.calls(),
        "stores": tracer.stores,
        "returns": tracer.returns,
        "fault": describe(fault, places, layers) if fault is not None else None,
    }


if __name__ == "__main__":
    source, destination = (os.path.abspath(argument) for argument in sys.argv[1:3])
    seen = run(source)
    with open(destination, "w", encoding="ascii") as output:
        json.dump(seen, output)
