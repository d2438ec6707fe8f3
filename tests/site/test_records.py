"""Records: rows that follow the store and can be made again, states on a day, a log that is only added to."""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import date, timedelta
from pathlib import Path

import pytest
from tests.site.shelf import TODAY, documents, filled, on, typed


@pytest.fixture(scope="module")
def shelf(site_data: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    with on(filled(tmp_path_factory.mktemp("records") / "data")) as folder:
        yield folder


def rows() -> list[tuple[object, ...]]:
    from suyuan.site.records.models import Document

    names = [f.name for f in Document._meta.fields if f.name != "received_by"]
    return list(Document.objects.order_by("digest").values_list(*names))


def test_rows_can_be_thrown_away_and_made_again(shelf: Path) -> None:
    from suyuan.site.acts.evidence import document
    from suyuan.site.records.models import Document, Stated

    document.current()
    before, stated = rows(), Stated.objects.count()
    assert len(before) == documents(shelf) and stated >= 25
    Document.objects.all().delete()
    (shelf / "index.jsonl").rename(shelf / "index.old")
    (shelf / "index.old").rename(shelf / "index.jsonl")
    count, found = document.rebuild("metrologist")
    assert (count, found) == (documents(shelf), ())
    assert rows() == before
    assert Stated.objects.count() == stated


def test_rebuild_from_a_terminal(shelf: Path) -> None:
    """Another process, on a folder whose index was lost: the documents themselves are enough."""
    import shutil
    import subprocess
    import sys

    copy = shelf.with_name("copy")
    shutil.copytree(shelf / "documents", copy / "documents")
    command = [sys.executable, "-m", "suyuan.site", "--data", str(copy), "rebuild"]
    run = subprocess.run(command, capture_output=True, text=True, check=False)
    assert (run.returncode, run.stderr) == (0, "")
    assert run.stdout.startswith(f"{documents(shelf)} ")
    assert (copy / "index.jsonl").is_file()


def test_what_follows_from_all_documents(shelf: Path) -> None:
    from suyuan.site.acts.evidence import document
    from suyuan.site.records.models import Document

    document.current()
    of = {row.number: row for row in Document.objects.certificates()}
    assert of["DEMO-NMI-L-0201"].withdrawn_on == TODAY - timedelta(days=8)
    assert of["DEMO-NMI-L-0201"].touches == 6
    assert of["DEMO-CITY-L-0101"].chain == "broken"
    assert of["DEMO-CITY-L-0103"].chain == "complete"
    assert [b["kind"] for b in of["DEMO-ENG-0305"].breaks] == ["wrong_digest"]
    # A break further up belongs to who made it: the ring rests on a gauge whose standard was withdrawn.
    assert of["DEMO-ENG-0301"].chain == "broken" and of["DEMO-ENG-0301"].breaks == []


@pytest.mark.parametrize(
    ("number", "day", "state"),
    [
        ("DEMO-NMI-L-0201", TODAY, "withdrawn"),
        ("DEMO-NMI-L-0201", TODAY - timedelta(days=9), "valid"),
        ("DEMO-NMI-L-0198", TODAY, "superseded"),
        ("DEMO-CITY-T-0092", TODAY, "expired"),
        ("DEMO-CITY-T-0092", TODAY - timedelta(days=25), "due"),
        ("DEMO-CITY-V-2207", TODAY, "due"),
        ("DEMO-BAT-0403", TODAY, "unknown"),
        ("DEMO-BAT-0403", TODAY - timedelta(days=400), "not_yet"),
        ("DEMO-CITY-L-0103", TODAY, "valid"),
    ],
)
def test_state_on_a_day(shelf: Path, number: str, day: date, state: str) -> None:
    from suyuan.site.acts.evidence import document
    from suyuan.site.records.models import Document

    document.current()
    row = Document.objects.certificates().on(day, day + timedelta(days=90)).get(number=number)
    assert row.state == state


def test_state_agrees_with_the_certificates_own(shelf: Path) -> None:
    """The database's answer is that of `certificate.validity`, on every day around every date of the demonstration."""
    from suyuan.certificate.validity import state as validity
    from suyuan.site.acts import store
    from suyuan.site.acts.evidence import document
    from suyuan.site.records.models import Document

    document.current()
    evidence = store.evidence()
    for offset in (-900, -700, -390, -250, -120, -31, -9, -8, -1, 0, 19, 20, 21, 46, 47, 200, 340, 400):
        day = TODAY + timedelta(days=offset)
        said = {r.digest: r.state for r in Document.objects.certificates().on(day, day)}
        for certificate in evidence.certificates:
            own, _ = validity(certificate, day, evidence.statements)
            assert said[certificate.digest].replace("due", "valid") == own, (certificate.number, day)


def test_a_document_added_elsewhere_is_found(site_data: Path, tmp_path: Path) -> None:
    """Another process adds a certificate that was lacking: the chains below it are judged again."""
    from suyuan.site.acts.evidence import document
    from suyuan.site.records.models import Document, Log
    from suyuan.store.folder import Store

    child = typed(
        "FOUND-C", equipment=[{"name": {"zh": "标准"}, "certificate": {"issuer": "演示计量院", "number": "FOUND-P"}}]
    )
    anchor = {"suyuan": "anchor", "kind": "national_primary_standard", "issuer": "演示计量院", "number": "FOUND-P",
              "name": {"zh": "基准（演示）"}, "source": "演示", "declared_by": "演示"}  # fmt: skip
    with on(tmp_path / "data") as folder:
        Store(folder).add(json.dumps(child).encode(), "c.json")
        document.current()
        assert Document.objects.get(number="FOUND-C").chain == "unknown"
        told = Log.objects.count()
        Store(folder).add(json.dumps(typed("FOUND-P")).encode(), "p.json")
        Store(folder).add(json.dumps(anchor).encode(), "a.json")
        document.current()
        assert Document.objects.get(number="FOUND-C").chain == "complete"
        assert Document.objects.get(number="FOUND-P", kind="typed").touches == 1
        assert Log.objects.count() == told + 1
        line = Log.objects.latest("id")  # the order of writing: a clock may be set back between two lines
        assert (line.act, line.user, line.note["documents"]) == ("found", "", 2)


def test_a_damaged_file_keeps_its_row(site_data: Path, tmp_path: Path) -> None:
    from tests.site.shelf import client

    from suyuan.site.acts.evidence import document
    from suyuan.site.records.models import Document
    from suyuan.store import folder as store_folder
    from suyuan.store.folder import Store

    with on(tmp_path / "data") as folder:
        digest = Store(folder).add(json.dumps(typed("D-1", basis="torn")).encode(), "d.json").digest
        path = folder / "documents" / digest[:2] / digest
        path.chmod(0o644)
        path.write_bytes(b"{}")
        store_folder._read.pop(digest)
        document.current()
        row = Document.objects.get(digest=digest)
        assert row.rungs == {"well_formed": "failed"} and row.errors
        answer = client().get(f"/certificates/{digest}")
        assert answer.status_code == 200
        assert "文件损坏" in answer.content.decode()
        assert client().get(f"/certificates/{digest}/original").status_code == 404


def test_the_log_is_only_added_to(site_data: Path) -> None:
    from django.db import DatabaseError, connection, transaction

    from suyuan.site.acts.log import told
    from suyuan.site.records.added import Fixed
    from suyuan.site.records.models import Log

    line = told("rebuilt", "reviewer", documents=0)
    with pytest.raises(Fixed):
        line.save()
    with pytest.raises(Fixed):
        line.delete()
    with pytest.raises(Fixed):
        Log.objects.filter(pk=line.pk).update(user="somebody")
    with pytest.raises(Fixed):
        Log.objects.all().delete()
    for statement in ("UPDATE records_log SET user = 'x'", "DELETE FROM records_log"):
        with pytest.raises(DatabaseError, match="only added to"), transaction.atomic(), connection.cursor() as cursor:
            cursor.execute(statement)
    assert Log.objects.get(pk=line.pk).user == "reviewer"


def test_no_change_of_the_models_without_a_migration(site_data: Path) -> None:
    from django.core.management import call_command

    call_command("makemigrations", "--check", "--dry-run", verbosity=0)
