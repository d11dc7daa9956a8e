"""What the tests of every tree share."""

from __future__ import annotations

from pathlib import Path

import pytest
from xdist.remote import Producer
from xdist.scheduler import LoadFileScheduling

SHARED = {
    **dict.fromkeys(("test_oracle", "test_fixtures_exact", "test_fixtures_located"), "plain runs of fixtures"),
    **dict.fromkeys(("test_corpus", "test_repairs", "test_short_runs"), "plain runs of programs"),
}
"""Files of tests that ask for the same plain runs, which take most of their time."""

ENVIRONMENTS = tuple(file.stem for file in Path(__file__).parent.glob("environments/*.in"))


@pytest.fixture(scope="session")
def repository() -> Path:
    """The root of the repository."""
    return Path(__file__).resolve().parent.parent


@pytest.fixture(scope="session")
def fixtures(repository: Path) -> Path:
    """The folder of example programs."""
    return repository / "fixtures"


class _ByPlainRuns(LoadFileScheduling):
    """Runs the tests of each file in one process, those of files that share plain runs in the same one.

    Those of other environments share nothing with each other.
    """

    def _split_scope(self, nodeid: str) -> str:
        file, _, test = nodeid.partition("::")
        environment = next((name for name in ENVIRONMENTS if f"[{name}" in test), "")
        return SHARED.get(Path(file).stem, file) + environment


def pytest_xdist_make_scheduler(config: pytest.Config, log: Producer) -> _ByPlainRuns:
    """Choose what distributes tests to processes."""
    return _ByPlainRuns(config, log)
