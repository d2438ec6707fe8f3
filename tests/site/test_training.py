"""Training from application to evidence, the plan, programmes, leaders, and help after a failed comparison."""

from __future__ import annotations

import html
import re
from collections.abc import Callable, Iterator
from datetime import date, timedelta
from io import BytesIO
from typing import Any

import pytest
from tests.site.matter_play import no_matters

Clients = Callable[..., Any]
PAGES = ("/bases", "/bases/B-01", "/training/TR-DEMO-001", "/programmes", "/leaders", "/mentoring",
         "/mentoring/MT-DEMO-001")  # fmt: skip


def text_of(answer: Any) -> str:
    body = re.sub(r"<(script|style|svg)\b.*?</\1>", " ", answer.content.decode(), flags=re.S)
    return " ".join(html.unescape(re.sub(r"<[^>]+>", " ", body)).split())


def upload(content: bytes, name: str) -> BytesIO:
    file = BytesIO(content)
    file.name = name
    return file


@pytest.fixture
def demo_matters(stocked: Any) -> Iterator[Any]:
    """The demo's matters among the records of the site, until the test is over."""
    from suyuan.site.demonstration import matters

    with no_matters():
        matters()
        yield stocked


def test_all_pages_open_in_both_languages(client: Clients, demo_matters: Any) -> None:
    for role in ("manager", "trainer", "trainee", "regulator"):
        for language in ("zh", "en"):
            for path in PAGES:
                answer = client(role, language).get(path)
                expected = 404 if role == "regulator" and path.startswith("/training") else 200
                assert answer.status_code == expected, (role, path)
                said = text_of(answer)
                assert not re.search(r"\b(bases?|training|programmes|leaders|mentoring|people)\.[a-z]+", said), path


def test_what_a_base_relies_on_is_computed_and_no_criteria_are_made_up(client: Clients) -> None:
    said = text_of(client("trainer").get("/bases/B-01"))
    assert "3 件设备中 1 件断链" in said and "DEMO-CITY-T-0092" in said
    assert "没有查到公布的实训基地条件" in said and "不作达标判定" in said
    assert "开得成" in said and "开不成" in said
    assert client("trainer").get("/bases/B-99").status_code == 404


def test_the_plan_follows_from_gaps(client: Clients) -> None:
    openpyxl = pytest.importorskip("openpyxl")
    said = text_of(client("trainer").get("/bases"))
    assert "按缺口，一年内该开" in said and "田新" in said
    assert "没有开得成的课程" in said, "what cannot be planned is told"
    outside = text_of(client("viewer").get("/bases"))
    assert "田新" not in outside, "names are for the laboratory"
    book = openpyxl.load_workbook(BytesIO(client("trainer").get("/bases/plan.xlsx").content))
    assert book.worksheets[0].max_row >= 2


def test_from_application_to_evidence(client: Clients, demo_matters: Any) -> None:
    """A trainee applies, the employer supports, the base admits, teaches, assesses; the result becomes evidence."""
    trainee, employer, base = client("trainee"), client("manager"), client("trainer")
    refused = client("viewer").post("/bases/B-01/apply", {"course": "C-02"})
    assert refused.status_code == 403
    unknown = trainee.post("/bases/B-01/apply", {"course": "C-77"})
    assert unknown.status_code == 422 and "没有这门课程" in text_of(unknown)
    applied = trainee.post("/bases/B-01/apply", {"course": "C-02"})
    assert applied.status_code == 302
    again = trainee.post("/bases/B-01/apply", {"course": "C-02"})
    assert again.status_code == 422 and "还没有办完" in text_of(again)
    path = "/training/TR-DEMO-001"
    page = text_of(base.get(path))
    assert "该您" in page and "录取" in page and "单位已推荐" in page
    early = trainee.post(path, {"act": "admitted", "start": "2027-01-01"})
    assert early.status_code == 422 and "现在不能做这一步" in text_of(early)
    lacking = base.post(path, {"act": "admitted", "start": ""})
    assert lacking.status_code == 422 and "开课日期" in text_of(lacking)
    assert base.post(path, {"act": "admitted", "start": "abc"}).status_code == 422
    offered = re.search(r'name="start"[^>]*value="([^"]+)"', base.get(path).content.decode())
    assert offered is not None, "the run that is announced"
    other = (date.fromisoformat(offered[1]) + timedelta(1)).isoformat()
    assert "没有" in text_of(base.post(path, {"act": "admitted", "start": other}))
    admitted = base.post(path, {"act": "admitted", "start": offered[1]})
    assert admitted.status_code == 302, text_of(admitted)
    assert base.post(path, {"act": "began"}).status_code == 302
    without = base.post(path, {"act": "assessed", "passed": "true"})
    assert without.status_code == 422 and "考核记录" in text_of(without)
    given = {"act": "assessed", "passed": "true", "assessment": upload(b"%PDF assessed", "考核.pdf")}
    assert base.post(path, given).status_code == 302
    closing = base.post(path, {"act": "closed"})
    assert closing.status_code == 422, "no register holds the result yet"
    record = re.search(r'href="(/people/evidence\?[^"]+)"', base.get(path).content.decode())
    assert record is not None
    form = base.get(html.unescape(record[1]))
    assert 'value="C-01" selected' in form.content.decode()
    evidence = {"person": "P-05", "kind": "training", "unit": "U-GB-P", "day": date.today().isoformat(), "value": "16",
                "good": "1", "title": "量块校准", "course": "C-01"}  # fmt: skip
    assert base.post("/people/evidence", evidence).status_code == 302
    assert base.post(path, {"act": "closed"}).status_code == 302
    assert "培训 1 人，合格 1 人" in text_of(base.get("/bases/B-01"))
    assert trainee.post(path, {"act": "evaluated", "score": "4.5"}).status_code == 302
    assert "学员评分 4.5" in text_of(base.get("/bases/B-01"))
    document = re.search(r'href="(/files/training/TR-DEMO-001/[0-9a-f]{64})"', base.get(path).content.decode())
    assert document is not None and trainee.get(document[1]).content == b"%PDF assessed"
    assert client("regulator").get(document[1]).status_code == 404
    assert employer.get(document[1].replace("TR-DEMO-001", "TR-NONE")).status_code == 404
    assert employer.get(path).status_code == 200 and client("customer").get(path).status_code == 404


def test_a_programme_says_what_it_cannot_say(client: Clients) -> None:
    said = text_of(client("trainer").get("/programmes"))
    assert "4 人参加，前后都测的 3 人平均变化 +12.7" in said and "还说不准是否提高" in said
    assert "效应量 g +0.84" in said
    english = text_of(client("trainer", "en").get("/programmes"))
    assert "too uncertain to say that they improved" in english
    outside = text_of(client("viewer").get("/programmes"))
    assert "田新" not in outside and "平均变化 +12.7" in outside


def test_leaders_stand_with_their_works(client: Clients, demo_matters: Any) -> None:
    said = text_of(client("regulator").get("/leaders"))
    assert "顾衡" in said and "大尺寸环规测量不确定度研究" in said and "未附证明" in said


def test_help_after_a_failed_comparison(client: Clients, demo_matters: Any) -> None:
    organiser = client("regulator")
    page = organiser.get("/mentoring")
    assert "一条不满意结果未整改" in text_of(page) and "MT-DEMO-001" in text_of(page)
    assert client("viewer").post("/mentoring", {"outcome": "x", "mentor": "P-06"}).status_code == 403
    nothing = organiser.post("/mentoring", {"outcome": "nothing", "mentor": "P-06"})
    assert nothing.status_code == 422 and "没有这条" in text_of(nothing)
    from suyuan.site.acts.service import now_known
    from suyuan.verbs.people.standing import mentoring_pairs

    pair = mentoring_pairs(now_known())[0]
    assert pair.experts
    taken = organiser.post("/mentoring", {"outcome": pair.outcome.id, "mentor": pair.experts[0].person})
    assert taken.status_code == 422 and "MT-DEMO-001" in text_of(taken)
    mentor = client("pilot")
    step = mentor.get("/mentoring/MT-DEMO-001")
    assert "该您" in text_of(step)
    assert mentor.post("/mentoring/MT-DEMO-001", {"act": "agreed"}).status_code == 302
    bare = mentor.post("/mentoring/MT-DEMO-001", {"act": "helped", "cause": "温度没有等够", "action": ""})
    assert bare.status_code == 422 and "温度没有等够" in bare.content.decode(), "what was typed stays"
    ended = organiser.post("/mentoring/MT-DEMO-001", {"act": "ended", "reason": "改由另一位专家"})
    assert ended.status_code == 302
    opened = organiser.post("/mentoring", {"outcome": pair.outcome.id, "mentor": pair.experts[0].person})
    assert opened.status_code == 302 and "/mentoring/MT-" in opened["Location"]
    own = organiser.post("/mentoring", {"outcome": pair.outcome.id, "mentor": "P-05"})
    assert own.status_code == 422 and "不能作指导专家" in text_of(own)
    assert organiser.get("/mentoring/MT-NONE").status_code == 404


def test_equipment_is_named_like_that_of_a_capability() -> None:
    from suyuan.procedure.register import Context
    from suyuan.quantity.fields import Fields
    from suyuan.talent.base import course, training_base

    context = Context({"zh": "演示院"}, date(2026, 1, 1))
    row = {"id": "B", "name": "基地", "equipment": [{"issuer": "甲院", "number": "C-1"}, ["乙院", "C-2"]]}
    base = training_base(Fields(row, "", []), context)
    assert base is not None and base.equipment == (("甲院", "C-1"), ("乙院", "C-2"))
    for wrong in ([{"issuer": "甲院"}], [["甲院"]], ["C-1"], "C-1", [{"issuer": "甲院", "number": " "}]):
        fields = Fields({"id": "C", "title": "课", "units": ["U"], "equipment": wrong}, "", [])
        assert course(fields, context) is None and [f.code for f in fields.found] == ["typed.field.type"], wrong
