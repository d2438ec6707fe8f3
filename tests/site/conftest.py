"""The site in this process, on a temporary data folder with real SQLite: no browser needed."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Iterator
from datetime import date
from pathlib import Path
from typing import Any

import pytest
from tests.demonstration import demonstration


@pytest.fixture(scope="session")
def site_data(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Django on an empty demonstration folder; once a process, since settings cannot be changed afterwards."""
    pytest.importorskip("django", reason="the site is an extra: pip install -e '.[site]'")
    data = tmp_path_factory.mktemp("site") / "data"
    from suyuan.site.start import prepare

    prepare(data, demo=True)
    return data


Clients = Callable[..., Any]
DAY = date(2026, 11, 23)


@pytest.fixture(scope="module")
def demo() -> Path:
    """The demo's documents, built once; not to be written to."""
    return demonstration(DAY)


@pytest.fixture
def stocked(site_data: Path, demo: Path, tmp_path: Path) -> Iterator[Path]:
    """The site on a copy of the demo's documents."""
    from django.conf import settings

    folder = tmp_path / "data"
    shutil.copytree(demo, folder)
    before = settings.DATA
    settings.DATA = folder
    yield folder
    settings.DATA = before


@pytest.fixture(scope="module")
def anyone(site_data: Path) -> Clients:
    """`anyone("viewer", "en")` somebody who is signed in; no documents are needed."""
    from django.contrib.auth.models import User
    from django.test import Client

    first = Client()

    def opened(role: str = "reviewer", language: str = "") -> Client:
        made = Client(headers={"host": "localhost"})
        made.handler = first.handler  # what stands before the pages is built once
        made.force_login(User.objects.get(username=role))
        if language:
            made.cookies["suyuan_lang"] = language
        return made

    return opened


@pytest.fixture
def client(stocked: Path, anyone: Clients) -> Clients:
    """`client("reviewer", "en")` somebody who is signed in, among documents."""
    return anyone
