"""What the oracle needs for whole programs: a place where they may write, data to read, an end in sight.

Like the oracle, this module knows nothing of ShapeLens. It is Python of the standard library until the program itself
imports more.
"""

from __future__ import annotations

import builtins
import errno
import faulthandler
import os
import shutil
import signal
import sys
import tempfile
import time
import types
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import notebooks
import plain_data
import short_marks
import short_training

SECONDS = 180
"""Wall time of one program."""

Patch = tuple[str, Callable[[types.ModuleType], None]]
"""The name of a module, and what to do to it right after it ran."""


class OutOfTime(BaseException):
    """The program ran past its time."""


class Workspace:
    """A private copy of a program's working folder, with folders for home and temporary files beside it."""

    def __init__(self, source: str, directory: str) -> None:
        self._real = directory
        self._root = os.path.realpath(tempfile.mkdtemp(prefix="plain-run-"))
        self.folder = os.path.join(self._root, "work", os.path.basename(directory))
        shutil.copytree(directory, self.folder, ignore=shutil.ignore_patterns("__pycache__", ".*"))
        self._source = source
        self.source = os.path.join(self.folder, os.path.relpath(source, directory))
        self.is_notebook = source.endswith(".ipynb")
        if self.is_notebook:
            self.source += ".py"
        self.home = self._made("home")
        self.temporary = self._made("temporary")
        self.downloads = self._made("downloads")

    def _made(self, name: str) -> str:
        path = os.path.join(self._root, name)
        os.mkdir(path)
        return path

    def write_program(self) -> short_marks.Marks:
        """Write the text that is run and return the marks in it."""
        with open(self._source, encoding="utf-8", newline="") as file:
            text = file.read()
        if self.is_notebook:
            text = notebooks.read_notebook(text).text
        text = text.replace("\r\n", "\n")
        marks = short_marks.Marks(text)
        with open(self.source, "w", encoding="utf-8", newline="") as file:
            file.write(marks.applied(text))
        return marks

    def namespace(self) -> dict[str, Any]:
        """Return what the main module knows by itself."""
        if not self.is_notebook:
            return {"__file__": self.source}
        return {"display": lambda *values, **named: None, "get_ipython": _Shell}

    def real_paths(self, report: str) -> str:
        """Return a report in JSON in terms of the real files."""
        if self.is_notebook:
            report = report.replace(self.source, self._source)
        return report.replace(self.folder, self._real)

    def remove(self) -> None:
        """Remove everything that was made."""
        shutil.rmtree(self._root, ignore_errors=True)


class _Shell:
    """What ``get_ipython()`` gives: a shell whose magics and commands do nothing."""

    def __getattr__(self, name: str) -> Callable[..., None]:
        return lambda *arguments, **named: None


def settle(workspace: Workspace) -> None:
    """Make this process one that writes nothing elsewhere, asks nobody and shows no window."""
    os.environ.update(
        HOME=workspace.home,
        KERAS_HOME=os.path.join(workspace.home, ".keras"),
        TMPDIR=workspace.temporary,
        MPLBACKEND="Agg",
        MPLCONFIGDIR=workspace.home,
        PATH=workspace.temporary,
        PIP_NO_INDEX="1",
        CUDA_VISIBLE_DEVICES="-1",
        TF_CPP_MIN_LOG_LEVEL="3",
    )
    tempfile.tempdir = None
    os.chdir(workspace.folder)
    empty = os.open(os.devnull, os.O_RDONLY)
    os.dup2(empty, 0)
    os.close(empty)
    sys.addaudithook(_no_network)
    # A person at the terminal who just presses the Enter key; nobody waits.
    builtins.input = lambda prompt="": ""
    time.sleep = lambda seconds: None


def _no_network(event: str, arguments: tuple[Any, ...]) -> None:
    if event == "socket.getaddrinfo":
        import socket

        raise socket.gaierror(socket.EAI_AGAIN, "Temporary failure in name resolution")
    if event == "socket.connect" and isinstance(arguments[1], tuple):
        raise OSError(errno.ENETUNREACH, os.strerror(errno.ENETUNREACH))


@contextmanager
def limited() -> Iterator[None]:
    """Raise OutOfTime in what is inside once the time is over; end the process where that does not help."""

    def over(number: int, frame: types.FrameType | None) -> None:
        raise OutOfTime(f"ran for more than {SECONDS} s")

    signal.signal(signal.SIGALRM, over)
    signal.setitimer(signal.ITIMER_REAL, SECONDS)
    faulthandler.dump_traceback_later(SECONDS + 20, exit=True, file=sys.__stderr__)
    try:
        yield
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)
        faulthandler.cancel_dump_traceback_later()


def patches(folder: str, training: short_training.ShortTraining) -> list[Patch]:
    """Return what a short run changes in which modules; downloads are made in the folder."""
    downloads = plain_data.Downloads(folder)

    def get_file(module: Any) -> None:
        module.get_file = downloads.get_file

    def load_weights(module: Any) -> None:
        load = module.Model.load_weights

        def load_unless_published(model: Any, filepath: Any, *arguments: Any, **named: Any) -> Any:
            return None if downloads.is_weights(filepath) else load(model, filepath, *arguments, **named)

        module.Model.load_weights = load_unless_published

    def plot_model(module: Any) -> None:
        module.plot_model = lambda *arguments, **named: None

    def trainer(name: str) -> Callable[[Any], None]:
        return lambda module: training.patch_trainer(getattr(module, name))

    return [
        ("keras.src.utils.file_utils", get_file),
        ("keras.src.models.model", load_weights),
        ("keras.src.utils.model_visualization", plot_model),
        ("keras.src.backend.tensorflow.trainer", trainer("TensorFlowTrainer")),
        ("keras.src.backend.jax.trainer", trainer("JAXTrainer")),
        ("keras.src.backend.torch.trainer", trainer("TorchTrainer")),
        ("keras.src.trainers.epoch_iterator", lambda module: training.patch_epochs(module.EpochIterator)),
        ("tensorflow.python.data.ops.dataset_ops", lambda module: training.patch_dataset(module.DatasetV2)),
        ("tensorflow.python.data.ops.iterator_ops", lambda module: training.patch_iterator(module.OwnedIterator)),
    ]
