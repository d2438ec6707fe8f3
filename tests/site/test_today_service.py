"""The first page of each persona: what waits, what no longer holds, whose need; one event seen in four places."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterator
from datetime import date, timedelta
from html import unescape
from pathlib import Path
from typing import Any

import pytest
from tests.demonstration import demonstration_in
from tests.site.matter_play import matters, no_matters
from tests.site.shelf import TODAY

Clients = Callable[..., Any]
KEY = re.compile(r">\s*((?:service|public|today|log|count|find)\.[a-z_.]+)\s*<")
CERTIFICATES = ("broken", "ending", "waiting", "since")
SECTIONS: dict[str, tuple[tuple[str, ...], tuple[str, ...]]] = {
    "customer": (("matters", "my-needs"), (*CERTIFICATES, "lost", "persons", "refused")),
    "director": (("matters", "lost", "turned", "persons", *CERTIFICATES), ("my-needs", "refused")),
    "regulator": (("matters", "lost", "turned", *CERTIFICATES), ("my-needs", "persons", "reviews")),
    "judge": (("reviews",), (*CERTIFICATES, "lost", "my-needs", "persons")),
    "trainee": (("learning",), (*CERTIFICATES, "lost", "my-needs", "persons")),
    "trainer": (("matters",), (*CERTIFICATES, "lost", "my-needs")),
    "steward": (("lost", "turned", *CERTIFICATES), ("my-needs", "persons")),
    "metrologist": (("broken", "ending", "waiting", "matters", "lost", "since"), ("my-needs", "turned", "refused")),
    "viewer": (CERTIFICATES, ("matters", "lost", "my-needs", "persons", "refused")),
}
"""Persona → sections that stand on its first page of the demo, in their order, and those that must not."""


def sections(page: str) -> list[str]:
    return re.findall(r'<section class="sec" id="([a-z-]+)"', page)


def section(page: str, name: str) -> str:
    """What stands in a section, «» where the page has none."""
    return page.split(f'id="{name}"')[1].split("</section>")[0] if f'id="{name}"' in page else ""


def text(page: str) -> str:
    return unescape(re.sub(r"<[^>]+>", " ", page))


@pytest.fixture(scope="module")
def service_data(site_data: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    return demonstration_in(tmp_path_factory.mktemp("service") / "data")


@pytest.fixture
def people(service_data: Path, anyone: Clients) -> Iterator[Clients]:
    """Clients among the demo's documents and matters."""
    from django.test import override_settings

    from suyuan.site.acts.evidence import document

    with override_settings(DATA=service_data):
        document.current()
        with matters():
            yield anyone


@pytest.mark.parametrize("role", SECTIONS)
def test_each_persona_sees_its_own_work_and_no_empty_section(people: Clients, role: str) -> None:
    there, never = SECTIONS[role]
    for language in ("zh", "en"):
        page = people(role, language).get("/today").content.decode()
        shown = sections(page)
        assert [name for name in shown if name in there] == list(there), (role, shown)
        assert not set(never) & set(shown), (role, shown)
        assert KEY.findall(page) == [], role
        assert page.count('class="act first"') <= 1, "one filled button a page"


def test_the_sentence_says_what_the_rows_show(people: Clients) -> None:
    page = people("regulator", "en").get("/today").content.decode()
    rows = page.split('id="matters"')[1].split("</section>")[0].split("<tbody>")[1].count("<tr>")
    words = ("no", "One", "Two", "Three", "Four", "Five", "Six", "Seven", "Eight", "Nine", "Ten")
    assert f"{words[rows]} matters wait for you." in text(page)
    late = len(re.findall(r"\d+ (?:working )?days? late", section(page, "matters")))
    assert late == 0 or (f"Of them {words[late].lower()} are late." if late > 1 else "One of them") in text(page)
    lost = page.split('id="lost"')[1].split("</section>")[0]
    assert "Three capabilities do not hold today." in text(page)
    assert lost.count("<tbody>") == 1 and lost.split("<tbody>")[1].count("<tr>") == 4, "of the fourth nobody can say"


def test_it_says_since_when_and_why_and_leads_to_both(people: Clients) -> None:
    from suyuan.site.acts.public import on

    page = people("director").get("/today").content.decode()
    row = next(r for r in page.split('id="lost"')[1].split("<tr>") if "CITY-L-02" in r)
    certificate = on(TODAY).evidence.by_key[("演示国家计量院", "DEMO-NMI-L-0201")][0]
    said = next(s for s in on(TODAY).evidence.statements if s.number == certificate.number and s.kind == "withdrawn")
    assert f"{said.day.year} 年 {said.day.month} 月 {said.day.day} 日" in text(row)
    assert "DEMO-NMI-L-0201" in row and "能测 → 测不准" in text(row)
    for way in re.findall(r' href="(/[^"]+)"', row):
        assert people("director").get(unescape(way)).status_code == 200, way
    page = people("regulator").get("/today").content.decode()
    unknown = next(r for r in page.split('id="lost"')[1].split("<tr>") if "EAST-L-01" in r)
    assert "未知" in text(unknown), "no day is made up"


def test_a_director_reads_of_the_own_house_and_what_touches_it(people: Clients) -> None:
    everybody, own = (people(role).get("/today").content.decode() for role in ("regulator", "director"))
    assert "PORT-L-01" in section(everybody, "lost") and "DEMO-NMI-L-0310" in section(everybody, "broken")
    assert "PORT-L-01" not in own and "DEMO-L-K1" not in section(own, "lost"), "another laboratory's failed comparison"
    assert "DEMO-NMI-L-0310" not in section(own, "broken")
    assert "CITY-L-02" in section(own, "lost") and "DEMO-NMI-L-0201" in section(own, "broken"), "the own standard"
    assert "BAT-T-01" in section(own, "lost"), "it rests on a certificate of the own house"


def test_an_overdue_commitment_is_on_the_regulator_s_first_page(stocked: Path, client: Clients) -> None:
    due = TODAY - timedelta(days=12)
    form = {
        "organisation_zh": "演示市场监督管理局", "document": "演示计划", "text_zh": "公布共享资源目录",
        "clause": "3.2", "owner_zh": "演示处室", "id": "X9", "due": due.isoformat(), "evidence": "document:0000",
    }  # fmt: skip
    regulator = client("regulator")
    assert 'id="commitments"' not in regulator.get("/today").content.decode()
    assert regulator.post("/public/commitments", form).status_code == 302
    page = regulator.get("/today").content.decode()
    row = text(section(page, "commitments"))
    since = due + timedelta(days=1)
    assert f"{since.year} 年 {since.month} 月 {since.day} 日" in row and "已逾期 12 天" in row
    assert "公布共享资源目录" in row and "第 3.2 条" in row and "演示处室" in row
    assert "一项公开承诺逾期" in text(page) and "1 public commitment is overdue" not in text(page)
    assert "/public/commitments#c-X9" in page and 'id="c-X9"' in regulator.get("/public/commitments").content.decode()
    assert 'id="commitments"' not in client("director").get("/today").content.decode()


def test_what_waits_leads_to_where_it_is_done(people: Clients) -> None:
    for role in ("customer", "director", "regulator", "judge", "trainer", "trainee"):
        reader = people(role)
        page = reader.get("/today").content.decode()
        parts = [section(page, name) for name in ("matters", "reviews", "learning")]
        ways = re.findall(r'class="what" href="([^"]+)"', "".join(parts))
        assert ways, role
        for way in ways:
            assert reader.get(unescape(way)).status_code == 200, (role, way)


def test_a_customer_sees_needs_with_their_verdict_and_no_one_else_s(people: Clients) -> None:
    body = people("customer").get("/today").content.decode().split('id="my-needs"')[1].split("</section>")[0]
    house = {f"N-2026-03{n}" for n in range(1, 7)}  # of who employs the customer; the others of matters with a part
    involved = {"N-2026-042", "N-2026-053", "N-2026-054", "N-2026-071"}
    assert house | involved == set(re.findall(r"N-2026-\d+", text(body)))
    assert "测不了" in text(body) and "测不全" in text(body)
    assert 'href="/match/new"' in body


def test_a_folder_without_anything_asks_nothing_of_anybody(site_data: Path, anyone: Clients, tmp_path: Path) -> None:
    from django.test import override_settings

    with override_settings(DATA=tmp_path / "nothing"), no_matters():
        for role in ("customer", "judge", "trainee"):
            page = anyone(role).get("/today").content.decode()
            assert "今天没有事等您" in text(page), role
            assert "<table" not in page


def test_a_register_with_refused_rows_is_told_to_the_steward(stocked: Path, client: Clients) -> None:
    from suyuan.site.acts.store import store

    rows = [{"id": "R-1", "kind": "instrument", "name": {"zh": "千分尺"}, "region": "310000", "shared": "public"},
            {"id": "", "kind": "nothing"}]  # fmt: skip
    document = {"suyuan": "register", "organisation": {"zh": "某站"}, "number": "R-9", "day": TODAY.isoformat(),
                "rows": {"resource": rows}}  # fmt: skip
    assert store().add(json.dumps(document).encode(), "r.json").stored
    body = client("steward").get("/today").content.decode()
    assert "refused" in sections(body)
    row = text(body.split('id="refused"')[1].split("</section>")[0])
    assert "某站" in row and "1 行没有入册" in row
    for way in re.findall(r' href="(/[^"]+)"', section(body, "refused")):
        assert client("steward").get(unescape(way)).status_code == 200, way
    assert "refused" not in sections(client("director").get("/today").content.decode())


def test_what_happens_in_a_matter_is_not_told_to_everybody(stocked: Path, client: Clients) -> None:
    from suyuan.site.acts.log import told

    told("m_offered", "director", procedure="order", number="ORD-DEMO-003")
    told("matter_opened", "customer", procedure="order", number="ORD-77")
    page = client("viewer").get("/today").content.decode()
    assert "ORD-DEMO-003" not in page and "ORD-77" not in page


# ---------------------------------------------------------------- one event, four places


def test_an_expired_certificate_changes_page_capability_match_and_scorecard_on_one_day(
    people: Clients, monkeypatch: pytest.MonkeyPatch
) -> None:
    from suyuan.site.acts import clock
    from suyuan.site.acts.service import now_known
    from suyuan.verbs.centre.score import guideline_of, scorecard
    from suyuan.verbs.matching.match import match_need, supports_on

    key = ("演示国家计量院", "DEMO-NMI-T-0044")
    capability = ("演示市计量院", "CITY-T-01")
    last = now_known().evidence.by_key[key][0].valid_until
    assert last is not None
    known = now_known()

    def seen(day: date) -> tuple[bool, str, str, float]:
        monkeypatch.setattr(clock, "today", lambda: day)
        known = now_known()
        assert known.day == day
        page = people("director").get("/today").content.decode()
        rows = page.split('id="lost"')[1].split("</section>")[0].split("<tr>")
        told = any("CITY-T-01" in row and "DEMO-NMI-T-0044" in row for row in rows)
        need = next(n for n in known.needs if n.id == "N-2026-051")
        centre = next(c for c in known.rows("centre") if c.id == "DEMO-C-01")
        guideline = guideline_of(known, centre)
        assert guideline is not None
        card = scorecard(known, centre.id, guideline)
        return told, supports_on(known)[capability].chain, match_need(known, need).verdict, card.low

    before, after = seen(last), seen(last + timedelta(days=1))
    assert known.day <= last
    assert (before[0], after[0]) == (False, True), "first page"
    assert (before[1], after[1]) == ("complete", "broken"), "capability"
    assert before[2] == "can" and after[2] == "not_accurate", "match"
    assert after[3] < before[3], "scorecard"


@pytest.mark.parametrize("role", ["metrologist", "director", "regulator", "steward"])
def test_in_english_laboratories_have_their_english_names(client: Any, role: str) -> None:
    whole = client(role, "en").get("/today").content.decode().split("<main")[1].split("</main")[0]
    whole = re.sub(r'<section class="sec" id="since">.*?</section>', "", whole, flags=re.DOTALL)  # of other tests
    page = re.sub(r"<[^>]+>", " ", whole)
    assert not re.findall(r"[\u4e00-\u9fff]+", page)
