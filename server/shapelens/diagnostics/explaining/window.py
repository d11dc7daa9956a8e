"""A convolution, pooling or cropping that leaves nothing of an axis."""

from __future__ import annotations

import re

from shapelens.diagnostics.explaining.explanation import Explanation
from shapelens.diagnostics.explaining.shapes import SHAPE, Shape, listed, read_shape, spec_of
from shapelens.diagnostics.explaining.sights import Sights, input_text
from shapelens.diagnostics.model import Related
from shapelens.features.shape_text import shape_text
from shapelens.worker.contract import Fault

_NUMBERS = r"[\[(][\d ,]+[\])]"

_KERNEL = re.compile(rf"`inputs shape=({SHAPE})`, `kernel shape=({SHAPE})`, `dilation_rate=({_NUMBERS}|\d+)`")
_POOL = re.compile(rf"`inputs\.shape=({SHAPE})`, `pool_size=({_NUMBERS}|\d+)`")
_EMPTY = re.compile(
    r"One of the dimensions in the output is <= 0 due to downsampling|resulted in an empty output|"
    r"Kernel size can't be greater than actual input size|Output size is too small"
)
_SUBTRACTED = re.compile(r"Negative dimension size caused by subtracting (\d+) from (\d+)")
_NEGATIVE = re.compile(r"output size would be negative: .*input_size: (\d+), effective_filter_size: (\d+)")
_CROPPING = re.compile(r"(?:[Cc]ropping|`cropping`) .*cropping=(\(+[\d, ()]+\))")
_WINDOWED = re.compile(r"Conv\dD|Pooling\dD|DepthwiseConv|SeparableConv")


def window(sights: Sights, fault: Fault, core: str) -> Explanation | None:
    """Explain a window that is larger than its input."""
    if fault.layer is None:
        return None
    cropping = _CROPPING.search(core)
    given, related = input_text(sights, fault)
    if cropping is not None and given:
        message = f"`{fault.layer}` cuts {cropping.group(1)} off {given}, which leaves nothing."
        return Explanation(message, related)
    found = _told(sights, fault, core, given, related)
    sample = sights.sample_without_batch(fault) if found is not None else None
    if found is None or sample is None:
        return found
    return Explanation(
        f"{found.message} The batch axis is missing: the data is {shape_text(spec_of(sample))}.", related
    )


def _told(sights: Sights, fault: Fault, core: str, given: str, related: tuple[Related, ...]) -> Explanation | None:
    kernel, pool = _KERNEL.search(core), _POOL.search(core)
    if kernel is not None:
        sizes = read_shape(kernel.group(2))[:-2]
        steps = read_shape(kernel.group(3)) or (1,)
        steps = steps if len(steps) == len(sizes) else steps[:1] * len(sizes)
        spread = tuple((size or 1) * (step or 1) - (step or 1) + 1 for size, step in zip(sizes, steps, strict=True))
        return _fit(sights, fault, read_shape(kernel.group(1)), spread, given, related)
    if pool is not None:
        shape, sizes = read_shape(pool.group(1)), read_shape(pool.group(2))
        sizes = sizes if len(sizes) == len(shape) - 2 else sizes[:1] * (len(shape) - 2)
        return _fit(sights, fault, shape, tuple(size or 1 for size in sizes), given, related)
    if not given or not _WINDOWED.search(fault.layer or ""):
        return None
    if _EMPTY.search(core):
        return Explanation(f"The window of `{fault.layer}` does not fit into {given}.", related)
    sizes_found = _SUBTRACTED.search(core), _NEGATIVE.search(core)
    if sizes_found[0] is not None:
        wide, axis = sizes_found[0].groups()
    elif sizes_found[1] is not None:
        axis, wide = sizes_found[1].groups()
    else:
        return None
    return Explanation(f"The window of `{fault.layer}` takes {wide} but an axis of {given} has {axis}.", related)


def _fit(
    sights: Sights, fault: Fault, shape: Shape, sizes: tuple[int, ...], given: str, related: tuple[Related, ...]
) -> Explanation | None:
    """Say which window does not fit, and on which axes where that is sure."""
    given = given or shape_text(spec_of(shape))
    written = f"{' × '.join(map(str, sizes))} window" if len(sizes) > 1 else f"window of {sizes[0]}"
    message = f"The {written} in `{fault.layer}` does not fit into {given}"
    small = [] if sights.mentions("channels_first") else _too_small(shape[1:-1], sizes)
    if small and len(small) < len(sizes):
        message += f": {listed([f'axis {axis + 1} has {shape[axis + 1]}' for axis in small])}"
    return Explanation(f"{message}.", related)


def _too_small(axes: Shape, sizes: tuple[int, ...]) -> list[int]:
    pairs = enumerate(zip(axes, sizes, strict=False))
    return [axis for axis, (size, needed) in pairs if size is not None and size < needed]
