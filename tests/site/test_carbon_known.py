"""What was known when a claim was made: events of one day in their order, and every paper of a claim on the same."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import datetime
from pathlib import Path
from typing import Any

import pytest

from .test_carbon import FLOW, page_of, plant, typed, words

pytest.importorskip("deltalake", reason="the lake is an extra: pip install -e '.[lake]'")
Clients = Callable[..., Any]


def today() -> str:
    from suyuan.store.zone import house_zone

    return datetime.now(house_zone()).date().isoformat()


def monitored(folder: Path) -> str:
    """A unit whose legal value is monitored, as claimed today."""
    day = today()
    content = plant(folder) | {"unit": "3 号机组", "legal_basis": "monitoring", "made": day}
    basis = {"row": "sector.power.combustion", "person": "演示", "reason": "比较两种依据", "day": day}
    return typed(content | {"overrides": [*content["overrides"], basis]})


def withdrawal(day: str = "2025-03-14") -> bytes:
    """The statement of today that the flow certificate is withdrawn from a day on."""
    from suyuan.traceability.anchor import statement_document

    return statement_document({"kind": "withdrawn", "issuer": "演示市计量院", "number": FLOW, "day": day,
                               "known": today(), "reason": {"zh": "试验"}, "source": "演示"})  # fmt: skip


def test_a_withdrawal_later_on_the_day_of_a_claim_leaves_its_papers_as_they_are(stocked: Path, client: Clients) -> None:
    from suyuan.site.acts import store

    reviewer = client("reviewer")
    made = reviewer.post("/carbon/new", {"text": monitored(stocked), "do": "make"})
    assert made.status_code == 302, words(page_of(made))[:2000]
    way = made.headers["Location"]
    kinds = ("substitution", "quarter-3", "tiers")
    papers = {kind: reviewer.get(f"{way}/{kind}.json").content for kind in kinds}
    hours = way.replace("/claim/", "/verify/") + "?month=8"
    verify = _hours(reviewer.get(hours))
    store.store().add(withdrawal(), "gone.json")
    for kind in kinds:
        assert reviewer.get(f"{way}/{kind}.json").content == papers[kind], kind
    assert verify and _hours(reviewer.get(hours)) == verify
    page = words(page_of(reviewer.get(way)))
    assert "按今天所知，这份文件算不出申报" in page or re.search(r"报告值会变", page)


def _hours(answer: Any) -> list[str]:
    """What the verifier's page says of the hours of August."""
    page = page_of(answer)
    return re.findall(r"<tr.*?</tr>", page[page.index('id="hours"') :], flags=re.DOTALL)


def test_what_was_withdrawn_earlier_on_the_day_counts(stocked: Path, client: Clients) -> None:
    from suyuan.site.acts import store

    store.store().add(withdrawal(), "gone.json")
    looked = client("reviewer").post("/carbon/new", {"text": monitored(stocked), "do": "make"})
    assert looked.status_code == 422 and "DEMO-CITY-F-0042A" in words(page_of(looked))
