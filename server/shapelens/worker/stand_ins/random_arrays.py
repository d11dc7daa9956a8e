"""``numpy.random`` for large sizes: a few thousand numbers are drawn, and repeated without memory.

Kept true are shape, dtype, arguments and their errors (NumPy checks them when it draws the few), and the range of
integers, whose largest value often decides the size of a layer. The numbers that a seeded program draws *after* a
large array would be others than in a plain run; such labels are marked, so that no mask of theirs decides a shape.
"""

from __future__ import annotations

import functools
import math
from typing import Any, Callable, Dict, Optional, Tuple

import numpy as np

from .array_creation import dimensions
from .array_storage import STORED, expand, is_virtual, virtual
from .model import StandIn

_DRAWN = 1 << 16
"""Numbers that are drawn for real at most; NumPy draws so many in half a millisecond to two."""

_DRAWN_OF_A_SEED = 1 << 20
"""The same after a seed, whose later numbers are to stay those of a plain run, and for labels: some 10 ms."""

_LABEL_WIDTH = 4
"""Arrays with rows of so many numbers or fewer count as labels: of these, programs ask which values there are."""

_SIZE_AT = {
    "beta": 2, "binomial": 2, "chisquare": 1, "choice": 1, "exponential": 1, "f": 2, "gamma": 2, "geometric": 1,
    "gumbel": 2, "hypergeometric": 3, "integers": 2, "laplace": 2, "logistic": 2, "lognormal": 2, "logseries": 1,
    "negative_binomial": 2, "normal": 2, "pareto": 1, "poisson": 1, "power": 1, "randint": 2, "random": 0,
    "random_integers": 2, "random_sample": 0, "ranf": 0, "rayleigh": 1, "sample": 0, "standard_cauchy": 0,
    "standard_exponential": 0, "standard_gamma": 1, "standard_normal": 0, "standard_t": 1, "triangular": 3,
    "uniform": 2, "vonmises": 2, "wald": 2, "weibull": 1, "zipf": 1,
}  # fmt: skip
"""Where the size stands among the arguments."""

_ROWS_AT = {"dirichlet": 1, "multinomial": 2, "multivariate_normal": 2}
"""The same for functions whose result has an axis of its own behind the size."""

_NUMBER_OF_DIMENSIONS = ("rand", "randn")


class _Stream:
    """What is known of one source of random numbers."""

    def __init__(self, seeded: bool) -> None:
        self.seeded = seeded
        self.left = False
        """Whether it no longer gives a plain run's numbers."""

    def seed(self) -> None:
        """Take note of a seed set anew."""
        self.seeded, self.left = True, False

    def too_many(self, lengths: Tuple[int, ...]) -> bool:
        """Tell whether an array is too large to be drawn."""
        size = math.prod(lengths)
        if size <= _DRAWN:
            return False
        labels = size <= _LABEL_WIDTH * lengths[0]
        return size > (_DRAWN_OF_A_SEED if labels or (self.seeded and not self.left) else _DRAWN)

    def settled(self, drawn: Any) -> Any:
        """Return numbers that were drawn for real, marked where a plain run has others."""
        if self.seeded and self.left and isinstance(drawn, np.ndarray) and drawn.ndim == 1 and drawn.dtype != object:
            return virtual(drawn, drawn.shape)
        return drawn


Draw = Callable[..., Any]


def _drawing(name: str, original: Draw, stream: _Stream) -> Draw:
    """Return what takes the place of a function or bound method that draws."""
    if name in _NUMBER_OF_DIMENSIONS:

        @functools.wraps(original)
        def draw_dimensions(*lengths: Any) -> Any:
            known = dimensions(lengths)
            if not known or not stream.too_many(known):
                return stream.settled(original(*lengths))
            return _spread(lambda size: original(*size), known, stream)

        return draw_dimensions

    at = _SIZE_AT.get(name, _ROWS_AT.get(name, 0))

    @functools.wraps(original)
    def draw(*arguments: Any, **keywords: Any) -> Any:
        size = arguments[at] if len(arguments) > at else keywords.get("size")
        lengths = None if size is None else dimensions(size)
        parameters = (*arguments[:at], *keywords.values())
        if size is None and any(map(is_virtual, parameters)):
            lengths = np.broadcast_shapes(*(np.shape(item) for item in parameters))
        if not lengths or not stream.too_many(lengths) or keywords.get("out") is not None:
            return stream.settled(original(*arguments, **keywords))
        if name in _ROWS_AT:
            return _rows(original, arguments, keywords, at, lengths, stream)
        scalar = _scalars(name, arguments, keywords, at, lengths)
        if scalar is None:
            return original(*arguments, **keywords)  # the parameters do not fit the size
        few, named = scalar

        def of_size(base: Tuple[int, ...]) -> Any:
            positional = (*few[:at], base, *few[at + 1 :]) if len(few) >= at else few
            return original(*positional, **(named if len(few) >= at else {**named, "size": base}))

        if name == "choice" and not _with_replacement(few, named):
            return original(*arguments, **keywords)
        return _covering(name, few, named, _spread(of_size, lengths, stream), lengths)

    return draw


def _with_replacement(arguments: Tuple[Any, ...], keywords: Dict[str, Any]) -> bool:
    return bool(arguments[2] if len(arguments) > 2 else keywords.get("replace", True))


def _scalars(
    name: str, arguments: Tuple[Any, ...], keywords: Dict[str, Any], at: int, lengths: Tuple[int, ...]
) -> Optional[Tuple[Tuple[Any, ...], Dict[str, Any]]]:
    """Return the arguments with one number for each array of parameters, or None where an array does not fit."""
    named = {key: item for key, item in keywords.items() if key != "size"}
    if name == "choice":
        return arguments, named
    few = list(arguments)
    shapes = [lengths]
    for index, item in enumerate(arguments[:at]):
        if np.ndim(item):
            shapes.append(np.shape(item))
            few[index] = np.ravel(np.asarray(item)[(slice(0, 1),) * np.ndim(item)])[0]
    for key, item in named.items():
        if isinstance(item, (np.ndarray, list, tuple)) and np.ndim(item):
            shapes.append(np.shape(item))
            named[key] = np.ravel(np.asarray(item)[(slice(0, 1),) * np.ndim(item)])[0]
    try:
        fits = np.broadcast_shapes(*shapes) == lengths
    except ValueError:
        fits = False
    return (tuple(few), named) if fits else None


def _spread(original: Draw, lengths: Tuple[int, ...], stream: _Stream) -> Any:
    first = 0
    while math.prod(lengths[first:]) > STORED:
        first += 1
    stream.left = True
    return expand(np.asarray(original((1,) * first + lengths[first:])), lengths)


def _rows(
    original: Draw,
    arguments: Tuple[Any, ...],
    keywords: Dict[str, Any],
    at: int,
    lengths: Tuple[int, ...],
    stream: _Stream,
) -> Any:
    one = (1,) * len(lengths)
    stream.left = True
    if len(arguments) > at:
        base = original(*arguments[:at], one, *arguments[at + 1 :], **keywords)
    else:
        base = original(*arguments, **{**keywords, "size": one})
    return expand(base, (*lengths, *base.shape[len(lengths) :]))


def _covering(
    name: str, arguments: Tuple[Any, ...], keywords: Dict[str, Any], drawn: Any, lengths: Tuple[int, ...]
) -> Any:
    """Put the ends of a range of integers among those drawn, where a plain run draws enough to hit them surely."""
    if name not in ("randint", "integers") or not is_virtual(drawn):
        return drawn
    low = arguments[0] if arguments else keywords.get("low")
    high = arguments[1] if len(arguments) > 1 else keywords.get("high")
    low, high = (0, low) if high is None else (low, high)
    if keywords.get("endpoint"):
        high = high + 1  # type: ignore[operator]
    if math.prod(lengths) >= 12 * (int(high) - int(low)):  # type: ignore[arg-type]
        rank = len(lengths)
        drawn[(0,) * rank] = low
        drawn[(-1,) * rank] = int(high) - 1  # type: ignore[arg-type]
    return drawn


class _Substitutes(type):
    """The class of the classes below: instances of NumPy's own count as theirs."""

    def __instancecheck__(cls, instance: object) -> bool:
        return isinstance(instance, cls.__mro__[1])


def _deriving(original: Any, seed_given: Callable[..., bool]) -> Any:
    """Return a class that derives from NumPy's ``Generator`` or ``RandomState`` and draws few numbers."""

    def __init__(self: Any, *arguments: Any, **keywords: Any) -> None:
        original.__init__(self, *arguments, **keywords)
        self._stream = _Stream(seed_given(*arguments, **keywords))

    def method(name: str) -> Draw:
        unbound = getattr(original, name)

        @functools.wraps(unbound)
        def draw(self: Any, *arguments: Any, **keywords: Any) -> Any:
            bound = functools.partial(unbound, self)
            return _drawing(name, bound, self._stream)(*arguments, **keywords)

        return draw

    def shuffle(self: Any, x: Any, *arguments: Any, **keywords: Any) -> None:
        if not is_virtual(x):
            original.shuffle(self, x, *arguments, **keywords)

    def permutation(self: Any, x: Any, *arguments: Any, **keywords: Any) -> Any:
        return x.copy() if is_virtual(x) else original.permutation(self, x, *arguments, **keywords)

    members: Dict[str, Any] = {
        name: method(name) for name in (*_SIZE_AT, *_ROWS_AT, *_NUMBER_OF_DIMENSIONS) if hasattr(original, name)
    }
    members.update(__init__=__init__, shuffle=shuffle, permutation=permutation, __doc__=original.__doc__)
    members["__module__"] = original.__module__
    return _Substitutes(original.__name__, (original,), members)


def _apply(random: Any) -> None:
    stream = _Stream(seeded=False)
    for name in (*_SIZE_AT, *_ROWS_AT, *_NUMBER_OF_DIMENSIONS):
        if hasattr(random, name):
            setattr(random, name, _drawing(name, getattr(random, name), stream))
    seed, shuffle, permutation, default_rng = random.seed, random.shuffle, random.permutation, random.default_rng

    @functools.wraps(seed)
    def seed_stream(seed_value: Any = None, *rest: Any, **keywords: Any) -> None:
        value = keywords.pop("seed", seed_value)
        seed(value)
        if value is not None:
            stream.seed()

    @functools.wraps(shuffle)
    def shuffle_rows(x: Any) -> None:
        if not is_virtual(x):
            shuffle(x)

    @functools.wraps(permutation)
    def permute(x: Any) -> Any:
        return x.copy() if is_virtual(x) else permutation(x)

    random.seed, random.shuffle, random.permutation = seed_stream, shuffle_rows, permute
    generator = _deriving(random.Generator, lambda bit_generator=None: True)
    random.Generator = generator
    random.RandomState = _deriving(random.RandomState, lambda seed=None: seed is not None)

    @functools.wraps(default_rng)
    def seeded_rng(seed: Any = None) -> Any:
        made = default_rng(seed)
        if made is seed:
            return made
        made = generator(made.bit_generator)
        made._stream.seeded = seed is not None
        return made

    random.default_rng = seeded_rng


STAND_INS: Tuple[StandIn, ...] = (StandIn("numpy.random", _apply),)
