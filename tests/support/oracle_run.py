"""The oracle: run one file as ``python FILE`` would and write down what Keras did.

    python oracle_run.py FILE RESULT.json
    python oracle_run.py --short FILE RESULT.json

``--short`` is for whole programs and notebooks, which train for hours, read what they download and write where they
stand. It runs FILE in a private copy of its folder, which is the working folder, with a home of its own, no network, no
window, ``input()`` answered by an empty line and ``sleep`` that does not; within 180 s, else the exit status is 3.
``plain_data`` supplies what Keras would download, ``short_training`` cuts fits and long loops over datasets,
``short_run`` applies the comments ``# oracle: set NAME = VALUE`` and ``# oracle: arguments ...`` (see
``expectations``). A notebook's cells are joined by ``notebooks``; its lines are those of the joined text. The report
then holds each different value of a place once.

It is a script of its own that knows nothing of ShapeLens. It watches a plain run from three places:

- ``keras.layers.Layer`` is patched right after Keras has imported it, whoever imports it and when, so that every
  layer's creation and call is logged with the expression in the user's file that made it;
- ``sys.settrace`` with opcode events sees every store into a variable and every returned value in the user's
  files, at the exact position that the compiler gave it (``co_positions``, Python 3.11);
- an uncaught exception is logged with the positions of its frames in the user's files.

Functions that AutoGraph converts run in files of its own; stores there are put where the user's file has them.

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
import threading
import time
import types
from collections.abc import Callable, Sequence
from typing import Any

LAYER_MODULES = ("keras.src.layers.layer", "keras.src.engine.base_layer", "tf_keras.src.engine.base_layer")
SEQUENTIAL_MODULES = ("keras.src.models.sequential", "keras.src.engine.sequential", "tf_keras.src.engine.sequential")
"""Where Keras 3, Keras 2 and tf_keras define ``Layer`` and ``Sequential``; ``tf.keras`` is one of them."""

SECOND_GENERATION = ("keras.src.engine.", "tf_keras.src.engine.")

AUTOGRAPH_MODULE = "tensorflow.python.autograph.pyct.transpiler"
CALLBACK_MODULE = "tensorflow.python.ops.script_ops"
OUT_OF_TIME = 3
"""Exit status."""

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
    # JAX has expressions where a size is unknown.
    sizes = [int(size) if isinstance(size, int) else None for size in shape] if known else None
    return {"shape": sizes, "dtype": str(getattr(dtype, "name", dtype)).replace("torch.", "")}


def _is_tensor(value: object) -> bool:
    for module, names in (
        ("numpy", ("ndarray",)),
        ("tensorflow", ("Tensor", "Variable", "RaggedTensor", "SparseTensor")),
        ("keras", ("KerasTensor", "Variable")),
        ("keras.src.engine.keras_tensor", ("KerasTensor",)),
        ("tf_keras.src.engine.keras_tensor", ("KerasTensor",)),
        ("torch", ("Tensor",)),
        ("jax", ("Array",)),
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
        self._converted: dict[str, dict[int, tuple[str, int]]] = {}
        self.entered: dict[types.CodeType, None] = {}
        """Code of the user's files that ran."""

    def patch_autograph(self, module: Any) -> None:
        """Learn where the lines of converted functions come from; the argument is AutoGraph's transpiler."""
        transform = module.PyToPy.transform_function

        @functools.wraps(transform)
        def noted(*arguments: Any, **named: Any) -> Any:
            made = transform(*arguments, **named)
            function, converted, source_map = made
            origins = {
                place.lineno: (os.path.abspath(origin.loc.filename), origin.loc.lineno)
                for place, origin in (source_map or {}).items()
            }
            if self.is_user_file(function.__code__.co_filename) or any(
                self.is_user_file(o[0]) for o in origins.values()
            ):
                self._converted[converted.__file__] = origins
            return made

        module.PyToPy.transform_function = noted

    def is_converted(self, filename: str) -> bool:
        """Return whether AutoGraph made this file out of a user's function."""
        return filename in self._converted

    def stored_place(self, code: types.CodeType, instruction: int, name: str) -> Json:
        """Return the place of a store of this name, found in the user's file too where AutoGraph converted it."""
        origins = self._converted.get(code.co_filename)
        position = _positions(code).get(instruction)
        if origins is None or position is None:
            return self.place(code, instruction)
        path, line = origins.get(position[0], ("", 0))
        columns = [
            place[1] for place, known in _plain_targets(path).items() if path and (place[0], known) == (line, name)
        ]
        if not columns:
            return None
        column = _code_points(_source_lines(path)[line - 1], columns[0])
        span = [line - 1, column, line - 1, column + len(name)]
        return {"path": path, "function": code.co_name.removeprefix("tf__"), "span": span}

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
def _plain_targets(path: str) -> dict[tuple[int, int], str]:
    """Return line and column of every name that ``=``, ``: =``, an operator with ``=`` or ``:=`` gives a value."""
    if not path:
        return {}
    with open(path, "rb") as file:
        tree = ast.parse(file.read())
    found = {}
    for node in ast.walk(tree):
        targets: list[ast.expr] = []
        if isinstance(node, ast.Assign):
            targets = node.targets
        elif isinstance(node, (ast.AnnAssign, ast.AugAssign, ast.NamedExpr)):
            targets = [node.target]
        for target in targets:
            for name in ast.walk(target):
                if isinstance(name, ast.Name) and isinstance(name.ctx, ast.Store):
                    found[name.lineno, name.col_offset] = name.id
    return found


@functools.cache
def _stores(code: types.CodeType) -> dict[int, str]:
    kinds = ("STORE_FAST", "STORE_NAME", "STORE_GLOBAL", "STORE_DEREF")
    return {item.offset: item.argval for item in dis.get_instructions(code) if item.opname in kinds}


class Tracer:
    """Logs every tensor that is stored in a variable or returned, in the user's files."""

    def __init__(self, places: Places, once: bool = False) -> None:
        self._places = places
        self._pending: dict[types.FrameType, int] = {}
        self._known: set[Any] | None = set() if once else None
        self.stores: list[Json] = []
        self.returns: list[Json] = []

    def hook(self) -> Callable[[types.FrameType, str, object], Any]:
        """Return what sys.settrace is to call for each new frame; frames of the user's files are followed by opcode."""
        libraries: set[str] = set()

        # A closure over a set, as this is called for every function that TensorFlow calls.
        def trace(frame: types.FrameType, event: str, argument: object) -> Any:
            filename = frame.f_code.co_filename
            if filename in libraries or event != "call":
                return None
            if self._places.is_user_file(filename):
                self._places.entered[frame.f_code] = None
            elif not self._places.is_converted(filename):
                if "site-packages" in filename:
                    libraries.add(filename)
                return None
            frame.f_trace_opcodes = True
            frame.f_trace_lines = False
            return self._step

        return trace

    def patch_callbacks(self, module: Any) -> None:
        """Follow what TensorFlow calls from threads of its own, as ``from_generator`` and ``py_function`` do."""
        call, hook = module.FuncRegistry.__call__, self.hook()

        def followed(*arguments: Any, **named: Any) -> Any:
            if sys.gettrace() is not None:
                return call(*arguments, **named)
            sys.settrace(hook)
            try:
                return call(*arguments, **named)
            finally:
                sys.settrace(None)

        module.FuncRegistry.__call__ = followed

    def _step(self, frame: types.FrameType, event: str, argument: object) -> Any:
        # A store has happened once the frame's next event comes.
        self._finish_store(frame)
        if event == "opcode" and frame.f_lasti in _stores(frame.f_code):
            self._pending[frame] = frame.f_lasti
        elif event == "return" and not self._places.is_converted(frame.f_code.co_filename):
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
        if tensors is None:
            return
        if self._known is not None:
            known = (frame.f_code, instruction, repr(tensors))
            if known in self._known:
                return
            self._known.add(known)
        place = self._places.stored_place(frame.f_code, instruction, name)
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

    def __init__(self, places: Places, once: bool = False) -> None:
        self._places = places
        self._known: set[Any] | None = set() if once else None
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
                "caller": self._caller(called=instance),
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
            self._add(instance, {**entry, "output": structure(result)})
            return result

        # Only in a class body does Python make __new__ static by itself.
        layer.__new__ = staticmethod(logged_new)
        layer.__call__ = logged_call

    def _add(self, instance: object, entry: Json) -> None:
        if self._known is not None:
            known = (id(instance), repr(entry))
            if known in self._known:
                return
            self._known.add(known)
        self._calls.append((instance, entry))

    def _caller(self, *skipped: str, called: object = None) -> Json:
        """Return the place of the nearest frame that is neither ours nor one of the named methods.

        Nor is it a ``__call__`` of the same layer around the one of ``Layer``, as recurrent layers and models have in
        Keras 2.
        """
        frame: types.FrameType | None = sys._getframe(1)
        while frame is not None and (
            frame.f_code.co_filename == __file__
            or (_is_library(frame) and (frame.f_code.co_name in skipped or _passes_on(frame, called)))
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
    if any(kind.__module__.startswith(SECOND_GENERATION) for kind in type(made).__mro__):
        # There Sequential is Functional, and both are so only once they have a graph.
        graph = getattr(made, "_is_graph_network", False)
        return {"input": structure(made.input), "output": structure(made.output)} if graph else None
    if "Sequential" in kinds:
        try:
            # Unlike Functional it gives lists, and it has one input only.
            (taken,), outputs = made.inputs, made.outputs
        except (AttributeError, ValueError):
            return None  # not built yet, or no longer
        return {"input": structure(taken), "output": structure(outputs[0] if len(outputs) == 1 else outputs)}
    return None


def _passes_on(frame: types.FrameType, called: object) -> bool:
    name = frame.f_code.co_name
    return called is not None and (
        (name == "__call__" and frame.f_locals.get("self") is called)
        or (name == "error_handler" and "traceback_utils" in frame.f_code.co_filename)
    )


def _is_library(frame: types.FrameType) -> bool:
    return "site-packages" in frame.f_code.co_filename


class PatchAtImport(importlib.abc.MetaPathFinder, importlib.abc.Loader):
    """Patches a module the moment it has run, so that the file decides when Keras is imported."""

    def __init__(self, module: str, patch: Callable[[Any], None]) -> None:
        self._module = module
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
        self._patch(module)


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


def run(
    path: str,
    arguments: Sequence[str] = (),
    once: bool = False,
    patches: Sequence[Any] = (),
    namespace: dict[str, Any] | None = None,
) -> Json:
    """Run the file as the main module and return what was seen; with ``once``, each value of a place once.

    ``namespace`` has what the main module knows beside the builtins, ``__file__`` unless it is given.
    """
    with open(path, "rb") as file:
        code = compile(file.read(), path, "exec", dont_inherit=True)
    folder = os.path.dirname(path)
    places = Places(folder, os.getcwd())
    layers, tracer = LayerLog(places, once), Tracer(places, once)
    for module, patch in (
        *((name, lambda module: layers.patch_layer(module.Layer)) for name in LAYER_MODULES),
        *((name, lambda module: layers.patch_sequential(module.Sequential)) for name in SEQUENTIAL_MODULES),
        (AUTOGRAPH_MODULE, places.patch_autograph),
        (CALLBACK_MODULE, tracer.patch_callbacks),
        *patches,
    ):
        sys.meta_path.insert(0, PatchAtImport(module, patch))
    main = types.ModuleType("__main__")
    main.__dict__.update({"__file__": path} if namespace is None else namespace)
    main.__dict__["__builtins__"] = __builtins__
    sys.modules["__main__"] = main
    sys.argv = [path, *arguments]
    sys.path[0] = folder
    fault = None
    threading.settrace(tracer.hook())
    sys.settrace(tracer.hook())
    try:
        exec(code, main.__dict__)
    except SystemExit:
        pass
    except BaseException as error:
        fault = error
    finally:
        sys.settrace(None)
        threading.settrace(None)  # type: ignore[arg-type]
    return {
        "layers": layers.layers(),
        "calls": layers.calls(),
        "stores": tracer.stores,
        "returns": tracer.returns,
        "fault": describe(fault, places, layers) if fault is not None else None,
        "entered": [[os.path.abspath(code.co_filename), code.co_firstlineno, code.co_name] for code in places.entered],
    }


def run_short(source: str, destination: str) -> int:
    """Run a whole program or notebook, write the report and return the exit status."""
    import short_run
    import short_training

    # The program may have modules of these names.
    for name in ("short_run", "short_marks", "short_training", "plain_data", "notebooks"):
        sys.modules.pop(name, None)
    workspace = short_run.Workspace(source, os.path.dirname(source))
    started = time.monotonic()
    try:
        marks = workspace.write_program()
        short_run.settle(workspace)
        training = short_training.ShortTraining()
        with short_run.limited():
            patches = short_run.patches(workspace.downloads, training)
            seen = run(workspace.source, marks.arguments, True, patches, workspace.namespace())
        seen["seconds"] = time.monotonic() - started
        seen["cut_loops"] = training.cut_loops
        if seen["fault"] is not None and seen["fault"]["exception"].endswith("OutOfTime"):
            sys.stderr.write(json.dumps(seen["fault"]) + "\n")
            return OUT_OF_TIME
        with open(destination, "w", encoding="utf-8") as file:
            file.write(workspace.real_paths(json.dumps(seen)))
        return 0
    finally:
        workspace.remove()


if __name__ == "__main__":
    short = sys.argv[1] == "--short"
    source, destination = (os.path.abspath(argument) for argument in sys.argv[-2:])
    if short:
        sys.exit(run_short(source, destination))
    seen = run(source)
    with open(destination, "w", encoding="ascii") as output:
        json.dump(seen, output)
