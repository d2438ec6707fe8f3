"""What a certificate's page says first: expired, broken, and whose reader it is that is drawn."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from tests.site.shelf import client, filled, on, typed


@pytest.fixture(scope="module")
def shelf(site_data: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    with on(filled(tmp_path_factory.mktemp("lead") / "data")) as folder:
        yield folder


def head(digest: str, language: str = "zh") -> str:
    """The head of the page of a document."""
    page = client(language=language).get(f"/certificates/{digest}").content.decode()
    return page.split('<div class="head">')[1].split("</div></div>")[0]


def test_an_expired_certificate_says_so_in_its_first_sentence(shelf: Path) -> None:
    from suyuan.store.folder import Store

    old = typed("OLD-1", ended="2020-03-06", issued="2020-03-09", valid_until="2021-03-08")
    added = Store(shelf).add(json.dumps(old).encode())
    assert added.stored
    lead = head(added.digest).split('<p class="lead">')[1]
    assert "有效期至 2021 年 3 月 8 日，已过期，不能再用于新的测量。" in lead
    english = head(added.digest, "en").split('<p class="lead">')[1]
    assert "It was valid until 8 March 2021 and has expired" in english


def test_a_broken_chain_stands_before_the_tick_of_validity(shelf: Path) -> None:
    from suyuan.store.folder import Store

    digest = next(e.digest for e in Store(shelf).documents() if e.number == "DEMO-ENG-0302")
    state = re.search(r'<div class="state">(.*?)</p>', head(digest), re.S)
    assert state is not None
    assert "断链" in state[1] and "有效" in state[1]
    assert state[1].index("断链") < state[1].index("有效")


def test_the_chain_of_a_saved_result_calls_it_a_result(shelf: Path) -> None:
    page = client().get("/trace/DEMO-CITY-R-0007").content.decode()
    assert "本结果" in page and "本证书" not in page
