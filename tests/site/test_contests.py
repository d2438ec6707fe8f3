"""Contests on the site: set, sat, watched, closed, revealed, appealed, final; and that nothing leaks before that."""

from __future__ import annotations

import io
import json
import logging
import re
from collections.abc import Iterator
from datetime import UTC, datetime
from io import BytesIO
from pathlib import Path
from typing import Any

import pytest
from openpyxl import load_workbook

DRAFT = {
    "title_zh": "质量比武", "title_en": "mass contest", "rubric": "general", "weight-theory": "30",
    "weight-practice": "30", "weight-data": "40", "pass_mark": "60", "template": ["gauge_block", "mass_abba"],
    "topic": ["terms", "si"], "size": "4", "checklist": "weighing", "assessor": ["judge", "judge_b"],
    "jury": ["judge_c", "trainer"], "contestant": ["trainee", "metrologist"],
}  # fmt: skip
SECRET = "31.41592"
REMARK = "手抖 trembling-hand"


@pytest.fixture
def ground(stocked: Path) -> Iterator[Path]:
    """Documents, and records that are as before when the test is over."""
    from django.db import transaction

    from suyuan.site.acts.talent import contest

    contest._kept.clear()
    with transaction.atomic():
        yield stocked
        transaction.set_rollback(True)


def published(anyone: Any, **change: Any) -> str:
    """Set a contest; returns its number."""
    answer = anyone("trainer").post("/contests/new", DRAFT | change)
    assert answer.status_code == 302, _said(answer)
    return str(answer["Location"]).rsplit("/", 1)[1]


def running(anyone: Any, **change: Any) -> str:
    number = published(anyone, **change)
    for who in ("trainee", "metrologist"):
        assert anyone(who).post(f"/contests/{number}", {"do": "enrolled"}).status_code == 302
    assert anyone("trainer").post(f"/contests/{number}", {"do": "started"}).status_code == 302
    return number


def handed_in(anyone: Any, number: str) -> None:
    """The trainee answers rightly, the metrologist one secret number; both assessors hand in their sheets."""
    from django.contrib.auth.models import User

    from suyuan.site.acts.talent import contest as acts

    view = acts.view(number, User.objects.get(username="trainee"))
    tasks = acts.my_tasks(view)
    given: dict[str, str] = {}
    for i, variant in enumerate(tasks.data):
        truth = variant.truth
        given |= {f"t{i}-value": f"{truth.value:.3f}", f"t{i}-U": f"{truth.U:.3f}", f"t{i}-k": "2"}
    assert anyone("trainee").post(f"/contests/{number}/data", given).status_code == 302
    paper = {f"q-{q.id}": "a" for q in tasks.paper.questions} if tasks.paper else {}
    assert anyone("trainee").post(f"/contests/{number}/theory", paper).status_code == 302
    other = {"t0-value": SECRET, "t0-U": "2.7", "t0-k": "2"}
    assert anyone("metrologist").post(f"/contests/{number}/data", other).status_code == 302
    for judge in ("judge", "judge_b"):
        for person in ("trainee", "metrologist"):
            assert anyone(judge).post(f"/contests/{number}/sheet/{person}", sheet(judge)).status_code == 302


def sheet(judge: str) -> dict[str, str]:
    from suyuan.talent.contest.witnessed import checklists

    steps = {f"s-{step.id}": "1" for step in checklists()["weighing"].steps}
    first = next(iter(steps)).removeprefix("s-")
    return {"serial": "B-7", "certificate": "Z-7", **steps, f"r-{first}": f"{REMARK} {judge}"}


def finished(anyone: Any) -> str:
    number = running(anyone)
    handed_in(anyone, number)
    for do in ("closed", "revealed"):
        assert anyone("trainer").post(f"/contests/{number}", {"do": do}).status_code == 302
    return number


def _said(answer: Any) -> str:
    return re.sub(r"<[^>]+>", " ", answer.content.decode())[:3000]


# ---------------------------------------------------------------- nothing leaks


def test_before_the_revealing_nothing_leaks_into_pages_json_log_or_files(
    ground: Path, anyone: Any, site_data: Path, caplog: Any
) -> None:
    from django.contrib.auth.models import User

    from suyuan.site.acts import service
    from suyuan.site.acts.matters import matter as matters
    from suyuan.site.acts.talent import contest as acts
    from suyuan.site.acts.talent import contest_seal
    from suyuan.site.records.log import Log
    from suyuan.site.records.matter import MatterEvent

    with caplog.at_level(logging.DEBUG, logger="suyuan"), caplog.at_level(logging.DEBUG, logger="django"):
        number = running(anyone)
        handed_in(anyone, number)
        anyone("trainer").post(f"/contests/{number}", {"do": "closed"})
    view = acts.view(number, User.objects.get(username="trainer"))
    seed = contest_seal.seed_of(view.seen.matter)
    hidden = [seed.hex(), SECRET, REMARK.split()[1]]
    ways = ["/contests", "/today", "/practice", "/all"]
    ways += [f"/contests/{number}{tail}" for tail in
             ("", "/json", "/data", "/theory", "/sheet/trainee", "/sheet/metrologist", "/marks/metrologist",
              "/results", "/results.xlsx", "/statements.json", "/badge/metrologist")]  # fmt: skip
    ways += _matter_ways(number)
    for who in ("trainer", "regulator", "trainee", "judge_c", "viewer", "steward"):
        for way in ways:
            answer = anyone(who).get(way)
            body = answer.content.decode("utf-8", "replace")
            assert answer.status_code < 500, way
            assert not [h for h in hidden if h in body], (who, way)
    # each assessor sees the own sheet, and never the other's
    for judge, other in (("judge", "judge_b"), ("judge_b", "judge")):
        body = anyone(judge).get(f"/contests/{number}/sheet/trainee").content.decode()
        assert f"{REMARK} {judge}" in body and f'{REMARK} {other}"' not in body
    # files and rows
    rows = b"".join(bytes(e.document) for e in MatterEvent.objects.all())
    files = [p for folder in (site_data, ground) for p in folder.rglob("*") if p.is_file()]
    assert files
    for secret in (seed, *(h.encode() for h in hidden)):
        assert secret not in rows
        for path in files:
            assert secret not in path.read_bytes(), path
    logged = caplog.text + json.dumps([row.note for row in Log.objects.all()], ensure_ascii=False)
    assert not [h for h in hidden if h in logged]
    # what other rooms are given
    known = repr(service.now_known().documents.matters)
    seen = repr(matters.seen("contest", number, User.objects.get(username="regulator")))
    assert not [h for h in hidden if h in known or h in seen]


def _matter_ways(number: str) -> list[str]:
    """Pages of other rooms that show matters."""
    return [
        f"/matters/contest/{number}", f"/matters/contest/{number}/chain.json", f"/find?q={number}", "/public",
        "/public/data", "/people", "/challenges",
    ]  # fmt: skip


def test_steps_of_a_contest_are_taken_on_its_own_page_only(ground: Path, anyone: Any) -> None:
    number = running(anyone)
    for answer in (
        anyone("trainee").get(f"/matters/contest/{number}"),
        anyone("trainee").post(f"/matters/contest/{number}", {"do": "answered", "f-part": "data", "f-answers": "{}"}),
    ):
        assert answer.status_code == 302 and answer["Location"] == f"/contests/{number}"


def test_the_chain_holds_although_answers_lie_encrypted(ground: Path, anyone: Any) -> None:
    from suyuan.procedure.matter import verify
    from suyuan.site.acts.matters.kept import matter_of
    from suyuan.site.acts.talent import contest_seal
    from suyuan.site.records.matter import MatterRecord

    number = finished(anyone)
    row = MatterRecord.objects.get(procedure="contest", number=number)
    whole = matter_of(row)
    assert verify(whole) == ()
    sealed = [e for e in row.events.all() if bytes(e.document).startswith(contest_seal.SEALED)]
    assert {e.act for e in sealed} == {"answered", "watched"}
    assert contest_seal.visible(whole, "") == whole  # revealed: nothing is hidden any more


def test_another_key_loses_the_answers_and_nothing_else(ground: Path, anyone: Any) -> None:
    number = running(anyone)
    handed_in(anyone, number)
    (ground / "seal.key").write_text("0" * 64)
    page = anyone("trainer").get(f"/contests/{number}")
    assert page.status_code == 200 and "打不开" in page.content.decode()
    assert anyone("trainer").get("/contests").status_code == 200
    for language, said in (("zh", "公开的种子与封存的摘要"), ("en", "seed")):  # other tasks would be wrong ones
        tasks = anyone("trainee", language).get(f"/contests/{number}/data")
        assert tasks.status_code == 409 and said in tasks.content.decode()


def test_seeds_of_two_contests_with_one_draft_differ(ground: Path, anyone: Any) -> None:
    first, second = (json.loads(anyone("trainer").get(f"/contests/{published(anyone)}/json").content) for _ in "ab")
    assert first["seed_commitment"] != second["seed_commitment"]


# ---------------------------------------------------------------- setting


def test_only_trainers_and_regulators_set_contests(ground: Path, anyone: Any) -> None:
    for who, status in (("trainee", 403), ("judge", 403), ("viewer", 403), ("trainer", 200), ("regulator", 200)):
        assert anyone(who).get("/contests/new").status_code == status, who
    assert anyone("trainee").post("/contests/new", DRAFT).status_code == 403


@pytest.mark.parametrize("change, said", [
    ({"title_zh": "", "title_en": ""}, "title"), ({"size": "900"}, "900"), ({"size": "x"}, "x"),
    ({"template": []}, "templates"), ({"assessor": ["judge"]}, "至少要两名考评员"),
    ({"jury": []}, "jury"), ({"contestant": []}, "contestants"), ({"weight-data": "viel"}, "viel"),
    ({"weight-theory": "0", "weight-practice": "0", "weight-data": "0"}, "parts"), ({"pass_mark": "400"}, "400"),
    ({"pass_mark": "half"}, "half"), ({"team_mark": "mean", "team_best": "many"}, "many"),
    ({"team_mark": "median"}, "median"), ({"topic": []}, "questions"),
])  # fmt: skip
def test_a_draft_with_a_fault_comes_back_with_it_and_nothing_is_kept(
    ground: Path, anyone: Any, change: dict[str, Any], said: str
) -> None:
    from suyuan.site.records.matter import MatterRecord

    answer = anyone("trainer").post("/contests/new", DRAFT | {"title_en": "kept as typed"} | change)
    page = answer.content.decode()
    assert answer.status_code == 422 and said in page
    assert "kept as typed" in page or change.get("title_en") == ""
    assert not MatterRecord.objects.filter(procedure="contest").exists()


def test_nobody_marks_their_own_contest(ground: Path, anyone: Any) -> None:
    from django.contrib.auth.models import Group, User

    User.objects.get(username="trainer").groups.add(Group.objects.get(name="trainee"))
    answer = anyone("trainer").post("/contests/new", DRAFT | {"contestant": ["trainer", "trainee"]})
    assert answer.status_code == 422 and "既参赛又评分" in answer.content.decode()


def test_a_contest_in_data_treatment_only_needs_no_assessors(ground: Path, anyone: Any) -> None:
    number = published(anyone, **{"weight-theory": "0", "weight-practice": "", "assessor": [], "size": ""})
    made = json.loads(anyone("trainee").get(f"/contests/{number}/json").content)
    assert made["rubric"]["parts"] == {"data": 40.0} and made["checklist"] == ""
    assert made["rubric"]["name"] == "general-own"


def test_who_cannot_enrol_is_told_why(ground: Path, anyone: Any) -> None:
    number = published(anyone)
    said = {role: anyone(role).get(f"/contests/{number}").content.decode() for role in ("trainer", "trainee", "viewer")}
    assert "不能报名参赛" in said["trainer"] and 'value="enrolled"' not in said["trainer"]
    assert 'value="enrolled"' in said["trainee"] and "不能报名" not in said["trainee"]
    assert "参赛人员由组织方指定" in said["viewer"] and 'value="enrolled"' not in said["viewer"]
    anyone("trainee").post(f"/contests/{number}", {"do": "enrolled"})
    assert "不能报名" not in anyone("trainee").get(f"/contests/{number}").content.decode()


# ---------------------------------------------------------------- sitting


def test_tasks_are_shown_to_the_enrolled_while_it_runs(ground: Path, anyone: Any) -> None:
    number = published(anyone)
    assert anyone("trainee").get(f"/contests/{number}/data").status_code == 403
    anyone("trainee").post(f"/contests/{number}", {"do": "enrolled"})
    assert anyone("trainee").get(f"/contests/{number}/data").status_code == 403
    anyone("trainer").post(f"/contests/{number}", {"do": "started"})
    for language in ("zh", "en"):
        answer = anyone("trainee", language).get(f"/contests/{number}/data")
        assert answer.status_code == 200 and "exam." not in _said(answer) and "contest." not in _said(answer)
    assert anyone("metrologist").get(f"/contests/{number}/data").status_code == 403  # not enrolled
    assert anyone("trainer").get(f"/contests/{number}/theory").status_code == 403


def test_answers_can_be_replaced_until_closing_and_an_empty_sheet_is_refused(ground: Path, anyone: Any) -> None:
    number = running(anyone)
    me, way = anyone("trainee"), f"/contests/{number}/data"
    assert me.post(way, {"t0-unit": "µm"}).status_code == 422
    assert me.post(way, {"t0-value": "1.5"}).status_code == 302
    assert 'value="1.5"' in me.get(way).content.decode()
    assert me.post(way, {"t0-value": "2.5"}).status_code == 302
    assert 'value="2.5"' in me.get(way).content.decode()
    anyone("trainer").post(f"/contests/{number}", {"do": "closed"})
    assert me.get(way).status_code == 403


def test_what_cannot_be_read_is_refused_beside_its_field_and_less_than_before_is_asked_about(
    ground: Path, anyone: Any
) -> None:
    number = running(anyone)
    me, way = anyone("trainee"), f"/contests/{number}/data"
    for wrong in ({"t0-value": "abc"}, {"t0-value": "1", "t0-U": "−1"}, {"t0-value": "1", "t0-unit": "kg"}):
        answer = me.post(way, wrong)
        assert answer.status_code == 422 and 'aria-invalid="true"' in answer.content.decode(), wrong
    assert me.post(way, {"t0-value": "1.5", "t0-U": "0.2", "t0-k": "2"}).status_code == 302
    less = {"t0-value": "1.5"}
    answer = me.post(way, less)
    assert answer.status_code == 422 and 'name="emptier"' in answer.content.decode()
    assert 'value="0.2"' in me.get(way).content.decode(), "the fuller one still counts"
    assert me.post(way, less | {"emptier": "1"}).status_code == 302
    assert anyone("judge").post(f"/contests/{number}/sheet/trainee", {"serial": "B-7"}).status_code == 422


def test_who_assesses_decides_no_appeal(ground: Path, anyone: Any) -> None:
    answer = anyone("trainer").post("/contests/new", DRAFT | {"jury": ["judge", "trainer"]})
    assert answer.status_code == 422 and "既是考评员又裁决申诉" in answer.content.decode()


def test_an_answer_that_comes_late_is_refused_and_stays_on_the_page(ground: Path, anyone: Any) -> None:
    number = finished(anyone)
    answer = anyone("trainee").post(f"/contests/{number}/data", {"t0-value": "9.75"})
    assert answer.status_code == 422
    assert "现在不收答案" in answer.content.decode() and 'value="9.75"' in answer.content.decode()


def test_steps_out_of_order_and_by_others_are_refused(ground: Path, anyone: Any) -> None:
    number = published(anyone)
    assert anyone("trainer").post(f"/contests/{number}", {"do": "revealed"}).status_code == 422
    assert anyone("trainee").post(f"/contests/{number}", {"do": "started"}).status_code == 403
    assert anyone("viewer").post(f"/contests/{number}", {"do": "enrolled"}).status_code == 403
    assert anyone("trainer").post(f"/contests/{number}", {"do": "dance"}).status_code == 404
    assert anyone("trainer").get("/contests/none").status_code == 404
    assert anyone("judge").get(f"/contests/{number}/sheet/trainee").status_code == 404  # nobody enrolled


# ---------------------------------------------------------------- results


def test_marks_come_with_the_seed_and_the_diagnosis_with_the_marks(ground: Path, anyone: Any) -> None:
    number = finished(anyone)
    page = anyone("trainee").get(f"/contests/{number}").content.decode()
    made = json.loads(anyone("viewer").get(f"/contests/{number}/json").content)
    assert made["seed"] in page and made["results"]["ranking"][0]["person"] == "trainee"
    for language in ("zh", "en"):
        own = anyone("trainee", language).get(f"/contests/{number}/marks/trainee")
        assert own.status_code == 200 and "exam." not in _said(own) and "contest." not in _said(own)
    assert anyone("trainee").get(f"/contests/{number}/marks/metrologist").status_code == 403
    assert SECRET in anyone("trainer").get(f"/contests/{number}/marks/metrologist").content.decode()
    assert anyone("trainer").get(f"/contests/{number}/marks/nobody").status_code == 404


def test_results_are_computed_once_for_a_number_of_events(
    ground: Path, anyone: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    from suyuan.site.acts.talent import contest as acts

    number = finished(anyone)
    calls, real = [], acts.verbs.results
    monkeypatch.setattr(acts.verbs, "results", lambda m: calls.append(len(m.events)) or real(m))
    for _ in range(3):
        anyone("viewer").get(f"/contests/{number}")
    assert len(calls) <= 1
    appeal(anyone, number)
    anyone("viewer").get(f"/contests/{number}")
    anyone("viewer").get(f"/contests/{number}")
    assert len(calls) <= 2


def appeal(anyone: Any, number: str) -> None:
    given = {"do": "appealed", "part": "data", "item": "gauge_block/0", "reason": "读数表有误"}
    assert anyone("trainee").post(f"/contests/{number}", given).status_code == 302


def test_an_appeal_is_decided_by_the_jury_before_results_are_final(ground: Path, anyone: Any) -> None:
    number = finished(anyone)
    appeal(anyone, number)
    assert "读数表有误" not in anyone("metrologist").get(f"/contests/{number}").content.decode()
    assert anyone("trainer").post(f"/contests/{number}", {"do": "final"}).status_code == 422
    decision = {"do": "appeal_decided", "person": "trainee", "part": "data", "item": "gauge_block/0",
                "decision": "accepted", "share": "2", "reason": "采纳"}  # fmt: skip
    assert anyone("trainee").post(f"/contests/{number}", decision).status_code == 403
    assert anyone("judge_c").post(f"/contests/{number}", decision).status_code == 422  # a share of 2
    assert anyone("judge_c").post(f"/contests/{number}", decision | {"share": "0.5"}).status_code == 302
    assert anyone("trainer").post(f"/contests/{number}", {"do": "final"}).status_code == 302
    assert "申诉改分" in anyone("trainee").get(f"/contests/{number}").content.decode()


def test_what_is_taken_home_badge_statements_excel_and_evidence(ground: Path, anyone: Any) -> None:
    from suyuan.site.acts import service
    from suyuan.site.secret import badge_key
    from suyuan.talent.badge import verify
    from suyuan.talent.xapi import faults

    number = finished(anyone)
    way = f"/contests/{number}"
    assert anyone("trainee").get(f"{way}/badge/trainee").status_code == 404  # not final yet
    anyone("trainer").post(way, {"do": "final"})
    ranking = json.loads(anyone("viewer").get(f"{way}/json").content)["results"]["ranking"]
    passed = {row["person"]: row["passed"] for row in ranking}
    assert passed["trainee"] is True, ranking
    badge = json.loads(anyone("trainee").get(f"{way}/badge/trainee").content)
    assert verify(badge, badge_key(ground)[1], datetime.now(UTC)) == ()
    assert badge == json.loads(anyone("trainer").get(f"{way}/badge/trainee").content)
    assert anyone("metrologist").get(f"{way}/badge/trainee").status_code == 403
    statements = json.loads(anyone("trainer").get(f"{way}/statements.json").content)
    assert len(statements) == 2 and not [f for s in statements for f in faults(s)]
    assert anyone("trainee").get(f"{way}/statements.json").status_code == 403
    book = load_workbook(BytesIO(anyone("viewer").get(f"{way}/results.xlsx").content))
    assert [row[0].value for row in list(book.worksheets[0].rows)[1:]] == [1, 2] and len(book.worksheets) == 2
    assert anyone("trainee").post(way, {"do": "deliver"}).status_code == 403
    assert anyone("trainer").post(way, {"do": "deliver"}).status_code == 302
    rows = [row for row in service.now_known().rows("evidence") if row.id.startswith(f"contest-{number}-")]
    assert {row.person for row in rows} >= {"P-05"}  # the account of the trainee is this person of the register
    assert "已记入人员能力档案" in anyone("trainer").get(way).content.decode()


def test_final_results_are_public_without_names(ground: Path, anyone: Any) -> None:
    from django.test import Client

    number = finished(anyone)
    visitor = Client(headers={"host": "localhost"})
    assert visitor.get(f"/contests/{number}/results").status_code == 404
    anyone("trainer").post(f"/contests/{number}", {"do": "final"})
    page = visitor.get(f"/contests/{number}/results")
    assert page.status_code == 200 and "田新" not in page.content.decode() and "001" in page.content.decode()
    assert "田新" in anyone("viewer").get(f"/contests/{number}/results").content.decode()
    assert visitor.get(f"/contests/{number}").status_code == 302
    assert "contest." not in _said(anyone("viewer", "en").get(f"/contests/{number}/results"))


def test_the_list_says_what_waits_for_whom(ground: Path, anyone: Any) -> None:
    number = published(anyone)
    assert "可以报名" in anyone("trainee").get("/contests").content.decode()
    assert "等您开赛" in anyone("trainer").get("/contests").content.decode()
    anyone("trainee").post(f"/contests/{number}", {"do": "enrolled"})
    anyone("trainer").post(f"/contests/{number}", {"do": "started"})
    assert f'href="/contests/{number}/data"' in anyone("trainee").get("/practice").content.decode()
    assert "等您评实操" in anyone("judge").get("/contests").content.decode()
    assert "Contests in which your answers are missing" in anyone("trainee", "en").get("/contests").content.decode()


def test_a_cancelled_contest_shows_neither_seed_nor_answers(ground: Path, anyone: Any) -> None:
    number = running(anyone)
    handed_in(anyone, number)
    assert anyone("trainer").post(f"/contests/{number}", {"do": "cancelled"}).status_code == 422  # no reason
    assert anyone("trainer").post(f"/contests/{number}", {"do": "cancelled", "reason": "停电"}).status_code == 302
    page = anyone("trainee").get(f"/contests/{number}").content.decode()
    assert "已取消" in page and SECRET not in page
    assert "seed" not in json.loads(anyone("trainer").get(f"/contests/{number}/json").content)


def test_teams_are_named_at_enrolment_and_ranked_by_the_published_rule(ground: Path, anyone: Any) -> None:
    from openpyxl import load_workbook

    number = published(anyone, team_mark="sum", team_least="1", team_ties="best_member")
    assert 'name="team"' in anyone("trainee").get(f"/contests/{number}").content.decode()
    for who, team in (("trainee", "演示甲队"), ("metrologist", "演示乙队")):
        assert anyone(who).post(f"/contests/{number}", {"do": "enrolled", "team": team}).status_code == 302
    anyone("trainer").post(f"/contests/{number}", {"do": "started"})
    handed_in(anyone, number)
    for do in ("closed", "revealed", "final"):
        assert anyone("trainer").post(f"/contests/{number}", {"do": do}).status_code == 302
    page = anyone("viewer").get(f"/contests/{number}/results").content.decode()
    teams = page[page.index('id="teams"') :]
    assert teams.index("演示甲队") < teams.index("演示乙队") and "取队员总分之和" in teams and "田新" in teams
    made = json.loads(anyone("trainer").get(f"/contests/{number}/json").content)["results"]["teams"]
    assert [(t["rank"], t["team"], t["members"]) for t in made] == [
        (1, "演示甲队", ["trainee"]), (2, "演示乙队", ["metrologist"])
    ]  # fmt: skip
    book = load_workbook(io.BytesIO(anyone("trainer").get(f"/contests/{number}/results.xlsx").content))
    assert [row[1] for row in book["团体名次"].iter_rows(min_row=2, values_only=True)] == ["演示甲队", "演示乙队"]
    from django.test import Client

    public = Client(headers={"host": "localhost"}).get(f"/contests/{number}/results").content.decode()
    assert "演示甲队" in public and "田新" not in public and "trainee" not in public


def test_without_a_rule_there_are_no_teams(ground: Path, anyone: Any) -> None:
    number = published(anyone)
    assert 'name="team"' not in anyone("trainee").get(f"/contests/{number}").content.decode()


# ---------------------------------------------------------------- the demonstration


def test_the_contests_of_the_demonstration(ground: Path, anyone: Any) -> None:
    from suyuan.site.demonstration import matters
    from suyuan.site.demonstration_contest import running as again

    assert matters() > 0
    assert not again()  # once
    page = anyone("trainee").get("/contests/CT-DEMO-001")
    assert page.status_code == 200 and "成绩已定" in page.content.decode()
    for way in ("/contests", "/contests/CT-DEMO-001/marks/trainee", "/contests/CT-DEMO-002",
                "/contests/CT-DEMO-002/data", "/contests/CT-DEMO-001/results"):  # fmt: skip
        for language in ("zh", "en"):
            answer = anyone("trainee", language).get(way)
            assert answer.status_code == 200 and not re.search(r"\b(contests?|exam|practice)\.[a-z]", _said(answer)), (
                way
            )
    made = json.loads(anyone("trainer").get("/contests/CT-DEMO-001/json").content)["results"]
    assert made["final"] and {row["budget"] for row in made["ranking"]} >= {"padded", "optimistic", "credible"}
    assert {row["passed"] for row in made["ranking"]} == {True, False, None}
