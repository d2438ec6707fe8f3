"""Practice on the site: exercises given again by number, a slip that is named, a list that is kept only when asked."""

from __future__ import annotations

import json
import logging
import re
import stat
from pathlib import Path
from typing import Any

import pytest

from suyuan.verbs.people import contest as verbs

TASK = ("gauge_block", "7")


def right(template: str, number: str, **change: Any) -> dict[str, str]:
    """The right answer to an exercise, as a person types it."""
    from suyuan.quantity.notation import notate

    truth = verbs.exercise(template, number).truth
    written = notate(truth.value, truth.U)
    given = {
        "value": str(written.value_text).replace("−", "-").replace(" ", ""), "U": str(written.uncertainty_text),
        "k": f"{truth.k:.2f}", "decision": truth.decision,
        "extra": "" if truth.extra is None else f"{truth.extra:.2f}",
    }  # fmt: skip
    return given | {name: str(value) for name, value in change.items()}


def shown(answer: Any) -> str:
    return re.sub(r"<[^>]+>", "", answer.content.decode())


def test_the_list_says_what_each_exercise_trains(client: Any) -> None:
    page = client("trainee").get("/practice").content.decode()
    for template in verbs.exercises():
        assert f'href="/practice/{template.id}"' in page
    assert "我的练习本" in page


def test_a_new_exercise_gets_a_number_and_the_number_gives_it_again(client: Any) -> None:
    me = client("trainee")
    first, second = (me.get("/practice/gauge_block")["Location"] for _ in range(2))
    assert first != second and re.fullmatch(r"/practice/gauge_block/[a-z0-9]{6}", first)
    pages = [re.sub(r'name="csrfmiddlewaretoken" value="\w+"|X-CSRFToken&quot;: &quot;\w+|"X-CSRFToken": "\w+"', "",
                    me.get(first).content.decode()) for _ in range(2)]  # fmt: skip
    assert pages[0] == pages[1]
    number = first.rsplit("/", 1)[1]
    again = me.get("/practice", {"template": "gauge_block", "number": number})
    assert again["Location"] == first
    wrong = me.get("/practice", {"template": "gauge_block", "number": "a b"})
    assert wrong.status_code == 200 and "题号只能由" in wrong.content.decode()


@pytest.mark.parametrize("way", ["/practice/none", "/practice/none/7", "/practice/gauge_block/a%20b",
                                 "/practice/theory/none/5/7", "/practice/theory/all/9999/7",
                                 "/practice/theory?topic=none"])  # fmt: skip
def test_what_is_not_there_is_not_found(client: Any, way: str) -> None:
    assert client("trainee").get(way).status_code == 404


@pytest.mark.parametrize("template", [t.id for t in verbs.exercises()])
@pytest.mark.parametrize("language", ["zh", "en"])
def test_every_exercise_shows_no_truth_before_a_try_and_the_solution_after_it(
    client: Any, template: str, language: str
) -> None:
    me = client("trainee", language)
    way = f"/practice/{template}/7"
    page = me.get(way).content.decode()
    assert "practice_" not in page and "exam." not in shown(me.get(way))
    assert 'class="mt2 solution"' not in page and "bud" not in re.findall(r'<table class="(\w+)', page)
    answer = me.post(way, right(template, "7"))
    assert answer.status_code == 200
    page = answer.content.decode()
    assert 'class="mt2 solution"' in page and "exam." not in shown(answer)
    assert ("没有发现错误" if language == "zh" else "No slip found") in page


def test_U_reported_as_u_is_named_and_both_conditions_stand_with_their_strips(client: Any) -> None:
    truth = verbs.exercise(*TASK).truth
    answer = client("trainee").post("/practice/gauge_block/7", right(*TASK, U=f"{truth.u:.3f}"))
    page = answer.content.decode()
    assert "与此相符：把标准不确定度 u 当作 U 报告" in page
    assert page.count('<svg class="strip"') >= 2 and "偏小" in page
    english = client("trainee", "en").post("/practice/gauge_block/7", right(*TASK, U=f"{truth.u:.3f}"))
    assert "consistent with: the standard uncertainty u was reported as U" in english.content.decode()


def test_a_padded_U_does_not_pass(client: Any) -> None:
    truth = verbs.exercise(*TASK).truth
    text = shown(client("trainee").post("/practice/gauge_block/7", right(*TASK, U=f"{3 * truth.U:.2f}")))
    assert "放大 U 换来的不算" in text and "未通过" in text


def test_bad_input_comes_back_as_typed_with_the_finding_beside_the_field(client: Any) -> None:
    answer = client("trainee").post("/practice/gauge_block/7", {"value": "zwölf <b>", "U": "0,1", "unit": "kg"})
    page = answer.content.decode()
    assert answer.status_code == 422
    assert 'value="zwölf &lt;b&gt;"' in page and 'id="x-value"' in page and 'value="kg"' in page
    assert 'class="mt2 solution"' not in page  # no solution without a try


def test_own_budget_lines_are_read_and_a_wrong_one_is_pointed_at(client: Any) -> None:
    lines = {"b0-name": "标准", "b0-u": "0.0518", "b1-name": "温度", "b1-u": "0.030"}
    text = shown(client("trainee").post("/practice/gauge_block/7", right(*TASK) | lines))
    assert "半宽" in text and ("：标准" in text or ": 标准" in text)


def test_nothing_is_kept_unless_the_person_says_so(client: Any, stocked: Path, caplog: Any) -> None:
    from suyuan.site.records.log import Log

    before = Log.objects.count()
    me = client("trainee")
    with caplog.at_level(logging.DEBUG):
        me.post("/practice/gauge_block/7", right(*TASK, value="77.7777"))
    assert not (stocked / "practice").exists() and Log.objects.count() == before
    assert "77.7777" not in caplog.text
    me.post("/practice/gauge_block/7", right(*TASK, keep="1"))
    (file,) = (stocked / "practice").iterdir()
    assert stat.S_IMODE(file.stat().st_mode) == 0o600 and "trainee" not in file.name
    assert json.loads(file.read_text("utf-8"))["template"] == "gauge_block"
    assert 'href="/practice/gauge_block/7"' in me.get("/practice").content.decode()
    assert 'href="/practice/gauge_block/7"' not in client("metrologist").get("/practice").content.decode()
    file.write_text(file.read_text("utf-8") + "{damaged\n", "utf-8")
    assert me.get("/practice").status_code == 200
    assert me.post("/practice/forget").status_code == 302 and not file.exists()


def test_a_theory_paper_is_marked_at_once_with_what_was_right_and_its_source(client: Any) -> None:
    me = client("trainee")
    way = me.get("/practice/theory", {"topic": "all", "size": "5"})["Location"]
    page = me.get(way).content.decode()
    names = list(dict.fromkeys(re.findall(r'name="(q-[^"]+)"', page)))
    assert len(names) == 5 and "正确答案" not in page
    assert me.post(way, {}).status_code == 422
    answer = me.post(way, {name: "a" for name in names})
    text = shown(answer)
    assert answer.status_code == 200 and "正确答案" in text and "来源" in text and "5 题中" in text
    assert "exam." not in shown(client("trainee", "en").post(way, {name: "a" for name in names}))


def test_a_visitor_is_asked_to_come_in(stocked: Path) -> None:
    from django.test import Client

    assert Client(headers={"host": "localhost"}).get("/practice").status_code == 302
