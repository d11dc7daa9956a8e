"""Files that TensorFlow reads and writes natively: ``tf.io``, checkpoints, SavedModels, summaries, TFLite.

Replaced: checkpoints, summaries and converted models, which are not written. Kept true: paths that saving returns,
the numbers in them, ``latest_checkpoint``; what ``tf.io`` writes can be read back; a SavedModel that the program
saved can be loaded as the object it was. A checkpoint that is not there is missing.
"""

from __future__ import annotations

import functools
import glob
import os
import sys
import time
from typing import Any, Callable, Dict, List, Optional, Tuple

from ..contract import SkipReason
from ..unknown import NotEvaluated
from .file_overlay import overlay
from .model import StandIn
from .silent import Silent

Function = Callable[..., Any]


def _is_path(value: Any) -> bool:
    return isinstance(value, (str, bytes)) or hasattr(value, "__fspath__")


def _mapped(value: Any) -> Any:
    """Return a path, or paths in a list, as the path to read; tensors and data sets stay as they are."""
    if isinstance(value, (list, tuple)) and all(map(_is_path, value)):
        return [_mapped(item) for item in value]
    return os.fspath(overlay().reading(value)) if _is_path(value) else value


def _reading(original: Function) -> Function:
    @functools.wraps(original)
    def read(*arguments: Any, **keywords: Any) -> Any:
        if overlay().is_empty:
            return original(*arguments, **keywords)
        return original(*map(_mapped, arguments), **{key: _mapped(value) for key, value in keywords.items()})

    return read


def _writing(original: Function) -> Function:
    @functools.wraps(original)
    def write(path: Any, *arguments: Any, **keywords: Any) -> Any:
        if _is_path(path):
            _make_parent(path)
            path = overlay().writing(path)
        return original(path, *arguments, **keywords)

    return write


def _make_parent(path: Any) -> None:
    files = overlay()
    files.add_folder(os.path.dirname(files.absolute(path)))


# --- tf.io --------------------------------------------------------------------------------------------------------


def _io(tensorflow: Any) -> None:
    io = tensorflow.io
    io.read_file = _reading(io.read_file)
    io.write_file = _write_file(io.write_file)
    _first_argument(io.TFRecordWriter, _written)
    _first_argument(tensorflow.data.TFRecordDataset, _mapped)
    _first_argument(tensorflow.data.TextLineDataset, _mapped)
    for owner in _versions(tensorflow):
        _gfile(owner.io.gfile)
    dataset = tensorflow.data.Dataset
    cached = dataset.cache
    dataset.cache = functools.wraps(cached)(lambda self, filename="", name=None: cached(self, name=name))


def _versions(tensorflow: Any) -> List[Any]:
    """Return the package, and what Keras 2 imports in its place, which has modules of its own."""
    # Keras 3 does without it, and going through it takes 0.3 ms.
    second = "tf_keras" in sys.modules or "keras.src.engine" in sys.modules
    return [tensorflow, tensorflow.compat.v2] if second else [tensorflow]


def _write_file(original: Function) -> Function:
    write = _writing(original)

    @functools.wraps(original)
    def write_file(filename: Any, contents: Any, name: Any = None) -> Any:
        text = filename.numpy().decode() if hasattr(filename, "numpy") else filename
        return write(text, contents, name)

    return write_file


def _written(path: Any) -> Any:
    return overlay().writing(path) if _is_path(path) else path


def _first_argument(kind: Any, change: Function) -> None:
    original = kind.__init__

    @functools.wraps(original)
    def __init__(self: Any, *arguments: Any, **keywords: Any) -> None:
        if arguments:
            arguments = (change(arguments[0]), *arguments[1:])
        else:
            paths = {key: change(value) for key, value in keywords.items() if key in ("filenames", "path")}
            keywords = {**keywords, **paths}
        original(self, *arguments, **keywords)

    kind.__init__ = __init__


def _gfile(gfile: Any) -> None:
    original = gfile.GFile.__init__

    @functools.wraps(original)
    def __init__(self: Any, name: Any, mode: str = "r") -> None:
        if set("wa+").isdisjoint(mode):
            original(self, _mapped(name), mode)
        else:
            original(self, overlay().writing(name, keep="w" not in mode), mode)

    def make_folders(path: Any) -> None:
        overlay().add_folder(overlay().absolute(path))

    def remove(path: Any) -> None:
        os.remove(path)

    def find(pattern: Any) -> List[str]:
        patterns = pattern if isinstance(pattern, (list, tuple)) else [pattern]
        return sorted(path for item in patterns for path in glob.glob(os.fspath(item)))

    def copy(src: Any, dst: Any, overwrite: bool = False) -> None:
        overlay().alias(dst, os.fspath(src))

    if not hasattr(original, "__wrapped__"):
        gfile.GFile.__init__ = __init__
    found = gfile.glob

    @functools.wraps(found)
    def listed(pattern: Any) -> Any:
        return found(pattern) if overlay().is_empty else find(pattern)

    gfile.glob = listed
    gfile.exists = lambda path: overlay().exists(overlay().absolute(path))
    gfile.isdir = lambda path: overlay().is_folder(overlay().absolute(path))
    gfile.makedirs = gfile.mkdir = make_folders
    gfile.remove = remove
    gfile.rmtree = lambda path: overlay().remove_tree(path)
    gfile.rename = lambda src, dst, overwrite=False: overlay().rename(src, dst)
    gfile.copy = copy
    names = gfile.listdir

    @functools.wraps(names)
    def entries(path: Any) -> Any:
        files = overlay()
        full = files.absolute(path)
        return files.entries(full) if files.has_entries(full) else names(path)

    gfile.listdir = entries


# --- checkpoints --------------------------------------------------------------------------------------------------


class _Checkpoints:
    """The checkpoints that the program saved."""

    def __init__(self) -> None:
        self.saved: Dict[str, None] = {}

    def save(self, path: str) -> str:
        """Note a checkpoint."""
        full = overlay().absolute(path)
        self.saved.pop(full, None)
        self.saved[full] = None
        overlay().promise(full + ".index", "Checkpoints are not written in an evaluation.")
        return path

    def latest(self, folder: Any) -> Optional[str]:
        """Return the last checkpoint of a folder, as it would be written with this folder's name."""
        full = overlay().absolute(folder)
        found = [path for path in self.saved if os.path.dirname(path) == full]
        return os.path.join(os.fspath(folder), os.path.basename(found[-1])) if found else None

    def status(self) -> Any:
        """Return what restoring returns."""
        return _Status()

    def check(self, path: Any) -> None:
        """Raise NotEvaluated for a checkpoint that is nowhere."""
        text = os.fspath(path)
        full = overlay().absolute(text)
        if full not in self.saved and not os.path.exists(text + ".index") and not os.path.isdir(text):
            raise NotEvaluated(SkipReason.MISSING_FILE, f"The checkpoint {text!r} was not found.")


@functools.cache
def checkpoints() -> _Checkpoints:
    """Return the checkpoints of this evaluation."""
    return _Checkpoints()


class _Status(Silent):
    """What restoring returns: everything has been found."""

    def __init__(self) -> None:
        super().__init__("the restored checkpoint")

    def _self(self, *_: Any, **__: Any) -> Any:
        return self

    assert_consumed = assert_existing_objects_matched = assert_nontrivial_match = expect_partial = _self
    run_restore_ops = initialize_or_restore = _self


def _checkpoint_class(train: Any) -> None:
    kind, manager = train.Checkpoint, train.CheckpointManager
    latest = train.latest_checkpoint
    counters: Dict[int, int] = {}

    def write(self: Any, file_prefix: Any, options: Any = None) -> str:
        return checkpoints().save(os.fspath(file_prefix))

    def save(self: Any, file_prefix: Any, options: Any = None) -> str:
        self._maybe_create_save_counter()
        self.save_counter.assign_add(1)
        counters[id(self)] = counters.get(id(self), 0) + 1
        return checkpoints().save(f"{os.fspath(file_prefix)}-{counters[id(self)]}")

    def restore(self: Any, save_path: Any, options: Any = None) -> Any:
        if save_path is not None:
            checkpoints().check(save_path)
        return _Status()

    def save_next(self: Any, checkpoint_number: Any = None, check_interval: bool = True, options: Any = None) -> str:
        if checkpoint_number is None:
            counters[id(self)] = checkpoint_number = counters.get(id(self), 0) + 1
        path = checkpoints().save(f"{self._prefix}-{int(checkpoint_number)}")
        self._maybe_delete[path] = time.time()
        self._latest_checkpoint = path
        while self._max_to_keep and len(self._maybe_delete) > self._max_to_keep:
            self._maybe_delete.popitem(last=False)
        return path

    def restore_or_initialize(self: Any) -> Any:
        if self._latest_checkpoint is None and self._init_fn is not None:
            self._init_fn()
        return self._latest_checkpoint

    def latest_checkpoint(checkpoint_dir: Any, latest_filename: Any = None) -> Any:
        return checkpoints().latest(checkpoint_dir) or latest(checkpoint_dir, latest_filename)

    kind.write, kind.save, kind.read, kind.restore = write, save, restore, restore
    manager.save, manager.restore_or_initialize = save_next, restore_or_initialize
    train.latest_checkpoint = latest_checkpoint


def _checkpoint_state(tensorflow: Any) -> None:
    # Keras 2 writes a list of checkpoints beside those it has written.
    for owner in _versions(tensorflow):
        train: Any = getattr(getattr(owner, "__internal__", None), "train", None)
        if hasattr(train, "update_checkpoint_state"):
            train.update_checkpoint_state = lambda *_, **__: None


# --- SavedModels, summaries, TFLite -------------------------------------------------------------------------------


class _Loaded:
    """A SavedModel that the program itself saved: the object it was."""

    def __init__(self, saved: Any) -> None:
        self.__dict__["_saved"] = saved

    def __getattr__(self, name: str) -> Any:
        if name == "signatures":
            raise NotEvaluated(SkipReason.REPLACED_VALUES, "Signatures of saved models are not made in an evaluation.")
        if name == "serve" and not hasattr(self._saved, "serve"):
            return self._saved  # what Keras' ``export`` calls it
        return getattr(self._saved, name)

    def __call__(self, *arguments: Any, **keywords: Any) -> Any:
        if hasattr(self._saved, "get_config"):
            # Those of Keras 3 cannot be called once they are loaded, those of Keras 2 can.
            raise NotEvaluated(SkipReason.REPLACED_VALUES, "Calls of loaded Keras models are not evaluated.")
        return self._saved(*arguments, **keywords)


def keep_saved_model(saved: Any, folder: Any) -> None:
    """Let a SavedModel exist that stands for an object of the program."""
    path = os.path.join(overlay().absolute(folder), "saved_model.pb")
    overlay().keep(path, saved, "Saved models are not written in an evaluation.")


def _saved_model(tensorflow: Any) -> None:
    original = tensorflow.saved_model.load

    def save(obj: Any, export_dir: Any, signatures: Any = None, options: Any = None) -> None:
        keep_saved_model(obj, export_dir)

    @functools.wraps(original)
    def load(export_dir: Any, *arguments: Any, **keywords: Any) -> Any:
        path = os.path.join(overlay().absolute(export_dir), "saved_model.pb")
        kept = overlay().kept(path)
        if kept is not None:
            return _Loaded(kept)
        if not overlay().exists(path) and "://" not in str(export_dir):
            raise NotEvaluated(SkipReason.MISSING_FILE, f"The saved model {str(export_dir)!r} was not found.")
        return original(export_dir, *arguments, **keywords)

    tensorflow.saved_model.save, tensorflow.saved_model.load = save, load


def _summary(tensorflow: Any) -> None:
    summary = tensorflow.summary
    summary.create_file_writer = lambda logdir, *_, **__: summary.create_noop_writer()
    for name in "scalar image histogram text audio graph write should_record_summaries".split():
        # Without a writer they do nothing, but ask for the package of TensorBoard first.
        setattr(summary, name, lambda *_, **__: False)
    for name in ("trace_on", "trace_off", "trace_export"):
        setattr(summary, name, lambda *_, **__: None)
    for name in ("start", "stop", "server"):
        if hasattr(tensorflow, "profiler") and hasattr(tensorflow.profiler.experimental, name):
            setattr(tensorflow.profiler.experimental, name, lambda *_, **__: None)
    first = tensorflow.compat.v1.summary
    first.FileWriter = lambda *_, **__: Silent("FileWriter()")


_LITE_MODEL = b"\x1c\x00\x00\x00TFL3" + bytes(1016)
"""Begins like a model of TFLite; nobody reads on."""


class _Converter(Silent):
    """Stands for ``tf.lite.TFLiteConverter``: takes all settings, and converts nothing."""

    def __init__(self, *_: Any, **__: Any) -> None:
        super().__init__("TFLiteConverter")

    def convert(self) -> bytes:
        """Return something to write into a file."""
        return _LITE_MODEL

    @classmethod
    def from_keras_model(cls, *_: Any, **__: Any) -> _Converter:
        """Take a model."""
        return cls()

    from_saved_model = from_concrete_functions = from_keras_model_file = from_keras_model


def _lite(tensorflow: Any) -> None:
    lite = tensorflow.lite
    lite.TFLiteConverter = _Converter
    original = lite.Interpreter

    def interpreter(model_path: Any = None, model_content: Any = None, **keywords: Any) -> Any:
        if model_path is not None and overlay().exists(overlay().absolute(model_path)):
            with open(model_path, "rb") as file:
                model_content = file.read(len(_LITE_MODEL) + 1)
        if model_content == _LITE_MODEL:
            raise NotEvaluated(SkipReason.REPLACED_VALUES, "Models are not converted to TFLite in an evaluation.")
        if model_path is not None:
            return original(model_path, **keywords)
        return original(model_content=model_content, **keywords)

    lite.Interpreter = interpreter


def _tensorflow(tensorflow: Any) -> None:
    for part in (_io, _saved_model, _summary, _lite, _checkpoint_state):
        part(tensorflow)
    _checkpoint_class(tensorflow.train)


STAND_INS: Tuple[StandIn, ...] = (StandIn("tensorflow", _tensorflow),)
