"""The demonstration's comparisons on the site: released reports become rounds again, one round is open and sealed."""

from __future__ import annotations

import hashlib
import json
import re
import shutil
import subprocess
import sys
from collections.abc import Iterator
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import pytest
from tests.site.shelf import TODAY, client, documents, filled, on

RELEASED = {"DEMO-L-K1", "BIPM.RI(II)-K1.Sr-85-DEMO", "CCEM.RF-K25.W-DEMO"}


@pytest.fixture(scope="module")
def folder(site_data: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    return filled(tmp_path_factory.mktemp("rounds") / "data")


@pytest.fixture
def fresh(folder: Path) -> Iterator[Path]:
    """The site on the demo's documents, without any round; what a test makes is gone afterwards."""
    from django.db import transaction

    with on(folder), transaction.atomic():
        _forget()
        yield folder
        transaction.set_rollback(True)


def _forget() -> None:
    """As if the database had been lost: the tables refuse this to everybody, so their guard is lifted for the test."""
    from django.db import connection

    tables = ("protocolversion", "roundevent", "sealedenvelope", "roundreport")
    with connection.cursor() as cursor:
        for table in tables:
            cursor.execute(f"DROP TRIGGER records_{table}_no_delete")
            cursor.execute(f"DELETE FROM records_{table}")
        cursor.execute("DELETE FROM records_round")


def _reports(folder: Path) -> dict[str, bytes]:
    from suyuan.store.folder import Store

    store = Store(folder)
    return {e.number: store.read(e.digest) for e in store.documents() if e.kind == "comparison"}


def _rows() -> dict[str, list[Any]]:
    from suyuan.site.records.comparison import ProtocolVersion, Round, RoundEvent, RoundReport, SealedEnvelope

    models = (Round, ProtocolVersion, RoundEvent, RoundReport, SealedEnvelope)
    return {
        m.__name__: [
            tuple(bytes(v) if isinstance(v, memoryview) else v for v in row)
            for row in m.objects.order_by("pk").values_list()
        ]
        for m in models
    }


# ---------------------------------------------------------------- released reports


def test_released_reports_become_rounds_with_their_bytes(fresh: Path) -> None:
    from suyuan.comparison.round.events import verify
    from suyuan.site.acts.rounds.adopt import adopt_all
    from suyuan.site.acts.rounds.one import event_of, everyones
    from suyuan.site.records.comparison import Round

    assert adopt_all() == (3, ())
    reports = _reports(fresh)
    assert set(Round.objects.values_list("number", flat=True)) == RELEASED == set(reports)
    for row in Round.objects.all():
        kept = row.reports.get()
        assert bytes(kept.document) == reports[row.number]
        assert hashlib.sha256(bytes(row.protocol)).hexdigest() == row.digest == row.versions.get().digest
        events = [event_of(e) for e in row.events.all()]
        assert verify(events) == ()
        printed = json.loads(reports[row.number])["events"]
        assert [e.digest for e in events[:-1]] == [e["digest"] for e in printed]
        assert (events[-1].kind, events[-1].content["draft"]) == ("final", kept.digest)
        assert everyones(row.number).where.phase == "final"


def test_a_second_time_changes_nothing(fresh: Path) -> None:
    from suyuan.site.acts.rounds.adopt import adopt, adopt_all
    from suyuan.site.demonstration import rounds

    assert rounds() == ()
    before = _rows()
    assert len(before["Round"]) == 4 and len(before["SealedEnvelope"]) == 2
    assert rounds() == () and adopt_all() == (0, ())
    assert not any(adopt(document) for document in _reports(fresh).values())
    assert _rows() == before


def test_an_altered_report_leaves_nothing_behind(fresh: Path) -> None:
    from suyuan.quantity.fields import canonical
    from suyuan.quantity.finding import Refused
    from suyuan.site.acts.rounds.adopt import adopt

    report = json.loads(_reports(fresh)["DEMO-L-K1"])
    empty = _rows()
    altered = [json.loads(json.dumps(report)) for _ in range(4)]
    decided = next(n for n, e in enumerate(report["events"]) if e["kind"] == "decided")
    altered[0]["events"][decided]["content"]["reason"] = "another"
    del altered[1]["events"][decided]
    altered[2]["protocol"]["decision"]["limit"] = "2"
    altered[3]["protocol"]["number"] = "N" * 101
    codes = []
    for fields in altered:
        with pytest.raises(Refused) as refused:
            adopt(canonical(fields))
        codes.append(refused.value.findings[0].code)
        assert _rows() == empty
    assert codes == [
        "comparison.event.altered", "comparison.event.chain", "site.comparison_adopt.protocol",
        "site.comparison_adopt.number",
    ]  # fmt: skip


def test_another_history_of_a_number_is_refused_and_the_own_one_stays(fresh: Path, tmp_path: Path) -> None:
    from suyuan.quantity.finding import Refused
    from suyuan.site.acts.rounds.adopt import adopt, adopt_all

    adopt_all()
    before = _rows()
    other = _reports(filled(tmp_path / "other", TODAY - timedelta(days=3)))["DEMO-L-K1"]
    with pytest.raises(Refused) as refused:
        adopt(other)
    assert [f.code for f in refused.value.findings] == ["site.comparison_adopt.other"]
    assert _rows() == before


def test_events_that_were_lost_come_back(fresh: Path) -> None:
    """A database restored from a copy that was made before the release."""
    from django.db import connection

    from suyuan.site.acts.rounds.adopt import adopt_all
    from suyuan.site.records.comparison import Round

    adopt_all()
    row = Round.objects.get(number="DEMO-L-K1")
    whole = list(row.events.values_list("digest", flat=True))
    with connection.cursor() as cursor:
        cursor.execute("DELETE FROM records_roundreport WHERE round_id = %s", [row.pk])
        cursor.execute("DELETE FROM records_roundevent WHERE round_id = %s AND place >= 20", [row.pk])
    Round.objects.filter(pk=row.pk).update(phase="closed")
    assert adopt_all() == (1, ())
    row.refresh_from_db()
    assert row.phase == "final" and list(row.events.values_list("digest", flat=True)) == whole


def test_rebuild_makes_released_rounds_again(fresh: Path, tmp_path: Path) -> None:
    from suyuan.site.acts.evidence import document
    from suyuan.site.records.comparison import Round

    assert document.rebuild() == (documents(fresh), ())
    assert set(Round.objects.values_list("number", flat=True)) == RELEASED
    # and in a process of its own, on a folder that lost its database and index
    copy = tmp_path / "copy"
    shutil.copytree(fresh / "documents", copy / "documents")
    code = "from suyuan.site.records.comparison import Round; print(sorted(Round.objects.values_list('number')))"
    for command in (("rebuild",), ("shell", "--no-imports", "-c", code)):
        run = subprocess.run(
            [sys.executable, "-m", "suyuan.site", "--data", str(copy), *command],
            capture_output=True, text=True, check=False,
        )  # fmt: skip
        assert run.returncode == 0, run.stderr
    assert all(number in run.stdout for number in RELEASED)


def test_who_sees_what(fresh: Path) -> None:
    from suyuan.site.demonstration import rounds

    rounds()
    page = client("viewer").get("/comparisons").content.decode()
    assert all(f"/comparisons/{number}/public" in page for number in RELEASED)
    assert "DEMO-L-K2" not in page
    for number in RELEASED:
        assert client("viewer").get(f"/comparisons/{number}/public").status_code == 200
        assert client("viewer").get(f"/comparisons/{number}").status_code == 404
    assert client("viewer").get("/comparisons/DEMO-L-K2").status_code == 404
    for role in ("pilot", "participant_a", "participant_b", "participant_c"):
        for number in ("DEMO-L-K1", "DEMO-L-K2"):
            assert client(role).get(f"/comparisons/{number}").status_code == 200
    own = client("participant_c", "en").get("/comparisons/DEMO-L-K1").content.decode()
    assert "not satisfactory" in own or "unsatisfactory" in own


# ---------------------------------------------------------------- the open round


def test_the_open_round_hides_what_is_sealed(fresh: Path) -> None:
    from suyuan.site.acts.rounds.one import seen
    from suyuan.site.demonstration import OPEN, SEALED, rounds

    rounds()
    secret = re.compile("|".join(value.replace(".", "[.,]?") for _, value, _, _ in SEALED))
    for role in ("pilot", "participant_a", "participant_b", "participant_c"):
        page = client(role).get(f"/comparisons/{OPEN}").content.decode()
        assert not secret.search(re.sub(r"[0-9a-f]{16,}|\d\d:\d\d(:\d\d)?", "", page)), role
    view = seen(OPEN, _person("participant_b"))
    assert view.where.phase == "open" and view.protocol.demo
    assert [c for c, m in view.where.members.items() if m.sealed is not None] == ["P", "A"]
    assert view.protocol.closes.date() - TODAY <= timedelta(days=14)
    held = view.where.holders["TS-1"]
    assert (held.member, held.to) == ("A", "B")


def test_a_visitor_submits_and_closing_opens_it(fresh: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """As a participant through the pages; later, on an old folder, the first look opens what was sealed."""
    from tests.site.ring import Ring, clock

    from suyuan.site.acts.rounds.one import seen
    from suyuan.site.demonstration import OPEN, rounds

    rounds()
    with clock(monkeypatch) as moved:
        ring = Ring(lambda role, language="": client(role, language or "zh"), OPEN, moved)
        assert ring.act("B", "arrived", standard="TS-1", condition="good").status_code == 302
        ring.sealed("B")
        assert seen(OPEN, _person("pilot")).where.members["B"].state == "sealed"
        ring.closed()
        assert rounds() == ()
        view = seen(OPEN, _person("pilot"))
        assert view.where.phase == "closed"
        assert [c for c, m in view.where.members.items() if m.state == "revealed"] == ["P", "A", "B"]


def test_an_old_folder_without_reports_gets_the_open_round_all_the_same(site_data: Path, tmp_path: Path) -> None:
    from django.db import transaction

    from suyuan.site.demonstration import OPEN, protocol_document, rounds
    from suyuan.site.records.comparison import Round

    with on(tmp_path / "old"), transaction.atomic():
        _forget()
        rounds()
        assert list(Round.objects.values_list("number", flat=True)) == [OPEN]
        assert json.loads(protocol_document(date(2026, 11, 23)))["opens"] == "2026-11-21"
        transaction.set_rollback(True)


def _person(name: str) -> Any:
    from django.contrib.auth.models import User

    return User.objects.get(username=name)
