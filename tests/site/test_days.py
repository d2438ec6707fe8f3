"""The day that a page is asked for: one reading for every page, said where it is past, never taken for today."""

from __future__ import annotations

import io
import re
from collections.abc import Callable
from datetime import date, datetime, timedelta
from typing import Any
from urllib.parse import quote

import pytest
from django.test import Client
from openpyxl import load_workbook

Clients = Callable[..., Client]
CITY, BEARING = quote("演示市计量院"), quote("演示轴承厂")
PAST = "2026-11-10"
PAGES = (
    "/match", f"/match/{BEARING}/N-2026-031", "/capabilities", f"/capabilities/{CITY}/CITY-L-01", "/capabilities.xlsx",
    "/gaps", "/gaps.xlsx", "/public", "/public/data", "/public/commitments", "/centres", "/centres/DEMO-C-01",
    "/centres/DEMO-C-01/facts/B2", "/centres/compare", "/candidates", "/people", "/people/may",
)  # fmt: skip
WRONG = ("abc", "2026-02-30", "20261110", "2026-11-1", "２０２６-11-10", "9999-12-31", "0001-01-01", "x" * 500)


def text(answer: Any) -> str:
    body = re.sub(r"<svg.*?</svg>", "", answer.content.decode(), flags=re.DOTALL)
    body = re.sub(r"</?(?:span|a|wbr)\b[^>]*>", "", body)
    return re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", body))


@pytest.mark.parametrize("page", PAGES)
def test_what_is_no_day_is_said_and_never_taken_for_today(client: Clients, page: str) -> None:
    me = client("steward", "en")
    assert me.get(page).status_code == 200
    for given in WRONG:
        answer = me.get(page, {"day": given})
        said = text(answer)
        assert answer.status_code == 400, (page, given)
        assert any(part in said for part in ("is no day of the calendar", "lies ahead", "nothing was known on")), given
        assert re.search(r"[Ww]rite (it like )?20\d\d", said), (page, given)
    chinese = text(client("steward").get(page, {"day": "2026-02-30"}))
    assert "不是日历上的日期" in chinese and "2026-02-30" in chinese and "2026-03-12" in chinese


def test_the_page_of_a_wrong_day_keeps_the_question_and_leads_on(client: Clients) -> None:
    body = client("viewer").get("/capabilities", {"day": "abc", "q": "量块", "sort": "-low"}).content.decode()
    assert 'name="q" value="量块"' in body and 'name="sort" value="-low"' in body
    assert f"/capabilities?q={quote('量块')}&amp;sort=-low" in body
    early = text(client("viewer").get("/gaps", {"day": "1950-01-01"}))
    assert "那天还什么都不知道" in early


def test_files_of_a_wrong_day_are_no_files(client: Clients) -> None:
    for page in ("/capabilities.xlsx", "/gaps.xlsx", "/public/data/all.zip", "/public.xlsx"):
        answer = client("viewer").get(page, {"day": "2026-02-30"})
        assert answer.status_code == 400 and "text/html" in answer["Content-Type"], page


@pytest.mark.parametrize("page", ["/match", "/capabilities", "/gaps"])
@pytest.mark.parametrize("language", ["zh", "en"])
def test_a_past_day_is_said_and_stays_in_every_link(client: Clients, page: str, language: str) -> None:
    answer = client("customer", language).get(page, {"day": PAST})
    body, said = answer.content.decode(), text(answer)
    assert answer.status_code == 200
    told = "这是 2026 年 11 月 10 日当天已知的情形" if language == "zh" else "what was known on 10 November 2026"
    assert told in said
    lead = re.search(r'<p class="lead">(.*?)</p>', body, re.DOTALL)
    assert lead is not None and not re.search(r"register today|hold today|今天成立", lead[1])
    main = body[body.index("<main") : body.index("</main")]
    rows = re.findall(r'href="(/(?:match|capabilities)/[^"#]+/[^"#]+)"', main)
    assert rows and all("?day=2026-" in way or "&amp;day=2026-" in way for way in rows), rows
    assert sum(PAST in way for way in rows) >= len(rows) - 4  # the sides of a closed gap have days of their own
    for way in re.findall(r'href="([^"]*\.xlsx[^"]*)"', main):
        assert f"day={PAST}" in way
    assert "what was known on" not in text(client("customer", "en").get(page, {"day": ""}))


def test_the_day_changes_the_answer_on_the_lists(client: Clients) -> None:
    me = client("metrologist", "en")
    one = f"/capabilities?holding=holds&laboratory={CITY}"
    assert "CITY-L-02" in text(me.get(f"{one}&day={PAST}")) and "CITY-L-02" not in text(me.get(one))
    book = load_workbook(io.BytesIO(me.get(f"/capabilities.xlsx?holding=holds&day={PAST}").content))
    assert any("CITY-L-02" in map(str, row) for row in book.active.values)


def test_what_was_not_known_on_a_past_day_is_said_with_the_day_since_which(client: Clients) -> None:
    me = client("steward", "en")
    answer = me.get(f"/capabilities/{CITY}/CITY-L-01", {"day": "2025-06-01"})
    said = text(answer)
    assert answer.status_code == 404
    assert re.search(r"CITY-L-01 was not registered yet on 2025-06-01; it is known since 20\d\d-\d\d-\d\d", said)
    body = answer.content.decode()
    first = re.search(r'href="([^"]+CITY-L-01\?day=[\d-]+)"', body)
    assert first is not None and me.get(first[1].replace("&amp;", "&")).status_code == 200
    assert f'href="/capabilities/{CITY}/CITY-L-01"' in body
    assert me.get("/capabilities/x/y", {"day": PAST}).status_code == 404
    assert "was not registered yet" not in text(me.get("/capabilities/x/y", {"day": PAST}))


def test_a_need_is_answered_before_it_was_stated_and_says_so(client: Clients) -> None:
    answer = client("customer", "en").get(f"/match/{BEARING}/N-2026-031", {"day": "2026-01-05"})
    assert answer.status_code == 200 and "the need was stated on" in text(answer)


def test_a_wished_day_is_taken_as_pages_print_it_and_said_in_the_words_of_the_form(client: Clients) -> None:
    me = client("customer")
    row = {"way": "direct", "quantity": "长度", "interval_low": "5", "interval_high": "50", "interval_unit": "mm",
           "target_U": "0.1", "target_unit": "um"}  # fmt: skip
    told = text(me.post("/match/new", row | {"day": "2027 年 3 月 1 日"}))
    assert "不是日历上的日期" not in told and "提出之前" not in told
    wrong = text(me.post("/match/new", row | {"day": "2027-13-01"}))
    assert "希望的日期「2027-13-01」不是日历上的日期" in wrong and "「day」" not in wrong
    past = text(me.post("/match/new", row | {"day": "2026-01-05"}))
    assert "早于" in past and "draft" not in past and "网址" not in past


@pytest.mark.parametrize("page", ["/match", "/gaps", "/capabilities"])
def test_a_past_day_in_the_form_is_the_day_shown(client: Clients, page: str) -> None:
    body = client("viewer").get(page, {"day": PAST}).content.decode()
    assert f'name="day" type="date" value="{PAST}"' in body


# ---------------------------------------------------------------- around midnight


@pytest.mark.parametrize(("utc", "day"), [("15:59:59", "2026-11-28"), ("16:00:00", "2026-11-29"),
                                          ("23:59:59", "2026-11-29")])  # fmt: skip
def test_what_is_written_bears_the_day_of_the_house(
    client: Clients, monkeypatch: pytest.MonkeyPatch, utc: str, day: str
) -> None:
    from django.contrib.auth.models import User
    from django.utils import timezone

    from suyuan.procedure.matter import Matter
    from suyuan.site.acts import clock, service
    from suyuan.site.acts.matters.kept import matter_of
    from suyuan.site.acts.matters.matter import open_matter

    moment = datetime.fromisoformat(f"2026-11-28T{utc}+00:00")
    monkeypatch.setattr(timezone, "now", lambda: moment)
    assert clock.today().isoformat() == clock.now().date().isoformat() == day
    customer = User.objects.get(username="customer")
    number = f"O-{utc}"
    order = Matter("order", number, {"zh": "试"}, {"zh": "试验厂"}, {"capability": "x"}, {"customer": ("customer",)})
    opened = open_matter(customer, order, "asked", "customer", {"need": "试"})
    event = matter_of(opened.row).events[0]
    assert event.time == moment and event.time.date().isoformat() == day
    asked = date.fromisoformat(day)
    assert number in {m.number for m in service.now_known(asked).matters_of("order")}
    assert number not in {m.number for m in service.now_known(asked - timedelta(days=1)).matters_of("order")}


def test_a_wished_day_is_the_day_of_the_service_on_every_page(client: Clients) -> None:
    from django.contrib.auth.models import User

    from suyuan.site.acts import service

    def need(id: str, **more: str) -> dict[str, Any]:
        return {"id": id, "quantity": "length", "item": "gauge_block", "conditions": {"site": "lab"},
                "interval": {"low": "1", "high": "50", "unit": "mm"}, "target": {"U": "0.1", "unit": "um", "k": "2"},
                "title": {"zh": id, "en": id}, **more}  # fmt: skip

    rows = [need("W-NOW"), need("W-PAST", day="2025-03-01"), need("W-FAR", day="2035-03-01", volume="每月 9 件")]
    owner = User.objects.get(username="customer")
    made = service.deliver(owner, {"zh": "试验块厂", "en": "trial blocks"}, {"need": rows})
    assert made.rows == 3 and [f.code for f in made.findings] == ["capability.read.day_past"]
    me, firm = client("customer", "en"), quote("试验块厂")
    assert "judged on" not in text(me.get(f"/match/{firm}/W-NOW"))
    past = text(me.get(f"/match/{firm}/W-PAST"))
    assert "the wished day 2025-03-01 lies before the day asked for" in past and "can be done" in past
    assert "The wished day, 1 March 2025, is past; judged on" in past
    far = text(me.get(f"/match/{firm}/W-FAR"))
    ends = r"valid until 20[-\d]{8}, before the wished day 2035-03-01\)?\. Judged on the wished day"
    assert re.search(ends, far)
    assert "Judged on the wished day, 1 March 2035" in far
    gaps = text(me.get("/gaps"))
    assert "W-FAR" in gaps and "W-PAST" not in gaps and "W-NOW" not in gaps
    listed = text(me.get("/match"))
    assert re.search(r"not accurately enough\s+W-FAR", listed) and re.search(r"can be done\s+W-PAST", listed)
