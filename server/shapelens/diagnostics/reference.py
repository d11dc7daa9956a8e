"""The reference of all codes, made from the rules: ``python -m shapelens.diagnostics.reference`` writes it anew.

The page lies beside the rules (REFERENCE.md); the list in the README stands between two comments there.
"""

from __future__ import annotations

import re
from pathlib import Path

from shapelens.diagnostics.registry import RULES
from shapelens.diagnostics.rule import Rule

PAGE = Path(__file__).with_name("REFERENCE.md")
README = Path(__file__).parents[3] / "README.md"
_LIST = re.compile(r"(<!-- codes -->\n).*?(<!-- end of codes -->)", re.DOTALL)


def page() -> str:
    """Return the reference as Markdown, codes in the order of the alphabet."""
    return "\n".join(["# What the diagnostics say", "", _INTRODUCTION, "", *map(_section, _rules())])


def listed(readme: str) -> str:
    """Return the README with its list of codes made anew."""
    rows = ["| code | | what it reports |", "|---|---|---|"]
    for rule in _rules():
        what = _flat(rule.documentation.what)
        rows.append(f"| [{rule.code}]({_PATH}#{rule.code}) | {rule.severity.value} | {what} |")
    return _LIST.sub(lambda found: found.group(1) + "\n".join(rows) + "\n" + found.group(2), readme)


_PATH = "server/shapelens/diagnostics/REFERENCE.md"

_INTRODUCTION = """\
An error is what Keras raises; a warning runs, but not as it is meant; a hint is worth knowing. A comment
`# shapelens: ignore[code]` leaves a diagnostic out on its line, and the setting `diagnostics.severity` gives a code
another severity or turns it off."""


def _rules() -> list[Rule]:
    return sorted(RULES, key=lambda rule: rule.code)


def _section(rule: Rule) -> str:
    text = rule.documentation
    return "\n".join(
        [
            f"## {rule.code}",
            "",
            f"*{rule.severity.value.capitalize()}.* {_flat(text.what)}",
            "",
            f"**Why it matters.** {_flat(text.why)}",
            "",
            "```python",
            text.example,
            "```",
            "",
            "Instead:",
            "",
            "```python",
            text.instead,
            "```",
            "",
            f"**What Keras does.** {_flat(text.keras)}",
            "",
            *((f"**What the diagnostic says.** {_flat(text.message)}", "") if text.message else ()),
        ]
    )


def _flat(text: str) -> str:
    return " ".join(text.split())


def main() -> None:
    """Write page and list."""
    PAGE.write_text(page(), encoding="utf-8")
    README.write_text(listed(README.read_text("utf-8")), encoding="utf-8")


if __name__ == "__main__":
    main()
