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

from .backends import BACKENDS, Backend, backend_named
from .generations import Keras2, Keras3, is_second, keras_backend, loaded_generations


@dataclass(frozen=True)
class Framework:
    """The Keras of this interpreter, imported."""

    keras: str
    backend: str
    tensorflow: Optional[str]
    device: str
    fork_obstacle: Callable[[], str]
    """Tells in a few words what a forked child would inherit and could not use; nothing where it may be forked."""


class FrameworkProblem(Exception):
    """The interpreter has no Keras that works; carries one sentence and an advice."""

    def __init__(self, problem: str, advice: str) -> None:
        super().__init__(problem)
        self.problem = problem
        self.advice = advice


_LEGACY = ("1", "true", "True")
"""Values of TF_USE_LEGACY_KERAS that turn it on (tensorflow/python/util/lazy_loader.py)."""


def load_framework(stage: Callable[[str], None], tf_keras: bool = False) -> Framework:
    """Import Keras and its backend and build a first symbolic model, so that children need not.

    Which ones is said by the environment, as in a plain run: KERAS_BACKEND, TF_USE_LEGACY_KERAS, KERAS_HOME.
    ``tf_keras`` tells that the program imports this package itself. Raises FrameworkProblem where that fails.
    """
    legacy = os.environ.get("TF_USE_LEGACY_KERAS") in _LEGACY
    present = {name for name in ("keras", "tensorflow", "tf_keras") if importlib.util.find_spec(name) is not None}
    if not present:
        raise FrameworkProblem(
            f"There is no Keras in {sys.executable} (Python {platform.python_version()}).",
            f'Install it with "{sys.executable}" -m pip install tensorflow, or choose another interpreter.',
        )
    tensorflow: Any = None
    with _keras_folder_left_alone(), _matplotlib_left_alone():
        if "tensorflow" in present:
            stage("importing tensorflow")
            tensorflow = _import("tensorflow")
        if "keras" in present or "tf_keras" not in present:
            stage("importing keras")
            _import("keras")
        if "tf_keras" in present and (tf_keras or legacy or "keras" not in present):
            stage("importing tf_keras")
            _import("tf_keras")
        elif tf_keras or (legacy and not is_second(_version("keras"))):
            raise _missing_tf_keras(legacy)
    chosen = "tf_keras" if "tf_keras" in sys.modules else "keras"
    backend = _backend()
    if tensorflow is not None and backend.name == "tensorflow":
        # tf.keras is loaded lazily; half of all files use it.
        tensorflow.keras.layers  # noqa: B018
    device = backend.device_name()
    for generation in loaded_generations():
        warm = True
        if isinstance(generation, Keras3):
            # Without that, values would need TensorFlow's eager context, or threads.
            warm = backend.defer_variables()
            backend.ready()
        elif isinstance(generation, Keras2):
            generation.defer_variables()
        if warm:
            stage("building a first model")
            # Looking for a GPU would start its driver, which does not survive a fork.
            generation.build_once(recurrent=device == "cpu")
    version = getattr(tensorflow, "__version__", None)
    return Framework(_version(chosen), backend.name, version, device, _fork_obstacle)


def _fork_obstacle() -> str:
    # A program may use another backend's library beside Keras, which is imported here where it is installed.
    obstacles = (backend.fork_obstacle() for backend in BACKENDS if backend.name in sys.modules)
    return next(filter(None, obstacles), "")


def _backend() -> Backend:
    name = keras_backend()
    try:
        return backend_named(name)
    except KeyError:
        raise FrameworkProblem(
            f"Keras in {sys.executable} is set to run on {name}, which cannot train models.",
            "Choose tensorflow, jax or torch with the environment variable KERAS_BACKEND.",
        ) from None


def _version(package: str) -> str:
    return str(getattr(sys.modules[package], "__version__", "unknown"))


def _missing_tf_keras(legacy: bool) -> FrameworkProblem:
    reason = "TF_USE_LEGACY_KERAS asks for tf_keras" if legacy else "The program imports tf_keras"
    return FrameworkProblem(
        f"{reason}, which is not installed in {sys.executable}.",
        f'Install it with "{sys.executable}" -m pip install tf_keras, or choose another interpreter.',
    )


def assert_forkable(framework: Framework) -> None:
    """Raise RuntimeError where a fork would inherit what does not survive one, above all threads.

    Children then hang for ever, with TensorFlow 2.21 in their first eager operation (measured).
    """
    obstacle = framework.fork_obstacle()
    if obstacle:
        raise RuntimeError(obstacle)


def _import(name: str) -> Any:
    try:
        return importlib.import_module(name)
    except BaseException as error:  # a broken installation may raise anything, SystemExit included
        package = name.split(".")[0]
        missing = error.name if isinstance(error, ModuleNotFoundError) else None
        if package == "keras" and missing in {backend.name for backend in BACKENDS}:
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
def _matplotlib_left_alone() -> Iterator[None]:
    """Keep Matplotlib, which Keras imports where it is there, from making its folders in the user's home."""
    home = os.path.expanduser("~")
    cache = os.path.join(os.environ.get("XDG_CACHE_HOME") or os.path.join(home, ".cache"), "matplotlib")
    config = os.path.join(os.environ.get("XDG_CONFIG_HOME") or os.path.join(home, ".config"), "matplotlib")
    if os.environ.get("MPLCONFIGDIR") or (os.path.exists(cache) and os.path.exists(config)):
        yield
        return
    with tempfile.TemporaryDirectory(prefix="shapelens-") as empty:
        os.environ["MPLCONFIGDIR"] = empty
        try:
            yield
        finally:
            del os.environ["MPLCONFIGDIR"]


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
