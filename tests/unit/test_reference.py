"""The reference and the README's list of codes are those of the rules."""

from __future__ import annotations

from shapelens.diagnostics import RULES
from shapelens.diagnostics.reference import PAGE, README, listed, page


def test_the_page_is_up_to_date() -> None:
    assert PAGE.read_text("utf-8") == page(), "make reference"
    assert all(f"\n## {rule.code}\n" in page() for rule in RULES)


def test_the_list_of_the_readme_is_up_to_date() -> None:
    readme = README.read_text("utf-8")
    assert listed(readme) == readme, "make reference"
    assert all(f"[{rule.code}](" in readme for rule in RULES)
