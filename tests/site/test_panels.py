"""Panels on the site: named with a check of conflicts, scored in private, closed, then seen."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from tests.site.matter_play import matters, newest, page, paper, state, words

Clients = Callable[..., Any]
JUDGES = ("judge", "judge_b", "judge_c")


@pytest.fixture
def played(client: Clients) -> Iterator[Clients]:
    with matters():
        yield client


def named(played: Clients, *subjects: str, **more: str) -> str:
    """A panel on some centres, named by the regulator; its number."""
    data = {"title": "演示评审", "subject": list(subjects or ("DEMO-C-02",)), "reviewer": list(JUDGES),
            "chair": "judge_c", **more}  # fmt: skip
    answer = played("regulator").post("/panels/new", data)
    assert answer.status_code == 302, words(answer)
    return newest("panel")


def declares(played: Clients, number: str, *judges: str) -> None:
    for judge in judges:
        answer = played(judge).post(f"/panels/{number}/act", {"do": "declare", "interests": "none"})
        assert answer.status_code == 302, words(answer)


def opened(played: Clients, *subjects: str) -> str:
    number = named(played, *subjects)
    declares(played, number, *JUDGES)
    assert played("regulator").post(f"/panels/{number}/act", {"do": "opened"}).status_code == 302
    return number


def scores(client: Any, number: str, value: str | Callable[[int], str]) -> dict[str, str]:
    """A full set of scores for the fields that the page has."""
    fields = re.findall(r'name="(s-[^"]+)"', page(client.get(f"/panels/{number}")))
    return {name: value if isinstance(value, str) else value(n) for n, name in enumerate(fields)}


def test_naming_is_for_the_regulator(played: Clients) -> None:
    for role in ("judge", "director", "viewer"):
        assert played(role).get("/panels/new").status_code == 403
        assert played(role).post("/panels/new", {"title": "x"}).status_code == 403
    assert played("regulator").get("/panels/new").status_code == 200


def test_a_panel_needs_three_reviewers_a_title_and_a_subject(played: Clients) -> None:
    client = played("regulator")
    empty = words(client.post("/panels/new", {"title": "", "reviewer": ["judge"], "chair": "judge"}))
    assert "没有选定评审对象" in empty and "缺少" in empty
    few = client.post("/panels/new", {"title": "两人", "subject": ["DEMO-C-02"], "reviewer": ["judge", "judge_b"],
                                      "chair": "judge_c"})  # fmt: skip
    assert few.status_code == 200 and 'value="两人"' in page(few)
    stranger = words(client.post("/panels/new", {"title": "x", "subject": ["DEMO-C-02"], "reviewer": ["viewer"]}))
    assert "没有「viewer」这个评审专家账号" in stranger


def test_a_reviewer_in_conflict_is_not_named_in_silence(played: Clients) -> None:
    from django.contrib.auth.models import User

    from suyuan.site.acts import service

    service.deliver(User.objects.get(username="manager"), {"zh": "演示市计量院"}, {"person": [
        {"id": "J-X", "name": {"zh": "严鉴"}, "account": "judge", "organisation": {"zh": "演示市计量院"}}
    ]})  # fmt: skip
    answer = played("regulator").post("/panels/new", {"title": "x", "subject": ["DEMO-C-01"], "reviewer": list(JUDGES),
                                                      "chair": "judge_c"})  # fmt: skip
    assert answer.status_code == 200
    shown = words(answer)
    assert "没有办成" in shown and "演示市计量院" in shown and "judge" in shown


def test_scoring_ones_own_centre_is_refused_with_the_reason(played: Clients) -> None:
    number = opened(played)
    judge = played("judge")
    given = scores(judge, number, "80")
    declared = judge.post(
        f"/panels/{number}/act", {"do": "declare", "interests": "some", "kind": "adviser", "other": "演示新能源检测院"}
    )
    assert declared.status_code == 302
    shown = words(judge.get(f"/panels/{number}"))
    assert "您与被评对象有利益冲突，不能打分" in shown and "演示新能源检测院" in shown
    answer = judge.post(f"/panels/{number}/act", {"do": "score", **given})
    assert answer.status_code == 200 and "没有办成" in words(answer) and "演示新能源检测院" in words(answer)
    from suyuan.site.records.matter import MatterEvent

    assert not MatterEvent.objects.filter(matter__number=number, act="scored").exists()


def test_everybody_sees_only_their_own_scores_until_the_end(played: Clients) -> None:
    number = opened(played)
    first, second, boss = played("judge"), played("judge_b"), played("regulator")
    assert "等您声明或打分" in words(first.get("/panels"))
    assert first.post(f"/panels/{number}/act", {"do": "score", **scores(first, number, "71.5")}).status_code == 302
    assert 'value="71.5"' in page(first.get(f"/panels/{number}"))
    for client in (second, boss, played("judge_c")):
        assert "71.5" not in page(client.get(f"/panels/{number}"))
        assert "结果与一致性" not in page(client.get(f"/panels/{number}"))
    assert "三位评审专家中有一位已全部给分" in words(boss.get(f"/panels/{number}"))
    assert played("viewer").get(f"/panels/{number}").status_code == 404
    assert played("director").get(f"/panels/{number}").status_code == 404


def test_nobody_scores_before_they_declared(played: Clients) -> None:
    """Silence is no declaration: scoring does not open, and who is named is told that it waits for them."""
    number = named(played)
    early = played("regulator").post(f"/panels/{number}/act", {"do": "opened"})
    assert early.status_code == 200 and "还没有声明利益关系" in words(early) and state("panel", number) == "named"
    assert "严鉴 还没有声明" in words(early) and not re.search(r"judge(_b)? 还没有声明", words(early)), (
        "people by names"
    )
    judge = played("judge")
    assert "等您声明或打分" in words(judge.get("/panels")) and number in page(judge.get("/panels"))
    from django.contrib.auth.models import User

    from suyuan.site.acts.matters import matter

    mine = matter.waiting(User.objects.get(username="judge"), "panel")
    assert number in [view.matter.number for view in mine]
    silent = judge.post(f"/panels/{number}/act", {"do": "declare"})
    assert silent.status_code == 200 and "留空不等于声明没有" in words(silent)
    declares(played, number, *JUDGES)
    assert number not in [v.matter.number for v in matter.waiting(User.objects.get(username="judge"), "panel")]
    assert played("regulator").post(f"/panels/{number}/act", {"do": "opened"}).status_code == 302


def test_a_reviewer_who_comes_later_declares_before_scoring(played: Clients) -> None:
    from django.contrib.auth.models import User

    from suyuan.site.acts.matters import matter, panel
    from suyuan.verbs.matter.panels import has_declared

    number = named(played)
    row = matter.seen("panel", number, User.objects.get(username="judge"))
    event = type("Event", (), {"person": "judge", "content": {}})()
    assert [f.code for f in has_declared(panel.service.now_known(), row.matter, event)] == ["centre.panel.undeclared"]


def test_replacing_offers_the_experts_and_conflicts_name_the_centre_once(played: Clients) -> None:
    number = named(played)
    shown = page(played("regulator").get(f"/panels/{number}"))
    for judge in JUDGES:
        assert f'<input type="checkbox" name="f-roles" value="{judge}" checked>' in shown
    assert '<option value="judge_c" selected>' in shown[shown.index('name="f-chair"') :], "the chair can be another"
    played("judge").post(f"/panels/{number}/act", {"do": "declare", "interests": "some", "kind": "adviser",
                                                   "other": "演示新能源检测院"})  # fmt: skip
    found = words(played("judge").get(f"/panels/{number}"))
    part = found[found.index("您与被评对象有利益冲突，不能打分") :]
    assert "DEMO-C-02」有利益冲突" not in part and "中心」有利益冲突" in part


def test_a_score_off_its_scale_comes_back_at_its_field(played: Clients) -> None:
    number = opened(played)
    judge = played("judge")
    given = scores(judge, number, "60")
    name = next(iter(given))
    answer = judge.post(f"/panels/{number}/act", {"do": "score", **given, name: "160"})
    shown = page(answer)
    assert answer.status_code == 200 and "「160」不在 0 到 100 之间" in shown and 'value="160"' in shown
    assert shown.count('value="60"') == len(given) - 1, "what was right is kept"
    from suyuan.site.records.matter import MatterEvent

    assert not MatterEvent.objects.filter(matter__number=number, act="scored").exists()


def test_scores_close_into_means_agreement_and_who_stands_apart(played: Clients) -> None:
    number = opened(played, "DEMO-C-01", "DEMO-C-02")
    early = played("regulator").post(f"/panels/{number}/act", {"do": "closed"})
    assert early.status_code == 200 and "没有办成" in words(early), "too few scores"
    for judge, base in zip(JUDGES, (70, 72, 20), strict=True):
        client = played(judge)
        given = scores(client, number, lambda n, base=base: str(base + (n % 7) + (10 if n < 8 else 0)))
        assert client.post(f"/panels/{number}/act", {"do": "score", **given}).status_code == 302
    assert played("regulator").post(f"/panels/{number}/act", {"do": "closed"}).status_code == 302
    boss, reviewer = (words(played(role).get(f"/panels/{number}")) for role in ("regulator", "judge"))
    for shown in (boss, reviewer):
        assert "结果与一致性" in shown and "ICC" in shown and re.search(r"W = [01]\.\d\d", shown)
    assert "唐析与其他人明显不同" in boss
    others = reviewer[reviewer.index("谁与众不同") : reviewer.index("任职和关系来自")]
    assert "严鉴" in others and "唐析" not in others and re.search(r"评审专家 [ABC]", others), "others by letters only"
    chair = played("judge_c")
    bare = chair.post(f"/panels/{number}/act", {"do": "concluded", "f-conclusion": "建议继续培育"})
    assert bare.status_code == 200 and "缺少「评审意见」" in words(bare), "no conclusion without its document"
    assert state("panel", number) == "discussed"
    early = words(played("viewer").get("/centres/DEMO-C-02/facts/P1"))
    assert "还没有定稿的评审" in early and "评审专家 1" not in early, "before the opinion nothing counts"
    concluded = played("judge_c").post(f"/panels/{number}/act", {"do": "concluded", "f-conclusion": "建议继续培育",
                                                                  "d-opinion": paper()})  # fmt: skip
    assert concluded.status_code == 302 and state("panel", number) == "concluded"
    facts = words(played("viewer").get("/centres/DEMO-C-02/facts/P1"))
    assert "未知" not in facts[: facts.index("怎么算")], "what reviewers said enters the card"
    assert "评审专家 1" in facts and number in facts, "each score that counts is listed with its panel"


def test_an_opinion_that_asks_for_rectification_opens_one(played: Clients) -> None:
    number = opened(played, "DEMO-C-01")
    for judge in JUDGES:
        client = played(judge)
        assert client.post(f"/panels/{number}/act", {"do": "score", **scores(client, number, "60")}).status_code == 302
    boss = played("regulator")
    assert boss.post(f"/panels/{number}/act", {"do": "closed"}).status_code == 302
    assert 'value="rectify"' not in page(boss.get(f"/panels/{number}"))
    opinion = {"do": "concluded", "f-conclusion": "限期整改：补足标准器", "d-opinion": paper()}
    concluded = played("judge_c").post(f"/panels/{number}/act", opinion)
    assert concluded.status_code == 302
    shown = page(boss.get(f"/panels/{number}"))
    assert "限期整改：补足标准器\nG3 " in shown, "filled in with the opinion and the failed gates"
    assert 'value="rectify"' not in page(played("judge").get(f"/panels/{number}"))
    empty = boss.post(f"/panels/{number}/act", {"do": "rectify", "centre": "DEMO-C-01", "findings": " "})
    assert empty.status_code == 200 and "缺少" in words(empty)
    given = {"do": "rectify", "centre": "DEMO-C-01", "findings": "补足标准器\n补足需求"}
    assert boss.post(f"/panels/{number}/act", given).status_code == 302
    fixed = newest("rectification")
    assert state("rectification", fixed) == "opened"
    listed = words(boss.get("/panels"))
    assert fixed in listed and "补足需求" in listed
    assert 'value="rectify"' not in page(boss.get(f"/panels/{number}")), "once"


def test_the_demo_has_a_panel_that_waits_for_one_reviewer(played: Clients) -> None:
    assert state("panel", "PANEL-DEMO-001") == "scoring" and state("rectification", "RECT-DEMO-001") == "planned"
    row = words(played("regulator").get("/panels/PANEL-DEMO-001"))
    assert "三位评审专家中有两位已全部给分" in row
    assert "RECT-DEMO-001" in words(played("regulator").get("/panels"))


def waits_for(name: str) -> list[str]:
    from django.contrib.auth.models import User

    from suyuan.site.acts import today_service

    return [view.matter.number for view in today_service.work(User.objects.get(username=name)).reviews]


def test_scores_in_part_name_what_lacks_and_whole_ones_wait_no_longer(played: Clients) -> None:
    number = opened(played)
    judge = played("judge")
    given = scores(judge, number, "70")
    first = next(iter(given))
    assert number in waits_for("judge")
    part = {name: value for name, value in given.items() if name != first}
    assert judge.post(f"/panels/{number}/act", {"do": "score", **part}).status_code == 302
    shown = words(judge.get(f"/panels/{number}"))
    assert "您的分还不全，还缺：" in shown and "您的分已给出" not in shown and number in waits_for("judge")
    assert judge.post(f"/panels/{number}/act", {"do": "score", **given, "comment": "标准器偏少"}).status_code == 302
    shown = words(judge.get(f"/panels/{number}"))
    assert "还不全" not in shown and "标准器偏少" in shown and number not in waits_for("judge")
    assert "标准器偏少" not in words(played("judge_b").get(f"/panels/{number}")), "not before the end"


def test_the_scores_of_who_is_barred_do_not_count_and_nothing_waits_for_them(played: Clients) -> None:
    number = opened(played)
    for name in JUDGES:
        client = played(name)
        sent = {"do": "score", **scores(client, number, "70"), "comment": f"说明 {name}"}
        assert client.post(f"/panels/{number}/act", sent).status_code == 302
    second, boss = played("judge_b"), played("regulator")
    both = {"do": "declare", "interests": "none", "kind": "contract", "other": "演示新能源检测院"}
    assert "选了「没有利益关系」，又写了关系" in words(second.post(f"/panels/{number}/act", both))
    assert second.post(f"/panels/{number}/act", both | {"interests": "some"}).status_code == 302
    assert number not in waits_for("judge_b")
    shown = words(boss.get(f"/panels/{number}"))
    assert "三位评审专家中有两位已全部给分" in shown and "不计入" in shown
    replaced = {"do": "replaced", "f-reason": "冲突", "f-roles": ["judge", "judge_c", "judge_d"], "f-chair": "judge_c"}
    boss.post(f"/panels/{number}/act", replaced)
    history = words(boss.get(f"/matters/panel/{number}"))
    assert "合同关系 contract 演示新能源检测院" in history, "the tie stands in the history"


def test_comments_stand_beside_the_scores_at_the_end(played: Clients) -> None:
    number = opened(played)
    for name in JUDGES:
        client = played(name)
        sent = {"do": "score", **scores(client, number, "70"), "comment": f"说明 {name}"}
        assert client.post(f"/panels/{number}/act", sent).status_code == 302
    assert played("regulator").post(f"/panels/{number}/act", {"do": "closed"}).status_code == 302
    shown = words(played("judge").get(f"/panels/{number}"))
    part = shown[shown.index("谁与众不同") : shown.index("任职和关系来自")]
    assert "说明 judge_b" in part and "说明 judge_c" in part
    letters = re.findall(r"评审专家 ([A-Z])\b", part)
    assert letters == sorted(letters), "in the order of the letters, not of the names"


def test_own_scores_of_before_are_recalled(played: Clients) -> None:
    first = opened(played)
    judge = played("judge")
    judge.post(f"/panels/{first}/act", {"do": "score", **scores(judge, first, "77")})
    second = opened(played)
    assert f"您上次给 77（{first}）" in words(judge.get(f"/panels/{second}")).replace(" ）", "）")


def test_a_panel_is_whole_in_english(played: Clients) -> None:
    number = opened(played)
    for role in ("judge", "regulator"):
        shown = page(played(role, "en").get(f"/panels/{number}"))
        assert not re.findall(r">(panels\.[\w.]+)<", shown)
        heads = re.findall(r"<(?:h2|h3|th|summary|button)[^>]*>([^<]+)<", shown)
        assert not [h for h in heads if re.search(r"[\u4e00-\u9fff]", h)]
