"""Comments that turn a diagnostic off, written where Python and ShapeLens read them."""

from __future__ import annotations

import pytest

from shapelens.source.ignoring import ignoring
from shapelens.source.lines import Lines
from support.made import Source


def ignored(text: str, piece: str, code: str = "merge-mismatch") -> str | None:
    """Return the text with the diagnostic ignored at a piece of it."""
    lines = Lines(text)
    edit = ignoring(lines, code, Source(text).span(piece))
    if edit is None:
        return None
    span, written = edit
    start, end = lines.offset(span.line, span.column), lines.offset(span.end_line, span.end_column)
    return text[:start] + written + text[end:]


COMMENT = "# shapelens: ignore[merge-mismatch]"


@pytest.mark.parametrize(
    ("text", "piece", "expected"),
    [
        ("y = f(x)\nz = 1\n", "f(x)", f"y = f(x)  {COMMENT}\nz = 1\n"),
        ("y = f(x)   \n", "f(x)", f"y = f(x)  {COMMENT}\n"),
        ("y = f(x)  # a note\n", "f(x)", f"y = f(x)  # a note  {COMMENT}\n"),
        ("y = f(x)", "f(x)", f"y = f(x)  {COMMENT}"),
        # The first of several lines.
        ("y = f(\n    x,\n)\n", "f(\n    x,\n)", f"y = f(  {COMMENT}\n    x,\n)\n"),
        # Behind a string that spans lines, and behind a line that is continued.
        ('y = f("""\n# a\n""", x)\n', 'f("""\n# a\n""", x)', f'y = f("""\n# a\n""", x)  {COMMENT}\n'),
        ("y = a + \\\n    f(x)\n", "a + \\\n    f(x)", f"y = a + \\\n    f(x)  {COMMENT}\n"),
        # A second code joins the first one.
        (
            "y = f(x)  # shapelens: ignore[keras-error]\n",
            "f(x)",
            "y = f(x)  # shapelens: ignore[keras-error, merge-mismatch]\n",
        ),
        # One that stands alone above is left as it is.
        (
            "# shapelens: ignore[keras-error]\ny = f(x)\n",
            "f(x)",
            f"# shapelens: ignore[keras-error]\ny = f(x)  {COMMENT}\n",
        ),
    ],
)
def test_the_comment_stands_where_it_is_read(text: str, piece: str, expected: str) -> None:
    assert ignored(text, piece) == expected


def test_nothing_is_offered_where_no_comment_can_stand() -> None:
    assert ignored('y = (f(x), """\n""")\n', "f(x)") is None
    assert ignored("y = f(x) + \\\n    z\n", "f(x)") is None


def test_another_comment_of_its_own_stays_what_it_was() -> None:
    assert ignored("x = load()  # shapelens: shape x = (None, 3) float32\n", "load()") is None
