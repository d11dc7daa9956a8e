"""Plots are not drawn; what programs take from them has the shapes of a plain run."""

from __future__ import annotations

from pathlib import Path

from support.evaluation import Run
from support.found import problems, reasons, shape


def test_what_people_plot(run: Run) -> None:
    analysis = run("""
        import matplotlib
        matplotlib.use("Agg")
        import matplotlib as mpl
        import matplotlib.gridspec as gridspec
        import matplotlib.pyplot as plt
        import matplotlib.ticker as ticker
        import numpy as np
        from matplotlib import animation, cm, pyplot
        from mpl_toolkits.axes_grid1 import ImageGrid
        from mpl_toolkits.mplot3d import Axes3D

        mpl.rcParams["figure.figsize"] = (12, 10)
        colors = plt.rcParams["axes.prop_cycle"].by_key()["color"]
        plt.style.use("ggplot")
        fig, axes = plt.subplots(2, 3, figsize=(8, 8))
        for ax in axes.flat:
            ax.imshow(np.zeros((28, 28)), cmap="gray")
        axes[0, 1].plot([1, 2, 3])
        fig, (left, right) = plt.subplots(1, 2)
        fig, ax = plt.subplots()
        line, = ax.plot([1, 2, 3], label="loss")
        line.set_data([1], [2])
        n, bins, patches = plt.hist(np.zeros(100), bins=20)
        for patch in patches:
            patch.set_facecolor("r")
        for bar, value in zip(plt.bar(["a", "b"], [1, 2]), [1, 2]):
            plt.text(bar.get_x() + bar.get_width() / 2, value, str(value), ha="center")
        for tick in ax.get_xticklabels():
            tick.set_rotation(45)
        plt.ylim([min(plt.ylim()), 1])
        with plt.style.context("dark_background"):
            plt.figure(figsize=(3, 3)).add_subplot(111, projection="3d").scatter([1], [2], [3])
        class Middle(mpl.colors.Normalize):
            def __init__(self, low, high):
                self.middle = 0
                super().__init__(low, high)
        middle = Middle(1, 2)
        animation.FuncAnimation(fig, lambda frame: None, frames=10).save("moving.gif")
        ax = plt.subplot(gridspec.GridSpec(2, 2)[0, :])
        @ticker.FuncFormatter
        def formatter(x, position):
            return "a"
        plt.colorbar(ax.contourf([1], [2], [3]), ax=ax)
        plt.savefig("plot.png")
        fig.savefig("plots/other.png", dpi=300)
        plt.show()
        plt.close("all")
    """)
    assert problems(analysis) == []


def test_shapes_that_come_out_of_plots(run: Run) -> None:
    analysis = run("""
        import matplotlib as mpl
        import matplotlib.pyplot as plt
        import numpy as np
        import tensorflow as tf
        from matplotlib import cm
        fig, axes = plt.subplots(2, 3)
        row, = [plt.subplots(1, 4)[1]]
        grid = plt.subplots(1, 4, squeeze=False)[1]
        a = tf.zeros(axes.shape + row.shape + grid.shape)
        several = np.array([plt.gca(), plt.gca()])
        rainbow = plt.cm.rainbow(np.linspace(0, 1, 7))
        jet = cm.get_cmap("jet")(np.arange(256))[:, :3]
        heat = jet[np.zeros((10, 12), "uint8")]
        registered = mpl.colormaps["jet"](np.zeros((4, 5)))
        one = tf.constant(plt.cm.viridis(0.5))
    """)
    assert problems(analysis) == []
    assert shape(analysis, "a") == (2, 3, 4, 1, 4)
    assert shape(analysis, "several") == (2,)
    assert shape(analysis, "rainbow") == (7, 4)
    assert shape(analysis, "heat") == (10, 12, 3)
    assert shape(analysis, "registered") == (4, 5, 4)
    assert shape(analysis, "one") == (4,)


def test_numbers_in_plots_are_unknown(run: Run) -> None:
    analysis = run("""
        import matplotlib.pyplot as plt
        import numpy as np
        low, high = plt.xlim()
        x = np.linspace(low, high, 30)
        n, bins, patches = plt.hist([1, 2, 3])
        which = np.digitize([1, 2], bins)
        fig = plt.figure()
        fig.canvas.draw()
        pixels = np.frombuffer(fig.canvas.tostring_rgb(), dtype=np.uint8)
        many = np.zeros(len(patches))
        units = int(low)
    """)
    assert reasons(analysis) == [(line, "replaced-values") for line in (4, 6, 9, 10, 11)]


def test_an_image_of_a_plot_in_memory_has_the_size_of_the_figure(run: Run) -> None:
    analysis = run("""
        import io
        import matplotlib.pyplot as plt
        import tensorflow as tf
        def plot_to_image(figure):
            buffer = io.BytesIO()
            plt.savefig(buffer, format="png")
            plt.close(figure)
            buffer.seek(0)
            return tf.expand_dims(tf.image.decode_png(buffer.getvalue(), channels=4), 0)
        image = plot_to_image(plt.figure(figsize=(3, 2)))
        tf.summary.image("plots", image, step=0)
    """)
    assert problems(analysis) == []
    assert shape(analysis, "image") == (1, 200, 300, 4)


def test_saved_plots_are_listed_and_not_read(run: Run) -> None:
    analysis = run("""
        import glob
        import matplotlib.pyplot as plt
        import numpy as np
        import tensorflow as tf
        from PIL import Image
        for epoch in range(3):
            plt.savefig("image_at_%d.png" % epoch)
        names = sorted(glob.glob("image_at_*.png"))
        a = tf.zeros((len(names),))
        image = np.array(Image.open(names[0]))
        absent = plt.imread("absent.png")
        Image.fromarray(np.zeros((8, 9, 3), "uint8")).save("made.png")
        made = plt.imread("made.png")
    """)
    assert reasons(analysis) == [(10, "replaced-values"), (11, "missing-file")]
    assert shape(analysis, "a") == (3,)
    assert shape(analysis, "made") == (8, 9, 3)


def test_seaborn_pandas_plotly_and_scikit_learn_plot(run: Run) -> None:
    analysis = run("""
        import matplotlib.pyplot as plt
        import pandas as pd
        import plotly.express as px
        import plotly.graph_objects as go
        import seaborn as sns
        from sklearn.metrics import ConfusionMatrixDisplay, confusion_matrix
        sns.set_theme(style="whitegrid")
        frame = pd.DataFrame({"a": [1, 2, 3], "b": [3, 4, 5]})
        sns.pairplot(frame[["a", "b"]], diag_kind="kde")
        ax = sns.heatmap(frame.corr(), annot=True)
        ax.set_title("x")
        frame.plot()
        frame["a"].hist()
        frame.plot.scatter(x="a", y="b")
        figure = go.Figure(data=[go.Scatter(x=[1], y=[2])])
        figure.update_layout(title="x")
        figure.show()
        matrix = confusion_matrix([0, 1, 1], [0, 1, 0])
        ConfusionMatrixDisplay(matrix, display_labels=["a", "b"]).plot(cmap=plt.cm.Blues)
        values = frame.values
        iris = sns.load_dataset("iris")
    """)
    assert reasons(analysis) == [(21, "network")]
    assert shape(analysis, "matrix") == (2, 2)
    assert shape(analysis, "values") == (3, 2)


def test_drawings_of_models_and_summaries(run: Run, tmp_path: Path) -> None:
    analysis = run("""
        import keras
        import tensorflow as tf
        from IPython.display import SVG
        from tensorflow.keras.utils import model_to_dot, plot_model
        model = keras.Sequential([keras.Input((3,)), keras.layers.Dense(4)])
        model.summary()
        lines = []
        model.summary(print_fn=lambda line, **_: lines.append(line))
        a = tf.zeros((1 + bool(lines),))
        keras.utils.plot_model(model, "model.png", show_shapes=True)
        plot_model(model)
        tf.keras.utils.plot_model(model, to_file="b.png")
        SVG(model_to_dot(model).create(prog="dot", format="svg"))
    """)
    assert problems(analysis) == []
    assert shape(analysis, "a") == (2,)
