"""A confidential need stays so once its challenge is published: in search, in forms that are filled in, in the log."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from tests.site.matter_play import Clients, act, matters, newest, page, words

FIRM, TITLE = "演示隐名厂", "绝密叶型测量"
SECRETS = (FIRM, "demo hidden firm", TITLE, "secret blade profile", "孟求")
OTHERS = ("director", "metrologist", "reviewer", "manager", "judge", "trainer", "trainee", "viewer")
WHOLE = ("customer", "regulator", "steward")


@pytest.fixture
def people(stocked: Path, client: Clients) -> Iterator[Clients]:
    with matters():
        yield client


@pytest.fixture
def published(people: Clients) -> str:
    """The number of a challenge that the regulator opened and published about a confidential need of a customer."""
    from django.contrib.auth.models import User

    from suyuan.site.acts import service

    row = {
        "id": "SB-1", "quantity": "length", "interval": {"low": "7", "high": "77.7", "unit": "m"}, "confidential": True,
        "target": {"U": "0.0123", "unit": "um", "k": "2"}, "title": {"zh": TITLE, "en": "secret blade profile"},
    }  # fmt: skip
    owner: Any = User.objects.get(username="customer")
    assert service.deliver(owner, {"zh": FIRM, "en": "demo hidden firm"}, {"need": [row]}, "R-HIDDEN-1").rows == 1
    organiser = people("regulator")
    assert organiser.post("/matters/challenge/new", {"need": f"{FIRM} SB-1"}).status_code == 302
    number = newest("challenge")
    assert act(organiser, "challenge", number, "published", due="2027-03-01").status_code == 302
    return number


def leaks(text: str, asked: str = "") -> list[str]:
    return [text[max(at - 60, 0) : at + 60] for s in SECRETS if s != asked and (at := text.find(s)) >= 0]


@pytest.mark.parametrize("language", ["zh", "en"])
def test_search_tells_others_the_number_alone(people: Clients, published: str, language: str) -> None:
    for role in OTHERS:
        me = people(role, language)
        for query in (published, published[:-1], TITLE, "secret blade profile", FIRM, "SB-1"):
            answer = me.get("/find", {"q": query}, follow=True)
            assert not leaks(page(answer), query), (role, query, leaks(page(answer), query))
            if query in (TITLE, "secret blade profile", FIRM):
                assert published not in page(answer), (role, query)
    for role in WHOLE:
        assert published in page(people(role, language).get("/find", {"q": TITLE})), role


def test_a_masked_challenge_is_still_found_by_its_number(people: Clients, published: str) -> None:
    shown = page(people("viewer").get("/find", {"q": published[:-1]}))
    assert published in shown and "（保密）" in shown
    assert people("viewer").get("/find", {"q": published}).status_code == 302


def test_a_form_fills_in_no_title_that_is_kept_back(people: Clients, published: str) -> None:
    for procedure in ("bid", "research"):
        shown = page(people("director").get(f"/matters/{procedure}/new", {"challenge": published}))
        assert published in shown and not leaks(shown), (procedure, leaks(shown))
    assert TITLE not in page(people("director").get("/challenges"))


def test_a_project_of_a_masked_challenge_is_masked_for_others(people: Clients, published: str) -> None:
    """Its title may repeat what the challenge keeps back; who leads it reads what was written."""
    data = {"challenge": published, "title": f"攻关：{TITLE}", "organisation": "演示市计量院"}
    answer = act_new(people("director"), "research", data)
    assert answer.status_code == 302, page(answer)
    number = newest("research")
    for role in ("viewer", "metrologist", "trainer"):
        me = people(role)
        ways = (f"/matters/research/{number}", "/research", f"/matters/challenge/{published}", "/find?q=攻关")
        for way in ways:
            assert TITLE not in page(me.get(way)), (role, way)
    assert TITLE in page(people("director").get(f"/matters/research/{number}"))


def act_new(me: Any, procedure: str, data: dict[str, str]) -> Any:
    from tests.site.matter_play import paper

    return me.post(f"/matters/{procedure}/new", {**data, "doc-proposal": paper(), "doc-plan": paper()})


@pytest.mark.parametrize("language", ["zh", "en"])
def test_today_tells_of_no_delivery_that_holds_nothing_else(people: Clients, published: str, language: str) -> None:
    from django.contrib.auth.models import User

    from suyuan.site.acts import service
    from suyuan.site.acts.today import day

    owner: Any = User.objects.get(username="customer")
    row = {"id": "OP-1", "quantity": "length", "interval": {"low": "1", "high": "2", "unit": "m"}}
    service.deliver(owner, {"zh": "演示公开厂"}, {"need": [row]}, "R-OPEN-1")
    for role in OTHERS:
        shown = words(people(role, language).get("/today"))
        assert "HIDDEN" not in shown and FIRM not in shown, role
    assert "R-OPEN-1" in words(people("metrologist", language).get("/today"))
    for role in (*OTHERS, *WHOLE):
        who: Any = User.objects.get(username=role)
        numbers = {line.note.get("number") for line in day(who).since}
        assert "R-OPEN-1" in numbers and ("R-HIDDEN-1" in numbers) == (role in WHOLE), role
    assert "R-HIDDEN-1" not in {line.note.get("number") for line in day().since}


def test_a_need_that_was_taken_out_stays_masked(people: Clients, published: str) -> None:
    from django.contrib.auth.models import User

    from suyuan.site.acts import service

    owner: Any = User.objects.get(username="customer")
    service.deliver(owner, {"zh": FIRM, "en": "demo hidden firm"}, {"need": [{"id": "SB-1", "removed": True}]})
    for way in (f"/matters/challenge/{published}", "/challenges", f"/find?q={TITLE}", f"/find?q={published[:-1]}"):
        shown = page(people("viewer").get(way))
        assert not leaks(shown, TITLE if TITLE in way else ""), way
