"""How long programs spend constructing with Keras, in a plain process that has imported it already.

    python bare_run.py RESULT.json FILE...

Each file is run as the oracle runs it with ``--short``, in a fork of one process that has imported the framework and
what programs import beside it; nothing is traced. Counted is the time inside the outermost

- constructor of a layer or model, of the program's own classes too;
- ``build`` of a model and ``compile``;
- call of a layer or model, symbolic or eager, but with the same shapes only the first time: loops of training call on;

all outside of ``fit``, ``evaluate``, ``predict`` and their kin on single batches, but for the first call in there of a
model that is not built yet, which constructs it. The result has, for each file, the ``seconds`` and the exception that
``ended`` it, the empty string where it went to its end. Like the oracle, this script knows nothing of ShapeLens.
"""

from __future__ import annotations

import functools
import importlib
import inspect
import json
import os
import sys
import tempfile
import time
import types
from typing import Any

IMPORTS = (
    "keras",
    "tensorflow",
    "numpy",
    "pandas",
    "matplotlib.pyplot",
    "sklearn.model_selection",
    "PIL.Image",
    "tqdm",
)
TRAINING = ("fit", "evaluate", "predict", "train_on_batch", "test_on_batch", "predict_on_batch")


class Stopwatch:
    """Adds up the time inside outermost construction."""

    def __init__(self) -> None:
        self.seconds = 0.0
        self._depth = 0
        self._training = 0
        self._seen: set[Any] = set()

    def watch(self, layer: Any, model: Any, trainer: Any) -> None:
        """Wrap the methods of Keras' classes, and those of classes that come later."""
        for kind in _subclasses(layer):
            if "__init__" in vars(kind):
                kind.__init__ = self._constructor(kind.__init__)
        layer.__call__ = self._timed_once(layer.__call__)
        for kind in _subclasses(model):
            if "build" in vars(kind):
                kind.build = self._timed(kind.build)
        # Where it is defined: a saved model is compiled only if no class overrides the base's method.
        base: Any = next(kind for kind in trainer.__mro__ if "compile" in vars(kind))
        base.compile = self._timed(base.compile)
        for name in TRAINING:
            setattr(trainer, name, self._apart(getattr(trainer, name)))
        own = vars(layer).get("__init_subclass__")

        def prepared(kind: Any, **named: Any) -> None:
            if own is not None:
                own.__func__(kind, **named)
            else:
                super(layer, kind).__init_subclass__(**named)
            if "__init__" in vars(kind):
                kind.__init__ = self._constructor(kind.__init__)

        layer.__init_subclass__ = classmethod(prepared)

    def _timed(self, method: Any) -> Any:
        @functools.wraps(method)
        def timed(*arguments: Any, **named: Any) -> Any:
            return self._measure(method, arguments, named)

        return timed

    def _constructor(self, method: Any) -> Any:
        timed = self._timed(method)
        # Keras asks for a constructor's parameters without following wrappers; for those of ``build`` it follows them.
        timed.__signature__ = inspect.signature(method)
        return timed

    def _timed_once(self, method: Any) -> Any:
        @functools.wraps(method)
        def timed(instance: Any, *arguments: Any, **named: Any) -> Any:
            if self._training and not self._depth and not instance.built:
                training, self._training = self._training, 0
                try:
                    return self._measure(method, (instance, *arguments), named)
                finally:
                    self._training = training
            if not self._depth and not self._training:
                # Which layer: its number may be that of another one which is gone, which makes the time too short.
                known = (id(instance), _shapes(arguments), _shapes(tuple(named.values())))
                if known in self._seen:
                    with_training = self._apart(method)
                    return with_training(instance, *arguments, **named)
                self._seen.add(known)
            return self._measure(method, (instance, *arguments), named)

        return timed

    def _measure(self, method: Any, arguments: Any, named: Any) -> Any:
        if self._depth or self._training:
            return method(*arguments, **named)
        self._depth += 1
        started = time.perf_counter()
        try:
            return method(*arguments, **named)
        finally:
            self.seconds += time.perf_counter() - started
            self._depth -= 1

    def _apart(self, method: Any) -> Any:
        @functools.wraps(method)
        def apart(*arguments: Any, **named: Any) -> Any:
            self._training += 1
            try:
                return method(*arguments, **named)
            finally:
                self._training -= 1

        return apart


def _subclasses(kind: Any) -> list[Any]:
    found = [kind]
    for child in kind.__subclasses__():
        found += [item for item in _subclasses(child) if item not in found]
    return found


def _shapes(value: Any) -> Any:
    if isinstance(value, (list, tuple)):
        return tuple(_shapes(item) for item in value)
    if isinstance(value, dict):
        return tuple((key, _shapes(item)) for key, item in value.items())
    return str(getattr(value, "shape", None))


def warm_up() -> None:
    """Meet the costs of a process's first layers and first eager operations."""
    import keras
    import numpy

    model = keras.Sequential(
        [keras.Input((8, 8, 1)), keras.layers.Conv2D(2, 3), keras.layers.Flatten(), keras.layers.Dense(2)]
    )
    model.compile("adam", "mse")
    model(numpy.zeros((1, 8, 8, 1), "float32"))
    keras.backend.clear_session()


def run(source: str, stopwatch: Stopwatch) -> str:
    """Run one program in this process, which must be one of its own; return the exception that ended it."""
    workspace = short_run.Workspace(source, os.path.dirname(source))
    try:
        marks = workspace.write_program()
        short_run.settle(workspace)
        with open(workspace.source, "rb") as file:
            code = compile(file.read(), workspace.source, "exec", dont_inherit=True)
        main = types.ModuleType("__main__")
        main.__dict__.update(workspace.namespace())
        main.__dict__["__builtins__"] = __builtins__
        sys.modules["__main__"] = main
        sys.argv = [workspace.source, *marks.arguments]
        sys.path[0] = workspace.folder
        warm_up()
        stopwatch.seconds = 0.0
        with short_run.limited():
            try:
                exec(code, main.__dict__)
            except SystemExit:
                pass
            except Exception as error:  # broken ones are timed up to their end
                return f"{type(error).__name__}: {error}"
            return ""
    finally:
        workspace.remove()


def measured(source: str, stopwatch: Stopwatch) -> Any:
    """Run one program in a fork; return its seconds, None where there are none, and the exception that ended it."""
    reader, writer = os.pipe()
    process = os.fork()
    if process == 0:
        os.close(reader)
        for stream in (1, 2):
            os.dup2(os.open(os.devnull, os.O_WRONLY), stream)
        try:
            ended = run(source, stopwatch)
            os.write(writer, json.dumps({"seconds": stopwatch.seconds, "ended": ended[:300]}).encode())
        except BaseException as error:
            os.write(writer, json.dumps({"seconds": None, "ended": f"{type(error).__name__}: {error}"[:300]}).encode())
        finally:
            os._exit(0)
    os.close(writer)
    with os.fdopen(reader, "rb") as pipe:
        answer = pipe.read()
    os.waitpid(process, 0)
    return json.loads(answer) if answer else {"seconds": None, "ended": "the process died"}


if __name__ == "__main__":
    import oracle_run
    import short_run
    import short_training

    os.environ.update(MPLBACKEND="Agg", CUDA_VISIBLE_DEVICES="-1", TF_CPP_MIN_LOG_LEVEL="3")
    with tempfile.TemporaryDirectory() as downloads:
        for name, patch in short_run.patches(downloads, short_training.ShortTraining()):
            sys.meta_path.insert(0, oracle_run.PatchAtImport(name, patch))
        for name in IMPORTS:
            importlib.import_module(name)
        from keras.src.backend.tensorflow.trainer import TensorFlowTrainer

        watch = Stopwatch()
        watch.watch(sys.modules["keras"].Layer, sys.modules["keras"].Model, TensorFlowTrainer)
        for name in ("oracle_run", "short_marks", "short_training", "plain_data", "notebooks"):
            sys.modules.pop(name, None)
        seconds = {path: measured(os.path.abspath(path), watch) for path in sys.argv[2:]}
    with open(sys.argv[1], "w", encoding="ascii") as output:
        json.dump(seconds, output)
