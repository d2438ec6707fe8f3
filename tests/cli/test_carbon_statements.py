"""`suyuan carbon statement`: made from a verifier's record, kept, shown, listed; bound to one claim."""

from __future__ import annotations

import hashlib
import json
import shutil
from pathlib import Path
from typing import Any

import pytest

from suyuan.cli import carbon_statements as cli
from suyuan.quantity.finding import Refused

from .conftest import run_in


@pytest.fixture
def data(demo: Path, tmp_path: Path) -> Path:
    """A folder with the claims of a forest, and that one superseded."""
    folder = tmp_path / "DEMO"
    shutil.copytree(demo, folder)
    return folder


def digest(file: Path) -> str:
    return hashlib.sha256(file.read_bytes()).hexdigest()


def record(folder: Path, name: str, **changed: Any) -> Path:
    """A verifier's record on a claim of the demo."""
    claim = digest(folder / "carbon" / f"claim-{name}.json")
    content = {"suyuan": "carbon-verification", "claim": claim[:12], "verifier": "Verifier", "day": "2026-06-01",
               "materiality": "EU", "size": 200, "seed": 1, "rest_checked": True, **changed}  # fmt: skip
    path = folder / "record.json"
    path.write_text(json.dumps(content), "utf-8")
    return path


def made(folder: Path, name: str, keep: bool = True, **changed: Any) -> dict[str, Any]:
    answer = cli.statement(cli.AskStatement(file=str(record(folder, name, **changed)), data=folder, keep=keep))
    return {**answer.values, "codes": [item.code for item in answer.findings]}


def test_made_kept_shown_and_listed(data: Path) -> None:
    before = len(cli.statements(cli.AskStatements(data=data)).values["statements"])
    looked = made(data, "power", keep=False)
    assert looked["opinion"] == "reasonable" and looked["codes"] == ["carbon.verify.bounded"]
    assert looked["U_is_least"], "nobody states the u of the grid factor"
    assert len(cli.statements(cli.AskStatements(data=data)).values["statements"]) == before
    kept = made(data, "power")
    assert kept["claim"] == digest(data / "carbon" / "claim-power.json") and kept["statement"] == looked["statement"]
    shown = run_in(data.parent, "carbon", "statement", kept["statement"][:12], "--data", data, "--json")
    assert shown.code == 0 and shown.json["statement"] == kept["statement"] and shown.json["U_is_least"]
    assert "U of the claim ≥ " in run_in(data.parent, "carbon", "statement", kept["statement"][:12], "--data", data).out
    listed = run_in(data.parent, "carbon", "statements", "--data", data)
    assert listed.code == 0 and kept["statement"][:12] in listed.out and "without reservation" in listed.out


def test_one_of_the_same_verifier_is_superseded_with_a_reason(data: Path) -> None:
    first = made(data, "power")
    for changed, code in (({"note": "again"}, "carbon.statement.stands"),
                          ({"supersedes": "0" * 64, "reason": "x"}, "carbon.statement.supersedes"),
                          ({"supersedes": first["statement"]}, "carbon.verify.reason")):  # fmt: skip
        with pytest.raises(Refused) as refused:
            made(data, "power", **changed)
        assert [item.code for item in refused.value.findings] == [code]
    made(data, "power", supersedes=first["statement"], reason="new documents")
    rows = {row["statement"]: row["since"] for row in cli.statements(cli.AskStatements(data=data)).values["statements"]}
    assert rows[first["statement"]] == ["superseded"]


def test_on_a_claim_that_was_superseded(data: Path) -> None:
    assert "carbon.statement.claim_superseded" in made(data, "power-first", keep=False)["codes"]
    with pytest.raises(Refused) as refused:
        made(data, "power-first")
    assert [item.code for item in refused.value.findings] == ["carbon.statement.claim_superseded"]


def test_what_cannot_be_stated(data: Path, tmp_path: Path) -> None:
    path = record(data, "power")
    for asked, code in ((cli.AskStatement(file=str(path)), "carbon.statement.no_claim"),
                        (cli.AskStatement(file=str(path), claim=data / "carbon" / "claim-steel.json"),
                         "carbon.verify.claim"),
                        (cli.AskStatement(file=str(path), claim=data / "carbon" / "claim-power.json", keep=True),
                         "carbon.statement.keep"),
                        (cli.AskStatement(file="0" * 12, data=data), "carbon.statement.unknown")):  # fmt: skip
        with pytest.raises(Refused) as refused:
            cli.statement(asked)
        assert [item.code for item in refused.value.findings] == [code]
    one = cli.statement(cli.AskStatement(file=str(path), data=data, out=tmp_path / "statement.json"))
    assert digest(tmp_path / "statement.json") == one.values["statement"]
    again = cli.statement(cli.AskStatement(file=str(tmp_path / "statement.json")))
    assert again.values["statement"] == one.values["statement"]


def test_its_paper_is_that_of_the_statement(data: Path, tmp_path: Path) -> None:
    cli.statement(cli.AskStatement(file=str(record(data, "power-first")), data=data, out=tmp_path / "statement.json"))
    ran = run_in(data.parent, "carbon", "report", data / "carbon" / "claim-power-first.json", "--kind", "verification",
                 "--with", tmp_path / "statement.json", "--data", data, "--out", tmp_path / "paper.html")  # fmt: skip
    assert ran.code == 0, ran.err
    assert "superseded" in (tmp_path / "paper.html").read_text("utf-8")
