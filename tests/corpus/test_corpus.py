"""Whole programs: nearly every layer is shown, every shape is that of a plain run, and nothing is said that is not so.

A few programs run with the other tests; ``make corpus`` runs all of them.
"""

from __future__ import annotations

import pytest

from corpus.conftest import Corpus
from shapelens.worker.contract import Location, Outcome
from support.corpus import Entry, alarms, corpus, shapes_shown, share
from support.oracle import needs_columns, plain_shapes

pytestmark = [pytest.mark.slow, needs_columns, pytest.mark.timeout(400)]

SHARE = 0.97
"""Of the layers that Keras calls, over the whole corpus."""

MEMORY_MB = 300
"""Above the host's."""

FIRST = frozenset(
    "audio_denoising_autoencoder broken_image_lengths_differ broken_notebook_tabular_churn broken_series_horizon "
    "broken_text_topics_one_hot image_mnist_first_steps notebook_audio_tones series_ferry_lstm text_imdb_lstm "
    "text_spam_messages".split()
)
"""Small ones of every kind; they run with the other tests."""

CORPUS = corpus()


def parameters(entries: list[Entry]) -> list[object]:
    return [
        pytest.param(entry, id=entry.name, marks=() if entry.path.stem in FIRST else (pytest.mark.corpus,))
        for entry in entries
    ]


def each(entries: list[Entry]) -> pytest.MarkDecorator:
    return pytest.mark.parametrize("entry", parameters(entries))


RUNNABLE = [entry for entry in CORPUS if entry.expectations.never_run is None]
WORKING = [entry for entry in CORPUS if not entry.is_broken]
BROKEN = [entry for entry in CORPUS if entry.is_broken]
COMPARED = [entry for entry in WORKING if entry in RUNNABLE]


def test_the_corpus_is_large_and_the_first_ones_exist() -> None:
    assert sum(not entry.is_notebook for entry in CORPUS) >= 60
    assert sum(entry.is_notebook for entry in CORPUS) >= 12
    assert {entry.path.stem for entry in CORPUS} >= FIRST
    assert len(RUNNABLE) >= 0.9 * len(CORPUS), "a program without a plain run proves little"


@each(CORPUS)
def test_the_evaluation_runs_to_its_end_within_its_memory(entry: Entry, programs: Corpus) -> None:
    finished = programs.analysis(entry).finished
    assert finished is not None
    assert finished.outcome is Outcome.COMPLETED, finished
    assert finished.peak_memory_mb < MEMORY_MB


@each(RUNNABLE)
def test_the_plain_run_is_what_the_marks_say(entry: Entry, programs: Corpus) -> None:
    report = programs.report(entry)
    if not entry.is_broken:
        assert report.fault is None, report.fault
    assert report.calls or report.stores  # a program of TensorFlow alone calls no layers
    for shape in entry.expectations.shapes:
        real = plain_shapes(report, entry.path, shape)
        assert set(shape.shapes) <= set(real), f"line {shape.line + 1}: really {real}"


@each(COMPARED)
def test_every_shape_of_a_layer_is_one_that_a_plain_run_has(entry: Entry, programs: Corpus) -> None:
    made = programs.comparison(entry)
    assert not made.wrong_layers
    assert made.compared_layers or not made.called


@each(COMPARED)
def test_every_shape_of_a_variable_is_one_that_a_plain_run_has(entry: Entry, programs: Corpus) -> None:
    made = programs.comparison(entry)
    assert not made.wrong_tensors


@each(COMPARED)
def test_most_of_what_is_shown_is_compared(entry: Entry, programs: Corpus) -> None:
    made = programs.comparison(entry)
    compared = made.compared_layers + made.compared_tensors
    assert len(made.unchecked) <= max(3, compared / 4), made.unchecked


@each(CORPUS)
def test_shapes_written_in_the_file_are_shown(entry: Entry, programs: Corpus) -> None:
    analysis = programs.analysis(entry)
    for shape in entry.expectations.shapes:
        shown = shapes_shown(analysis, entry.path, shape)
        assert shown and shown <= set(shape.shapes), f"line {shape.line + 1}"


@each(WORKING)
def test_nothing_is_wrong_with_a_working_program(entry: Entry, programs: Corpus) -> None:
    analysis = programs.analysis(entry)
    assert not [fault for fault in analysis.faults if not fault.handled]
    assert not alarms(analysis)


@each(BROKEN)
def test_the_error_is_where_the_file_marks_it(entry: Entry, programs: Corpus) -> None:
    analysis = programs.analysis(entry)
    expected = entry.expectations.errors
    faults = sorted((fault for fault in analysis.faults if not fault.handled), key=lambda fault: fault.location)
    assert [fault.location for fault in faults] == [Location(str(entry.path), error.span) for error in expected]
    for fault, error in zip(faults, expected, strict=True):
        assert error.message in fault.message
    if entry.expectations.never_run is None:
        real = programs.report(entry).fault
        assert real is not None, "it is not broken in a plain run"
        first = next(fault for fault in analysis.faults if not fault.handled)
        assert first.exception == real.exception
        assert first.location in real.places
        assert any(error.message in real.message for error in expected)


@each([entry for entry in BROKEN if entry.expectations.never_run is None])
def test_what_is_shown_of_a_broken_program_is_that_of_its_plain_run(entry: Entry, programs: Corpus) -> None:
    made = programs.comparison(entry)
    assert not made.wrong_layers
    assert not made.wrong_tensors


def test_nearly_every_layer_of_the_first_programs_is_shown(programs: Corpus) -> None:
    made = [programs.comparison(entry) for entry in COMPARED if entry.path.stem in FIRST]
    called, shown = sum(len(item.called) for item in made), sum(len(item.called & item.shown) for item in made)
    assert share(shown, called) >= SHARE


@pytest.mark.corpus
def test_nearly_every_layer_of_the_corpus_is_shown(programs: Corpus) -> None:
    check_coverage(COMPARED, programs)


def check_coverage(entries: list[Entry], programs: Corpus) -> None:
    made = [programs.comparison(entry) for entry in entries]
    missing = {item.entry.name: item.missing for item in made if item.missing}
    for called_of in (lambda item: item.called, lambda item: item.called_anywhere):
        called = sum(len(called_of(item)) for item in made)
        shown = sum(len(called_of(item) & item.shown) for item in made)
        assert share(shown, called) >= SHARE, missing
