"""The site in this process, on a temporary data folder with real SQLite: no browser needed."""

from __future__ import annotations

from pathlib import Path

import pytest


@pytest.fixture(scope="session")
def site_data(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Django on an empty demonstration folder; once a process, since settings cannot be changed afterwards."""
    pytest.importorskip("django", reason="the site is an extra: pip install -e '.[site]'")
    data = tmp_path_factory.mktemp("site") / "data"
    from suyuan.site.start import prepare

    prepare(data, demo=True)
    return data
