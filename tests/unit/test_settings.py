"""Settings as sent and as resolved."""

from __future__ import annotations

from pathlib import Path

import pytest

from shapelens.diagnostics.model import Severity
from shapelens.settings.model import Options, Settings, resolve
from shapelens.settings.reading import parse


def test_nothing_sent_is_the_defaults() -> None:
    assert resolve(parse(None)[0], parse({})[0]) == Settings()
    assert (Settings().debounce_ms, Settings().limits.seconds, Settings().limits.memory_mb) == (120, 10.0, 2048)


def test_every_key_is_read_nested_or_dotted_alone_or_in_its_section() -> None:
    nested = {
        "interpreter": ".venv",
        "cwd": "src",
        "device": "gpu",
        "sandbox": "strict",
        "debounceMs": 50,
        "budget": {"seconds": 2.5, "memoryMb": 512},
        "inlayHints": {"enable": False},
        "codeLens": {"enable": False},
        "diagnostics": {"enable": False, "severity": {"unbuilt-model": "off", "merge-mismatch": "warning"}},
        "cache": {"enable": False},
        "trusted": False,
        "trace": {"server": "verbose"},
    }
    dotted = {
        "interpreter": ".venv",
        "cwd": "src",
        "device": "gpu",
        "sandbox": "strict",
        "debounceMs": 50,
        "budget.seconds": 2.5,
        "budget.memoryMb": 512,
        "inlayHints.enable": False,
        "codeLens.enable": False,
        "diagnostics.enable": False,
        "diagnostics.severity": {"unbuilt-model": "off", "merge-mismatch": "warning"},
        "cache.enable": False,
        "trusted": False,
        "trace.server": "verbose",
    }
    expected = Settings(
        interpreter=".venv",
        cwd="src",
        device="gpu",
        sandbox="strict",
        debounce_ms=50,
        budget_seconds=2.5,
        budget_memory_mb=512,
        inlay_hints=False,
        code_lens=False,
        diagnostics=False,
        severities={"unbuilt-model": None, "merge-mismatch": Severity.WARNING},
        cache=False,
        trusted=False,
        trace="verbose",
    )
    for sent in (nested, dotted, {"shapelens": nested}):
        options, complaints = parse(sent)
        assert complaints == ()
        assert resolve(options) == expected


@pytest.mark.parametrize(
    ("sent", "complaint"),
    [
        ({"colour": 1}, "Unknown setting shapelens.colour."),
        ({"budget": {"minutes": 1}}, "Unknown setting shapelens.budget.minutes."),
        ({"debounceMs": -1}, "shapelens.debounceMs must be a whole number from 0 to"),
        ({"debounceMs": 1.5}, "must be a whole number"),
        ({"debounceMs": True}, "not True; its default is kept."),
        ({"budget": {"seconds": "10"}}, "must be a number"),
        ({"budget": {"seconds": float("nan")}}, "must be a number"),
        ({"budget": 10}, "Unknown setting shapelens.budget."),
        ({"device": "tpu"}, "must be one of cpu, gpu"),
        ({"sandbox": ["off"]}, "must be one of auto, strict, off"),
        ({"interpreter": 3}, "must be a text"),
        ({"inlayHints": {"enable": "no"}}, "must be true or false"),
        (
            {"diagnostics": {"severity": {"unbuilt-model": "loud"}}},
            "severity.unbuilt-model must be one of error, warning",
        ),
        ({"diagnostics": {"severity": {"unbuilt": "off"}}}, "Unknown setting shapelens.diagnostics.severity.unbuilt."),
        ({"diagnostics": {"severity": "off"}}, "must be an object of codes"),
        ([], "must be an object, not list"),
    ],
)
def test_a_mistake_is_told_and_keeps_the_default(sent: object, complaint: str) -> None:
    options, complaints = parse(sent)
    assert resolve(options) == Settings()
    assert len(complaints) == 1 and complaint in complaints[0]


def test_a_mistake_in_one_severity_costs_no_other() -> None:
    sent = {"diagnostics": {"severity": {"unbuilt-model": "loud", "merge-mismatch": "off", "keras-error": None}}}
    options, complaints = parse(sent)
    assert (options.severities, len(complaints)) == ({"merge-mismatch": None}, 1)
    assert parse({"diagnostics.severity.merge-mismatch": "off"}) == (options, ())
    assert parse({"diagnostics": {"severity.merge-mismatch": "off"}}) == (options, ())


def test_severities_of_several_sources_are_taken_together() -> None:
    project = Options(severities={"unbuilt-model": None, "merge-mismatch": Severity.HINT})
    user = Options(severities={"merge-mismatch": Severity.ERROR})
    expected = {"unbuilt-model": None, "merge-mismatch": Severity.ERROR}
    assert resolve(project, user).severities == expected


def test_null_and_empty_texts_are_not_set() -> None:
    options, complaints = parse({"interpreter": None, "cwd": " ", "budget": {"seconds": None}})
    assert (resolve(options), complaints) == (Settings(), ())


def test_a_later_source_wins_but_denied_trust_stays() -> None:
    first = Options(debounce_ms=10, budget_seconds=1.0, trusted=False)
    second = Options(debounce_ms=20, trusted=True)
    settings = resolve(first, second)
    assert (settings.debounce_ms, settings.budget_seconds, settings.trusted) == (20, 1.0, False)


def test_the_working_folder_counts_from_the_root() -> None:
    root = Path("/project")
    assert Settings().directory(root) == root
    assert Settings(cwd="src").directory(root) == Path("/project/src")
    assert Settings(cwd="/else").directory(root) == Path("/else")
    assert Settings(cwd="${workspaceFolder}/src").directory(root) == Path("/project/src")
    key = Settings(device="gpu", sandbox="off").host_key(Path("/env/bin/python"))
    assert (key.interpreter, key.device, key.sandbox) == (Path("/env/bin/python"), "gpu", "off")
