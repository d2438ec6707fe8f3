"""The page of factors: determined ones stand there for who may see them, and are found by their digest."""

from __future__ import annotations

import html
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

pytest.importorskip("deltalake", reason="the lake is an extra: pip install -e '.[lake]'")
Clients = Callable[..., Any]


def kept(folder: Path) -> str:
    """The digest of the demo's determined factor."""
    rows = [json.loads(line) for line in (folder / "index.jsonl").read_text("utf-8").splitlines() if line.strip()]
    (found,) = [row["digest"] for row in rows if row.get("kind") == "factor"]
    return str(found)


def test_a_determined_factor_stands_on_the_page_with_how_to_cite_it(stocked: Path, client: Clients) -> None:
    digest = kept(stocked)
    page = html.unescape(client("manager").get("/carbon/factors").content.decode("utf-8"))
    assert all(
        word in page for word in ("测定的因子", "喷吹煤", "代表性", f'id="f-{digest[:12]}"', f'"document": "{digest}"')
    )
    assert "carbon.factors." not in page.partition("<main")[2]
    answer = client("manager").get(f"/carbon/factors/{digest}")
    assert answer.status_code == 302 and answer["Location"] == f"/carbon/factors#f-{digest[:12]}"
    of_bytes = client("manager").get(f"/certificates/{digest}")
    assert of_bytes.status_code == 302 and digest in of_bytes["Location"]


def test_who_may_not_see_the_enterprise_sees_no_determined_factor(stocked: Path, client: Clients) -> None:
    digest = kept(stocked)
    page = client("viewer").get("/carbon/factors").content.decode("utf-8")
    assert "测定的因子" not in page and digest not in page
    assert client("viewer").get(f"/carbon/factors/{digest}").status_code == 403
    assert client("viewer").get(f"/certificates/{digest}").status_code == 403
