"""A delivery is asked row by row for whom it speaks: what names another organisation comes back, the rest goes in."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from typing import Any

import pytest
from tests.site.conftest import Clients

SHELL = {"zh": "空壳公司", "en": "shell company"}
CITY = {"zh": "演示市计量院", "en": "demo city institute"}
TRIAL = {"quantity": "length", "interval": {"low": "0", "high": "1", "unit": "m"}}
U = {"form": "value", "U": "1", "unit": "nm", "k": "2"}
NAMED = {"zh": "甲", "en": "A"}

FOREIGN: Mapping[str, tuple[str, str, Mapping[str, Any], str]] = {
    "a person of another house": (
        "founder", "person", {"id": "P-9", "name": NAMED, "account": "founder", "organisation": CITY}, "foreign"),
    "one name of another house": (
        "manager", "person", {"id": "P-9", "name": NAMED, "account": "manager",
                              "organisation": {"zh": "演示市计量院", "en": "演示轴承厂"}}, "foreign"),
    "an account of somebody": (
        "founder", "person", {"id": "P-9", "name": NAMED, "account": "metrologist"}, "account"),
    "an account that nobody employs": (
        "founder", "person", {"id": "P-9", "name": NAMED, "account": "steward"}, "account"),
    "a person by id and name": (
        "founder", "person", {"id": "P-01", "name": {"zh": "陆青"}}, "account"),
    "a capability": (
        "founder", "capability", {"id": "CITY-L-01", "laboratory": {"zh": "演示市计量院"}, "uncertainty": U, **TRIAL},
        "foreign"),
    "a need": (
        "founder", "need", {"id": "N-9", "organisation": {"zh": "演示轴承厂"}, **TRIAL}, "foreign"),
    "a resource": (
        "founder", "resource", {"id": "R-9", "kind": "instrument", "name": NAMED, "organisation": CITY}, "foreign"),
    "a transfer standard": (
        "founder", "transfer", {"id": "T-9", "item": "gauge block", "laboratory": CITY, "uncertainty": U, **TRIAL},
        "foreign"),
    "an authorisation": (
        "founder", "authorisation", {"id": "A-9", "person": "P-01", "unit": "U-01", "granted": "2026-01-05",
                                      "by": "x", "laboratory": CITY}, "foreign"),
    "an event of another's authorisation": (
        "founder", "authorisation_event", {"id": "V-9", "authorisation": "A-01", "kind": "suspended",
                                            "day": "2026-01-05", "by": "x"}, "foreign"),
    "an event of no authorisation": (
        "founder", "authorisation_event", {"id": "V-9", "authorisation": "A-99", "kind": "suspended",
                                            "day": "2026-01-05", "by": "x"}, "unknown"),
    "a revision for everybody": (
        "founder", "authorisation_event", {"id": "V-9", "method": "JJG 146", "edition": "2030",
                                            "kind": "method_revised", "day": "2026-01-05", "by": "x"}, "all"),
    "evidence of another's person": (
        "founder", "evidence", {"id": "E-9", "person": "P-01", "kind": "exam", "day": "2026-01-05", "value": "1",
                                 "good": False}, "foreign"),
    "a requirement of another's unit": (
        "founder", "requirement", {"id": "Q-9", "unit": "{unit}", "kind": "exam"}, "foreign"),
    "a training base": (
        "founder", "training_base", {"id": "B-9", "name": NAMED, "organisation": CITY}, "foreign"),
    "a course of another's base": (
        "tutor", "course", {"id": "K-9", "title": NAMED, "base": "{base}"}, "foreign"),
    "a programme": (
        "tutor", "programme", {"id": "G-9", "title": NAMED, "year": "2026", "organisation": CITY}, "foreign"),
    "a centre": (
        "founder", "centre", {"id": "Z-9", "name": NAMED, "scope": "centre", "grade": "municipal", "host": CITY},
        "foreign"),
    "a centre with another's laboratory": (
        "founder", "centre", {"id": "Z-9", "name": NAMED, "scope": "centre", "grade": "municipal", "host": SHELL,
                               "laboratories": ["演示轴承厂"]}, "foreign"),
    "another's centre under its id": (
        "founder", "centre", {"id": "DEMO-C-02", "name": NAMED, "scope": "centre", "grade": "municipal", "host": SHELL},
        "foreign"),
    "a record of another's centre": (
        "founder", "centre_record", {"id": "CR-9", "centre": "DEMO-C-02", "kind": "mechanism", "title": NAMED,
                                      "day": "2026-01-05"}, "foreign"),
}  # fmt: skip


@pytest.fixture
def strangers(stocked: object) -> Iterator[None]:
    """A director and a trainer whom no organisation employs, and who host nothing."""
    from django.contrib.auth.models import User

    made = []
    for name, like in (("founder", "director"), ("tutor", "trainer")):
        made.append(User.objects.create(username=name))
        made[-1].groups.set(User.objects.get(username=like).groups.all())
    yield
    for who in made:
        who.delete()


def somebody(name: str) -> Any:
    from django.contrib.auth.models import User

    return User.objects.get(username=name)


def filled(row: Mapping[str, Any]) -> dict[str, Any]:
    """A row with a unit and a base of the demonstration in their places."""
    from suyuan.site.acts import service

    known = service.now_known()
    text = json.dumps(row).replace("{unit}", known.rows("competence_unit")[0].id)
    made: dict[str, Any] = json.loads(text.replace("{base}", known.rows("training_base")[0].id))
    return made


@pytest.mark.parametrize("case", FOREIGN)
def test_a_row_of_another_house_comes_back(strangers: None, case: str) -> None:
    from suyuan.quantity.finding import Refused, sentences
    from suyuan.site.acts import service

    name, kind, row, code = FOREIGN[case]
    who, before = somebody(name), len(service.now_known().rows(kind))
    spoken = service.organisations_of(who)
    with pytest.raises(Refused) as refused:
        service.deliver(who, SHELL, {kind: [filled(row)]})
    found = [f for f in refused.value.findings if f.severity == "error"]
    assert [(f.code, f.where) for f in found] == [(f"register.whose.{code}", f"/rows/{kind}/0")]
    assert row["id"] in sentences(found[0], "zh")["what"] and sentences(found[0], "en")["remedy"]
    assert len(service.now_known().rows(kind)) == before
    assert service.organisations_of(who) == spoken


def test_the_good_rows_go_in(strangers: None) -> None:
    from suyuan.site.acts import service

    who = somebody("founder")
    rows: list[Mapping[str, Any]] = [
        {"id": "X-1", "uncertainty": U, **TRIAL},
        {"id": "CITY-L-01", "laboratory": CITY, "uncertainty": U, **TRIAL},
        {"id": "X-2", "uncertainty": U, **TRIAL},
    ]
    done = service.deliver(who, SHELL, {"capability": rows})
    assert (done.rows, done.refused) == (2, 1)
    assert [(f.code, f.where) for f in done.foreign] == [("register.whose.foreign", "/rows/capability/1")]
    ids = [c.id for c in service.now_known().capabilities if "空壳公司" in c.laboratory.values()]
    assert ids == ["X-1", "X-2"]
    city = [c for c in service.now_known().capabilities if c.id == "CITY-L-01"]
    assert len(city) == 1 and city[0].interval.high != 1.0


def test_one_row_opens_no_confidential_need(client: Clients, strangers: None) -> None:
    from suyuan.quantity.finding import Refused
    from suyuan.site.acts import service

    secret = {"id": "S-1", "title": {"zh": "绝密叶型", "en": "secret blade"}, "confidential": True, **TRIAL}
    service.deliver(somebody("customer"), {"zh": "某涡轮厂"}, {"need": [secret]})
    person = {"id": "P-1", "name": NAMED, "account": "founder", "organisation": {"zh": "某涡轮厂"}}
    with pytest.raises(Refused):
        service.deliver(somebody("founder"), SHELL, {"person": [person]})
    assert "某涡轮厂" not in service.organisations_of(somebody("founder"))
    assert "绝密叶型" not in client("founder").get("/match/某涡轮厂/S-1").content.decode()


def test_own_and_new_rows_go_in(stocked: object) -> None:
    from suyuan.site.acts import service

    who = somebody("manager")
    person = {"id": "P-9", "name": NAMED, "organisation": CITY}
    assert service.deliver(who, CITY, {"person": [person]}).rows == 1
    event = {"id": "V-9", "authorisation": "A-01", "kind": "suspended", "day": "2026-01-05", "by": "P-03"}
    assert service.deliver(who, CITY, {"authorisation_event": [event]}).rows == 1
    own = {"id": "P-1", "name": NAMED, "account": "manager"}
    proof = {"id": "E-1", "person": "P-1", "kind": "exam", "day": "2026-01-05", "value": "1"}
    assert service.deliver(who, SHELL, {"person": [own], "evidence": [proof]}).rows == 2
    assert "空壳公司" in service.organisations_of(who)


def test_the_steward_delivers_for_all(strangers: None) -> None:
    from suyuan.site.acts import service

    who = somebody("steward")
    person = {"id": "P-9", "name": NAMED, "account": "founder", "organisation": {"zh": "演示轴承厂"}}
    assert service.deliver(who, {"zh": "新研究院"}, {"person": [person]}).rows == 1
    assert "演示轴承厂" in service.organisations_of(somebody("founder"))


def test_the_page_gives_a_foreign_row_back(client: Clients, strangers: None) -> None:
    row = {"id": "CITY-L-01", "laboratory": CITY, "uncertainty": U, **TRIAL}
    document = {"suyuan": "register", "organisation": SHELL, "number": "S-1", "day": "2026-11-01",
                "rows": {"capability": [row, {"id": "X-1", "uncertainty": U, **TRIAL}]}}  # fmt: skip
    from django.core.files.uploadedfile import SimpleUploadedFile

    file = SimpleUploadedFile("shell.json", json.dumps(document).encode())
    answer = client("founder").post("/registers", {"files": file, "organisation": "空壳公司"})
    shown = answer.content.decode()
    assert answer.status_code == 200 and "CITY-L-01" in shown and "演示市计量院" in shown and "这一行没有收" in shown
