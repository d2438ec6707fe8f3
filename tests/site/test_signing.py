"""Issuing asks who signs: who is not authorised signs only with a reason, which the certificate then shows."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

from .test_evaluate import PARTICULARS, issue_form, text_of

Clients = Callable[..., Any]
LAB = {"zh": "演示试验室"}
DAY = "2026-01-02"


def keep(folder: Path, persons: list[dict[str, Any]], granted: dict[str, str]) -> None:
    """A competence register: persons, and unit → person."""
    from suyuan.store.folder import Store

    rows = {
        "person": persons,
        "competence_unit": [
            {"id": "U-P", "title": "操作", "activity": "perform", "quantity": "length"},
            {"id": "U-S", "title": "签发", "activity": "sign", "quantity": "length"},
        ],
        "authorisation": [
            {"id": f"A-{unit}", "person": person, "unit": unit, "granted": DAY, "by": "P-9"}
            for unit, person in granted.items()
        ],
    }
    register = {"suyuan": "register", "organisation": LAB, "number": "R-1", "day": DAY, "rows": rows}
    assert Store(folder).add(json.dumps(register).encode(), "register.json").stored


def test_without_a_register_nobody_can_say_and_nothing_is_blocked(client: Clients) -> None:
    someone = client()
    form = {**issue_form(someone, "DEMO-ENG-0304"), **PARTICULARS}
    preview = someone.post("/evaluate/issue", {**form, "do": "preview"})
    said = text_of(preview)
    assert "能力登记" in said or "没有人员" in said, "it is told once"
    assert 'id="reason"' not in preview.content.decode()
    done = someone.post("/evaluate/issue", {**form, "do": "issue"})
    assert done.status_code == 302
    page = text_of(someone.get(done["Location"]))
    assert "在本站签发" in page and "偏离" not in page


def test_who_issues_is_asked_for_too(client: Clients, stocked: Path) -> None:
    """The certificate names an authorised approver, but somebody else presses the button."""
    persons = [{"id": "P-1", "name": "陆青"}, {"id": "P-2", "name": "沈砚"}, {"id": "P-3", "name": "韩批"}]
    keep(stocked, persons, {"U-P": "P-1", "U-S": "P-3"})
    someone = client()  # the reviewer, 沈砚
    form = {**issue_form(someone, "DEMO-ENG-0304"), **PARTICULARS, "issuer": "演示试验室", "item": "量块",
            "approved_by": "韩批"}  # fmt: skip
    preview = someone.post("/evaluate/issue", {**form, "do": "preview"})
    assert "沈砚" in text_of(preview) and 'id="reason"' in preview.content.decode()
    refused = someone.post("/evaluate/issue", {**form, "do": "issue"})
    assert refused.status_code == 422 and "没有相应授权" in text_of(refused)
    done = someone.post("/evaluate/issue", {**form, "reason": "韩批出差，电话确认", "do": "issue"})
    assert done.status_code == 302
    page = text_of(someone.get(done["Location"]))
    assert "偏离：有人没有相应授权" in page and "韩批出差，电话确认" in page
    english = text_of(client("reviewer", "en").get(done["Location"]))
    assert "deviation: somebody was not authorised" in english


def test_who_is_authorised_signs_without_a_word(client: Clients, stocked: Path) -> None:
    persons = [{"id": "P-1", "name": "陆青"}, {"id": "P-2", "name": "沈砚", "account": "reviewer"}]
    keep(stocked, persons, {"U-P": "P-1", "U-S": "P-2"})
    someone = client()
    form = {**issue_form(someone, "DEMO-ENG-0304"), **PARTICULARS, "issuer": "演示试验室", "item": "量块"}
    preview = someone.post("/evaluate/issue", {**form, "do": "preview"})
    assert 'id="reason"' not in preview.content.decode()
    done = someone.post("/evaluate/issue", {**form, "do": "issue"})
    assert done.status_code == 302 and "偏离" not in text_of(someone.get(done["Location"]))
