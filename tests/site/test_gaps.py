"""Gaps and industries on the site: verdicts, ranking, drafts marked, confidential needs masked, Excel."""

from __future__ import annotations

import re
from collections.abc import Iterator
from io import BytesIO
from pathlib import Path
from typing import Any
from urllib.parse import quote

import pytest
from openpyxl import load_workbook
from tests.site.matter_play import Clients, matters, page, words

SECRET_FIRM = "演示保密厂"


@pytest.fixture
def people(stocked: Path, client: Clients) -> Iterator[Clients]:
    with matters():
        yield client


def confidential(by: str = "customer") -> None:
    """A confidential need that nobody can meet, delivered by somebody."""
    from django.contrib.auth.models import User

    from suyuan.site.acts import service

    row = {
        "id": "S-1", "quantity": "length", "interval": {"low": "7", "high": "77.7", "unit": "m"},
        "target": {"U": "0.0123", "unit": "um", "k": "2"}, "title": {"zh": "机密测长", "en": "secret length"},
        "criticality": "5", "firms": "41", "confidential": True,
    }  # fmt: skip
    made = service.deliver(
        User.objects.get(username=by), {"zh": SECRET_FIRM, "en": "demo secret firm"}, {"need": [row]}
    )
    assert made.rows == 1, made.findings


def test_the_answer_first_then_each_gap_with_verdict_and_nearest(people: Clients) -> None:
    seen = words(people("viewer").get("/gaps"))
    told = re.search(
        r"登记的十四个需求中，(\d) 个没有能力满足：(.+?)。 Of the fourteen needs .*?, (\d) cannot be met", seen
    )
    assert told is not None and told[1] == told[3]
    unmet = re.sub(r"另有 \d+ 个不能判定", "", told[2])
    assert sum(int(n) for n in re.findall(r"\d+", unmet)) == int(told[1]) >= 7
    assert "N-2026-031" in seen and "1.37" in seen and "CITY-L-01" in seen
    assert "关键程度 × 企业数 × 规模" in seen and "建议" in seen, "the formula is shown and marked as proposed"


def test_filters_by_kind_quantity_and_industry(people: Clients) -> None:
    client = people("viewer")
    cannot = words(client.get("/gaps", {"kind": "cannot"}))
    assert "N-2026-042" in cannot and "N-2026-031" not in cannot.split("权重 Weights")[0]
    torque = words(client.get("/gaps", {"quantity": "torque"}))
    assert "N-2026-034" in torque and "N-2026-031" not in torque.split("权重 Weights")[0]
    assert client.get("/gaps", {"kind": "<b>", "quantity": "'", "industry": "nowhere", "page": "-3"}).status_code == 200
    assert client.get("/gaps", {"page": "99999"}).status_code == 200


def test_drafts_are_shown_only_when_asked_for_and_marked(people: Clients) -> None:
    client = people("viewer")
    assert "草案 " not in words(client.get("/gaps")).split("处理 Act")[1]
    seen = page(client.get("/gaps", {"industry": "environment", "drafts": "1"}))
    assert "草案" in seen and "凭记忆，待核" in seen and 'href="/industries/environment#' in seen
    assert "下一页" in page(client.get("/gaps", {"drafts": "1"}))


def test_turning_a_gap_into_a_challenge_is_for_those_who_may(people: Clients) -> None:
    assert "转为挑战" in page(people("customer").get("/gaps")) and "转为挑战" not in page(people("viewer").get("/gaps"))
    assert "CH-DEMO-001" in page(people("viewer").get("/gaps")), "a gap that has a challenge leads to it"


def test_the_course_has_a_figure_and_its_table(people: Clients) -> None:
    seen = page(people("regulator").get("/gaps"))
    assert re.search(r'<svg class="wide"[^>]*role="img" aria-label="[^"]+"', seen) and "<summary>数据" in seen
    assert "新出现" in seen


def test_of_a_confidential_need_others_see_verdict_and_kind_alone(people: Clients) -> None:
    confidential()
    owner, other, organiser = (people(role) for role in ("customer", "director", "regulator"))
    for client in (owner, organiser):
        assert "机密测长" in words(client.get("/gaps"))
    for path in (
        "/gaps",
        "/gaps?drafts=1",
        "/challenges",
        "/matters/challenge/new",
        "/matters/research/new",
        "/resources",
    ):
        text = page(other.get(path))
        for secret in ("机密", "secret length", SECRET_FIRM, "77.7", "0.0123", "S-1"):
            assert secret not in text, (path, secret)
    assert "保密需求，只公开判定与类别" in page(other.get("/gaps"))
    name = f"{SECRET_FIRM} S-1"
    assert other.get("/challenges/need-sheet.docx", {"need": name}).status_code == 404
    assert owner.get("/challenges/need-sheet.docx", {"need": name}).status_code == 200
    assert other.post("/matters/challenge/new", {"need": name, "title": "x"}).status_code == 200
    sheet = load_workbook(BytesIO(other.get("/gaps.xlsx").content)).active
    cells = [str(c) for row in sheet.iter_rows(values_only=True) for c in row if c is not None]
    assert not any(s in c for c in cells for s in ("机密", SECRET_FIRM, "77.7"))


def test_a_confidential_need_stays_masked_when_it_becomes_a_challenge(people: Clients) -> None:
    from tests.site.matter_play import act, newest

    confidential()
    owner, other, organiser = (people(role) for role in ("customer", "director", "regulator"))
    name = f"{SECRET_FIRM} S-1"
    assert owner.post("/matters/challenge/new", {"need": name, "title": "机密测长"}).status_code == 302
    number = newest("challenge")
    assert other.get(f"/matters/challenge/{number}").status_code == 404, "not before it is published"
    assert act(organiser, "challenge", number, "published", due="2027-03-01").status_code == 302
    for path in ("/challenges", f"/matters/challenge/{number}"):
        text = page(other.get(path))
        for secret in ("机密", SECRET_FIRM, "77.7", "0.0123", "S-1", "孟求"):
            assert secret not in text, (path, secret)
    assert other.get(f"/matters/challenge/{number}/chain.json").status_code == 404
    assert "机密测长" in page(organiser.get(f"/matters/challenge/{number}"))


def test_excel_holds_the_gaps_as_filtered(people: Clients) -> None:
    answer = people("viewer").get("/gaps.xlsx", {"kind": "cannot"})
    rows = list(load_workbook(BytesIO(answer.content)).active.iter_rows(values_only=True))
    assert {row[0] for row in rows[1:]} == {"N-2026-035", "N-2026-036", "N-2026-042", "N-2026-053"}


def test_an_industry_shows_its_tree_with_the_status_of_every_row(people: Clients) -> None:
    answer = people("viewer").get("/industries/environment")
    text = page(answer)
    assert len(re.findall(r'<tr id="ev-|<tr id="', text)) >= 32
    assert "凭记忆，待核" in text and "已核对出处" in text and "部分" in text
    assert "阶段 × 环节" in text and 'role="img"' in text
    assert text.count("相对要求在零处没有意义") == 5, "of five parameters the interval holds 0"
    assert people("viewer").get("/industries/nowhere").status_code == 404


def test_english_pages_are_english(people: Clients) -> None:
    for path in ("/gaps", "/industries", "/challenges", "/resources"):
        text = words(people("viewer", "en").get(path)).replace("中文", "")
        found: Any = re.search(r".{0,40}[一-鿿]+.{0,20}", text)
        assert found is None, (path, found)


def test_where_the_past_would_take_too_long_that_is_said(people: Clients, monkeypatch: pytest.MonkeyPatch) -> None:
    from suyuan.site.acts.closing import gaps

    monkeypatch.setattr(gaps, "MOST_PAIRS", 1)
    seen = words(people("viewer").get("/gaps"))
    assert "逐月重算不在页面上做" in seen and "N-2026-031" in seen


def test_many_capabilities_are_screened_with_the_same_answer(people: Clients, monkeypatch: pytest.MonkeyPatch) -> None:
    from suyuan.site.acts import service
    from suyuan.site.acts.closing import gaps

    known = service.now_known()
    slow, slow_drafts = gaps.all_gaps(known), gaps.draft_gaps(known)["electric-vehicle"]
    monkeypatch.setattr(gaps, "FEW", 0)
    fast = gaps._gaps(known, known.needs)
    assert fast.counts == slow.counts and fast.ranking == slow.ranking
    known._kept.pop("site draft gaps")
    assert gaps.draft_gaps(known)["electric-vehicle"].counts == slow_drafts.counts


def test_gaps_of_known_and_unknown_size_are_ranked_in_lists_of_their_own(people: Clients) -> None:
    seen = words(people("director").get("/gaps"))
    assert seen.index("规模已知") < seen.index("规模、关键程度或企业数未陈述 Size")
    assert "立项攻关" in seen and "立项攻关" not in words(people("viewer").get("/gaps"))
    assert "差距" not in seen


def test_a_verdict_looks_the_same_on_all_pages() -> None:
    from suyuan.site.web.matching import match_parts
    from suyuan.site.web.matters import drawn as matter_drawn

    assert all(matter_drawn.verdict_html(v) == match_parts.verdict_html(v) for v in match_parts.LOOKS)
    assert matter_drawn.verdict_html("of old") == match_parts.verdict_html("unknown")


SECRETS = ("77.7", "0.0123", SECRET_FIRM, "demo secret firm")
WHOLE = {"customer", "regulator", "steward"}
"""Who delivered it, who regulates, who keeps the registers in order."""
ROLES = ("customer", "regulator", "steward", "metrologist", "reviewer", "manager", "director", "judge", "trainer",
         "trainee", "viewer")  # fmt: skip


def test_a_confidential_need_is_masked_alike_on_every_page_for_every_role(people: Clients) -> None:
    confidential()
    way = f"/match/{quote(SECRET_FIRM)}/S-1"
    for role in ROLES:
        me = people(role)
        book = load_workbook(BytesIO(me.get("/gaps.xlsx").content))
        seen = {
            "list": "机密测长" in page(me.get("/match")), "page": "机密测长" in page(me.get(way)),
            "gaps": "机密测长" in page(me.get("/gaps")), "past": "机密测长" in page(me.get(way, {"day": "2026-11-10"})),
            "excel": any("机密测长" in map(str, row) for row in book.active.values),
            "proof": "capabilities" in me.get(way, {"as": "json"}).json(),
        }  # fmt: skip
        assert set(seen.values()) == {role in WHOLE}, (role, seen)
        if role not in WHOLE:
            own = page(me.get(way)).replace(f"/match/{SECRET_FIRM}/S-1", "")  # the address that was asked for
            for told in (own, page(me.get("/match")), page(me.get("/gaps"))):
                leaks = [told[at - 60 : at + 60] for part in SECRETS if (at := told.find(part)) >= 0]
                assert not leaks, (role, leaks)
            assert set(me.get(way, {"as": "json"}).json()) == {"suyuan", "need", "verdict"}


def test_a_gap_without_a_capability_of_its_kind_names_the_transfer_standard(client: Clients) -> None:
    seen = client("regulator").get("/gaps").content.decode()
    assert "N-2026-035" not in seen or "经传递标准" in seen
