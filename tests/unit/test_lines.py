"""Lines end where Python and the protocol end them, and columns count in every unit."""

from __future__ import annotations

import pytest

from shapelens.source.lines import Lines, Unit

TEXT = "a\r\nbé🚀c\rd\x0c\x1c\u2028e\n"


def test_only_three_line_ends_count() -> None:
    lines = Lines(TEXT)
    assert [lines[index] for index in range(len(lines))] == ["a", "bé🚀c", "d\x0c\x1c\u2028e", ""]
    assert len(Lines("")) == 1 and Lines("")[0] == ""


@pytest.mark.parametrize(
    ("unit", "columns"),
    [(Unit.UTF8, [0, 1, 3, 7, 8]), (Unit.UTF16, [0, 1, 2, 4, 5]), (Unit.UTF32, [0, 1, 2, 3, 4])],
)
def test_columns_there_and_back(unit: Unit, columns: list[int]) -> None:
    lines = Lines(TEXT)
    assert [lines.column_to(unit, 1, column) for column in range(5)] == columns
    assert [lines.column_from(unit, 1, column) for column in columns] == [0, 1, 2, 3, 4]
    assert lines.column_from(unit, 1, 99) == 4
    assert lines.column_to(unit, 1, 99) == columns[-1]
    assert lines.column_to(unit, 99, 3) == lines.column_from(unit, 99, 3) == 0


def test_inside_a_character_counts_as_before_it() -> None:
    assert Lines(TEXT).column_from(Unit.UTF16, 1, 3) == 2
    assert Lines(TEXT).column_from(Unit.UTF8, 1, 5) == 2


def test_positions_and_offsets_are_inverse() -> None:
    lines = Lines(TEXT)
    inside_line_end = TEXT.index("\r\n") + 1
    for offset in range(len(TEXT) + 1):
        if offset != inside_line_end:
            assert lines.offset(*lines.position(offset)) == offset
    assert lines.position(inside_line_end) == (0, 1)
    assert lines.offset(99, 0) == len(TEXT)
    assert lines.offset(0, 99) == 1
