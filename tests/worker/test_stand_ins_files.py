"""What a program writes it can read back, and nothing is on the disk afterwards."""

from __future__ import annotations

import textwrap
from pathlib import Path

from support.evaluation import Evaluations, Run
from support.found import problems, reasons, shape


def test_nothing_is_left(evaluations: Evaluations, tmp_path: Path) -> None:
    (tmp_path / "old.txt").write_text("old")
    text = """
        import os, shutil
        import numpy as np
        import tensorflow as tf
        os.makedirs("made/below")
        with open("new.txt", "w") as file:
            file.write("new")
        with open("old.txt", "a") as file:
            file.write(" and new")
        appended = tf.zeros((len(open("old.txt").read()),))
        os.remove("old.txt")
        gone = tf.zeros((1 + os.path.exists("old.txt"), len(os.listdir("."))))
        np.save("array.npy", np.zeros((3, 4)))
        shutil.copy("new.txt", "made/below/copy.txt")
        os.rename("new.txt", "other.txt")
        tf.keras.Sequential([tf.keras.Input((3,)), tf.keras.layers.Dense(2)]).save("model.keras")
        tf.io.write_file("bytes.bin", "abc")
    """
    analysis = evaluations.text(textwrap.dedent(text).lstrip("\n"), tmp_path / "program.py")
    assert problems(analysis) == []
    assert shape(analysis, "appended") == (11,)
    assert shape(analysis, "gone") == (1, 2)
    assert [path.name for path in tmp_path.iterdir()] == ["old.txt"]
    assert (tmp_path / "old.txt").read_text() == "old"


def test_files_are_read_back(run: Run) -> None:
    analysis = run("""
        import csv, glob, json, os, pickle, shutil, zipfile
        from pathlib import Path
        import joblib
        import numpy as np
        import pandas as pd
        import tensorflow as tf
        from PIL import Image
        os.makedirs("out/models", exist_ok=True)
        json.dump({"units": 7}, open("out/a.json", "w"))
        with open("out/a.json") as file:
            a = tf.zeros((json.load(file)["units"], len(os.listdir("out"))))
        with open("out/b.pkl", "wb") as file:
            pickle.dump({"x": np.zeros((3, 4))}, file)
        b = pickle.load(open("out/b.pkl", "rb"))["x"]
        np.savez("out/c.npz", x=np.zeros((2, 5)))
        with np.load("out/c.npz") as archive:
            c = archive["x"]
        np.savetxt("out/d.txt", np.zeros((4, 2)))
        d = np.loadtxt("out/d.txt")
        pd.DataFrame({"x": [1, 2, 3]}).to_csv("out/e.csv", index=False)
        e = pd.read_csv("out/e.csv").values
        folder = Path("results") / "below"
        folder.mkdir(parents=True, exist_ok=True)
        (folder / "f.txt").write_text("hello")
        found = list(Path("results").rglob("*.txt"))
        f = tf.zeros((len((folder / "f.txt").read_text()), len(found), len(glob.glob("results/*"))))
        joblib.dump({"x": np.zeros((2, 3))}, "scaler.joblib")
        g = joblib.load("scaler.joblib")["x"]
        Image.fromarray(np.zeros((8, 9, 3), "uint8")).save("image.png")
        h = tf.keras.utils.img_to_array(tf.keras.utils.load_img("image.png", target_size=(4, 4)))
        with zipfile.ZipFile("archive.zip", "w") as archive:
            archive.writestr("inner/a.txt", "abc")
        with zipfile.ZipFile("archive.zip") as archive:
            archive.extractall("unpacked")
        i = tf.zeros((sum(len(files) for _, _, files in os.walk("unpacked")), len(open("unpacked/inner/a.txt").read())))
        shutil.rmtree("out")
        j = tf.zeros((1 + os.path.exists("out/a.json"), 1 + os.path.isdir("unpacked")))
    """)
    assert problems(analysis) == []
    expected = {"a": (7, 2), "b": (3, 4), "c": (2, 5), "d": (4, 2), "e": (3, 1), "f": (5, 1, 1), "g": (2, 3)}
    expected |= {"h": (4, 4, 3), "i": (1, 3), "j": (1, 2)}
    assert {name: shape(analysis, name) for name in expected} == expected


def test_tensorflow_reads_back_what_it_wrote(run: Run) -> None:
    analysis = run("""
        import tensorflow as tf
        tf.io.write_file("a.bin", tf.constant("abc"))
        a = tf.zeros((len(tf.io.read_file("a.bin").numpy()),))
        with tf.io.TFRecordWriter("b.tfrecord") as writer:
            writer.write(b"abcd")
        for record in tf.data.TFRecordDataset("b.tfrecord").take(1):
            b = tf.zeros((len(record.numpy()),))
        with tf.io.gfile.GFile("c.txt", "w") as file:
            file.write("abcde")
        c = tf.zeros((len(tf.io.gfile.GFile("c.txt").read()), 1 + tf.io.gfile.exists("c.txt")))
        writer = tf.summary.create_file_writer("logs/train")
        with writer.as_default():
            tf.summary.scalar("loss", 1.0, step=0)
        d = tf.data.Dataset.range(3).cache("cached").batch(2)
    """)
    assert problems(analysis) == []
    assert (shape(analysis, "a"), shape(analysis, "b"), shape(analysis, "c")) == ((3,), (4,), (5, 2))


def test_what_is_not_there_is_missing(run: Run) -> None:
    analysis = run("""
        import os
        open("absent.txt")
        os.remove("absent.txt")
        open("absent/file.txt", "w")
        import numpy as np
        np.load("absent.npy")
    """)
    assert reasons(analysis) == [(line, "missing-file") for line in (2, 3, 4, 6)]


def test_large_arrays_are_saved_as_they_are(run: Run) -> None:
    analysis = run("""
        import numpy as np
        images = np.zeros((60000, 224, 224, 3), "uint8")
        np.save("images.npy", images)
        a = np.load("images.npy")
        np.savez_compressed("both.npz", x=images, y=np.arange(3))
        with np.load("both.npz") as both:
            b, c = both["x"], both["y"]
    """)
    assert problems(analysis) == []
    assert shape(analysis, "a") == shape(analysis, "b") == (60000, 224, 224, 3)
    assert shape(analysis, "c") == (3,)
    assert analysis.finished is not None
    assert analysis.finished.peak_memory_mb < 100


def test_temporary_folders_and_logs(run: Run) -> None:
    analysis = run("""
        import logging, os, tempfile
        with tempfile.TemporaryDirectory() as folder:
            with open(os.path.join(folder, "x"), "w") as file:
                file.write("abc")
        with tempfile.NamedTemporaryFile("w", suffix=".txt", delete=False) as file:
            file.write("abc")
        os.unlink(file.name)
        logging.basicConfig(filename="train.log", level=logging.INFO)
        logging.info("started")
        logging.getLogger("x").addHandler(logging.FileHandler("logs.txt"))
        os.chmod("train.log", 0o600)
    """)
    assert problems(analysis) == []
