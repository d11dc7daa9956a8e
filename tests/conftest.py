"""What the tests of every tree share."""

from __future__ import annotations

from pathlib import Path

import pytest

SHARED = {
    **dict.fromkeys(("test_oracle", "test_fixtures_exact", "test_fixtures_located"), "plain runs of fixtures"),
    **dict.fromkeys(("test_corpus", "test_repairs", "test_short_runs"), "plain runs of programs"),
}
"""Files of tests that ask for the same plain runs, which take most of their time."""


@pytest.fixture(scope="session")
def repository() -> Path:
    """The root of the repository."""
    return Path(__file__).resolve().parent.parent


@pytest.fixture(scope="session")
def fixtures(repository: Path) -> Path:
    """The folder of example programs."""
    return repository / "fixtures"


@pytest.hookimpl(tryfirst=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Let each file's tests run in one process, and those of files that share plain runs in the same one."""
    for item in items:
        item.add_marker(pytest.mark.xdist_group(SHARED.get(item.path.stem, item.path.stem)))
