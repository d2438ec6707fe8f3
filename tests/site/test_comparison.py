"""Comparisons on the site: nothing is seen before its time, by nobody; nothing is lost; every fault is said."""

from __future__ import annotations

import json
import re
import stat
import threading
from collections.abc import Callable, Iterator
from itertools import count
from pathlib import Path
from typing import Any

import pytest
from tests.site.ring import PEOPLE, SECRET, VALUES, Clock, Ring, clock, opening_code, told

NUMBERS = count(1)
EVERYBODY = (*PEOPLE.values(), "viewer", "manager", "reviewer")
PATHS = (
    "", "/submit", "/report", "/protocol", "/protocol.json", "/events.json", "/public", "/report.json", "/report.xml",
    "/report.html", "/report.xlsx", "/report.docx", "/report.pdf", "/public/report.json",
)  # fmt: skip
Clients = Callable[..., Any]


@pytest.fixture
def moved(site_data: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Clock]:
    with clock(monkeypatch) as at:
        yield at


@pytest.fixture
def ring(anyone: Clients, moved: Clock) -> Ring:
    """A round of its own, its protocol saved."""
    made = Ring(anyone, f"SY-T-{next(NUMBERS)}", moved)
    made.save()
    return made


@pytest.fixture
def sealed(ring: Ring) -> Ring:
    """Open, and all four sealed, B with its own code."""
    ring.opened()
    for code in "PAC":
        ring.sealed(code)
    ring.code = opening_code(ring.sealed("B", own_code=True))  # type: ignore[attr-defined]
    return ring


@pytest.fixture
def closed(sealed: Ring) -> Ring:
    """Closed and all opened."""
    sealed.closed()
    sealed.act("B", "code", code=sealed.code)  # type: ignore[attr-defined]
    return sealed


def page(answer: Any) -> str:
    text: str = answer.content.decode()
    return text


def where(ring: Ring) -> Any:
    """Where the round stands, by its own events."""
    from suyuan.comparison.round.standing import standing
    from suyuan.site.acts.rounds.one import event_of, protocol_of
    from suyuan.site.records.models import Round

    row = Round.objects.get(number=ring.number)
    return standing(protocol_of(row), [event_of(e) for e in row.events.all()])


# ---------------------------------------------------------------- sealed


def test_nobody_sees_a_value_before_closing(sealed: Ring, anyone: Clients) -> None:
    from django.test import Client

    viewers = {name: anyone(name) for name in EVERYBODY} | {"nobody": Client(headers={"host": "localhost"})}
    for name, client in viewers.items():
        for path in PATHS:
            for language in ("zh", "en"):
                answer = client.get(f"/comparisons/{sealed.number}{path}?lang={language}")
                assert answer.status_code in (200, 302, 403, 404), (name, path)
                assert not SECRET.search(answer.content.decode("utf-8", "replace")), (name, path)
                if path.startswith(("/report", "/public", "/events")):
                    assert answer.status_code in (302, 404), (name, path)
        for path in ("/comparisons", "/today", "/look", "/certificates"):
            assert not SECRET.search(client.get(path).content.decode()), (name, path)


def test_no_file_of_the_site_holds_a_value_before_closing(sealed: Ring, site_data: Path) -> None:
    from suyuan.site.records.models import Log

    assert not SECRET.search(json.dumps([line.note for line in Log.objects.all()]))
    files = [p for p in site_data.rglob("*") if p.is_file()]
    assert any(p.name.startswith("site.sqlite3") for p in files)
    code = sealed.code.replace("-", "")  # type: ignore[attr-defined]
    for path in files:
        text = path.read_bytes().decode("latin-1")
        assert not SECRET.search(text), path.name
        assert sealed.code not in text and code not in text, path.name  # type: ignore[attr-defined]


def test_the_sealing_key_is_private(sealed: Ring, site_data: Path) -> None:
    path = site_data / "seal.key"
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert len(bytes.fromhex(path.read_text())) == 32


def test_a_fault_does_not_show_a_value_to_a_log_reader(sealed: Ring, capfd: pytest.CaptureFixture[str]) -> None:
    sealed.people["A"].post(
        f"/comparisons/{sealed.number}/submit", {"r-0-measurand": "L100", "r-0-value": VALUES["A"][0]}
    )
    told_of = capfd.readouterr()
    assert not SECRET.search(told_of.out + told_of.err)


def test_after_closing_values_reach_participants_with_draft_a_only(closed: Ring) -> None:
    from suyuan.comparison.round.standing import submissions

    assert set(submissions(where(closed))) == set("PABC")
    assert closed.get("P", "/report").status_code == 200
    for code in "ABC":
        assert closed.get(code, "/report").status_code == 404
        assert closed.get(code, "/report.json").status_code == 404
        assert closed.get(code, "/events.json").status_code == 404
        seen = re.sub(r"<[^>]*>", "", page(closed.get(code)))
        assert all(str(v) in seen for v in VALUES[code]), "its own values"
        assert not any(str(v) in seen for other, pair in VALUES.items() if other != code for v in pair)
    closed.post("P", "/report", do="draft_a")
    for code in "ABC":
        assert closed.get(code, "/report").status_code == 200
        report = page(closed.get(code, "/report")) + page(closed.get(code, "/report.json"))
        others = [other for other in "ABC" if other != code]
        for other in others:  # by code only: no name, no account of another
            assert PEOPLE[other] not in report and _organisation(closed, other) not in report, (code, other)
    assert closed.get("A", "/public").status_code == 404


def _organisation(ring: Ring, code: str) -> str:
    member = where(ring).protocol.member(code)
    name: str = member.organisation["zh"]
    return name


def test_closing_happens_once_whoever_comes_first(sealed: Ring) -> None:
    from django.db import connection

    from suyuan.site.acts.rounds.one import settle
    from suyuan.site.records.models import Round, RoundEvent

    sealed.closed()

    def look() -> None:
        settle(Round.objects.get(number=sealed.number))
        connection.close()

    threads = [threading.Thread(target=look) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    row = Round.objects.get(number=sealed.number)
    kinds = list(RoundEvent.objects.filter(round=row).values_list("kind", flat=True))
    assert kinds.count("closed") == 1 and kinds.count("revealed") == 3
    assert row.phase == "closed"


def test_a_submission_after_closing_is_refused(ring: Ring) -> None:
    ring.opened()
    ring.sealed("P")
    ring.sealed("A")
    ring.closed()
    answer = ring.people["C"].post(f"/comparisons/{ring.number}/submit", {"r-0-measurand": "L100", "do": "seal"})
    assert "现在不收提交" in page(answer)
    assert where(ring).members["C"].sealed is None


def test_what_does_not_open_is_said_and_stays(sealed: Ring, site_data: Path) -> None:
    """The key of the site is lost at closing, and restored later."""
    from suyuan.site.records.models import SealedEnvelope

    path = site_data / "seal.key"
    kept = path.read_text()
    path.write_text("00" * 32)
    sealed.closed()
    sealed.get("P")
    assert [m.state for m in where(sealed).members.values()] == ["unopened", "unopened", "sealed", "unopened"]
    refused = sealed.people["P"].post(f"/comparisons/{sealed.number}/act", {"do": "reopened"})
    assert "再开一次" in page(refused) and refused.status_code == 200
    path.write_text(kept)
    sealed.act("P", "reopened")
    assert [m.state for m in where(sealed).members.values()] == ["revealed", "revealed", "sealed", "revealed"]
    assert SealedEnvelope.objects.filter(round__number=sealed.number).count() == 4


def test_an_opening_code_opens_only_after_closing_and_only_its_own(sealed: Ring) -> None:
    early = sealed.people["B"].post(f"/comparisons/{sealed.number}/act", {"do": "code", "code": sealed.code})  # type: ignore[attr-defined]
    assert "之前不收开启码" in page(early)
    sealed.closed()
    wrong = sealed.people["B"].post(f"/comparisons/{sealed.number}/act", {"do": "code", "code": sealed.code[:-1]})  # type: ignore[attr-defined]
    assert wrong.status_code == 200 and where(sealed).members["B"].document is None
    other = sealed.people["A"].post(f"/comparisons/{sealed.number}/act", {"do": "code", "code": sealed.code})  # type: ignore[attr-defined]
    assert other.status_code == 200 and where(sealed).members["B"].document is None
    sealed.act("B", "code", code=sealed.code.lower().replace("-", " "))  # type: ignore[attr-defined]
    assert where(sealed).members["B"].document is not None


def test_a_second_submission_takes_the_place_of_the_first(ring: Ring) -> None:
    ring.opened()
    ring.sealed("A")
    ring.sealed("A", **{"r-0-value": "50.1234"})
    ring.act("C", "withdrawn", reason="设备停用")
    ring.sealed("P")
    ring.sealed("B")
    ring.act("B", "retracted", reason="抄错了")
    ring.closed()
    ring.get("P")
    from suyuan.comparison.round.standing import submissions

    found = submissions(where(ring))
    assert set(found) == {"P", "A"}
    assert found["A"][0] is not None and found["A"][0].results[0].value == 50.1234


# ---------------------------------------------------------------- who may what


def test_who_has_no_part_finds_nothing(sealed: Ring, anyone: Clients) -> None:
    for name in ("viewer", "manager", "reviewer", "metrologist"):
        client = anyone(name)
        for path in PATHS:
            assert client.get(f"/comparisons/{sealed.number}{path}").status_code in (403, 404)
        assert client.post(f"/comparisons/{sealed.number}/act", {"do": "open"}).status_code == 404
        assert client.get("/comparisons/new").status_code == 403
        assert sealed.number not in page(client.get("/comparisons"))


@pytest.mark.parametrize("do", ["invite", "open", "decided", "unopened", "help_opened", "reopened", "help_closed"])
def test_what_is_the_pilots_no_participant_does(ring: Ring, do: str) -> None:
    ring.act("P", "invite")
    before = where(ring).last
    answer = ring.people["A"].post(f"/comparisons/{ring.number}/act", {"do": do, "member": "B", "reason": "x"})
    assert answer.status_code in (403, 404) or do == "invite"
    assert where(ring).last == before


def test_a_report_is_handed_out_by_the_pilot_only(closed: Ring) -> None:
    for stage in ("draft_a", "draft_b", "final"):
        assert closed.people["A"].post(f"/comparisons/{closed.number}/report", {"do": stage}).status_code == 403
    assert where(closed).phase == "closed"


@pytest.mark.parametrize("kind", ["closed", "revealed", "sealed", "final", "nonsense", ""])
def test_no_event_of_the_clock_comes_from_a_form(ring: Ring, kind: str) -> None:
    answer = ring.people["P"].post(f"/comparisons/{ring.number}/act", {"do": kind})
    assert answer.status_code == 404
    assert where(ring).last == ""


# ---------------------------------------------------------------- protocol


def test_every_fault_stands_beside_its_field_and_what_was_typed_stays(ring: Ring) -> None:
    typed = {
        "measurands-0-unit": "nmx", "members-1-account": "nobody", "opens": "2026-02-30", "limit": "eins",
        "legs-1-leaves": "", "title_zh": "长度",
    }  # fmt: skip
    answer = ring.people["P"].post("/comparisons/new", {**ring.form(**typed), "number": "SY-F", "do": "save"})
    shown = page(answer)
    assert answer.status_code == 200
    for name in ("measurands-0-unit", "opens", "limit", "legs-1-leaves"):
        assert f'id="x-{name}"' in shown, name
    for name, value in typed.items():
        assert re.search(rf'name="{name}"[^>]*value="{value}"', shown), name


@pytest.mark.parametrize(
    ("changed", "said"),
    [
        ({"members-1-account": "nobody"}, "不能用"),
        ({"members-1-account": ""}, "没有账号"),
        ({"members-1-account": "viewer"}, "的账号「viewer」不能用"),
        ({"members-0-account": "participant_c", "members-3-account": "pilot"}, "主导"),
    ],
)
def test_accounts_are_checked_before_a_protocol_is_kept(ring: Ring, changed: dict[str, str], said: str) -> None:
    from suyuan.site.records.models import Round

    number = f"SY-A-{next(NUMBERS)}"
    answer = ring.people["P"].post("/comparisons/new", {**ring.form(**changed), "number": number, "do": "save"})
    assert said in page(answer), told(answer)
    assert not Round.objects.filter(number=number).exists()


def test_a_number_is_taken_once(ring: Ring) -> None:
    answer = ring.people["P"].post("/comparisons/new", {**ring.form(), "do": "save"})
    assert "已有一个比对" in page(answer)
    for number in ("new", "a/b", ".hidden", "x?y"):
        answer = ring.people["P"].post("/comparisons/new", {**ring.form(), "number": number, "do": "save"})
        assert answer.status_code == 200 and "不能用" in page(answer), number


def test_versions_until_it_opens_and_none_after(ring: Ring) -> None:
    from suyuan.site.records.models import ProtocolVersion

    second = {**ring.form(title_zh="量块中心长度（改）"), "do": "save"}
    assert ring.people["P"].post(f"/comparisons/{ring.number}/protocol", second).status_code == 302
    kept = ProtocolVersion.objects.filter(round__number=ring.number)
    assert [v.version for v in kept] == [1, 2] and len({v.digest for v in kept}) == 2
    ring.opened()
    assert where(ring).protocol.title["zh"].endswith("（改）")
    answer = ring.people["P"].post(f"/comparisons/{ring.number}/protocol", second)
    assert answer.status_code == 200 and kept.count() == 2


def test_a_member_that_was_invited_cannot_vanish(ring: Ring) -> None:
    ring.act("P", "invite")
    without = {k: v for k, v in ring.form().items() if not k.startswith("members-3-")}
    without = {k: v for k, v in without.items() if not re.match(r"legs-3-", k)}
    without |= {k.replace("legs-4", "legs-3"): v for k, v in ring.form().items() if k.startswith("legs-4-")}
    without = {k: v for k, v in without.items() if not k.startswith("legs-4-")}
    answer = ring.people["P"].post(f"/comparisons/{ring.number}/protocol", {**without, "do": "save"})
    assert "已邀请的 C 不在新版里" in page(answer), told(answer)


def test_a_protocol_goes_through_form_and_file_unchanged(ring: Ring) -> None:
    from django.core.files.uploadedfile import SimpleUploadedFile

    from suyuan.quantity.fields import canonical
    from suyuan.site.acts.rounds.protocol import checked, document_of, draft_of

    document = ring.get("P", "/protocol.json").content
    draft = draft_of(document)
    assert document_of(draft, 1, True) == document
    protocol, _, found = checked(draft, 1, True)
    assert protocol is not None and not [f for f in found if f.severity == "error"]
    linked = json.loads(document)
    member = next(m for m in linked["members"] if m["code"] == "A")
    member["linking"] = True
    earlier = {"measurand": linked["measurands"][0]["id"], "member": "A", "d": "1.5", "u_d": "0.7"}
    linked["linking"] = {"number": "CIPM-1", "results": [earlier]}
    protocol, _, found = checked(draft_of(canonical(linked)), 1, True)
    assert protocol is not None and protocol.linking is not None, [f.code for f in found]
    assert [(r.member, r.d, r.u_d) for r in protocol.linking.results] == [("A", 1.5, 0.7)]
    file = SimpleUploadedFile("p.json", document, "application/json")
    answer = ring.people["P"].post("/comparisons/new", {**ring.form(), "do": "upload", "upload": file})
    assert f'value="{ring.number}"' in page(answer)
    for content, said in ((b"{", "不是 JSON"), (b"[]", "不是比对规程"), (b'{"suyuan":"dcc"}', "不是比对规程")):
        file = SimpleUploadedFile("p.json", content)
        answer = ring.people["P"].post("/comparisons/new", {**ring.form(), "do": "upload", "upload": file})
        assert said in page(answer) and answer.status_code == 200


@pytest.mark.parametrize(("kind", "stops"), [("ring", "PABCP"), ("star", "PAPBPCP"), ("petal", "PABPCP")])
def test_a_route_lays_out_its_dates(ring: Ring, kind: str, stops: str) -> None:
    from suyuan.site.acts.rounds.protocol import draft_of, with_route

    draft = draft_of(ring.get("P", "/protocol.json").content)
    from dataclasses import replace

    made = with_route(replace(draft, text={**draft.text, "kind": kind}, petal="2"))
    assert "".join(leg["member"] for leg in made.rows["legs"]) == stops


# ---------------------------------------------------------------- submission


def test_a_check_says_what_is_wrong_and_seals_nothing(ring: Ring) -> None:
    from suyuan.site.records.models import SealedEnvelope

    ring.opened()
    for value, spread, name in (("", "3", "value"), ("1,2,3", "3", "value"), ("41.2", "x", "U"), ("41.2", "-3", "U")):
        data = {"r-0-measurand": "L100", "r-0-value": value, "r-0-U": spread, "r-0-k": "2", "do": "seal", "sure": "1"}
        answer = ring.people["A"].post(f"/comparisons/{ring.number}/submit", data)
        assert f'id="x-r-0-{name}"' in page(answer), (value, spread, told(answer))
        assert f'value="{spread}"' in page(answer)
    out_of_range = {"r-0-measurand": "L100", "r-0-value": "41200", "r-0-U": "3", "r-0-k": "2", "do": "seal"}
    answer = ring.people["A"].post(f"/comparisons/{ring.number}/submit", out_of_range)
    assert 'name="sure"' in page(answer), told(answer)
    assert not SealedEnvelope.objects.filter(round__number=ring.number).exists()
    assert "no-store" in answer.headers["Cache-Control"]


def test_what_is_pasted_goes_to_its_rows(ring: Ring) -> None:
    ring.opened()
    data = {"r-0-measurand": "L100", "r-0-value": "", "r-0-U": "", "r-0-k": "2", "do": "paste"}
    answer = ring.people["A"].post(f"/comparisons/{ring.number}/submit", {**data, "paste": "L100\t41.20\t3.0\t2.1"})
    shown = page(answer)
    assert all(f'value="{v}"' in shown for v in ("41.20", "3.0", "2.1"))
    answer = ring.people["A"].post(f"/comparisons/{ring.number}/submit", {**data, "paste": "1\t2\n3\t4"})
    assert "第 2 行对不上" in page(answer)


# ---------------------------------------------------------------- to the end


def test_a_round_to_its_public_report(closed: Ring, anyone: Clients, site_data: Path) -> None:
    from django.test import Client

    from suyuan.comparison.round.events import verify
    from suyuan.comparison.round.read_report import read_report
    from suyuan.site.records.models import RoundReport

    nobody = Client(headers={"host": "localhost"})
    closed.post("P", "/report", do="draft_a")
    closed.act("B", "corrected", measurand="L100", field="value", new="39.2958", reason="抄错一位")
    blocked = closed.people["P"].post(f"/comparisons/{closed.number}/report", {"do": "draft_b"})
    assert blocked.status_code == 200 and where(closed).phase == "draft_a"
    closed.post("P", "/report", do="draft_a")
    for code in "PAB":
        closed.post(code, "/report", do="agree")
    closed.post("C", "/report", do="remark", text="请核对温度修正")
    assert nobody.get(f"/comparisons/{closed.number}/public").status_code == 404
    closed.post("P", "/report", do="draft_b")
    closed.post("P", "/report", do="final")
    kept = list(RoundReport.objects.filter(round__number=closed.number))
    assert [r.stage for r in kept] == ["draft_a", "draft_a", "draft_b", "final"]
    report, found = read_report(closed.get("P", "/report.json").content)
    assert report is not None and not [f for f in found if f.severity == "error"]
    assert verify(report.events) == ()
    public = nobody.get(f"/comparisons/{closed.number}/public")
    assert public.status_code == 200 and "沐阳县计量所" in page(public)
    for text in (page(public), page(nobody.get(f"/comparisons/{closed.number}/public/report.json"))):
        assert not any(account in text for account in PEOPLE.values() if account != "pilot")
    bad = {o.member: o.verdict for o in report.outcomes}
    assert bad == {"P": "satisfactory", "A": "satisfactory", "B": "satisfactory", "C": "unsatisfactory"}
    _help(closed)


def _help(ring: Ring) -> None:
    """The plan for the laboratory that failed; only a good re-measurement closes it."""
    ring.post("P", "/report", do="help_opened", result="C L100", expert="顾衡")
    assert 'value="cause"' in page(ring.get("C"))
    assert 'value="cause"' not in page(ring.get("A")) and "顾衡" not in page(ring.get("A"))
    ring.act("C", "cause", measurand="L100", text="温度计偏低")
    ring.act("C", "action", measurand="L100", text="换用新校准的温度计")
    numbers = {"U": "24", "k": "2", "reference_value": "36", "reference_U": "14", "reference_k": "2"}
    ring.act("C", "remeasured", measurand="L100", value="90", compared_with="P", measured="2027-02-01", **numbers)
    too_soon = {"do": "help_closed", "member": "C", "measurand": "L100", "reason": "x"}
    refused = ring.people["P"].post(f"/comparisons/{ring.number}/act", too_soon)
    assert refused.status_code == 200 and where(ring).help_plans[0].closed is None
    ring.act("P", "help_kept", member="C", measurand="L100", reason="仍偏大")
    assert where(ring).help_plans[0].closed is None


def test_a_report_that_is_not_public_stays_inside(anyone: Clients, moved: Clock) -> None:
    from django.test import Client

    ring = Ring(anyone, f"SY-T-{next(NUMBERS)}", moved)
    ring.save(public="")
    ring.opened()
    for code in "PABC":
        ring.sealed(code)
    ring.closed()
    ring.post("P", "/report", do="draft_a")
    for code in "PABC":
        ring.post(code, "/report", do="agree")
    ring.post("P", "/report", do="draft_b")
    ring.post("P", "/report", do="final")
    nobody = Client(headers={"host": "localhost"})
    assert nobody.get(f"/comparisons/{ring.number}/public").status_code == 404
    assert nobody.get(f"/comparisons/{ring.number}/public/report.json").status_code == 404
    assert ring.get("A", "/report").status_code == 200


def test_rows_of_a_round_are_only_added_to(sealed: Ring) -> None:
    from django.db import DatabaseError, connection, transaction

    from suyuan.site.records.added import Fixed
    from suyuan.site.records.models import RoundEvent, SealedEnvelope

    for model in (RoundEvent, SealedEnvelope):
        row = model.objects.first()
        for act in (row.save, row.delete, model.objects.all().delete, lambda m=model: m.objects.update(document=b"")):
            with pytest.raises(Fixed):
                act()
        for statement in (f"UPDATE {model._meta.db_table} SET document = ''", f"DELETE FROM {model._meta.db_table}"):
            with pytest.raises(DatabaseError), transaction.atomic(), connection.cursor() as cursor:
                cursor.execute(statement)


def test_the_first_page_says_what_waits(ring: Ring) -> None:
    ring.act("P", "invite")
    shown = page(ring.people["A"].get("/today"))
    assert ring.number in shown and "答复邀请" in shown
    assert ring.number not in page(ring.anyone("viewer").get("/today"))
    listed = page(ring.people["A"].get("/comparisons"))
    assert "等您答复邀请" in listed


def test_every_method_that_a_protocol_may_name_has_words_in_both_languages() -> None:
    from suyuan.comparison.methods import METHODS
    from suyuan.report.papers.words import table

    words = table("comparison")
    assert not [m for m in METHODS if not {"zh", "en"} <= set(words.get(f"method.{m}", {}))]
    assert not [m for m in METHODS if any("_" in text for text in words[f"method.{m}"].values())]


# ---------------------------------------------------------------- figures


def test_the_way_is_drawn_from_the_first_day_and_says_who_keeps_the_standard_too_long(ring: Ring) -> None:
    from datetime import timedelta

    ring.opened()
    drawn = page(ring.get("A"))
    assert 'id="transport"' in drawn and drawn.count('class="plot wide"') == 1 == drawn.count('class="plot narrow"')
    assert "逾期未送走：无" in drawn
    ring.clock.ahead += timedelta(days=12)
    ring.sign_in()
    drawn = page(ring.get("A"))
    assert "逾期未送走：P" in drawn and re.search(r"迟 \d+ 天", drawn)


def test_a_stay_that_ends_the_way_is_not_late() -> None:
    from datetime import date

    from suyuan.site.web.rounds.figures import kept_late
    from suyuan.site.web.rounds.one import _left

    class Leg:
        arrives, leaves = date(2026, 3, 2), date(2026, 3, 9)

    today = date(2026, 4, 1)
    stay = {"standard": "TS-1", "code": "P", "arrives": Leg.arrives, "leaves": Leg.leaves, "came_on": Leg.arrives}
    assert kept_late([stay | {"left_on": _left(Leg, Leg.arrives, None, today, True)}], today) == [0]
    assert kept_late([stay | {"left_on": _left(Leg, Leg.arrives, None, today, False)}], today) == [23]
    assert _left(Leg, Leg.arrives, None, date(2026, 3, 5), True) is None
    assert _left(Leg, Leg.arrives, date(2026, 3, 4), today, True) == date(2026, 3, 4)


def test_the_public_page_says_that_its_chain_cannot_be_verified(closed: Ring, anyone: Clients) -> None:
    from django.test import Client

    closed.post("P", "/report", do="draft_a")
    for code in "PABC":
        closed.post(code, "/report", do="agree")
    for stage in ("draft_b", "final"):
        closed.post("P", "/report", do=stage)
    shown = page(Client(headers={"host": "localhost"}).get(f"/comparisons/{closed.number}/public"))
    assert "不能独立验证事件链" in shown
    assert "不能独立验证事件链" not in page(closed.get("A", "/report"))


def test_many_findings_are_counted_before_they_are_listed(closed: Ring) -> None:
    shown = page(closed.get("P", "/report"))
    assert re.search(r"<summary>发出前请看：共 [4-9] 处</summary>", shown) and "没有测量日期" in shown


# ---------------------------------------------------------------- what a newcomer looks for


def _typed(**changed: str) -> dict[str, str]:
    return {"r-0-measurand": "L100", "r-0-value": "41.2", "r-0-U": "30", "r-0-k": "2", "do": "check"} | changed


def test_titles_and_a_day_are_pasted_and_what_is_left_out_is_said(ring: Ring) -> None:
    from tests.site.ring import fields

    ring.opened()
    lines = "包含因子 k\t被测量\t值 / nm\tU (nm)\tday\t审核\n2.1\tL100\t41.20\t3.0\t2026/4/5\t王\n"
    answer = ring.people["A"].post(f"/comparisons/{ring.number}/submit", _typed(do="paste", paste=lines))
    filled = fields(page(answer))
    assert [filled[f"r-0-{c}"] for c in ("value", "U", "k", "measured")] == ["41.20", "3.0", "2.1", "2026-04-05"]
    assert "当作标题" in page(answer) and "2: 王" in page(answer)
    answer = ring.people["A"].post(
        f"/comparisons/{ring.number}/submit", _typed(do="paste", paste="L100;1;2;3;2026年4月31日")
    )
    assert fields(page(answer)).get("r-0-measured", "") == "" and "1: 2026年4月31日" in page(answer)


def test_no_coverage_factor_is_assumed_and_a_strange_one_is_asked_about(ring: Ring) -> None:
    from tests.site.ring import fields

    ring.opened()
    assert fields(page(ring.get("A", "/submit")))["r-0-k"] == ""
    for k, asked in (("2.87", False), ("5", True), ("0.5", True)):
        answer = page(ring.people["A"].post(f"/comparisons/{ring.number}/submit", _typed(**{"r-0-k": k})))
        remarks = page(ring.people["A"].post(f"/comparisons/{ring.number}/submit", _typed()))
        assert (answer.count('class="st warn"') > remarks.count('class="st warn"')) is asked, k


def test_looking_through_finds_what_saving_finds(ring: Ring) -> None:
    form = ring.form(**{"members-1-account": "nobody", "members-2-account": ""})
    checked, saved = (page(ring.people["P"].post("/comparisons/new", {**form, "do": do})) for do in ("check", "save"))
    faults = [re.findall(r'<a href="#(i-[\w-]+)">', text) for text in (checked, saved)]
    assert faults[0] == faults[1] and set(faults[0]) == {"i-number", "i-members-1-account", "i-members-2-account"}
    assert all(f'id="{name}"' in checked for name in faults[0])


def test_after_closing_nobody_is_pressed_to_send_the_standard_on(closed: Ring) -> None:
    from suyuan.site.acts.rounds.one import seen
    from suyuan.site.acts.rounds.waiting import travels, waits

    holder = _user("pilot")
    view = seen(closed.number, holder)
    assert [w.kind for w in travels(view)] == ["send"]
    assert "send" not in [w.kind for w in waits(view)]
    assert 'value="sent"' in page(closed.get("P")), "it can still be recorded"


def _user(name: str) -> Any:
    from django.contrib.auth.models import User

    return User.objects.get(username=name)


def test_the_pilot_sees_that_draft_b_is_only_next(closed: Ring) -> None:
    assert "草案 A（尚未发出）" in page(closed.get("P", "/report"))
    closed.post("P", "/report", do="draft_a")
    head = page(closed.get("P", "/report"))
    assert "草案 A（已发出）" in head and "草案 A，限参比者" in page(closed.get("A", "/report"))


def test_a_plan_opens_on_the_day_of_the_site(closed: Ring) -> None:
    from datetime import date, datetime

    closed.post("P", "/report", do="draft_a")
    at = datetime.fromisoformat("2027-03-04T17:50:00+00:00")
    closed.clock.ahead += at - closed.clock()
    closed.sign_in()
    closed.post("P", "/report", do="help_opened", result="C L100", expert="顾衡")
    assert where(closed).help_plans[0].opened == date(2027, 3, 5), "what is written bears the day of the house"
    assert "2027 年 3 月 5 日" in page(closed.get("C"))


def test_corrections_and_reasons_stand_in_the_public_report_without_persons(closed: Ring) -> None:
    from django.test import Client

    closed.act("P", "decided", member="C", measurand="L100", decision="out", reason="离得太远")
    closed.act("B", "corrected", measurand="L100", field="value", new="39.2958", reason="抄错一位")
    for stage in ("draft_a", "draft_b", "final"):
        closed.post("P", "/report", do=stage)
        for code in "PABC" if stage == "draft_a" else "":
            closed.post(code, "/report", do="agree")
    public = page(Client(headers={"host": "localhost"}).get(f"/comparisons/{closed.number}/public"))
    own = page(closed.get("P", "/report"))
    assert all("离得太远" in text and "抄错一位" in text for text in (public, own))
    assert "(顾衡)" in own and "顾衡" not in public
    listed = page(closed.people["P"].get("/comparisons"))
    assert listed.count(f"/comparisons/{closed.number}/public") == 1
