"""Texts as lists of word numbers, and dictionaries of words, in the sizes of known data sets."""

from __future__ import annotations

from typing import Any, Dict, Iterator, List

import numpy as np

_DISTINCT = 40
"""Different sequences; a data set repeats them, since a program may loop over every word of every sequence."""

_COMMON_WORDS = (
    "the and a of to is br in it i this that was as for with movie but film on not you are his have he be one "
    "its at all by an they from who so like her just or about has if out some there what good very when more "
    "my she even would no really only story up their had see which can were me than we much been bad into get "
    "will great also do because people first how most him dont made then them movies way make could too any "
    "after characters think films two watch being plot life never acting character best little love over off "
    "time best worst terrible awful boring excellent wonderful amazing hate fun funny happy sad actor actress "
    "director scene music hello world nice poor beautiful "
).split()


def sequences(count: int, longest: int, shortest: int, words: int, oov: Any, start: Any, skip_top: int) -> Any:
    """Return an object array of lists: the longest and the shortest are there, and so is the largest number."""
    made: List[List[Any]] = []
    for number in range(_DISTINCT):
        length = longest if number == 0 else shortest if number == 1 else shortest + 2 * number
        body: List[Any] = [4 + (number * 977 + place * 131) % max(words - 4, 1) for place in range(length)]
        if start is not None:
            body[0] = start
        body[-1] = words - 1
        kept = [word if skip_top <= word < words else oov for word in body]
        body = [word for word in kept if word is not None]
        made.append(body)
    found = np.empty(count, dtype=object)
    few = np.empty(_DISTINCT, dtype=object)
    few[:] = made
    # The longest and the shortest of a data set are rare: they stand in front, once.
    found[:] = few[2 + np.arange(count) % (_DISTINCT - 2)]
    found[: min(2, count)] = few[: min(2, count)]
    return found


class WordIndex(Dict[str, int]):
    """A dictionary of words that is made when it is first gone through; any word has some number."""

    def __init__(self, size: int) -> None:
        super().__init__()
        self._size = size

    def _fill(self) -> None:
        if not dict.__len__(self):
            words = list(dict.fromkeys(_COMMON_WORDS))
            words += [f"word{number}" for number in range(len(words) + 1, self._size + 1)]
            self.update(zip(words, range(1, self._size + 1)))

    def __len__(self) -> int:
        return self._size

    def __bool__(self) -> bool:
        return True

    def __iter__(self) -> Iterator[str]:
        self._fill()
        return dict.__iter__(self)

    def __contains__(self, word: object) -> bool:
        return isinstance(word, str)

    def __getitem__(self, word: str) -> int:
        self._fill()
        return dict.get(self, word, 1 + sum(map(ord, word)) % self._size)

    def __missing__(self, word: str) -> int:
        return 1 + sum(map(ord, word)) % self._size

    def get(self, word: Any, default: Any = None) -> Any:
        """Return the number of a word."""
        return self[word] if isinstance(word, str) else default

    def keys(self) -> Any:
        """Return the words."""
        self._fill()
        return super().keys()

    def values(self) -> Any:
        """Return the numbers, which begin at 1."""
        self._fill()
        return super().values()

    def items(self) -> Any:
        """Return words with their numbers."""
        self._fill()
        return super().items()

    def copy(self) -> Any:
        """Return an ordinary dictionary."""
        return dict(self.items())
