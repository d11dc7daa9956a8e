"""Imports the framework once, readies it for evaluations, and says what it is."""

from __future__ import annotations

import contextlib
import importlib
import importlib.util
import os
import platform
import sys
import tempfile
from dataclasses import dataclass
from typing import Any, Callable, Iterator, Optional


@dataclass(frozen=True)
class Framework:
    """The Keras of this interpreter, imported."""

    keras: str
    backend: str
    tensorflow: Optional[str]
    device: str


class FrameworkProblem(Exception):
    """The interpreter has no Keras that works; carries one sentence and an advice."""

    def __init__(self, problem: str, advice: str) -> None:
        super().__init__(problem)
        self.problem = problem
        self.advice = advice


_BACKENDS = ("tensorflow", "jax", "torch")


def load_framework(stage: Callable[[str], None]) -> Framework:
    """Import Keras and its backend and build a first symbolic model, so that children need not.

    Raises FrameworkProblem where that fails.
    """
    if not any(importlib.util.find_spec(name) for name in ("keras", "tensorflow")):
        raise FrameworkProblem(
            f"There is no Keras in {sys.executable} (Python {platform.python_version()}).",
            f'Install it with "{sys.executable}" -m pip install tensorflow, or choose another interpreter.',
        )
    tensorflow: Any = None
    with _keras_folder_left_alone():
        if importlib.util.find_spec("tensorflow") is not None:
            stage("importing tensorflow")
            tensorflow = _import("tensorflow")
        stage("importing keras")
        keras = _import("keras")
    version = str(getattr(keras, "__version__", "unknown"))
    if version.split(".")[0] in ("0", "1", "2"):
        raise FrameworkProblem(
            f"Keras {version} in {sys.executable} is too old: ShapeLens needs Keras 3.",
            f'Update it with "{sys.executable}" -m pip install --upgrade tensorflow keras, '
            "or choose another interpreter.",
        )
    backend = str(keras.config.backend())
    device, deferred = "cpu", True
    if backend == "tensorflow":
        from .backends import tensorflow as backend_module

        # tf.keras is loaded lazily; half of all files use it.
        _import("keras._tf_keras.keras")
        deferred = backend_module.defer_variables()
        backend_module.answer_for_devices()
        device = backend_module.device_name()
    if deferred:  # values would need TensorFlow's eager context
        stage("building a first model")
        # Looking for a GPU would start its driver, which does not survive a fork.
        _build_once(keras, recurrent=device == "cpu")
    return Framework(version, backend, getattr(tensorflow, "__version__", None), device)


def assert_forkable(framework: Framework) -> None:
    """Raise RuntimeError where a fork would inherit a TensorFlow context without its threads.

    Children then hang for ever in their first eager operation (measured on TensorFlow 2.21).
    """
    if framework.backend == "tensorflow":
        from .backends.tensorflow import eager_context_untouched

        if not eager_context_untouched():
            raise RuntimeError("TensorFlow's eager context was initialised in the host")


def _import(name: str) -> Any:
    try:
        return importlib.import_module(name)
    except BaseException as error:  # a broken installation may raise anything, SystemExit included
        package = name.split(".")[0]
        missing = error.name if isinstance(error, ModuleNotFoundError) else None
        if package == "keras" and missing in _BACKENDS:
            raise FrameworkProblem(
                f"Keras in {sys.executable} is set to run on {missing}, which is not installed there.",
                f'Install it with "{sys.executable}" -m pip install {missing}, or choose a backend that is there '
                "with the environment variable KERAS_BACKEND.",
            ) from error
        raise FrameworkProblem(
            f"Importing {package} failed in {sys.executable} (Python {platform.python_version()}): "
            f"{type(error).__name__}: {_first_line(error)}",
            f'Repair it with "{sys.executable}" -m pip install --force-reinstall {package}, '
            "or choose another interpreter.",
        ) from error


@contextlib.contextmanager
def _keras_folder_left_alone() -> Iterator[None]:
    """Keep Keras from writing its default settings into the user's home (keras/src/backend/config.py)."""
    folder = os.environ.get("KERAS_HOME") or os.path.join(os.path.expanduser("~"), ".keras")
    if os.path.exists(os.path.join(folder, "keras.json")):
        yield
        return
    before = os.environ.get("KERAS_HOME")
    with tempfile.TemporaryDirectory(prefix="shapelens-") as empty:
        os.environ["KERAS_HOME"] = empty
        try:
            yield
        finally:
            del os.environ["KERAS_HOME"]
            if before is not None:
                os.environ["KERAS_HOME"] = before
    config: Any = sys.modules.get("keras.src.backend.config")
    if hasattr(config, "_KERAS_DIR"):
        config._KERAS_DIR = folder


def _first_line(error: BaseException) -> str:
    lines = str(error).strip().splitlines()
    return lines[0] if lines else "no message"


def _build_once(keras: Any, recurrent: bool) -> None:
    layers = keras.layers
    inputs = keras.Input((16, 16, 3))
    hidden = layers.BatchNormalization()(layers.Conv2D(2, 3, activation="relu")(inputs))
    hidden = layers.Dropout(0.1)(layers.Flatten()(layers.MaxPooling2D()(hidden)))
    keras.Model(inputs, layers.Dense(2, activation="softmax")(hidden))
    if recurrent:
        keras.Sequential([keras.Input((4, 3)), layers.LSTM(2)])
    # Names must start anew, or the child's first layer would be called dense_1.
    keras.utils.clear_session(free_memory=False)
