"""Plotting: Matplotlib, seaborn, Plotly, Bokeh, Altair and what draws on top of them.

Replaced: all of these libraries, by modules that draw nothing. Kept true: how many axes ``subplots`` gives and in which
array, what ``hist`` and its kin return to be unpacked, the shape of what a colour map makes of numbers, and images that
``imread`` finds on the disk. A file that ``savefig`` would write is known to exist, and cannot be read.
"""

from __future__ import annotations

import importlib
import os
from types import ModuleType
from typing import Any, Dict, List, Tuple

from ..contract import SkipReason
from ..unknown import NotEvaluated
from .colour_maps import COLOUR_MAPS, ColourMap, ColourMaps
from .file_overlay import overlay
from .model import StandIn
from .pixels import empty_png, read_image
from .silent import Silent, SilentList, SilentModule, forget_loaded, nothing, silent_module

_INCHES, _DPI = (6.4, 4.8), 100
"""Matplotlib's defaults for ``figure.figsize`` and ``figure.dpi``."""

_NOT_DRAWN = "The plot is not drawn in an evaluation."

_PYPLOT_NAMES = (
    "annotate arrow autoscale axes axhline axhspan axis axline axvline axvspan bar bar_label barh boxplot cla "
    "clabel clf clim close cm colorbar colormaps contour contourf cool delaxes draw errorbar eventplot figimage "
    "figlegend fignum_exists figtext figure fill fill_between fill_betweenx gca gcf get_cmap gray grid hexbin "
    "hist hist2d hlines hot imread imsave imshow inferno ioff ion jet legend locator_params loglog magma margins "
    "matshow minorticks_on pause pcolor pcolormesh pie plasma plot polar quiver rc rcParams rcdefaults savefig "
    "sca scatter semilogx semilogy set_cmap show specgram spy stackplot stairs stem step streamplot style subplot "
    "subplot2grid subplot_mosaic subplots subplots_adjust suptitle switch_backend table text tick_params "
    "ticklabel_format tight_layout title tricontour tripcolor twinx twiny violinplot viridis vlines "
    "waitforbuttonpress xlabel xlim xscale xticks ylabel ylim yscale yticks"
).split()
"""What ``from matplotlib.pyplot import *`` gives; the library's own list is as long again."""


# --- axes and figures ---------------------------------------------------------------------------------------------


def _count(*values: Any) -> int:
    """Return how many marks a plot of these values has: of one number one, of a list one each."""
    import numpy as np

    return max(int(np.size(value)) for value in values)


class Axes(Silent):
    """One set of axes, or pyplot's current ones."""

    @property
    def __array__(self) -> Any:  # type: ignore[override]
        """Raise AttributeError: a list of axes is an array of objects."""
        raise AttributeError("__array__")

    def hist(self, x: Any = None, *_: Any, **__: Any) -> Any:
        """Return counts, edges and patches, of which no plot knows the values."""
        return Silent("the counts"), Silent("the edges of the bins"), Silent("the patches")

    def hist2d(self, *_: Any, **__: Any) -> Any:
        """Return counts, the edges along both axes, and the image."""
        return Silent("the counts"), Silent("the edges"), Silent("the edges"), Silent("the image")

    def bar(self, x: Any = 0, height: Any = 0, *_: Any, **__: Any) -> Any:
        """Return one bar for each number."""
        return SilentList("bar()", _count(x, height))

    def barh(self, y: Any = 0, width: Any = 0, *_: Any, **__: Any) -> Any:
        """Return one bar for each number."""
        return SilentList("barh()", _count(y, width))

    def pie(self, x: Any = 0, *_: Any, **keywords: Any) -> Any:
        """Return wedges and labels, and the texts inside the wedges where there are any."""
        lists = [SilentList("pie()", _count(x)) for _ in range(3)]
        return tuple(lists[: 2 if keywords.get("autopct") is None else 3])

    def _limits(self, *_: Any, **__: Any) -> Any:
        """Return the two ends of an axis: objects without values, of which one may be the smaller."""
        return Silent("the lower limit"), Silent("the upper limit")

    xlim = ylim = get_xlim = get_ylim = set_xlim = set_ylim = get_xbound = get_ybound = _limits

    def waitforbuttonpress(self, *_: Any, **__: Any) -> bool:
        """Return as if the time had run out."""
        return False


class Canvas(Silent):
    """What a figure is drawn on: it has no pixels."""

    def _no_pixels(self, *_: Any, **__: Any) -> Any:
        raise NotEvaluated(SkipReason.REPLACED_VALUES, _NOT_DRAWN)

    tostring_rgb = tostring_argb = buffer_rgba = print_to_buffer = get_width_height = print_png = _no_pixels


class Figure(Axes):
    """A figure."""

    def __init__(self, num: Any = None, figsize: Any = None, dpi: Any = None, *_: Any, **keywords: Any) -> None:
        super().__init__("figure()")
        self.__dict__["canvas"] = Canvas("figure.canvas")
        self.number = num if isinstance(num, int) else 1
        self._inches, self._dpi = figsize or _INCHES, dpi or _DPI

    def __getattr__(self, name: str) -> Any:
        if name in ("gca", "add_subplot", "add_axes", "get_figure"):
            return lambda *_, **__: Axes(f"{name}()")
        return super().__getattr__(name)

    def subplots(self, nrows: int = 1, ncols: int = 1, *_: Any, **keywords: Any) -> Any:
        """Return axes, or an array of them as Matplotlib arranges it."""
        return axes_array(nrows, ncols, keywords.get("squeeze", True))

    def subplot_mosaic(self, mosaic: Any, **_: Any) -> Any:
        """Return axes by the names in the mosaic."""
        return _mosaic(mosaic)

    def savefig(self, fname: Any, *_: Any, **keywords: Any) -> None:
        """Note that the file would be there now."""
        save_figure(fname, keywords.get("format"), self._pixels(keywords.get("dpi")))

    def _pixels(self, dpi: Any = None) -> Tuple[int, int]:
        dots = dpi if isinstance(dpi, (int, float)) else self._dpi
        return int(self._inches[0] * dots), int(self._inches[1] * dots)


def axes_array(rows: int, columns: int, squeeze: bool) -> Any:
    """Return axes as ``Figure.subplots`` does: (rows, columns), without axes of length 1 where it squeezes."""
    import numpy as np

    made = np.empty((rows, columns), dtype=object)
    for row in range(rows):
        for column in range(columns):
            made[row, column] = Axes("axes")
    if not squeeze:
        return made
    return made.item() if made.size == 1 else made.squeeze()


def _mosaic(mosaic: Any) -> Dict[Any, Any]:
    rows = mosaic.replace(";", "\n").split() if isinstance(mosaic, str) else mosaic
    return {name: Axes(f"axes[{name!r}]") for row in rows for name in row if name != "."}


def save_figure(target: Any, kind: Any = None, pixels: Tuple[int, int] = (640, 480)) -> None:
    """Note that a plain run would have written a plot; memory gets an empty image (width, height)."""
    if hasattr(target, "write"):
        if kind in (None, "png"):
            target.write(empty_png(*pixels))
        return
    path = overlay().absolute(target)
    overlay().promise(path if "." in os.path.basename(path) else f"{path}.{kind or 'png'}", _NOT_DRAWN)


# --- modules ------------------------------------------------------------------------------------------------------


_SUBMODULES = frozenset("pyplot cm image figure axes colors".split())


def _matplotlib(name: str) -> ModuleType:
    module = SilentModule(name)
    made: Dict[str, Any] = module.__dict__
    base, _, below = name.partition(".")
    if base != "matplotlib":
        return module
    if not below:
        made.update(
            _importable=_SUBMODULES,
            colormaps=ColourMaps(),
            __version__="3.9.0",
            get_backend=lambda *_, **__: "agg",
        )
    elif below in ("pyplot", "pylab"):
        _Pyplot().fill(made)
        if below == "pylab":
            import numpy

            made.update({key: getattr(numpy, key) for key in numpy.__all__ if key not in made})
            made["__all__"] = [*_PYPLOT_NAMES, *numpy.__all__]
    elif below == "cm":
        made.update({key: ColourMap(key) for key in COLOUR_MAPS}, get_cmap=_get_cmap)
    elif below == "image":
        made.update(imread=read_image, imsave=_save_image)
    elif below in ("figure", "axes"):
        made.update(Figure=Figure, Axes=Axes)
    elif below == "colors":
        made.update(ListedColormap=ColourMap, LinearSegmentedColormap=ColourMap)
    return module


def _get_cmap(name: Any = None, lut: Any = None) -> ColourMap:
    return name if isinstance(name, ColourMap) else ColourMap(str(name or "viridis"), N=lut or 256)


def _save_image(fname: Any, *_: Any, **keywords: Any) -> None:
    save_figure(fname, keywords.get("format"))


class _Pyplot:
    """The functions of ``matplotlib.pyplot`` that work on the current figure."""

    def __init__(self) -> None:
        self._figure = Figure()

    def figure(self, *arguments: Any, **keywords: Any) -> Figure:
        """Return a new figure."""
        given = arguments[0] if arguments else None
        self._figure = given if isinstance(given, Figure) else Figure(*arguments, **keywords)
        return self._figure

    def gcf(self) -> Figure:
        """Return the current figure."""
        return self._figure

    def savefig(self, fname: Any, *_: Any, **keywords: Any) -> None:
        """Save the current figure."""
        self._figure.savefig(fname, **keywords)

    def subplots(self, nrows: int = 1, ncols: int = 1, *_: Any, **keywords: Any) -> Tuple[Figure, Any]:
        """Return a new figure and its axes."""
        figure = self.figure(figsize=keywords.get("figsize"), dpi=keywords.get("dpi"))
        return figure, axes_array(nrows, ncols, keywords.get("squeeze", True))

    def subplot_mosaic(self, mosaic: Any, *_: Any, **keywords: Any) -> Tuple[Figure, Any]:
        """Return a new figure and its axes by name."""
        return self.figure(figsize=keywords.get("figsize")), _mosaic(mosaic)

    def fill(self, made: Dict[str, Any]) -> None:
        """Put the functions into a module."""
        current = Axes("pyplot")
        for name in "hist hist2d bar barh pie xlim ylim waitforbuttonpress".split():
            made[name] = getattr(current, name)
        for name in "figure gcf savefig subplots subplot_mosaic".split():
            made[name] = getattr(self, name)
        made.update(
            __all__=_PYPLOT_NAMES,
            Figure=Figure,
            Axes=Axes,
            cm=importlib.import_module("matplotlib.cm"),
            colormaps=ColourMaps(),
            fignum_exists=lambda number: False,
            gca=lambda *_, **__: Axes("gca()"),
            get_backend=lambda *_: "agg",
            get_cmap=_get_cmap,
            get_fignums=list,
            imread=read_image,
            imsave=_save_image,
            isinteractive=lambda: False,
            subplot=lambda *_, **__: Axes("subplot()"),
        )


def _seaborn(name: str) -> ModuleType:
    module = SilentModule(name)
    if name == "seaborn":
        module.__dict__["load_dataset"] = _downloaded
    return module


def _downloaded(name: str, *_: Any, **__: Any) -> Any:
    message = f"seaborn would download its data set {name!r}, and evaluations use no network."
    raise NotEvaluated(SkipReason.NETWORK, message)


# --- libraries that draw by themselves ----------------------------------------------------------------------------


def _keras_drawings(utils: Any) -> None:
    original = utils.plot_model

    def plot_model(model: Any, to_file: Any = "model.png", *arguments: Any, **keywords: Any) -> Any:
        if not getattr(model, "built", True):
            return original(model, to_file, *arguments, **keywords)  # says so in Keras' own words
        if to_file is not None:
            overlay().promise(to_file, _NOT_DRAWN)
        return Silent("plot_model()")

    utils.plot_model = plot_model
    utils.model_to_dot = lambda *_, **__: Silent("model_to_dot()")


def _pandas_plots(core: Any) -> None:
    core._get_plot_backend = lambda backend=None: Silent("plot")


_KERAS_UTILITIES = (
    "keras.utils",
    "tensorflow.keras.utils",
    "keras._tf_keras.keras.utils",
    "keras.api.utils",
    "keras.api._tf_keras.keras.utils",
    "keras.api._v2.keras.utils",
    "tf_keras.utils",
    "tf_keras.api._v2.keras.utils",
)
_ON_TOP: List[str] = "plotly bokeh altair plotnine holoviews pyqtgraph pydot graphviz visualkeras mplfinance".split()

STAND_INS: Tuple[StandIn, ...] = (
    StandIn("matplotlib", forget_loaded),
    StandIn("mpl_toolkits", forget_loaded),
    StandIn("mpl_toolkits.mplot3d", forget_loaded),
    StandIn("matplotlib", nothing, _matplotlib),
    StandIn("mpl_toolkits", nothing, silent_module),
    StandIn("pylab", nothing, lambda name: _matplotlib("matplotlib.pylab")),
    StandIn("seaborn", nothing, _seaborn),
    *(StandIn(name, nothing, silent_module) for name in _ON_TOP),
    *(StandIn(name, _keras_drawings) for name in _KERAS_UTILITIES),
    StandIn("pandas.plotting._core", _pandas_plots),
)
