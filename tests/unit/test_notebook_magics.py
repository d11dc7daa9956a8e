"""Cells with what IPython reads beside Python."""

from __future__ import annotations

import pytest

from shapelens.source.notebook import CellCode


def python_of(text: str) -> str:
    cell = CellCode("", text)
    assert not cell.is_broken, cell.python.error
    return "\n".join(cell.python.lines)


@pytest.mark.parametrize(
    ("cell", "python"),
    [
        ("%matplotlib inline\nx = 1", "pass\nx = 1"),
        ("%load_ext tensorboard", "pass"),
        ("%cd ../data", "pass"),
        ("!pip install -q keras 'it''s", "pass"),
        ("!!ls", "pass"),
        ("!pip install \\\n  keras \\\n  numpy\nx = 1", "pass\n\n\nx = 1"),
        ("if x:\n    !ls\n    %pwd\nelse:\n\t!ls", "if x:\n    pass\n    pass\nelse:\n\tpass"),
        ("# !ls\n!ls\n  # %ls\n\nx = 1", "# !ls\npass\n  # %ls\n\nx = 1"),
        ("?print\nprint?\nprint??\nnp.zeros?\n??x", "pass\npass\npass\npass\npass"),
        ("x = 'what?'  # why?\ny?", "x = 'what?'  # why?\npass"),
        ("for i in x:\n    i?", "for i in x:\n    pass"),
        ("plt.plot(x);", "plt.plot(x);"),
        ("pip install keras", ""),
        ("  !ls\n  x = 1", "pass\nx = 1"),
    ],
)
def test_commands_are_stepped_over(cell: str, python: str) -> None:
    assert python_of(cell) == python


@pytest.mark.parametrize(
    ("cell", "python"),
    [
        ("%time f(x)", "pass; f(x)"),
        ("%time y = f(x)", "pass; y = f(x)"),
        ("%timeit -n 10 -r3 f(x)", "pass;             f(x)"),
        ("%prun -s cumulative f(x)", "pass;               f(x)"),
        ("%time f(x, \\\n  y)", "pass; f(x, \\\n  y)"),
        ("y = %time f(x)", "y =       f(x)"),
        ("%time", "pass"),
        ("%time for i in x: f(i)", "pass"),
        ("%memit", "pass"),
    ],
)
def test_a_magic_leaves_the_statement_that_it_runs_in_its_columns(cell: str, python: str) -> None:
    assert python_of(cell) == python


@pytest.mark.parametrize(
    ("cell", "python"),
    [
        ("x = !ls -l 'a", 'x = get_ipython().getoutput("ls -l \'a")'),
        ("  a, b = !ls", "a, b = get_ipython().getoutput('ls')"),
        ("x[0] = !ls \\\n  -l", "x[0] = get_ipython().getoutput('ls -l')\n"),
        ("x = %pwd", "x = get_ipython().run_line_magic('pwd', '')"),
        ("x = %timeit -o -n 3 f(3)", "x =                 f(3)"),
        ("x = %sql SELECT 1", "x = get_ipython().run_line_magic('sql', 'SELECT 1')"),
        ("%env KERAS_BACKEND=jax", "__import__('os').environ['KERAS_BACKEND'] = 'jax'"),
        ("%set_env A b c", "__import__('os').environ['A'] = 'b c'"),
        ("%env", "pass"),
        ("%env A=$B", "pass"),
    ],
)
def test_what_a_command_is_assigned_to_is_left_to_the_command(cell: str, python: str) -> None:
    assert python_of(cell) == python


@pytest.mark.parametrize(
    ("cell", "python"),
    [
        ("%%time\nx = 1", "\nx = 1"),
        ("\n\n%%capture out\n%%time\n!ls\nx = 1", "\n\n\n\npass\nx = 1"),
        ("  %%timeit -n 3\n  x = 1", "\nx = 1"),
        ("%%bash\nls $HOME\nif [ x ]; then", "\n\n"),
        ("%%html\n<b>", "\n"),
        ("%%writefile helpers.py\nx = 1", "\n"),
        ("%%unheard_of\nx = 1", "\n"),
        ("%%time?", ""),
    ],
)
def test_cell_magics_run_python_or_leave_the_cell_out(cell: str, python: str) -> None:
    assert python_of(cell) == python


@pytest.mark.parametrize(
    "python",
    [
        "x = '''\n%time\n!ls\nwhat?\n'''",
        'x = f"""\n%time {y}\n!ls {z!r}\n"""',
        "x = (a\n  % b\n  != c)",
        "x = a \\\n  % b",
        "x = '%d items' % 3",
        "x = {\n    'a':\n  '!b'}",
        "print('a?')  # %time\n# !ls\n",
        "x = lambda a=1: a % 2\nx %= 3",
        "class A:\n    '''\n    %%time\n    '''",
    ],
)
def test_python_stays_as_it_is(python: str) -> None:
    assert python_of(python) == python
    # Beside a command too, which is when the text is looked at in earnest.
    assert python_of(f"!ls\n{python}\n%pwd\ny = !ls '\nz?") == (
        f'pass\n{python}\npass\ny = get_ipython().getoutput("ls \'")\npass'
    )


@pytest.mark.parametrize(
    "cell", ["x = (\n!ls", "x = !", "def f(:\n%time", "print 3", "x ? y", "!ls\nx = '''\n%time", "%%time\nx = ("]
)
def test_anything_else_is_broken_and_harms_nobody(cell: str) -> None:
    code = CellCode("", cell)
    assert len(code.python.lines) == len(code.lines)
    assert code.is_broken or cell == "x = !"
