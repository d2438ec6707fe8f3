"""Bad input: exit code 2, and words that name what, where and the remedy; never a traceback, nothing half-written."""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import Any

import pytest

from .conftest import EXAMPLE, Run, with_examples

CASE = json.loads((EXAMPLE / "gauge-block.json").read_text("utf-8"))


def model(**changes: Any) -> dict[str, Any]:
    """A small case with one fault put in."""
    inputs = [
        {"name": "a", "distribution": "normal", "parameters": {"mean": 1.0, "std": 0.1}, "unit": "mm"},
        {"name": "b", "distribution": "normal", "parameters": {"mean": 0.0, "std": 0.1}, "unit": "mm"},
    ]
    return {"kind": "model", "input": {"model": "a + b", "inputs": inputs, "unit": "mm", **changes}}


def one(distribution: str = "normal", unit: str = "mm", **parameters: Any) -> list[dict[str, Any]]:
    return [{"name": "a", "distribution": distribution, "parameters": parameters, "unit": unit}]


CASES: list[tuple[str, Any, list[str]]] = [
    ("unknown name", model(model="a + c"), ["“c”", "model:5"]),
    ("division by zero", model(model="a / b"), ["a / b"]),
    ("negative uncertainty", model(model="a", inputs=one(mean=1.0, std=-0.1)), ["-0.1", "/input/inputs/0"]),
    ("wrong unit", model(model="a", inputs=one(unit="florps", mean=1.0, std=0.1)), ["florps"]),
    ("unknown distribution", model(model="a", inputs=one("bell", mean=1.0, std=0.1)), ["bell", "/input/inputs/0"]),
    ("code in the formula", model(model="__import__('os').getcwd()"), ["character 12", "model:12"]),
    ("formula without end", model(model="a" + " + a" * 30000), ["model"]),
    ("reversed limits", model(limits={"lower": 2.0, "upper": 1.0}), ["2.0", "1.0", "/input/limits"]),
    ("not a number", model(model="a", inputs=one(mean="NaN", std=0.1)), ["mean"]),
    ("unknown certificate", CASE, ["GB-0417"]),
    ("unknown kind", {"kind": "horoscope", "input": {}}, ["horoscope", "/kind"]),
    ("no inputs", {"kind": "model", "input": {"model": "a"}}, ["inputs"]),
    ("empty object", {}, ["kind"]),
]


@pytest.mark.parametrize(("document", "named"), [c[1:] for c in CASES], ids=[c[0] for c in CASES])
def test_faulty_case(suyuan: Run, tmp_path: Path, document: Any, named: list[str]) -> None:
    (tmp_path / "case.json").write_text(json.dumps(document), "utf-8")
    ran = suyuan("evaluate", "case.json", "--json")
    assert ran.code == 2, ran.out
    assert ran.json["exit"] == 2 and ran.json["command"] == "evaluate"
    faults = [f for f in ran.json["findings"] if f["severity"] == "error"]
    assert faults
    for fault in faults:
        assert fault["where"].startswith("case.json"), fault
        for language in ("zh", "en"):
            assert all(fault[language][part] for part in ("what", "why", "remedy")), fault
            assert "?" not in fault[language]["what"], fault
    for text in (*named, "error", "where", "what to do", "case.json"):
        assert text in ran.err, (text, ran.err)


FILES: list[tuple[str, bytes, str]] = [
    ("binary", bytes(range(256)) * 40, "utf-8"),
    ("not JSON", b'{"kind": "model", ', "json"),
    ("deep JSON", b"[" * 200_000 + b"]" * 200_000, "json"),
    ("deep object", b'{"a":' * 100_000 + b"1" + b"}" * 100_000, "json"),
    ("GB18030", '{"kind": "模型"}'.encode("gb18030"), "utf-8"),
    ("a list", b"[1, 2]", "object"),
    ("empty", b"", "empty"),
    ("huge number", b'{"kind": "model", "input": ' + b"9" * 100_000 + b"}", "json"),
]


@pytest.mark.parametrize(("data", "said"), [f[1:] for f in FILES], ids=[f[0] for f in FILES])
def test_faulty_file(suyuan: Run, tmp_path: Path, data: bytes, said: str) -> None:
    (tmp_path / "case.json").write_bytes(data)
    ran = suyuan("evaluate", "case.json")
    assert ran.code == 2 and ran.out == ""
    assert "case.json" in ran.err and said in ran.err.lower() and "what to do" in ran.err


def test_missing_folder_huge_and_forbidden_files(suyuan: Run, tmp_path: Path) -> None:
    missing = suyuan("evaluate", "nothing.json")
    assert missing.code == 2 and "nothing.json" in missing.err and str(tmp_path) in missing.err
    folder = suyuan("certificate", "read", "docs")
    assert folder.code == 2 and "is a folder" in folder.err and "docs/*" in folder.err
    with (tmp_path / "huge.xml").open("wb") as file:
        file.truncate(70_000_000)
    huge = suyuan("certificate", "check", "huge.xml")
    assert huge.code == 2 and "70 MB" in huge.err and "huge.xml" in huge.err
    if os.getuid() != 0:
        (tmp_path / "secret.json").write_text("{}", "utf-8")
        (tmp_path / "secret.json").chmod(0)
        assert "cannot be read" in suyuan("evaluate", "secret.json").err


XML: list[tuple[str, bytes]] = [
    ("binary", b"\x00\x01\x02PK" * 50),
    ("PDF", b"%PDF-1.7\n%\xe2\xe3\n"),
    ("broken XML", b"<dcc:digitalCalibrationCertificate>"),
    ("other XML", b"<html><body/></html>"),
    ("entities", b'<!DOCTYPE x [<!ENTITY a "aaaa"><!ENTITY b "&a;&a;&a;">]><x>&b;</x>'),
    ("outside file", b'<!DOCTYPE x [<!ENTITY a SYSTEM "file:///etc/hostname">]><x>&a;</x>'),
    ("deep XML", b"<a>" * 5000 + b"</a>" * 5000),
    ("not UTF-8", b'<?xml version="1.0" encoding="UTF-8"?><a>\xff\xfe\xfa</a>'),
    ("other JSON", b'{"suyuan": "poem"}'),
    ("typed without results", b'{"suyuan": "typed-certificate", "issuer": "A", "number": "1"}'),
]


@pytest.mark.parametrize("verb", ["read", "check", "add"])
def test_faulty_certificates(suyuan: Run, tmp_path: Path, verb: str) -> None:
    """A folder full of them: each one is named, with its remedy, and none is kept."""
    files = {f"{name.replace(' ', '-')}.xml": data for name, data in XML}
    for name, data in files.items():
        (tmp_path / name).write_bytes(data)
    options = ("--data", "d") if verb == "add" else ()
    ran = suyuan("certificate", verb, *files, *options, "--json")
    assert ran.code == 2, ran.out
    faults = [f for f in ran.json["findings"] if f["severity"] == "error"]
    assert {f["where"].partition(":")[0] for f in faults} == set(files)
    assert all(f["en"]["remedy"] and f["zh"]["remedy"] for f in faults), faults
    assert all(name in ran.err for name in files) and ran.err.count("what to do") == len(faults)
    assert not list((tmp_path / "d").glob("documents/*/*"))


def test_good_ones_of_a_batch_go_in(suyuan: Run, tmp_path: Path) -> None:
    (tmp_path / "bad.xml").write_bytes(b"<oops")
    files = ("docs/example/standard.json", "bad.xml", "gone.xml", "docs/example/anchor.json")
    ran = suyuan("certificate", "add", *files, "--data", "d", "--json")
    assert ran.code == 2
    assert [d["kind"] for d in ran.json["documents"]] == ["typed", None, None, "anchor"]
    assert "bad.xml" in ran.err and "gone.xml" in ran.err
    assert len(list((tmp_path / "d").glob("documents/*/*"))) == 2
    again = suyuan("certificate", "add", "docs/example/standard.json", "--data", "d", "--json")
    assert again.code == 0 and again.json["documents"][0]["new"] is False


def test_faulty_field_of_a_typed_certificate_is_named(suyuan: Run, tmp_path: Path) -> None:
    text = (EXAMPLE / "standard.json").read_text("utf-8")
    for wrong, named in (('"unit": "florps"', "florps"), ('"unit": "mm", "U": "-1"', "-1")):
        changed = text.replace('"unit": "mm", "U": "0.000075"', wrong).replace('"unit": "mm",', f"{wrong},", 1)
        (tmp_path / "t.json").write_text(changed, "utf-8")
        ran = suyuan("certificate", "read", "t.json")
        assert ran.code == 2 and "/results/0" in ran.err and named in ran.err, ran.err


def test_nothing_is_half_written(suyuan: Run, tmp_path: Path) -> None:
    suyuan("certificate", "add", "docs/example/standard.json", "docs/example/anchor.json", "--data", "d")
    case = ("evaluate", "docs/example/gauge-block.json", "--data", "d")
    good = (*case, "--issue", "docs/example/particulars.json")
    before = {p for p in tmp_path.rglob("*") if "lock" not in p.name}
    (tmp_path / "p.json").write_text('{"suyuan": "particulars", "number": "7"}', "utf-8")
    wrong = suyuan(*case, "--issue", "p.json", "--out", "new.xml")
    assert wrong.code == 2 and all(word in wrong.err for word in ("p.json", "issuer", "persons", "ended", "item"))
    assert suyuan(*good).code == 2
    assert "mkdir -p" in suyuan(*good, "--out", "no/such/new.xml").err
    assert "there already" in suyuan(*good, "--out", "docs/example/standard.json").err
    assert suyuan(*case, "--save", "--out", "x.xml").code == 2
    assert "--data" in suyuan("evaluate", "docs/example/gauge-block.json", "--save").err
    assert {p for p in tmp_path.rglob("*") if "lock" not in p.name} == before | {tmp_path / "p.json"}
    assert suyuan(*good, "--out", "new.xml").code == 0


TRACE: list[tuple[str, tuple[str, ...], tuple[str, ...]]] = [
    ("unknown name", ("chain", "GB-0471"), ("GB-0471", "GB-0417")),
    ("bad day", ("chain", "GB-0417", "--day", "1.3.2026"), ("1.3.2026", "YYYY-MM-DD")),
    ("no scenario", ("impact", "GB-0417"), ("--withdrawn", "--off-by")),
    ("two scenarios", ("impact", "GB-0417", "--withdrawn", "--off-by", "1"), ("one of",)),
    ("no number", ("impact", "GB-0417", "--off-by", "much"), ("much", "--off-by")),
    ("not finite", ("impact", "GB-0417", "--off-by", "inf"), ("inf",)),
    ("other dimension", ("impact", "GB-0417", "--off-by", "1 kg"), ("kg", "mm")),
    ("unknown unit", ("impact", "GB-0417", "--off-by", "1 florp"), ("florp",)),
    ("unknown place", ("impact", "GB-0417", "--off-by", "1", "--place", "9/9"), ("9/9", "0/0")),
    (
        "reversed window",
        ("impact", "GB-0417", "--off-by", "1", "--from", "2026-09-01", "--to", "2026-01-01"),
        ("2026",),
    ),
    ("missing replacement", ("impact", "GB-0417", "--replaced-by", "new.xml"), ("new.xml",)),
    ("replaced by an anchor", ("impact", "GB-0417", "--replaced-by", "docs/example/anchor.json"), ("anchor",)),
]


@pytest.fixture(scope="module")
def laboratory(tmp_path_factory: pytest.TempPathFactory) -> Path:
    from .conftest import run_in

    folder = with_examples(tmp_path_factory.mktemp("laboratory"))
    files = ("docs/example/standard.json", "docs/example/anchor.json")
    assert run_in(folder, "certificate", "add", *files, "--data", "d").code == 0
    return folder


@pytest.mark.parametrize(("arguments", "named"), [t[1:] for t in TRACE], ids=[t[0] for t in TRACE])
def test_faulty_question(laboratory: Path, arguments: tuple[str, ...], named: tuple[str, ...]) -> None:
    from .conftest import run_in

    ran = run_in(laboratory, "trace", *arguments, "--data", "d", "--json")
    assert ran.code == 2, ran.out
    assert ran.json["findings"] and ran.json["exit"] == 2
    for text in (*named, "what to do"):
        assert text in ran.err, (text, ran.err)


def test_data_folder_that_is_none(suyuan: Run, tmp_path: Path) -> None:
    (tmp_path / "file").write_text("x", "utf-8")
    absent = suyuan("trace", "chain", "A", "--data", "absent")
    assert absent.code == 2 and "absent" in absent.err and "suyuan demo" in absent.err
    assert not (tmp_path / "absent").exists(), "a question makes no folder"
    assert suyuan("certificate", "add", "docs/example/anchor.json", "--data", "file").code == 2
    assert suyuan("demo", "--data", "docs").code == 2
    assert suyuan("certificate", "schemas", "add", "nowhere", "--data", "d").code == 2
    assert "no schema" in suyuan("certificate", "schemas", "add", "docs", "--data", "d").err.lower()


def test_a_damaged_document_is_told_and_the_rest_is_read(suyuan: Run, tmp_path: Path) -> None:
    suyuan("certificate", "add", "docs/example/standard.json", "docs/example/anchor.json", "--data", "d")
    anchor = min((tmp_path / "d" / "documents").glob("*/*"), key=lambda p: p.stat().st_size)
    anchor.chmod(0o644)
    anchor.write_bytes(anchor.read_bytes().replace(b"633", b"532"))
    ran = suyuan("evaluate", "docs/example/gauge-block.json", "--data", "d", "--json")
    assert ran.code == 1 and ran.json["first_order"]["value"] == pytest.approx(50.000838, abs=5e-7)
    assert any(anchor.name[:12] in f["en"]["what"] + f["where"] for f in ran.json["findings"])


def test_a_certificate_does_not_steer_the_terminal(suyuan: Run, tmp_path: Path) -> None:
    text = (
        (EXAMPLE / "standard.json")
        .read_text("utf-8")
        .replace("standard gauge block", "\\u009b31mred\\u202egauge [b]x[/b]")
    )
    (tmp_path / "t.json").write_text(text, "utf-8")
    shown = suyuan("certificate", "read", "t.json").out
    assert "[b]x[/b]" in shown and not {"\x1b", "\x9b", "\u202e"} & set(shown)
