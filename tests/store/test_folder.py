"""The store: whole or not at all, recognised, never changed, rebuilt from the documents, told when damaged."""

from __future__ import annotations

import hashlib
import json
import os
from datetime import date
from pathlib import Path
from typing import Any

import pytest

from suyuan.quantity.archive.archive import dump
from suyuan.quantity.finding import Refused, errors, sentences
from suyuan.quantity.quantity import quantity
from suyuan.store import folder as module
from suyuan.store.folder import Added, Store, plain_name
from suyuan.store.recognise import recognise
from suyuan.store.schema_files import MOST
from suyuan.traceability.anchor import anchor_document, statement_document
from suyuan.traceability.saved import result_document


@pytest.fixture(autouse=True)
def cold(monkeypatch: pytest.MonkeyPatch) -> None:
    """Each test starts like a fresh process: nothing read yet."""
    monkeypatch.setattr(module, "_read", {})


def codes(added: Added) -> list[str]:
    for item in added.findings:
        for language in ("zh", "en"):
            assert all(sentences(item, language).values()), f"{item.code} has no sentence"
    return [f.code for f in added.findings]


def test_a_document_comes_back_byte_for_byte(tmp_path: Path, typed: Any) -> None:
    store, data = Store(tmp_path / "data"), typed("N-1")
    added = store.add(data, "量块.json")
    assert (added.kind, added.new, added.issuer, added.number, added.findings) == ("typed", True, "NIM", "N-1", ())
    assert added.digest == hashlib.sha256(data).hexdigest()
    assert Store(tmp_path / "data").read(added.digest) == data
    (entry,) = store.documents()
    assert (entry.name, entry.size, entry.day) == ("量块.json", len(data), date(2024, 1, 12))
    assert entry.added.startswith("20")
    path = tmp_path / "data" / "documents" / added.digest[:2] / added.digest
    assert path.stat().st_mode & 0o222 == 0, "read-only"
    assert list((tmp_path / "data" / "incoming").iterdir()) == []


def test_the_same_bytes_are_one_document(tmp_path: Path, typed: Any) -> None:
    store = Store(tmp_path)
    first, second = store.add(typed("N-1"), "a"), store.add(typed("N-1"), "b")
    assert first.new and not second.new and first.digest == second.digest and second.stored
    assert [e.name for e in store.documents()] == ["a"]


def test_the_same_number_with_other_content_names_both(tmp_path: Path, typed: Any) -> None:
    store = Store(tmp_path)
    first = store.add(typed("N-1"), "first.json")
    second = store.add(typed("N-1", "50.1"), "second.json")
    assert second.stored and second.new and codes(second) == ["store.document.conflict"]
    told = dict(second.findings[0].parameters)
    assert told["first"] == f"first.json (sha256 {first.digest[:12]}…)"
    assert told["second"] == f"second.json (sha256 {second.digest[:12]}…)"
    assert len(store.evidence().by_key["NIM", "N-1"]) == 2


def test_all_kinds_are_recognised_and_become_evidence(tmp_path: Path, typed: Any) -> None:
    archive = dump({"y": quantity(1.0, 0.1, "mm")})
    case = {"kind": "model", "input": {"model": "1", "inputs": []}}
    statement = {"kind": "withdrawn", "issuer": "NIM", "number": "N-1", "day": "2024-02-01", "known": "2024-02-02"}
    anchor = {"kind": "si_realisation", "issuer": "NIM", "number": "laser", "name": "laser", "declared_by": "me"}
    files = [
        ("c", typed("N-1")),
        ("s", statement_document(statement | {"source": "letter", "reason": "wrong"})),
        ("a", anchor_document(anchor | {"source": "KCDB"})),
        ("r", result_document("F-1", "factory", date(2024, 7, 1), case, archive, {"en": "one"})),
        ("p", b'{"suyuan": "policy", "correlation": "independent"}'),
    ]
    store = Store(tmp_path)
    added = store.add_all(files)
    assert [a.kind for a in added] == ["typed", "statement", "anchor", "result", "policy"], [codes(a) for a in added]
    evidence, found = Store(tmp_path).load()
    assert found == ()
    assert [len(x) for x in (evidence.certificates, evidence.statements, evidence.anchors, evidence.results)] == [1] * 4
    assert evidence.results[0].key == ("factory", "F-1") and evidence.results[0].digest == added[3].digest
    assert store.policies() == ({"suyuan": "policy", "correlation": "independent"},)


BAD = {
    "empty": (b"", "store.document.empty"),
    "blank": (b" \n ", "store.document.empty"),
    "text": (b"hello", "store.document.unknown"),
    "pdf": (b"%PDF-1.7 ...", "store.document.unknown"),
    "binary": (bytes(range(1, 200)), "store.document.unknown"),
    "cut": (b'{"suyuan": "anchor"', "store.document.not_json"),
    "deep": (b'{"a":' * 100_000, "store.document.not_json"),
    "foreign": (b'{"a": 1}', "store.document.no_kind"),
    "odd": (b'{"suyuan": ["anchor"]}', "store.document.kind"),
    "xml": (b"<a>", "certificate.xml.broken"),
    "result": (b'{"suyuan": "result", "number": "1", "day": "2024-13-01"}', "traceability.result.field"),
}


@pytest.mark.parametrize("name", BAD)
def test_a_bad_file_is_refused_with_a_reason(tmp_path: Path, name: str) -> None:
    data, code = BAD[name]
    added = Store(tmp_path / "data").add(data, f"{name}.x")
    assert not added.stored and added.digest == "" and errors(added.findings)
    assert code in codes(added) and all(f.where.startswith(f"{name}.x") for f in added.findings)
    assert not (tmp_path / "data").exists(), "nothing is written for it"


def test_a_document_can_be_recognised_without_a_store(typed: Any) -> None:
    known = recognise(typed("N-1"), "a.json")
    assert (known.kind, known.issuer, known.number, known.findings) == ("typed", "NIM", "N-1", ())
    assert [f.where for f in recognise(b"", "a.json").findings] == ["a.json"]


def test_an_altered_archive_is_refused(tmp_path: Path) -> None:
    case = {"kind": "model", "input": {"model": "1", "inputs": []}}
    data = result_document("F-1", "factory", date(2024, 7, 1), case, dump({"y": quantity(1.5, 0.25, "mm")}))
    assert Store(tmp_path).add(data).stored
    changed = data.replace(b"1.5", b"2.5")
    assert changed != data and codes(Store(tmp_path).add(changed)) == ["quantity.archive.altered"]


def test_the_good_files_of_a_batch_go_in(tmp_path: Path, typed: Any) -> None:
    files = [(f"{i}.json", typed(f"N-{i}") if i % 3 else b"broken") for i in range(150)]
    added = Store(tmp_path).add_all(files)
    assert [a.name for a in added] == [name for name, _ in files]
    assert [a.stored for a in added] == [bool(i % 3) for i in range(150)]
    assert len(Store(tmp_path).evidence().certificates) == 100


def test_files_from_the_disk(tmp_path: Path, typed: Any) -> None:
    good, absent, large = tmp_path / "a.json", tmp_path / "none.json", tmp_path / "large.json"
    good.write_bytes(typed("N-1"))
    large.write_bytes(b"{" + b" " * 5000)
    added = Store(tmp_path / "data", limit=4000).add_files([absent, good, large, tmp_path])
    assert [a.stored for a in added] == [False, True, False, False]
    assert [codes(a) for a in added] == [
        ["store.file.unreadable"], [], ["store.document.large"], ["store.file.unreadable"]
    ]  # fmt: skip


def test_a_damaged_document_is_a_finding(tmp_path: Path, typed: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    store = Store(tmp_path)
    good, bad = store.add(typed("N-1"), "good"), store.add(typed("N-2"), "bad")
    path = tmp_path / "documents" / bad.digest[:2] / bad.digest
    path.chmod(0o644)
    path.write_bytes(typed("N-2", "51.0"))
    with pytest.raises(Refused) as refused:
        store.read(bad.digest)
    assert refused.value.findings[0].code == "store.document.corrupt"
    assert [f.code for f in store.verify()] == ["store.document.corrupt"]
    monkeypatch.setattr(module, "_read", {})
    evidence, found = Store(tmp_path).load()
    assert [c.digest for c in evidence.certificates] == [good.digest]
    assert [f.code for f in found] == ["store.document.corrupt"]
    path.unlink()
    assert [f.code for f in Store(tmp_path).verify()] == ["store.document.lost"]
    with pytest.raises(Refused):
        store.read("../../etc/passwd")


def test_the_index_is_derived(tmp_path: Path, typed: Any) -> None:
    store = Store(tmp_path)
    store.add_all([(f"{i}.json", typed(f"N-{i}")) for i in range(5)])
    before = store.documents()
    assert store.rebuild() == () and Store(tmp_path).documents() == before == store.documents()
    (tmp_path / "index.jsonl").unlink()
    again = Store(tmp_path).documents()
    assert {(e.digest, e.kind, e.issuer, e.number, e.day, e.size) for e in again} == {
        (e.digest, e.kind, e.issuer, e.number, e.day, e.size) for e in before
    }


def test_a_crash_between_document_and_index_heals(tmp_path: Path, typed: Any) -> None:
    store = Store(tmp_path)
    store.add(typed("N-1"), "1")
    store.add(typed("N-2"), "2")
    index = tmp_path / "index.jsonl"
    whole = index.read_bytes()
    index.write_bytes(whole[:-40])  # the second line is torn
    (tmp_path / "incoming" / "part").write_bytes(b"half")
    healed = Store(tmp_path)
    assert [e.number for e in healed.documents()] == ["N-1", "N-2"]
    assert healed.add(typed("N-3"), "3").new
    assert [e.number for e in Store(tmp_path).documents()] == ["N-1", "N-2", "N-3"]
    healed.rebuild()
    assert list((tmp_path / "incoming").iterdir()) == []
    assert [e.number for e in healed.documents()] == ["N-1", "N-2", "N-3"]


def test_a_write_that_fails_leaves_nothing_half(tmp_path: Path, typed: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    store = Store(tmp_path)
    store.add(typed("N-1"), "1")
    real = os.replace
    calls = []

    def full(source: Any, target: Any) -> None:
        calls.append(target)
        if len(calls) == 2:
            raise OSError(28, "No space left on device")
        real(source, target)

    monkeypatch.setattr(os, "replace", full)
    with pytest.raises(Refused) as refused:
        store.add_all([(str(i), typed(f"N-{i}")) for i in (2, 3, 4)])
    assert refused.value.findings[0].code == "store.folder.unwritable"
    monkeypatch.undo()
    assert [e.number for e in Store(tmp_path).documents()] == ["N-1", "N-2"]
    assert list((tmp_path / "incoming").iterdir()) == [] and Store(tmp_path).verify() == ()


def test_evidence_is_one_value_until_something_is_added(tmp_path: Path, typed: Any) -> None:
    store, other = Store(tmp_path), Store(tmp_path)
    store.add(typed("N-1"))
    first = store.evidence()
    assert store.evidence() is first
    other.add(typed("N-2"))
    assert [c.number for c in store.evidence().certificates] == ["N-1", "N-2"], "what another process added is seen"


def test_names_are_for_people_and_never_paths() -> None:
    assert plain_name("../../etc/passwd") == "passwd" and plain_name("C:\\x\\证书\x00\n.xml") == "证书.xml"
    assert len(plain_name("a" * 999)) == 200


def test_an_absent_folder_is_empty_and_a_file_is_no_folder(tmp_path: Path) -> None:
    store = Store(tmp_path / "none")
    assert store.documents() == () and store.evidence().certificates == () and store.verify() == store.rebuild() == ()
    (tmp_path / "file").write_text("x")
    with pytest.raises(Refused) as refused:
        Store(tmp_path / "file")
    assert refused.value.findings[0].code == "store.folder.no_folder"


def test_real_certificates_and_schemas(tmp_path: Path, reference: Path) -> None:
    store = Store(tmp_path / "data")
    added = {a.name: a for a in store.add_files(sorted((reference / "dcc" / "certificates").glob("*.xml")))}
    assert added["dcclib_valid.xml"].stored and added["dcclib_valid.xml"].number == "1234"
    assert not added["dcclib_invalid_syntax.xml"].stored
    assert "store.document.conflict" in codes(added["dcclib_valid_signature.xml"]), "samples share one number"
    installed = store.add_schemas(reference / "dcc" / "xsd")
    assert ("dcc", "3.3.0") in installed.names and "3.3.0" in Store(tmp_path / "data").schemas().versions()
    assert store.schemas() is store.schemas(), "compiled once"


def test_a_folder_without_schemas_is_refused_and_foreign_ones_are_told(tmp_path: Path) -> None:
    source = tmp_path / "xsd"
    source.mkdir()
    with pytest.raises(Refused) as refused:
        Store(tmp_path / "data").add_schemas(source)
    assert refused.value.findings[0].code == "store.schemas.none"
    (source / "mine.xsd").write_bytes(b"<xs:schema/>")
    installed = Store(tmp_path / "data").add_schemas(source)
    assert installed.names == () and [f.severity for f in installed.findings] == ["warning"]
    assert Store(tmp_path / "data").schemas().versions() == () and MOST > 100


def test_index_lines_are_plain_json(tmp_path: Path, typed: Any) -> None:
    Store(tmp_path).add(typed("N-1"), "量块.json")
    (row,) = [json.loads(text) for text in (tmp_path / "index.jsonl").read_text("utf-8").splitlines()]
    assert set(row) == {"digest", "kind", "issuer", "number", "day", "size", "name", "added"}
