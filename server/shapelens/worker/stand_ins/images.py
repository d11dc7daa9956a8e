"""Images and video: OpenCV's windows and cameras, Pillow's viewer, imageio's writers.

Replaced: windows, cameras and the encoding of videos. Kept true: everything that works on arrays, and reading of
files; a file that OpenCV would report as ``None`` is a missing file, since a plain run found it.
"""

from __future__ import annotations

import functools
import itertools
from typing import Any, Tuple

from ..contract import SkipReason
from ..unknown import NotEvaluated
from .file_overlay import overlay
from .model import StandIn
from .silent import Silent

_KEYS = (ord("q"), 27)
"""What a person presses to end a loop that shows images: q or escape, in turns."""

_VIDEO = "Videos are not written in an evaluation."


def _silent(*_: Any, **__: Any) -> None:
    return None


def _opencv(cv2: Any) -> None:
    keys = itertools.cycle(_KEYS)
    for name in "imshow namedWindow destroyAllWindows destroyWindow moveWindow resizeWindow setMouseCallback".split():
        setattr(cv2, name, _silent)
    cv2.waitKey = cv2.waitKeyEx = lambda *_: next(keys)
    read, write, capture = cv2.imread, cv2.imwrite, cv2.VideoCapture

    @functools.wraps(read)
    def imread(filename: Any, *flags: Any) -> Any:
        files = overlay()
        if not files.exists(files.absolute(filename)):
            raise FileNotFoundError(2, "No such file or directory", filename)
        return read(str(files.reading(filename)), *flags)

    @functools.wraps(write)
    def imwrite(filename: Any, *arguments: Any) -> Any:
        return write(overlay().writing(filename), *arguments)

    def video(source: Any = 0, *arguments: Any) -> Any:
        if isinstance(source, int):
            raise NotEvaluated(SkipReason.UNAVAILABLE, "Evaluations do not look through a camera.")
        if "://" in str(source):
            raise NotEvaluated(SkipReason.NETWORK, f"{source} would be asked, and evaluations use no network.")
        files = overlay()
        if not files.exists(files.absolute(source)):
            raise FileNotFoundError(2, "No such file or directory", source)
        return capture(str(files.reading(source)), *arguments)

    def writer(filename: Any, *_: Any, **__: Any) -> Any:
        overlay().promise(filename, _VIDEO)
        return Silent("VideoWriter()")

    cv2.imread, cv2.imwrite, cv2.VideoCapture, cv2.VideoWriter = imread, imwrite, video, writer


def _pillow(image: Any) -> None:
    image.Image.show = _silent


def _imageio(imageio: Any) -> None:
    def write(uri: Any, *_: Any, **__: Any) -> None:
        if isinstance(uri, str) or hasattr(uri, "__fspath__"):
            overlay().promise(uri, _VIDEO)

    def writer(uri: Any, *_: Any, **__: Any) -> Any:
        write(uri)
        return Silent("get_writer()")

    for name in ("mimsave", "mimwrite", "mvolwrite", "volwrite"):
        if hasattr(imageio, name):
            setattr(imageio, name, write)
    if hasattr(imageio, "get_writer"):
        imageio.get_writer = writer


STAND_INS: Tuple[StandIn, ...] = (
    StandIn("cv2", _opencv),
    StandIn("PIL.Image", _pillow),
    StandIn("imageio", _imageio),
    StandIn("imageio.v2", _imageio),
)
