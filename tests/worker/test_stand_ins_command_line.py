"""Programs run with the defaults of their command line; what they would be given is unknown."""

from __future__ import annotations

from support.evaluation import Run
from support.found import problems, reasons, shape


def test_argparse(run: Run) -> None:
    analysis = run("""
        import argparse, json, os
        import tensorflow as tf
        parser = argparse.ArgumentParser()
        parser.add_argument("--data-dir", required=True)
        parser.add_argument("file", type=str)
        parser.add_argument("--units", type=int, default=7)
        parser.add_argument("--hidden", type=int, nargs="+", default=[32, 16])
        parser.add_argument("--augment", action="store_true")
        args = parser.parse_args()
        print(args)
        a = tf.zeros((args.units, *args.hidden))
        folder = os.path.join(args.data_dir, "train")
        if args.data_dir == "x":
            b = 1
        json.dump(vars(args), open("args.json", "w"))
        text = f"{args.data_dir}/x"
        tf.io.read_file(args.file)
        if args.augment:
            c = 1
    """)
    assert reasons(analysis) == [(line, "unavailable") for line in (12, 13, 15, 16, 17)]
    assert {skip.message for skip in analysis.skips} == {
        "`--data-dir` has no value: the program is evaluated without arguments.",
        "`file` has no value: the program is evaluated without arguments.",
    }
    assert shape(analysis, "a") == (7, 32, 16)


def test_the_first_command_is_run(run: Run) -> None:
    analysis = run("""
        import argparse
        import tensorflow as tf
        def train(args):
            return tf.zeros((args.n, 3))
        def test(args):
            return tf.zeros((args.m,))
        def main():
            parser = argparse.ArgumentParser()
            commands = parser.add_subparsers(dest="command", required=True)
            first = commands.add_parser("train")
            first.add_argument("--n", type=int, default=5)
            first.set_defaults(func=train)
            second = commands.add_parser("test")
            second.add_argument("--m", type=int, default=6)
            second.set_defaults(func=test)
            args, rest = parser.parse_known_args()
            a = args.func(args)
        if __name__ == "__main__":
            main()
    """)
    assert problems(analysis) == []
    assert shape(analysis, "a") == (5, 3)


def test_absl(run: Run) -> None:
    analysis = run("""
        from absl import app, flags, logging
        import tensorflow as tf
        FLAGS = flags.FLAGS
        flags.DEFINE_integer("units", 9, "how many")
        flags.DEFINE_string("data", None, "where")
        flags.DEFINE_enum("mode", "train", ["train", "test"], "what", required=False)
        flags.mark_flag_as_required("data")
        def main(argv):
            del argv
            logging.info("started")
            a = tf.zeros((FLAGS.units, 2))
            path = FLAGS.data + "/x"
            b = tf.zeros((3,))
        if __name__ == "__main__":
            app.run(main)
    """)
    assert reasons(analysis) == [(12, "unavailable")]
    assert shape(analysis, "a") == (9, 2)
    assert shape(analysis, "b") == (3,)


def test_typer_and_fire(run: Run) -> None:
    analysis = run("""
        import fire, typer
        import tensorflow as tf
        app = typer.Typer()
        @app.command()
        def train(path: str, n: int = 4, m: int = typer.Option(6, help="x")):
            a = tf.zeros((n, m))
            open(path)
        def main(n=3, *, m=5):
            b = tf.zeros((n, m))
        if __name__ == "__main__":
            app()
            fire.Fire(main)
    """)
    assert reasons(analysis) == [(7, "unavailable")]
    assert shape(analysis, "a") == (4, 6)
    assert shape(analysis, "b") == (3, 5)


def test_nobody_is_waited_for(run: Run) -> None:
    analysis = run("""
        import getpass, pdb, signal, time
        import tensorflow as tf
        from tkinter import Tk, filedialog
        units = int(input("How many? "))
        a = tf.zeros((units,))
        password = getpass.getpass()
        time.sleep(1000)
        breakpoint()
        pdb.set_trace()
        signal.signal(signal.SIGALRM, lambda *_: None)
        def ask():
            try:
                answer = int(input())
            except ValueError:
                answer = 3
            b = tf.zeros((2,))
        ask()
        while True:
            answer = input("Go on? ")
            if answer == "q":
                break
        Tk().withdraw()
        name = filedialog.askopenfilename()
        c = tf.zeros((4,))
    """)
    assert [item for item in reasons(analysis) if item[1] == "unavailable"] == [
        (line, "unavailable") for line in (4, 6, 13, 19, 23)
    ]
    assert shape(analysis, "b") == (2,)
    assert shape(analysis, "c") == (4,)
    assert analysis.finished is not None
    assert analysis.finished.seconds < 5
