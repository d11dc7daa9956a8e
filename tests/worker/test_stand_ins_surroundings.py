"""Progress bars, loggers of runs, the network, other processes, notebooks and devices."""

from __future__ import annotations

from support.evaluation import Run
from support.found import problems, reasons, shape


def test_progress_bars(run: Run) -> None:
    analysis = run("""
        import numpy as np
        import pandas as pd
        import tensorflow as tf
        import tqdm as module
        from rich.progress import Progress, track
        from tqdm import tqdm, trange
        from tqdm.auto import tqdm as automatic
        from tqdm.keras import TqdmCallback
        for number in tqdm(range(3), desc="x"):
            a = tf.zeros((number + 1,))
        bar = tqdm(total=5)
        for _ in range(5):
            bar.update(1)
            bar.set_postfix(loss=1.0, refresh=False)
        bar.close()
        b = tf.zeros((bar.n, len(tqdm([1, 2, 3]))))
        with automatic(enumerate([1, 2]), total=2) as steps:
            for index, step in steps:
                steps.set_description(f"step {index}")
        for batch in tqdm(tf.data.Dataset.from_tensor_slices(np.zeros((8, 3))).batch(4)):
            c = batch * 2
        module.tqdm.write("done")
        tqdm.pandas()
        d = pd.Series([1, 2]).progress_apply(lambda value: value + 1).values
        model = tf.keras.Sequential([tf.keras.Input((3,)), tf.keras.layers.Dense(2)])
        model.compile("adam", "mse")
        model.fit(np.zeros((4, 3)), np.zeros((4, 2)), verbose=0, callbacks=[TqdmCallback(verbose=1)])
        for number in track(range(2)):
            e = tf.zeros((number + 1,))
        with Progress() as progress:
            task = progress.add_task("x", total=3)
            progress.update(task, advance=1)
    """)
    assert problems(analysis) == []
    found = {name: shape(analysis, name) for name in "abcde"}
    assert found == {"a": (3,), "b": (5, 3), "c": (4, 3), "d": (2,), "e": (2,)}


def test_loggers_of_runs(run: Run) -> None:
    analysis = run("""
        import mlflow
        import numpy as np
        import tensorflow as tf
        import wandb
        from wandb.integration.keras import WandbMetricsLogger
        from wandb.keras import WandbCallback
        run = wandb.init(project="x", config={"units": 6})
        config = wandb.config
        a = tf.zeros((config.units, wandb.config["units"], run.config.units))
        absent = config.absent
        class Logger(WandbCallback):
            def on_epoch_end(self, epoch, logs=None):
                super().on_epoch_end(epoch, logs)
        model = tf.keras.Sequential([tf.keras.Input((3,)), tf.keras.layers.Dense(config.units)])
        model.compile("adam", "mse")
        model.fit(np.zeros((4, 3)), np.zeros((4, 6)), verbose=0, callbacks=[WandbMetricsLogger(), Logger()])
        wandb.log({"loss": 1, "image": wandb.Image(np.zeros((3, 3)))})
        with mlflow.start_run() as tracked:
            mlflow.log_param("a", 1)
            print(tracked.info.run_id)
        loaded = mlflow.keras.load_model("runs:/x")
        folder = run.use_artifact("data:latest").download()
        sweep = wandb.sweep({"parameters": {"n": {"values": [3, 5]}, "m": {"min": 1, "max": 9}, "k": {"value": 2}}})
        def train():
            with wandb.init():
                b = tf.zeros((wandb.config.n, wandb.config.m, wandb.config.k))
        wandb.agent(sweep, train, count=20)
        wandb.finish()
    """)
    assert [item for item in reasons(analysis) if item[0] != 21] == [(10, "unavailable"), (22, "network")]
    assert shape(analysis, "a") == (6, 6, 6)
    assert shape(analysis, "b") == (3, 1, 2)


def test_network_and_programs(run: Run) -> None:
    analysis = run("""
        import os, subprocess, urllib.request
        import requests
        import tensorflow as tf
        def revision():
            try:
                return subprocess.check_output(["git", "rev-parse", "HEAD"]).decode().strip()
            except (OSError, subprocess.CalledProcessError):
                return "unknown"
        name = revision()
        os.system("clear")
        os.system("ls -l")
        urllib.request.urlretrieve("https://example.org/a.zip", "a.zip")
        answer = requests.get("https://example.org/x.json", timeout=3).json()
        import gdown
        gdown.download("x", "y")
        a = tf.zeros((2,))
    """)
    found = [(6, "forbidden"), (11, "forbidden"), (12, "network"), (13, "network"), (15, "network")]
    assert reasons(analysis) == found
    assert shape(analysis, "a") == (2,)


def test_pools_work_one_by_one(run: Run) -> None:
    analysis = run("""
        import threading
        from concurrent.futures import ProcessPoolExecutor, ThreadPoolExecutor
        from multiprocessing import Pool
        from multiprocessing.pool import ThreadPool
        import tensorflow as tf
        from joblib import Parallel, delayed
        def square(value):
            return value * value
        with Pool(4) as pool:
            a = pool.map(square, [1, 2, 3])
            b = pool.apply_async(square, (3,)).get()
        with ThreadPool(4) as pool:
            c = list(pool.imap(square, [1, 2]))
        with ProcessPoolExecutor(2) as executor:
            d = list(executor.map(square, [1, 2]))
            e = executor.submit(square, 2).result()
        with ThreadPoolExecutor(2) as executor:
            f = list(executor.map(square, [1, 2]))
        g = Parallel(n_jobs=4)(delayed(square)(value) for value in range(3))
        thread = threading.Thread(target=square, args=(1,))
        thread.start()
        thread.join()
        all_sizes = tf.zeros((len(a), b, len(c), len(d), e, len(f), len(g)))
    """)
    assert problems(analysis) == []
    assert shape(analysis, "all_sizes") == (3, 9, 2, 2, 4, 2, 3)


def test_notebooks_in_the_cloud(run: Run) -> None:
    analysis = run("""
        import tensorflow as tf
        try:
            import google.colab
            there = True
        except ImportError:
            there = False
        a = tf.zeros((1 + there,))
        from google.colab import drive, files
        from google.colab.patches import cv2_imshow
        from IPython.display import HTML, Image, clear_output, display
        drive.mount("/content/drive")
        clear_output(wait=True)
        display(HTML("x"))
        uploaded = files.upload()
    """)
    assert reasons(analysis) == [(14, "unavailable")]
    assert shape(analysis, "a") == (1,)


def test_devices_that_are_not_there(run: Run) -> None:
    analysis = run("""
        import numpy as np
        import tensorflow as tf
        try:
            tpu = tf.distribute.cluster_resolver.TPUClusterResolver()
            tf.config.experimental_connect_to_cluster(tpu)
            strategy = tf.distribute.TPUStrategy(tpu)
        except ValueError:
            strategy = tf.distribute.MirroredStrategy()
        for gpu in tf.config.list_physical_devices("GPU"):
            tf.config.experimental.set_memory_growth(gpu, True)
        with strategy.scope():
            model = tf.keras.Sequential([tf.keras.Input((3,)), tf.keras.layers.Dense(strategy.num_replicas_in_sync)])
            model.compile("adam", "mse")
        model.fit(np.zeros((8, 3)), np.zeros((8, 1)), verbose=0)
        a = model.predict(np.zeros((8, 3)), verbose=0)
        tf.config.run_functions_eagerly(False)
        tf.config.optimizer.set_jit(True)
    """)
    assert problems(analysis) == []
    assert shape(analysis, "a") == (8, 1)


def test_data_sets_of_scikit_learn(run: Run) -> None:
    analysis = run("""
        from sklearn.datasets import fetch_california_housing, fetch_openml, load_iris
        from sklearn.model_selection import train_test_split
        x, y = load_iris(return_X_y=True)
        train, test, train_y, test_y = train_test_split(x, y, test_size=0.2)
        houses = fetch_california_housing()
        digits = fetch_openml("mnist_784")
    """)
    assert reasons(analysis) == [(5, "network"), (6, "network")]
    assert shape(analysis, "x") == (150, 4)
