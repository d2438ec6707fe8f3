"""`suyuan carbon report`: papers from a plant's document with its stack, from a claim, and what is refused."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from tests.carbon.test_plant import COAL, POWER, written
from tests.report.carbon.made import checks_table

from .conftest import Run

AMOUNT = (182000, 171000, 180000, 176000, 168000, 174000, 190000, 192000, 175000, 170000, 178000, 186000)
METERS = [{"id": "BS-1", "carrier": "solid fuel", "level": "unit", "fitted": True, "kind": "belt weigher",
           "accuracy": 0.5, "issuer": "Demo", "number": "BS-2", "due": "2026-04-30"}]  # fmt: skip


@pytest.fixture
def plant(tmp_path: Path) -> Path:
    path = tmp_path / "plant.json"
    path.write_bytes(written(meters=METERS))
    return path


@pytest.fixture
def claim(suyuan: Run, plant: Path) -> Path:
    path = plant.parent / "claim.json"
    assert suyuan("carbon", "claim", plant, "--out", path).code == 0
    return path


def test_papers_from_a_plant_and_from_its_claim(suyuan: Run, plant: Path, claim: Path) -> None:
    folder = plant.parent
    for kind, source in (("annual", plant), ("annual", claim), ("tiers", plant), ("equipment", plant)):
        out = folder / f"{kind}-{source.stem}.json"
        ran = suyuan("carbon", "report", source, "--kind", kind, "--out", out, "--day", "2026-03-01", "--json")
        assert ran.code in (0, 1), ran.err
        assert json.loads(out.read_bytes())["suyuan"] == f"carbon-{kind}" and ran.json["file"] == str(out)
        assert str(folder) not in out.read_text("utf-8")  # a paper says nothing of anybody's folders
    first, second = (json.loads((folder / f"annual-{one}.json").read_bytes()) for one in ("plant", "claim"))
    assert first["legal"] == second["legal"] == json.loads(claim.read_bytes())["legal"]
    assert first["u"] == pytest.approx(second["u"]) or float(first["u"]) == pytest.approx(float(second["u"]))


def test_a_statement_and_a_change(suyuan: Run, plant: Path, claim: Path) -> None:
    import hashlib

    folder = plant.parent
    (folder / "record.json").write_text(json.dumps({
        "suyuan": "carbon-verification", "claim": hashlib.sha256(claim.read_bytes()).hexdigest()[:16],
        "verifier": "V", "day": "2026-04-01", "materiality": "EU", "size": 200, "seed": 1, "rest_checked": True,
    }))  # fmt: skip
    ran = suyuan("carbon", "report", claim, "--kind", "verification", "--with", folder / "record.json", "--out",
                 folder / "statement.html", "--language", "en")  # fmt: skip
    assert ran.code == 0 and "without reservation" in ran.out, ran.err
    later = folder / "later.json"
    later.write_bytes(written(streams=[{**COAL, "amount": [v * 0.99 for v in AMOUNT]}, POWER]))
    ran = suyuan("carbon", "report", plant, "--kind", "change", "--with", later, "--out", folder / "change.xlsx")
    assert ran.code == 0 and "Same rule, new data" in ran.out and "−1.00 %" in ran.out
    assert (folder / "change.xlsx").read_bytes()[:2] == b"PK"


@pytest.mark.parametrize(
    ("words", "told"),
    [
        (("plant.json", "--kind", "yearbook"), "cli.carbon.paper_kind"),
        (("plant.json", "--kind", "annual", "--language", "fr"), "cli.carbon.paper_language"),
        (("plant.json", "--kind", "quarter"), "cli.carbon.paper_no_quarter"),
        (("plant.json", "--kind", "quarter", "--quarter", "5"), "cli.carbon.paper_quarter"),
        (("plant.json", "--kind", "ledger"), "carbon.stack.none"),
        (("claim.json", "--kind", "ledger"), "cli.carbon.paper_plant"),
        (("claim.json", "--kind", "cross-check"), "cli.carbon.check_one"),
        (("plant.json", "--kind", "change"), "cli.carbon.paper_with"),
        (("plant.json", "--kind", "change", "--with", "plant.json"), "carbon.change.same"),
        (("plant.json", "--kind", "verification", "--with", "plant.json"), "cli.carbon.paper_claim"),
        (("claim.json", "--kind", "verification", "--with", "plant.json"), "typed"),
        (("bare.json", "--kind", "equipment"), "cli.carbon.paper_meters"),
    ],
)
def test_what_cannot_be_made_is_told_and_nothing_written(
    words: tuple[str, ...], told: str, suyuan: Run, plant: Path, claim: Path
) -> None:
    (plant.parent / "bare.json").write_bytes(written())
    out = plant.parent / "out.pdf"
    given = [str(plant.parent / word) if word.endswith(".json") else word for word in words]
    ran = suyuan("carbon", "report", *given, "--out", out, "--json")
    assert ran.code == 2 and any(item["code"].startswith(told) for item in ran.json["findings"]), ran.json
    assert not out.exists()


def test_a_name_without_a_format_and_one_that_is_taken(suyuan: Run, plant: Path) -> None:
    ran = suyuan("carbon", "report", plant, "--kind", "annual", "--out", plant.parent / "a.txt", "--json")
    assert ran.code == 2 and ran.json["findings"][0]["code"] == "cli.service.format"
    before = plant.read_bytes()
    ran = suyuan("carbon", "report", plant, "--kind", "annual", "--out", plant, "--json")
    assert ran.code == 2 and plant.read_bytes() == before


def test_help_names_every_kind(suyuan: Run) -> None:
    from suyuan.cli.carbon_papers import KINDS

    told = "".join(suyuan("carbon", "report", "--help").out.split())
    assert all(kind in told for kind in KINDS)


def test_papers_of_hours(suyuan: Run, tmp_path: Path) -> None:
    """A plant whose table lies beside it and whose corrections no folder has: without a folder that is told."""
    from tests.carbon.monitoring.test_stacks_in_claims import OTHER, STACK, rows

    content: dict[str, Any] = {**json.loads(written(streams=[OTHER])), "sector": "other", "stacks": [STACK]}
    (tmp_path / "plant.json").write_text(json.dumps(content))
    (tmp_path / "rows.csv").write_bytes(rows())
    ran = suyuan(
        "carbon", "report", tmp_path / "plant.json", "--kind", "ledger", "--out", tmp_path / "l.xlsx", "--json"
    )
    assert ran.code == 2 and ran.json["findings"][0]["code"] == "carbon.stack.corrections"


def test_papers_of_the_demonstration(suyuan: Run, demo: Path, tmp_path: Path) -> None:
    """Hours, substitutes and checks of the power plant; the quarter is that of the checks."""
    plant = demo / "carbon" / "power.json"
    year = json.loads(plant.read_text("utf-8"))["year"]
    (tmp_path / "checks.csv").write_bytes(checks_table(instead=[("2025-", f"{year}-")]))
    made = {}
    for kind, more in (("substitution", ()), ("quarter", ("--quarter", "2", "--with", tmp_path / "checks.csv"))):
        out = tmp_path / f"{kind}.json"
        ran = suyuan("carbon", "report", plant, "--kind", kind, "--data", demo, "--out", out, *more)
        assert ran.code in (0, 1), ran.err
        made[kind] = json.loads(out.read_bytes())
    assert "carbon.stack.later" in [item["code"] for item in made["substitution"]["findings"]]  # told in the paper too
    claimed = json.loads((demo / "carbon" / "claim-power-first.json").read_bytes())
    stack = next(part for part in claimed["parts"] if part["kind"] == "monitoring")
    year_of_stack = made["substitution"]["stacks"][0]
    assert float(year_of_stack["legal"]) == pytest.approx(sum(map(float, stack["legal"])))
    assert float(made["substitution"]["legal"]) == pytest.approx(float(stack["methods"]["substituted"]), rel=1e-9)
    out = tmp_path / "of-claim.json"  # of the later claim: its own document, as known on its own day
    file = demo / "carbon" / "claim-power.json"
    ran = suyuan("carbon", "report", file, "--kind", "substitution", "--data", demo, "--out", out)
    assert ran.code in (0, 1), ran.err
    later = next(part for part in json.loads(file.read_bytes())["parts"] if part["kind"] == "monitoring")
    said = json.loads(out.read_bytes())
    assert float(said["stacks"][0]["legal"]) == pytest.approx(sum(map(float, later["legal"])))
    assert "carbon.stack.later" not in [item["code"] for item in said["findings"]]
    assert [len(one["days"]) for one in made["quarter"]["checks"]] == [17, 17]
    assert made["quarter"]["checks"][1]["drift_limit"] == "2.5"
