"""What all tests share: the folder of third-party reference files, read where it lies and never copied."""

from __future__ import annotations

import os
from pathlib import Path

import pytest
from hypothesis import settings

from tests.demonstration import kept_in

ROOT = Path(__file__).resolve().parent.parent
settings.register_profile("house", deadline=None)  # how fast a machine is, is no fault of an example
settings.load_profile("house")
LONG = (
    "tests/site/test_links.py", "tests/browser/test_comparison.py", "tests/cli/test_walk.py", "tests/lake/test_fed",
    "tests/lake/live/", "tests/browser/", "tests/cli/", "tests/site/", "tests/lake/", "tests/series/", "tests/report/",
)  # fmt: skip
"""How the names of tests begin that take longest, with what takes longest first."""


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """What takes long comes first: several processes then end together."""
    items.sort(key=lambda item: next((at for at, name in enumerate(LONG) if item.nodeid.startswith(name)), len(LONG)))


@pytest.fixture(scope="session", autouse=True)
def _demonstrations(tmp_path_factory: pytest.TempPathFactory) -> None:
    """All workers of a run build the demonstration once."""
    base = tmp_path_factory.getbasetemp()
    kept_in(base.parent if "PYTEST_XDIST_WORKER" in os.environ else base)


@pytest.fixture(scope="session")
def root() -> Path:
    """The repository."""
    return ROOT


@pytest.fixture(scope="session")
def reference() -> Path:
    """The folder of reference files (`SUYUAN_REFERENCE`, default `../shared/reference`); skips where it is absent."""
    folder = Path(os.environ.get("SUYUAN_REFERENCE") or ROOT.parent / "shared" / "reference")
    if not folder.is_dir():
        pytest.skip(f"no reference files at {folder}: set SUYUAN_REFERENCE to the folder that holds them")
    return folder
