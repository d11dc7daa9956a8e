"""Every rule, and the one function that applies them."""

from __future__ import annotations

from collections.abc import Iterator

from shapelens.diagnostics import (
    attention_shape_mismatch,
    cardinality_mismatch,
    dense_on_feature_map,
    embedding_range,
    evaluation_stopped,
    feature_axis_mismatch,
    input_structure_mismatch,
    keras_error,
    layer_rank_mismatch,
    loss_target_mismatch,
    merge_mismatch,
    non_positive_dimension,
    not_evaluated,
    operation_shape_mismatch,
    python_error,
    reshape_size_mismatch,
    silent_broadcast,
    single_feature_bottleneck,
    suspicious_argument,
    unbuilt_model,
)
from shapelens.diagnostics.faults import fault_diagnostics
from shapelens.diagnostics.model import Diagnostic
from shapelens.diagnostics.rule import AnalysisRule, FaultRule, Rule
from shapelens.evaluation.analysis import Analysis
from shapelens.source.comments import read_comments
from shapelens.worker.contract import Location

FAULT_RULES: tuple[FaultRule, ...] = (
    not_evaluated.SYNTAX_RULE,
    suspicious_argument.LEGACY_RULE,
    layer_rank_mismatch.RULE,
    feature_axis_mismatch.RULE,
    input_structure_mismatch.RULE,
    merge_mismatch.RULE,
    reshape_size_mismatch.RULE,
    non_positive_dimension.RULE,
    loss_target_mismatch.RULE,
    cardinality_mismatch.RULE,
    attention_shape_mismatch.RULE,
    operation_shape_mismatch.RULE,
    keras_error.RULE,
    python_error.RULE,
)
"""In the order in which they are asked; the last one recognises every fault."""

ANALYSIS_RULES: tuple[AnalysisRule, ...] = (
    not_evaluated.RULE,
    evaluation_stopped.RULE,
    silent_broadcast.RULE,
    dense_on_feature_map.RULE,
    single_feature_bottleneck.RULE,
    suspicious_argument.RULE,
    embedding_range.RULE,
    unbuilt_model.RULE,
)

RULES: tuple[Rule, ...] = tuple({rule.code: rule for rule in (*FAULT_RULES, *ANALYSIS_RULES)}.values())
"""One rule for each code, for the reference."""


def diagnose(analysis: Analysis) -> tuple[Diagnostic, ...]:
    """Return what there is to say of an analysis: its own file first, then in the order of the text.

    A local module's fault is reported at its place in that module; ``location.path`` tells.
    """
    found = list(fault_diagnostics(analysis, FAULT_RULES))
    for rule in ANALYSIS_RULES:
        found.extend(rule.find(analysis))
    found = list(_without_ignored(analysis, found))
    own = analysis.program.path
    return tuple(sorted(found, key=lambda item: (item.location.path != own, item.location, item.code)))


def _without_ignored(analysis: Analysis, found: list[Diagnostic]) -> Iterator[Diagnostic]:
    """Yield what comments in its file do not turn off, and what is wrong with such comments."""
    program = analysis.program
    texts = {program.path: program.text, **{module.path: module.text for module in program.modules}}
    comments = {path: read_comments(texts[path]) for path in {item.location.path for item in found} if path in texts}
    for item in found:
        told = comments.get(item.location.path)
        if told is None or not told.ignored(item.code, item.location.span):
            yield item
    codes = {rule.code for rule in RULES}
    for comment in read_comments(program.text).ignores:
        for code in sorted(comment.codes - codes):
            message = f"This comment is not understood: there is no diagnostic with the code {code}."
            yield not_evaluated.skipped(Location(program.path, comment.span), message)
