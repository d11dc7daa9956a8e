"""What the documentation gives for editors that no test drives can at least be read by them."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest


def blocks(repository: Path, language: str) -> list[str]:
    """Return the examples of the README that are written in a language."""
    text = (repository / "README.md").read_text(encoding="utf-8")
    return re.findall(rf"^```{language}\n(.*?)^```$", text, re.DOTALL | re.MULTILINE)


def test_examples_in_json_are_json(repository: Path) -> None:
    examples = [json.loads(block) for block in blocks(repository, "json")]
    assert any("clients" in example for example in examples) and any("lsp" in example for example in examples)


def test_examples_in_toml_are_toml(repository: Path) -> None:
    reader = pytest.importorskip("tomllib", reason="Python reads TOML from 3.11 on")
    examples = [reader.loads(block) for block in blocks(repository, "toml")]
    assert any("language-server" in example for example in examples)


@pytest.mark.parametrize("language", ["lua", "elisp"])
def test_brackets_of_other_examples_close(repository: Path, language: str) -> None:
    for block in blocks(repository, language):
        for opening, closing in ("()", "{}", "[]"):
            assert block.count(opening) == block.count(closing), block
