"""Open documents, what is shown of them, and which of them import which."""

from __future__ import annotations

from shapelens.diagnostics.model import Diagnostic, Severity
from shapelens.lsp.documents import Documents
from shapelens.lsp.shown import Shown
from shapelens.source.imports import importers
from support.made import Source


def test_only_python_on_a_disk_is_taken_in() -> None:
    documents = Documents()
    assert documents.open("file:///p/model.py", "python", 1, "x") is not None
    assert documents.open("file:///p/model.pyw", "plaintext", 1, "x") is not None
    assert documents.open("file:///p/script", "python", 1, "x") is not None
    for uri, language in (("git:/p/model.py", "python"), ("untitled:x.py", "python"), ("file:///p/a.md", "markdown")):
        assert documents.open(uri, language, 1, "x") is None
    assert len(list(documents)) == 3


def test_a_file_keeps_the_clients_spelling_of_its_uri() -> None:
    documents = Documents()
    document = documents.open("file:///p/my%20m%C3%B6del.py", "python", 1, "x")
    assert document is not None and document.path == "/p/my mödel.py"
    assert documents.uri_of("/p/my mödel.py") == "file:///p/my%20m%C3%B6del.py"
    assert documents.uri_of("/p/other file.py") == "file:///p/other%20file.py"
    assert documents.close(document.uri) is document
    assert documents.at_path(document.path) is None


def test_each_change_is_a_new_snapshot() -> None:
    opened = Documents().open("file:///p/model.py", "python", 1, "x = 1\n")
    assert opened is not None
    before = opened.snapshot
    opened.document.replace(2, 4, 5, "2")
    assert (opened.snapshot.text, opened.version) == ("x = 2\n", 2)
    assert opened.snapshot is not before and before.text == "x = 1\n"
    assert opened.snapshot is opened.snapshot


def test_what_is_shown_moves_with_the_edits_of_its_file_only() -> None:
    documents = Documents()
    source = Source("a = f(1)\n", "/p/model.py")
    opened = documents.open("file:///p/model.py", "python", 1, source.text)
    assert opened is not None
    document = opened.document
    assert document.shown is None
    diagnostic = Diagnostic("code", Severity.ERROR, source.place("f(1)"), "message")
    opened.shown = Shown(source.analysis((source.tensor("f(1)", (1,)),)), (diagnostic,), {})
    edits = document.replace(2, 0, 0, "\n\n")
    documents.edited("/p/other.py", edits)
    assert document.shown.analysis.observations[0].location.span.line == 0
    documents.edited(document.path, edits)
    documents.edited(document.path, document.replace(3, 0, 1, ""))
    assert document.shown.analysis.observations[0].location.span.line == 1
    assert document.shown.diagnostics[0].span.line == 1


def test_a_diagnostic_that_is_shown_is_not_added_again() -> None:
    source = Source("a = f(1)\n")
    one, two = (Diagnostic("code", Severity.ERROR, source.place("f(1)"), text) for text in ("one", "two"))
    shown = Shown(source.analysis(), (one,), {})
    assert not shown.add((one,), {})
    assert shown.add((one, two), {})
    assert shown.diagnostics == (one, two)


def test_importers_are_found_in_every_way_of_writing_an_import() -> None:
    texts = {
        "/p/blocks.py": "x = 1",
        "/p/a.py": "import blocks",
        "/p/b.py": "from blocks import x",
        "/p/c.py": "from . import other, blocks as b",
        "/p/d.py": "def f():\n    from pkg.blocks import (\n        x,\n    )\n",
        "/p/e.py": "from pkg import (\n    other,\n    blocks,\n)\n",
        "/p/f.py": "import numpy as np, blocks\nx = (",
        "/p/g.py": "# blocks\nfrom a import x",
        "/p/h.py": "text = 'blocks'",
    }
    assert sorted(importers("/p/blocks.py", texts)) == [f"/p/{name}.py" for name in "abcdefg"]
    assert importers("/p/h.py", texts) == ()


def test_a_package_is_imported_by_its_folders_name_and_circles_end() -> None:
    texts = {"/p/pkg/__init__.py": "from pkg import one", "/p/pkg/one.py": "import pkg", "/p/m.py": "import pkg.one"}
    assert sorted(importers("/p/pkg/__init__.py", texts)) == ["/p/m.py", "/p/pkg/one.py"]
