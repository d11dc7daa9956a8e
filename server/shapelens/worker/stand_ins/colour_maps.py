"""Matplotlib's colour maps, which people use to make images out of arrays.

Replaced: the colours, which are all zeros. Kept true: shape, dtype and structure of what a map makes of numbers
(``Colormap.__call__``: an array of any shape gets a last axis of 4, a number becomes a tuple of 4).
"""

from __future__ import annotations

from typing import Any, Iterator

from .silent import Silent

COLOUR_MAPS = (
    "viridis plasma inferno magma cividis Greys Purples Blues Greens Oranges Reds YlOrBr YlOrRd OrRd PuRd RdPu "
    "BuPu GnBu PuBu YlGnBu PuBuGn BuGn YlGn binary gray bone pink spring summer autumn winter cool hot copper "
    "PiYG PRGn BrBG RdBu RdYlBu RdYlGn Spectral coolwarm bwr seismic twilight hsv Pastel1 Paired Accent Dark2 "
    "Set1 Set2 Set3 tab10 tab20 tab20b tab20c terrain ocean gnuplot rainbow jet turbo nipy_spectral Greys_r "
    "gray_r viridis_r jet_r Blues_r RdBu_r"
).split()


class ColourMap(Silent):
    """A colour map of any name."""

    def __init__(self, name: Any = "viridis", *_: Any, **keywords: Any) -> None:
        super().__init__("a colour map")
        self.name = name if isinstance(name, str) else keywords.get("name", "from_list")
        self.N = len(name) if isinstance(name, (list, tuple)) else keywords.get("N", 256)

    def __call__(self, X: Any, alpha: Any = None, bytes: bool = False) -> Any:
        """Return colours, (..., 4), for numbers of any shape."""
        import numpy as np

        kind = np.uint8 if bytes else np.float64
        if not np.iterable(X):
            return tuple(np.zeros(4, kind).tolist())
        return np.zeros((*np.shape(X), 4), kind)

    def resampled(self, lutsize: int) -> ColourMap:
        """Return the map with another number of colours."""
        return ColourMap(self.name, N=lutsize)

    @staticmethod
    def from_list(name: str, colors: Any, N: int = 256, gamma: float = 1.0) -> ColourMap:
        """Return a map made of a list of colours."""
        return ColourMap(name, N=N)


class ColourMaps(Silent):
    """The registry ``matplotlib.colormaps``."""

    def __init__(self) -> None:
        super().__init__("matplotlib.colormaps")

    def __getitem__(self, name: Any) -> ColourMap:
        return ColourMap(str(name))

    def __contains__(self, name: object) -> bool:
        return name in COLOUR_MAPS

    def __iter__(self) -> Iterator[str]:
        return iter(COLOUR_MAPS)

    def __len__(self) -> int:  # type: ignore[override]
        return len(COLOUR_MAPS)

    def get_cmap(self, cmap: Any) -> ColourMap:
        """Return a map by its name."""
        return cmap if isinstance(cmap, ColourMap) else ColourMap(str(cmap or "viridis"))
