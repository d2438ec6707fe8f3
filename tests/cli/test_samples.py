"""Real certificates, schemas and published cases through the command line."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from .conftest import run_in

VALID = (
    "dcclib_valid.xml", "pydcc_dcc_gp_temperature_typical_v12.xml", "pydcc_dcc_gp_temperature_simplified_v12.xml",
    "pydcc_dcc_gp_temperatur_resistance_v12.xml", "xsd-dcc_v3.1.1_dcc-vacuumlab-SRG.xml",
)  # fmt: skip


@pytest.fixture(scope="module")
def installed(reference: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("schemas")
    ran = run_in(folder, "certificate", "schemas", "add", reference / "dcc" / "xsd", "--data", "d", "--json")
    assert ran.code == 0 and len(ran.json["installed"]) == 18, ran.err
    listed = run_in(folder, "certificate", "schemas", "list", "--data", "d", "--json").json["versions"]
    assert all(row["installed"] for row in listed) and {"3.0.0", "3.3.0"} <= {row["version"] for row in listed}
    return folder


def ladder(folder: Path, file: Path, *options: str) -> tuple[int, dict[str, str]]:
    ran = run_in(folder, "certificate", "check", file, *options, "--json")
    return ran.code, {rung["rung"]: rung["state"] for rung in ran.json["certificates"][0]["ladder"]}


@pytest.mark.parametrize("name", VALID)
def test_valid_sample(installed: Path, reference: Path, name: str) -> None:
    file = reference / "dcc" / "certificates" / name
    code, rungs = ladder(installed, file, "--data", "d")
    assert {rungs[r] for r in ("well_formed", "schema", "units")} == {"passed"} and code in (0, 1)
    assert rungs["signature"] == "not_checked"
    assert ladder(installed, file)[1]["schema"] == "not_checked", "without installed schemas"
    ran = run_in(installed, "certificate", "read", file)
    assert ran.code in (0, 1) and "U" in ran.out and "k" in ran.out


def test_invalid_samples_fail_at_their_rung(installed: Path, reference: Path) -> None:
    folder = reference / "dcc" / "certificates"
    code, rungs = ladder(installed, folder / "dcclib_invalid_syntax.xml", "--data", "d")
    assert code == 2 and rungs["well_formed"] == "failed"
    code, rungs = ladder(installed, folder / "dcclib_invalid_schema.xml", "--data", "d")
    assert code == 1 and (rungs["well_formed"], rungs["schema"]) == ("passed", "failed")


def test_printed_numbers_of_a_real_certificate(installed: Path, reference: Path) -> None:
    """Spinning rotor gauge: σ₀ = 0.9555 ± 0.0019, k = 2 (the certificate's own page)."""
    file = reference / "dcc" / "certificates" / "xsd-dcc_v3.1.1_dcc-vacuumlab-SRG.xml"
    ran = run_in(installed, "certificate", "read", file, "--json")
    stated = ran.json["certificates"][0]["results"][0]["quantities"][0]
    assert (stated["value"], stated["uncertainty"]["value"], stated["uncertainty"]["k"]) == ([0.9555], [0.0019], 2.0)


def test_a_whole_folder_goes_in(installed: Path, reference: Path) -> None:
    files = sorted((reference / "dcc" / "certificates").glob("*.xml"))
    ran = run_in(installed, "certificate", "add", *files, "--data", "batch", "--json")
    kept = [d for d in ran.json["documents"] if d["kind"] == "dcc"]
    assert ran.code == 2 and 10 < len(kept) < len(files)
    assert any("dcclib_invalid_syntax.xml" in f["where"] for f in ran.json["findings"])
    assert any(f["code"].endswith("conflict") for f in ran.json["findings"]), "samples that share one number"


def test_published_cases_through_the_command_line(root: Path, tmp_path: Path) -> None:
    """Every part that a published case of the main kinds asks for is answered, with the keys of the form."""
    cases = json.loads((root / "tests" / "reference" / "uncertainty.json").read_text("utf-8"))
    wanted = {"model": ("first_order", "second_order", "monte_carlo"), "line_fit": ("intercept", "slope", "predict")}
    chosen = [case for kind in wanted for case in [c for c in cases if c["kind"] == kind][:4]]
    assert len(chosen) == 8
    for case in chosen:
        (tmp_path / "case.json").write_text(json.dumps(case), "utf-8")
        ran = run_in(tmp_path, "evaluate", "case.json", "--json")
        assert ran.code == 0, (case["id"], ran.err)
        for part in set(wanted[case["kind"]]) & set(case["expected"]):
            expected = case["expected"][part]
            assert part in ran.json, (case["id"], part)
            if case["kind"] == "model" and isinstance(expected, dict):
                assert ran.json[part].keys() & expected.keys(), (case["id"], part)
