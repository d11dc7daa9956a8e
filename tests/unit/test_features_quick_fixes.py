"""Which fixes still fit after edits, and which go together."""

from __future__ import annotations

from shapelens.features.fixes import FoundFix, LocatedEdit
from shapelens.features.moving import Moves
from shapelens.features.quick_fixes import moved, together
from shapelens.source.span_edits import Edit
from shapelens.worker.contract import Location, Span


def edit(line: int, column: int, end_line: int, end_column: int, text: str = "", path: str = "a.py") -> LocatedEdit:
    return LocatedEdit(Location(path, Span(line, column, end_line, end_column)), text)


def fix(*edits: LocatedEdit) -> FoundFix:
    return FoundFix("kind", "title", edits, preferred=True)


def test_a_fix_moves_with_edits_of_other_lines_and_is_dropped_with_those_of_its_own() -> None:
    two = fix(edit(2, 4, 2, 5), edit(8, 0, 8, 0, "x = 1\n"))
    above = Edit((0, 0), (0, 0), (3, 0))
    assert moved(two, Moves({"a.py": [above]})) == fix(edit(5, 4, 5, 5), edit(11, 0, 11, 0, "x = 1\n"))
    assert moved(two, Moves({"b.py": [Edit((2, 4), (2, 5), (2, 4))]})) == two
    assert moved(two, Moves({"a.py": [above, Edit((11, 7), (11, 7), (11, 8))]})) is None


def test_of_fixes_that_meet_the_first_is_taken() -> None:
    first, second = fix(edit(1, 0, 1, 5)), fix(edit(1, 4, 1, 8))
    assert together([first, second]).fixes == (first,)
    assert together([second, first]).fixes == (second,)
    # Pieces side by side go together, insertions at one place do not.
    assert together([first, fix(edit(1, 5, 1, 8))]).edits == (edit(1, 0, 1, 5), edit(1, 5, 1, 8))
    assert len(together([fix(edit(1, 5, 1, 5, "a")), fix(edit(1, 5, 1, 5, "b"))]).fixes) == 1
    assert len(together([first, fix(edit(1, 5, 1, 5, "b"))]).fixes) == 1
    assert len(together([first, fix(edit(1, 4, 1, 8, path="b.py"))]).fixes) == 2


def test_an_edit_that_fixes_have_in_common_is_made_once() -> None:
    added = edit(0, 0, 0, 0, "import keras\n")
    both = [fix(added, edit(1, 0, 1, 1)), fix(added, edit(5, 0, 5, 1)), fix(added)]
    assert together(both).edits == (added, edit(1, 0, 1, 1), edit(5, 0, 5, 1))
    assert together(both).fixes == tuple(both[:2])
