"""Pages about persons: who sees what, who may sign, what is granted, stopped and proven; bad input comes back."""

from __future__ import annotations

import html
import re
from collections.abc import Callable
from datetime import date, timedelta
from io import BytesIO
from pathlib import Path
from typing import Any

import pytest

Clients = Callable[..., Any]
PAGES = ("/people", "/people/P-01", "/people/P-06", "/people/may", "/people/authorise?person=P-05&unit=U-GB-P",
         "/people/revise?method=JJG 146", "/people/evidence?person=P-05", "/people/authorisations/A-10")  # fmt: skip


def text_of(answer: Any) -> str:
    body = re.sub(r"<(script|style|svg)\b.*?</\1>", " ", answer.content.decode(), flags=re.S)
    return " ".join(html.unescape(re.sub(r"<[^>]+>", " ", body)).split())


def close(text: str) -> str:
    """Without blanks: tags in the middle of a Chinese sentence leave some."""
    return text.replace(" ", "")


def authorisation_of(person: str, unit: str) -> Any:
    from suyuan.site.acts.service import now_known
    from suyuan.verbs.people.standing import records_on

    granted = [a for a in records_on(now_known()).authorisations if (a.person, a.unit) == (person, unit)]
    return granted[-1]


def state_of(person: str, unit: str, day: date | None = None) -> str:
    from suyuan.site.acts.service import now_known
    from suyuan.verbs.people.standing import stands

    return stands(now_known(day), person, unit).state


def test_all_pages_open_in_both_languages(client: Clients) -> None:
    for language in ("zh", "en"):
        for path in PAGES:
            answer = client("manager", language).get(path)
            assert answer.status_code == 200, path
            said = text_of(answer)
            assert not re.search(r"\b(people|person|may|authorise|evidence|revise|count)\.[a-z]+", said), (path, said)


def test_the_answer_comes_first(client: Clients) -> None:
    said = close(text_of(client("manager").get("/people")))
    assert "一项授权90天内到期" in said
    assert "「数字温度计校准：操作」没有人" not in said and "只有一个人" in said
    english = text_of(client("manager", "en").get("/people"))
    assert "One authorisation ending within 90 days" in english and "only one person for" in english


def test_a_past_day_is_computed_again(client: Clients) -> None:
    past = close(text_of(client("manager").get("/people?day=2026-08-01")))
    assert "2026年8月1日那天" in past
    assert state_of("P-01", "U-DT-P", date(2026, 8, 1)) == "authorised" and state_of("P-01", "U-DT-P") == "expired"
    before = close(text_of(client("manager").get("/people?day=2024-07-01")))
    assert "没有" in before
    wrong = client("manager").get("/people?day=31.2.2026")
    assert wrong.status_code == 400 and "「31.2.2026」不是日历上的日期" in text_of(wrong)


def test_others_see_who_is_authorised_and_no_more(client: Clients) -> None:
    for role in ("regulator", "viewer", "customer"):
        said = text_of(client(role).get("/people?lab=演示市计量院"))
        assert "沈砚" in said and "已授权" in said
        assert "读数方法不当" not in said and "已到期" not in said and "将到期 Ending" not in said
        page = text_of(client(role).get("/people/P-03"))
        assert "读数方法不当" not in page and "质量负责人" not in page and "未授权" in page
        assert "2015 年" not in page and "见证评价" not in page
    own = text_of(client("metrologist").get("/people/P-03"))
    assert "读数方法不当" in own, "colleagues of the same laboratory see it"


def test_an_unknown_person_has_no_page(client: Clients) -> None:
    assert client("manager").get("/people/P-99").status_code == 404
    assert client("manager").get("/people/authorisations/A-99").status_code == 404


def test_only_those_with_the_right_write(client: Clients) -> None:
    for path in ("/people/authorise", "/people/revise", "/people/authorisations/A-10"):
        for role in ("metrologist", "trainer", "trainee", "regulator"):
            assert client(role).get(path).status_code == 403, (role, path)
            assert client(role).post(path, {"kind": "withdrawn"}).status_code == 403, (role, path)
    assert client("trainee").get("/people/evidence").status_code == 403
    assert client("trainer").get("/people/evidence").status_code == 200
    from django.contrib.auth.models import User
    from django.test import Client

    strict = Client(enforce_csrf_checks=True, headers={"host": "localhost"})
    strict.force_login(User.objects.get(username="manager"))
    assert strict.post("/people/authorise", {"person": "P-05"}).status_code == 400


# ---------------------------------------------------------------- who may sign


def test_who_may_sign_and_why_not(client: Clients) -> None:
    asked = {"quantity": "长度", "item": "量块", "method": "JJG 146-2011", "low": "1", "high": "100", "unit": "mm"}
    said = close(text_of(client("manager").get("/people/may", asked)))
    assert "两人可以签发：沈砚、顾衡" in said
    beyond = text_of(client("manager").get("/people/may", {**asked, "high": "500"}))
    assert "没有人可以签发" in beyond.replace(" ", "") and "0.5 mm … 150 mm" in beyond
    metres = text_of(client("manager").get("/people/may", {**asked, "low": "0.001", "high": "0.1", "unit": "m"}))
    assert "沈砚、顾衡" in metres.replace(" ", ""), "units are converted"
    other = client("manager", "en").get("/people/may", {**asked, "method": "JJG 146-2026"})
    assert "nobody may sign" in text_of(other) and "edition" in text_of(other)
    past = text_of(client("manager").get("/people/may", {**asked, "day": "2025-05-01"})).replace(" ", "")
    assert "一人可以签发：沈砚" in past


def test_what_is_not_stated_is_not_anything_goes(client: Clients) -> None:
    said = close(text_of(client("manager").get("/people/may", {"quantity": "长度", "item": "量块"})))
    assert "没有人确定可以签发" in said and "补上再问" in said


@pytest.mark.parametrize(
    ("given", "field", "told"),
    [
        ({"low": "abc", "high": "1", "unit": "mm"}, "low", "不是数"),
        ({"low": "9", "high": "1", "unit": "mm"}, "low", "9"),
        ({"low": "1", "high": "9"}, "unit", "区间没有单位"),
        ({"low": "1", "high": "9", "unit": "xyzzy"}, "unit", "xyzzy"),
        ({"quantity": "胆量"}, "quantity", "胆量"),
        ({"quantity": "长度", "day": "yesterday"}, "day", "yesterday"),
    ],
)
def test_a_question_that_cannot_be_read_comes_back(client: Clients, given: Any, field: str, told: str) -> None:
    answer = client("manager").get("/people/may", given)
    assert answer.status_code == (400 if field == "day" else 422)
    body = answer.content.decode()
    assert f'id="x-{field}"' in body and told in text_of(answer)
    for value in given.values():
        assert f'value="{value}"' in body, "what was typed stays"


def test_a_certificate_asks_who_may_sign_it(client: Clients) -> None:
    from suyuan.site.acts import store

    certificate = next(c for c in store.evidence().certificates if c.number.startswith("DEMO-CITY-L"))
    page = client("manager").get(f"/certificates/{certificate.digest}")
    assert f"/people/may?certificate={certificate.digest}" in page.content.decode()
    answer = client("manager").get("/people/may", {"certificate": certificate.digest})
    assert answer.status_code == 200 and certificate.number in text_of(answer)
    assert client("manager").get("/people/may?certificate=" + "0" * 64).status_code == 422


# ---------------------------------------------------------------- granting


def looked(client: Clients, given: dict[str, Any]) -> dict[str, Any]:
    """A grant by somebody who was shown what lacks."""
    page = client("manager").post("/people/authorise", {**given, "do": "look"}).content.decode()
    found = re.search(r'name="lacking" value="([^"]*)"', page)
    return {**given, "lacking": found[1] if found else "", "do": "grant"}


def test_a_grant_that_lacks_something_is_shown_first_and_neither_too_long_nor_twice(client: Clients) -> None:
    given = {"person": "P-06", "unit": "U-RG-S", "valid_until": "2028-06-01", "basis": ["E-R-P-06"], "do": "grant"}
    first = client("manager").post("/people/authorise", given)
    assert first.status_code == 422 and "尚未授予" in text_of(first) and 'name="lacking"' in first.content.decode()
    assert state_of("P-06", "U-RG-S") == "not_authorised", "nothing was recorded"
    ever = client("manager").post("/people/authorise", looked(client, given | {"valid_until": "2099-01-01"}))
    assert ever.status_code == 422 and "最长的 36 个月" in text_of(ever)
    assert client("manager").post("/people/authorise", looked(client, given)).status_code == 302
    again = client("manager").post("/people/authorise", looked(client, given))
    assert again.status_code == 422 and "同样的授权已有" in text_of(again)


def test_an_authorisation_is_granted_from_evidence(client: Clients) -> None:
    end = (date.today() + timedelta(700)).isoformat()
    page = client("manager").get("/people/authorise?person=P-06&unit=U-RG-S")
    assert 'name="basis" value="E-R-P-06" checked' in page.content.decode(), "what meets a requirement is ticked"
    given = {"person": "P-06", "unit": "U-RG-S", "valid_until": end, "basis": ["E-R-P-06"], "do": "grant"}
    done = client("manager").post("/people/authorise", looked(client, given), follow=True)
    assert done.status_code == 200
    granted = authorisation_of("P-06", "U-RG-S")
    assert granted.by == "P-03" and granted.basis == ("E-R-P-06",) and granted.valid_until.isoformat() == end
    # witnessed assessment is missing: recorded, but not worth anything today, and said so
    assert state_of("P-06", "U-RG-S") == "evidence_lapsed" and "今天不成立" in text_of(done)


@pytest.mark.parametrize(
    ("change", "field", "told"),
    [
        ({"person": ""}, "person", "没有这个人"),
        ({"person": "J-01"}, "person", "今天不在"),
        ({"unit": "U-99"}, "unit", "没有这个能力单元"),
        ({"basis": []}, "basis", "没有选授权依据"),
        ({"basis": ["E-R-P-02"]}, "basis", "不是此人的"),
        ({"valid_from": "2020-01-01"}, "valid_from", "2020-01-01"),
        ({"valid_until": "2020-01-01"}, "valid_until", "早于今天"),
        ({"valid_until": "soon"}, "valid_until", "soon"),
    ],
)
def test_a_grant_that_cannot_be_comes_back(client: Clients, change: Any, field: str, told: str) -> None:
    from suyuan.site.acts import store

    before = len(store.store().documents())
    given = {"person": "P-06", "unit": "U-RG-S", "valid_until": "2029-01-01", "basis": ["E-R-P-06"], "do": "grant"}
    answer = client("manager").post("/people/authorise", {**looked(client, given), **change})
    assert answer.status_code == 422
    assert f'id="x-{field}"' in answer.content.decode() and told in text_of(answer)
    assert len(store.store().documents()) == before, "nothing half-written"
    if "valid_until" not in change:
        assert 'value="2029-01-01"' in answer.content.decode(), "what was typed stays"


def test_nobody_authorises_himself(client: Clients) -> None:
    given = {"person": "P-03", "unit": "U-GB-P", "valid_until": "2029-01-01", "basis": ["E-W-P-03-U-DT-P"]}
    answer = client("manager").post("/people/authorise", {**given, "do": "grant"})
    assert answer.status_code == 422 and state_of("P-03", "U-GB-P") == "not_authorised"


def test_who_granted_is_called_by_name_not_by_account(client: Clients) -> None:
    given = {"person": "P-06", "unit": "U-RG-S", "valid_until": "2029-01-01", "basis": ["E-R-P-06"], "do": "grant"}
    assert client("director").post("/people/authorise", looked(client, given)).status_code == 302
    assert authorisation_of("P-06", "U-RG-S").by == "director", "no register of persons names the account"
    said = text_of(client("manager").get("/people/P-06"))
    assert "方域" in said and not re.search(r"\bdirector\b", said)
    assert "Fang Yu" in text_of(client("manager", "en").get("/people/P-06"))


def test_suspend_resume_withdraw(client: Clients) -> None:
    someone, today = client("manager"), date.today().isoformat()
    granted = authorisation_of("P-01", "U-GB-P")
    path = f"/people/authorisations/{granted.id}"
    bare = someone.post(path, {"kind": "suspended", "day": today})
    assert bare.status_code == 422 and 'id="x-reason"' in bare.content.decode()
    early = someone.post(path, {"kind": "suspended", "day": "2020-01-01", "reason": "x"})
    assert early.status_code == 422 and "早于授权日" in text_of(early)
    twice = someone.post(path, {"kind": "resumed", "day": today, "reason": "x"})
    assert twice.status_code == 422 and "没有暂停" in text_of(twice)
    assert someone.post(path, {"kind": "suspended", "day": today, "reason": "复核读数"}).status_code == 302
    assert state_of("P-01", "U-GB-P") == "suspended"
    assert "复核读数" in text_of(someone.get("/people/P-01"))
    assert someone.post(path, {"kind": "suspended", "day": today, "reason": "x"}).status_code == 422
    assert someone.post(path, {"kind": "resumed", "day": today, "reason": "复核通过"}).status_code == 302
    assert state_of("P-01", "U-GB-P") == "authorised"
    assert someone.post(path, {"kind": "withdrawn", "day": today, "reason": "调岗"}).status_code == 302
    assert state_of("P-01", "U-GB-P") == "withdrawn"
    gone = someone.post(path, {"kind": "resumed", "day": today, "reason": "x"})
    assert gone.status_code == 422 and "已撤销" in text_of(gone)


def test_a_new_edition_stops_all_of_a_method_until_it_is_resumed_for_it(client: Clients) -> None:
    someone, today = client("manager"), date.today().isoformat()
    look = someone.post("/people/revise", {"method": "JJG 146", "do": "look"})
    assert "沈砚" in text_of(look) and "顾衡" in text_of(look)
    assert state_of("P-02", "U-GB-S") == "authorised", "looking changes nothing"
    lacking = someone.post("/people/revise", {"method": "JJG 146", "day": today, "do": "revise"})
    assert lacking.status_code == 422 and 'id="x-edition"' in lacking.content.decode()
    unknown = someone.post("/people/revise", {"method": "JJG 9", "edition": "1", "day": today, "do": "revise"})
    assert unknown.status_code == 422 and 'id="x-method"' in unknown.content.decode()
    given = {"method": "JJG 146", "edition": "2026", "day": today, "reason": "新版", "do": "revise"}
    done = someone.post("/people/revise", given, follow=True)
    assert "5 项授权" in text_of(done) or "4 项授权" in text_of(done)
    assert state_of("P-02", "U-GB-S") == "method_revised" and state_of("P-02", "U-RG-S") == "authorised"
    path = f"/people/authorisations/{authorisation_of('P-02', 'U-GB-S').id}"
    given = {"kind": "resumed", "day": today, "reason": "已按新版考核", "edition": "2026"}
    assert someone.post(path, given).status_code == 302
    assert state_of("P-02", "U-GB-S") == "authorised" and state_of("P-06", "U-GB-S") == "method_revised"


# ---------------------------------------------------------------- evidence


def upload(content: bytes, name: str = "见证记录.pdf") -> BytesIO:
    file = BytesIO(content)
    file.name = name
    return file


def test_evidence_comes_with_its_document(client: Clients, stocked: Path) -> None:
    given = {"person": "P-05", "unit": "U-GB-P", "kind": "witnessed", "day": date.today().isoformat(), "good": "1",
             "title": "见证考核", "assessor": "P-06", "document": upload(b"%PDF-1.7 demo")}  # fmt: skip
    assert client("trainer").post("/people/evidence", given).status_code == 302
    from suyuan.site.acts.service import now_known
    from suyuan.verbs.people.standing import records_on

    item = next(e for e in records_on(now_known()).evidence if e.person == "P-05" and e.kind == "witnessed")
    assert item.by == "P-06" and len(item.document) == 64
    address = f"/people/files/{item.document}"
    assert address in client("manager").get("/people/P-05").content.decode()
    file = client("manager").get(address)
    assert file.content == b"%PDF-1.7 demo" and "attachment" in file["Content-Disposition"]
    assert client("trainee").get(address).status_code == 200, "the person"
    from suyuan.site.acts.evidence import document

    document.current()
    for role in ("regulator", "viewer"):
        assert client(role).get(address).status_code == 404
        for way in ("", "/original"):
            assert client(role).get(f"/certificates/{item.document}{way}").status_code == 404, "nor by another way"
    assert client("manager").get(f"/certificates/{item.document}/original").status_code == 200


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"person": "P-99"}, "person"), ({"day": "2999-01-01"}, "day"), ({"kind": "magic"}, "kind"),
        ({"value": "many"}, "value"), ({"valid_until": "2020-01-01"}, "valid_until"), ({"day": "x"}, "day"),
    ],
)  # fmt: skip
def test_evidence_that_cannot_be_read_leaves_nothing(client: Clients, change: Any, field: str) -> None:
    from suyuan.site.acts import store

    before = len(store.store().documents())
    given = {"person": "P-05", "unit": "U-GB-P", "kind": "training", "day": date.today().isoformat(), "value": "8",
             "title": "培训", "document": upload(b"%PDF x")}  # fmt: skip
    answer = client("trainer").post("/people/evidence", {**given, **change})
    assert answer.status_code == 422 and f'id="x-{field}"' in answer.content.decode()
    assert 'value="培训"' in answer.content.decode(), "what was typed stays"
    assert len(store.store().documents()) == before, "no file is left behind"


def test_an_empty_file_is_told(client: Clients) -> None:
    given = {"person": "P-05", "kind": "training", "day": date.today().isoformat(), "document": upload(b"")}
    answer = client("trainer").post("/people/evidence", given)
    assert answer.status_code == 422 and 'id="x-document"' in answer.content.decode()


# ---------------------------------------------------------------- lists


def test_filter_sort_and_excel(client: Clients) -> None:
    openpyxl = pytest.importorskip("openpyxl")
    someone = client("manager")
    unit = text_of(someone.get("/people?unit=U-GB-S"))
    assert "显示 2 条，共 2 条" in unit
    state = text_of(someone.get("/people?state=expired"))
    assert "显示 1 条，共 1 条" in state
    assert someone.get("/people?sort=-until&branch=热学").status_code == 200
    assert someone.get("/people?page=999&sort=nonsense&lab=nobody").status_code == 200
    book = openpyxl.load_workbook(BytesIO(someone.get("/people.xlsx?unit=U-GB-S").content))
    assert book.sheetnames[:2] == ["能力矩阵", "只靠一人"] and book.worksheets[0].max_row == 3
    outside = openpyxl.load_workbook(BytesIO(client("viewer").get("/people.xlsx").content))
    said = {str(cell.value) for row in outside.worksheets[0].iter_rows() for cell in row}
    assert "已到期" not in said and "暂停" not in said and len(outside.worksheets) == 2


def test_a_site_without_registers_says_what_to_do(anyone: Clients, site_data: Path) -> None:
    answer = anyone("manager").get("/people")
    assert answer.status_code == 200 and "还没有人员登记" in text_of(answer)
    grant = anyone("manager").get("/people/authorise")
    assert grant.status_code == 200 and "disabled" in grant.content.decode()
    for path in ("/bases", "/programmes", "/leaders", "/mentoring", "/people/may"):
        assert anyone("viewer").get(path).status_code == 200, path


# ---------------------------------------------------------------- one new row

UNIT = {"id": "U-NEW-1", "title.zh": "环规校准", "activity": "操作", "quantity": "length", "item": "环规",
        "interval": "3~150 mm", "level": "独立"}  # fmt: skip


def test_a_new_unit_requirement_base_and_course_go_in_by_a_form(client: Clients) -> None:
    from suyuan.site.acts.service import now_known

    answer = client("trainer").post("/people/new/competence_unit", UNIT)
    assert answer.status_code == 302, text_of(answer)
    unit = next(row for row in now_known().rows("competence_unit") if row.id == "U-NEW-1")
    assert (unit.activity, unit.level, unit.interval.low, unit.interval.high) == ("perform", "independent", 3.0, 150.0)
    rows = {
        "requirement": {"unit": "U-NEW-1", "kind": "培训", "measure": "合计", "least": "16", "months": "36"},
        "training_base": {"id": "B-NEW-1", "name.zh": "演示新基地", "units": ["U-NEW-1"], "capacity": "12"},
        "course": {"base": "B-NEW-1", "title.zh": "环规实训", "units": ["U-NEW-1"], "gives": ["培训", "考试"],
                   "hours": "16", "days": "2", "seats": "12"},
    }  # fmt: skip
    for kind, given in rows.items():
        shown = client("trainer").get(f"/people/new/{kind}")
        said = re.findall(r"<title>(.*?)</title>", shown.content.decode(), re.S)[0]
        assert "<" not in said and "&lt;" not in said, "a title holds no tags"
        assert shown.status_code == 200 and "row." not in text_of(shown)
        answer = client("trainer").post(f"/people/new/{kind}", given)
        assert answer.status_code == 302, (kind, text_of(answer))
    course = next(row for row in now_known().rows("course") if row.base == "B-NEW-1")
    assert course.units == ("U-NEW-1",) and set(course.gives) == {"training", "exam"} and course.id.startswith("C-")
    assert "环规实训" in text_of(client("trainee").get("/bases"))


@pytest.mark.parametrize(
    ("change", "at"),
    [({"title.zh": ""}, "title.zh"), ({"interval": "150~3 Furlong"}, "interval"), ({"activity": ""}, "activity"),
     ({"id": "U-GB-P"}, "id"), ({"level": "神"}, "level")],
)  # fmt: skip
def test_a_bad_row_comes_back_as_it_was_typed(client: Clients, change: dict[str, str], at: str) -> None:
    from suyuan.site.acts.service import now_known

    before = len(now_known().rows("competence_unit"))
    who = "manager" if at == "id" else "trainer"
    answer = client(who).post("/people/new/competence_unit", UNIT | change)
    page = answer.content.decode()
    assert answer.status_code == 422 and f'aria-describedby="x-{at}"' in page and 'value="环规"' in page
    assert len(now_known().rows("competence_unit")) == before


def test_only_who_may_deliver_a_kind_gets_its_form(client: Clients) -> None:
    for kind in ("competence_unit", "requirement", "training_base", "course"):
        assert client("trainee").get(f"/people/new/{kind}").status_code == 403
        assert client("trainer").get(f"/people/new/{kind}?lang=en").status_code == 200
    assert client("trainer").get("/people/new/certificate").status_code == 404
    assert "/people/new/" not in client("viewer").get("/bases").content.decode()


def test_a_renewal_ends_the_warning_and_an_end_says_what_ends(client: Clients) -> None:
    """The authorisation that ends within 90 days is granted again: the old row is renewed, nothing warns of it."""
    before = client("manager").get("/people")
    assert "授权 90 天内到期" in text_of(before) and "证据到期" in text_of(before)
    old = authorisation_of("P-01", "U-RG-P")
    until = (date.today() + timedelta(720)).isoformat()
    given = {"person": "P-01", "unit": "U-RG-P", "valid_until": until, "basis": list(old.basis)}
    answer = client("manager").post("/people/authorise", given)
    assert answer.status_code == 302, text_of(answer)
    assert "授权 90 天内到期" not in text_of(client("manager").get("/people"))
    page = text_of(client("manager").get("/people/P-01"))
    assert "已续期" in page and "已续期，由" in page
