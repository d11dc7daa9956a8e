"""``padding-same``: sizes that convolutions and pooling leave too small, or that do not meet again."""

from __future__ import annotations

import ast
from collections.abc import Iterator

from shapelens.repairs.model import Candidate, TextEdit
from shapelens.repairs.problem import Problem, ordered
from shapelens.repairs.sites import Form, Site
from shapelens.source.syntax_tree import SourceTree, callee, number
from shapelens.worker.contract import Span

_SPATIAL = ("Conv", "Pooling")
_CODES = (
    "non-positive-dimension",
    "merge-mismatch",
    "operation-shape-mismatch",
    "loss-target-mismatch",
    "silent-broadcast",
)


def candidates(problem: Problem) -> Iterator[Candidate]:
    """Yield padding="same" for the failing layer and for all that lack it, a smaller window, and one layer less."""
    if problem.code not in _CODES:
        return
    site = problem.site
    maker = site.maker if site is not None else None
    if problem.code == "non-positive-dimension" and maker is not None and _takes_padding(maker):
        yield Candidate("padding-same", f'Set padding="same" in {callee(maker)}', _padded(problem, [maker]), 1.0)
        yield from _smaller(problem, maker)
        if site is not None:
            yield from _without(problem, site)
    if len(problem.found or (1, 1, 1)) < 3 and problem.code != "merge-mismatch":
        return
    for names, cost in ((("Conv",), 1.2), (_SPATIAL, 1.4)):
        makers = [call for call in problem.tree.walk(ast.Call) if _takes_padding(call, names)]
        edits = _padded(problem, makers)
        if edits:
            what = "every convolution" if names == ("Conv",) else "every convolution and pooling"
            yield Candidate("padding-same", f'Set padding="same" in {what}', edits, cost)


def _takes_padding(call: ast.Call, names: tuple[str, ...] = _SPATIAL) -> bool:
    name = callee(call)
    return any(part in name for part in names) and "Global" not in name and name[-2:] in ("1D", "2D", "3D")


def _padded(problem: Problem, makers: list[ast.Call]) -> tuple[TextEdit, ...]:
    edits = []
    for maker in makers:
        keyword = problem.tree.keyword(maker, "padding")
        if keyword is None:
            edits.append(problem.add_argument(maker, f"padding={problem.style.quoted('same')}"))
        elif isinstance(keyword.value, ast.Constant) and keyword.value.value == "valid":
            edits.append(problem.replace(keyword.value, problem.style.quoted("same", keyword.value)))
    return ordered(*edits)


def _smaller(problem: Problem, maker: ast.Call) -> Iterator[Candidate]:
    """Yield a window that fits into what is left."""
    spatial = [size for size in (problem.found or ())[1:-1] if size]
    name = "pool_size" if "Pooling" in callee(maker) else "kernel_size"
    written = problem.tree.argument(maker, name, 0 if name == "pool_size" else 1)
    if written is None or not spatial:
        return
    own = [number(item) for item in written.elts] if isinstance(written, ast.Tuple) else [number(written)]
    if any(size is None for size in own):
        return
    sizes = [min(size or 1, min(spatial)) for size in own]
    text = repr(tuple(sizes)) if isinstance(written, ast.Tuple) else str(sizes[0])
    if sizes != own and min(sizes) > 0:
        title = f"Use {name}={text}, which fits into {min(spatial)}"
        yield Candidate("padding-same", title, ordered(problem.replace(written, text)), 1.3)


def _without(problem: Problem, site: Site) -> Iterator[Candidate]:
    """Yield the model without a pooling layer that has nothing left to pool."""
    maker, tree = site.maker, problem.tree
    if maker is None or "Pooling" not in callee(maker):
        return
    span: Span | None = None
    statement = tree.statement(maker)
    if site.form is Form.ELEMENT:
        span = _element_span(tree, maker)
    elif site.form is Form.ADD and statement is not None and tree.starts_its_line(statement):
        own = tree.span(statement)
        span = Span(own.line, 0, own.end_line + 1, 0)
    if span is not None:
        yield Candidate("remove-layer", f"Remove {callee(maker)}", (TextEdit(span, ""),), 1.8)


def _element_span(tree: SourceTree, node: ast.Call) -> Span | None:
    parent = tree.parent(node)
    if not isinstance(parent, ast.List) or node not in parent.elts:
        return None
    index = parent.elts.index(node)
    own = tree.span(node)
    if index + 1 < len(parent.elts):
        following = tree.span(parent.elts[index + 1])
        return Span(own.line, own.column, following.line, following.column)
    if index:
        before = tree.span(parent.elts[index - 1])
        return Span(before.end_line, before.end_column, own.end_line, own.end_column)
    return None
