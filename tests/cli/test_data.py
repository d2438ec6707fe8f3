"""`suyuan data`: every line of docs/sharing.md as a user types it, and what goes wrong."""

from __future__ import annotations

import csv
import json
import os
import re
import shlex
import shutil
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import numpy as np
import pytest

pytest.importorskip("deltalake")

import pyarrow.parquet as pq

from .conftest import EXAMPLE, Ran, Run

PAGE = (EXAMPLE.parent / "sharing.md").read_text("utf-8")
CERTIFICATE = {
    "suyuan": "typed-certificate", "issuer": "Example Institute", "number": "T-7-1", "act": "calibration",
    "ended": "2025-12-01", "issued": "2025-12-02", "valid_until": "2027-12-01",
    "item": {"name": {"zh": "温度计", "en": "thermometer"}, "serial": "T-7"},
    "results": [{"name": {"zh": "修正值", "en": "correction"}, "value": "0.12", "unit": "K", "U": "0.04", "k": "2"}],
}  # fmt: skip
CORRECTION = {
    "suyuan": "correction", "instrument": "T-7", "certificate": {"issuer": "Example Institute", "number": "T-7-1"},
    "form": "gain_offset", "parameters": {"gain": {"value": "1"}, "offset": {"place": "0/0"}}, "raw_unit": "degC",
    "valid_from": "2025-12-02T00:00:00Z",
}  # fmt: skip


def prepare(folder: Path) -> None:
    """The files that the page speaks of."""
    rng = np.random.default_rng(7)
    lines = ["time,T"]
    for minute in range(0, 3 * 1440, 10):
        time = np.datetime64("2026-01-01T00:00") + np.timedelta64(minute, "m")
        lines.append(f"{time}:00Z,{20 + rng.normal(0, 0.2):.2f}")
    (folder / "readings.csv").write_text("\n".join(lines) + "\n", "utf-8")
    (folder / "certificate.json").write_text(json.dumps(CERTIFICATE), "utf-8")
    (folder / "correction.json").write_text(json.dumps(CORRECTION), "utf-8")
    for name, text in re.findall(r"`([\w.]+\.json)`:\n\n```json\n(.*?)```", PAGE, re.DOTALL):
        (folder / name).write_text(text, "utf-8")


@contextmanager
def serving(folder: Path) -> Iterator[str]:
    """The node of the page, on a free port."""
    words = [sys.executable, "-m", "suyuan.cli", "data", "serve", "--data", "A", "--port", "0", "--name", "A"]
    environment = {**os.environ, "SUYUAN_LANG": "en", "PYTHONPATH": str(EXAMPLE.parents[1] / "src")}
    process = subprocess.Popen(words, cwd=folder, env=environment, stdout=subprocess.PIPE, text=True)
    assert process.stdout is not None
    yield re.findall(r"http://127\.0\.0\.1:\d+", process.stdout.readline())[0]
    process.send_signal(signal.SIGTERM)
    assert process.wait(timeout=30) == 0


@pytest.fixture(scope="module")
def page(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, dict[str, Ran]]:
    """All lines of the page, run one after the other in one folder; line → what it left behind."""
    from .conftest import run_in

    folder = tmp_path_factory.mktemp("sharing")
    prepare(folder)
    ran: dict[str, Ran] = {}
    lines = [line.strip() for line in PAGE.splitlines() if line.startswith("    suyuan ")]
    assert len(lines) == 23
    with serving_later(folder) as address:
        for number, line in enumerate(lines):
            words = shlex.split(line, comments=True)[1:]
            if words[1] == "serve":
                address.start()
                continue
            words = [address.url if word.startswith("http://") else word for word in words]
            done = run_in(folder, *words, "--json")
            ran[f"{number} {line}"] = done
            assert done.code == (2 if "# refused" in line and "read" in words else 1 if "# refused" in line else 0), (
                line, done.out, done.err,
            )  # fmt: skip
            if words[1] == "token":
                (folder / "token.txt").write_text(done.json["token"], "utf-8")
    return folder, ran


class Later:
    """A node that starts when the page says so."""

    def __init__(self, folder: Path) -> None:
        self.folder, self.url = folder, ""

    def start(self) -> None:
        self.running = serving(self.folder)
        self.url = self.running.__enter__()


@contextmanager
def serving_later(folder: Path) -> Iterator[Later]:
    later = Later(folder)
    yield later
    later.running.__exit__(None, None, None)


def of(ran: dict[str, Ran], words: str, nth: int = 0) -> Ran:
    return [one for line, one in ran.items() if words in line][nth]


def test_the_lines_of_the_page_do_what_they_say(page: tuple[Path, dict[str, Ran]]) -> None:
    folder, ran = page
    published = of(ran, "data publish").json
    assert re.fullmatch(r"hall@1 sha256:[0-9a-f]{64}", published["citation"])
    assert published["dataset"]["certificates"][0]["certificate"] == "Example Institute T-7-1"
    assert of(ran, "data show").json["citation"] == published["citation"]
    assert of(ran, "data check").json["whole"] is True
    assert of(ran, "data compare").json["beyond_u"] == 0
    assert [of(ran, f"--act {act}").json["state"] for act in ("assessed", "approved")] == ["assessed", "approved"]
    grant = of(ran, "--request approved.json").json["grant"]
    assert grant["columns"] == ["value", "u"] and grant["request"] == "R-1" and grant["grantee"] == "Example University"
    rows = list(csv.DictReader((folder / "rows.csv").read_text("utf-8").splitlines()))
    assert len(rows) == 432 and set(rows[0]) == {"stream", "time", "value", "status", "flagged_by", "u"}
    raw = [float(x["T"]) for x in csv.DictReader((folder / "readings.csv").read_text().splitlines())]
    value = np.array([float(r["value"]) for r in rows])
    assert np.abs(value - (np.array(raw) + 0.12)).max() <= 0.025 + 1e-9  # the step 0.05 below u = 0.0539
    assert {r["u"] for r in rows} == {f"{np.sqrt(0.05**2 + 0.02**2 + 0.05**2 / 12):.3f}"}
    said = json.loads((folder / "rows.csv-metadata.json").read_bytes())
    assert said["url"] == "rows.csv" and said["urn:suyuan:terms"]["streams"]["hall-t"]["step"] == "0.05"
    assert 0 < pq.read_table(folder / "day.parquet").num_rows <= 144
    days = json.loads((folder / "days.json").read_bytes())["summaries"][0]
    assert days["readings"] == [144] * 3
    assert not (folder / "no.csv").exists()
    log = of(ran, "data log").json
    assert [line["act"] for line in log["lines"]] == ["read", "read", "summary"] and log["last"]
    got = of(ran, "data fetched").json["summaries"]
    assert len(got) == 3 and got[0]["name"] == "A/hall-t" and got[0]["dataset"].startswith("hall@1 ")
    assert [(r["readings"], r["expected"], r["share"], r["flagged"]) for r in got] == [(144, 144.0, 1.0, 0)] * 3
    np.testing.assert_allclose(got[0]["u"], np.hypot(0.05 / 12, 0.02), rtol=1e-9)
    after = of(ran, "data fetched", 1).json
    assert after["summaries"] == []
    assert [f["code"] for f in after["findings"]][:2] == ["sharing.fetched.refused", "sharing.grant.revoked"]


def test_an_impact_names_dataset_and_grantees(page: tuple[Path, dict[str, Ran]], suyuan: Run) -> None:
    folder, _ = page
    done = suyuan("series", "impact", "T-7-1", "--withdrawn", "2026-01-02", "--data", folder / "A", "--json")
    touched = {(t["kind"], t["name"]) for t in done.json["touched"]}
    assert touched == {
        ("dataset", "hall@1"),
        ("grant", "g1 → Example University"),
        ("grant", "g2 → Example University"),
    }


def test_a_withdrawal_reaches_live_data_and_no_published_version(
    page: tuple[Path, dict[str, Ran]], suyuan: Run, tmp_path: Path
) -> None:
    shutil.copytree(page[0] / "A", tmp_path / "A")
    statement = {
        "suyuan": "statement", "kind": "withdrawn", "issuer": "Example Institute", "number": "T-7-1",
        "day": "2025-12-02", "known": "2025-12-03", "reason": "reference was wrong", "source": "letter of the issuer",
    }  # fmt: skip
    (tmp_path / "statement.json").write_text(json.dumps(statement), "utf-8")
    assert suyuan("certificate", "add", "statement.json", "--data", "A").code == 0
    about = ("hall@1", "--data", "A", "--grantee", "U", "--purpose", "p", "--ladder", "live", "--columns", "value")
    assert suyuan("data", "grant", *about, "--id", "g3").code == 0
    for ladder, status in (("live", "withdrawn"), ("rows", "valid")):
        read = ("data", "read", "hall@1", "--data", "A", "--grant", "g3", "--purpose", "p", "--ladder", ladder)
        assert suyuan(*read, "--out", f"{ladder}.json").code == 0
        columns = json.loads((tmp_path / f"{ladder}.json").read_bytes())["columns"]
        assert set(columns["status"]) == {status} and len(columns["value"]) == 432
    for act in ("check", "show"):  # the version is whole as before, and says what became of its certificate
        done = suyuan("data", act, "hall@1", "--data", "A", "--json")
        assert "sharing.certificate.withdrawn" in [f["code"] for f in done.json["findings"]] and done.code == 0
        assert done.json.get("whole", True) is True
    over = suyuan("data", "grant", "hall@1", "--data", "A", "--grantee", "U", "--purpose", "p", "--begin", "2020-01-01",
                  "--end", "2021-01-01", "--json")  # fmt: skip
    assert over.code == 2 and [f["code"] for f in over.json["findings"]] == ["sharing.grant.ended"]


def test_a_day_alone_in_a_description_is_one_of_the_house(
    page: tuple[Path, dict[str, Ran]], suyuan: Run, tmp_path: Path
) -> None:
    shutil.copytree(page[0] / "A", tmp_path / "A")
    told = json.loads((page[0] / "description.json").read_text("utf-8"))
    span = {"first": "2026-01-02", "last": "2026-01-03"}
    (tmp_path / "d.json").write_text(json.dumps({**told, "version": "2", "streams": [{"id": "hall-t", **span}]}))
    done = suyuan("data", "publish", "d.json", "--data", "A", "--json").json["dataset"]["streams"][0]
    assert (done["first"], done["last"]) == ("2026-01-01T16:00:00Z", "2026-01-02T16:00:00Z")  # Asia/Shanghai
    assert str(done["readings"]) == "144"
    grant = suyuan("data", "grant", "hall@2", "--data", "A", "--grantee", "U", "--purpose", "p", "--end", "2099-01-01",
                   "--id", "g9", "--from", "2026-01-02", "--to", "2026-01-02")  # fmt: skip
    assert grant.code == 0
    assert (
        suyuan("data", "read", "hall@2", "--data", "A", "--grant", "g9", "--purpose", "p", "--out", "d9.json").code == 0
    )
    (day,) = json.loads((tmp_path / "d9.json").read_bytes())["summaries"]
    assert day["readings"] == [144] and day["expected"] == [144.0] and day["zone"] == "Asia/Shanghai"


def test_a_grant_is_only_issued_as_approved(page: tuple[Path, dict[str, Ran]], suyuan: Run, tmp_path: Path) -> None:
    folder, ran = page
    grant = of(ran, "--request approved.json").json["grant"]
    step = ("data", "request", "--matter", folder / "approved.json", "--act", "granted", "--role", "steward")
    for number, (change, code) in enumerate((
        ({"ladder": "rows"}, "sharing.request.grant"), ({"grantee": "firm"}, "sharing.request.grant"),
        ({"columns": ["value", "u", "flag"]}, "sharing.request.grant"), ({"begin": ""}, "typed.field.missing"),
    )):  # fmt: skip
        (tmp_path / "grant.json").write_text(json.dumps({"grant": {**grant, **change}}), "utf-8")
        done = suyuan(*step, "--person", "Wang", "--content", "grant.json", "--out", f"no{number}.json", "--json")
        assert done.code == 2 and code in [f["code"] for f in done.json["findings"]], done.err
        assert not (tmp_path / f"no{number}.json").exists()
    (tmp_path / "grant.json").write_text(json.dumps({"grant": grant}), "utf-8")
    done = suyuan(*step, "--person", "Wang", "--content", "grant.json", "--out", "granted.json", "--json")
    assert done.code == 0 and done.json["state"] == "granted" and "ended" in done.json["possible"]
    end = ("data", "request", "--matter", "granted.json", "--act", "ended", "--role", "steward", "--person", "Wang")
    (tmp_path / "report.json").write_text('{"report": "nothing yet"}', "utf-8")
    done = suyuan(*end, "--content", "report.json", "--out", "ended.json", "--json")
    assert done.code == 2 and done.json["findings"][-1]["code"] == "sharing.request.running"
    assert suyuan("matter", "check", "granted.json").code == 0


def test_who_asked_does_not_judge_and_an_approval_stays_within(
    page: tuple[Path, dict[str, Ran]], suyuan: Run, tmp_path: Path
) -> None:
    folder, _ = page
    own = suyuan("data", "request", "--matter", folder / "asked.json", "--act", "assessed", "--person", "Li", "--role",
                 "steward", "--content", folder / "assessment.json", "--out", "x.json", "--json")  # fmt: skip
    assert own.code == 2 and own.json["findings"][-1]["code"] == "sharing.request.own"
    use = json.loads((folder / "approval.json").read_text("utf-8"))
    for change in ({"ladder": "live"}, {"purpose": ["sale"]}, {"end": "2100-01-01"}, {"columns": ["flag"]}):
        (tmp_path / "use.json").write_text(json.dumps({**use, "use": {**use["use"], **change}}), "utf-8")
        wide = suyuan("data", "request", "--matter", folder / "assessed.json", "--act", "approved", "--person", "Zhao",
                      "--role", "owner", "--content", "use.json", "--out", "y.json", "--json")  # fmt: skip
        codes = [f["code"] for f in wide.json["findings"]]
        assert wide.code == 2 and codes[1:] == ["sharing.request.beyond"], change
    (tmp_path / "bad.json").write_text('{"use": {"purpose": [], "ladder": "all", "begin": "soon"}}', "utf-8")
    new = ("data", "request", "hall@1", "--number", "R-2", "--for", "U", "--person", "Li")
    bad = suyuan(*new, "--content", "bad.json", "--out", "z.json", "--json")
    assert bad.code == 2 and [f["code"] for f in bad.json["findings"]][1:] == ["sharing.request.formed"] * 4


def test_bad_input_is_told_and_leaves_nothing(page: tuple[Path, dict[str, Ran]], suyuan: Run, tmp_path: Path) -> None:
    folder, _ = page
    data = folder / "A"

    def refused(code: str, *words: object) -> None:
        done = suyuan(*words, "--json")
        assert done.code == 2 and code in [f["code"] for f in done.json["findings"]], (words, done.out, done.err)

    refused("lake.data.none", "data", "show", "--data", tmp_path)
    refused("sharing.dataset.unknown", "data", "check", "hall@9", "--data", data)
    refused("sharing.dataset.digest", "data", "show", "hall@1 sha256:00", "--data", data)
    refused("sharing.grant.unknown", "data", "revoke", "g9", "--data", data, "--reason", "x")
    refused("sharing.format", "data", "read", "hall@1", "--data", data, "--grant", "g1", "--purpose", "research",
            "--out", "rows.xlsx")  # fmt: skip
    refused("sharing.grant.word", "data", "grant", "hall@1", "--data", data, "--grantee", "U", "--purpose", "p",
            "--ladder", "all")  # fmt: skip
    refused("typed.field.missing", "data", "grant", "hall@1", "--data", data, "--purpose", "p")
    refused("sharing.token.none", "data", "fetch", "http://127.0.0.1:9", "--data", "B", "--node", "A", "--purpose", "p")
    (tmp_path / "token.txt").write_text("guess", "utf-8")
    refused("sharing.node.unreached", "data", "fetch", "http://127.0.0.1:9", "--data", "B", "--node", "A", "--purpose",
            "p", "--token-file", "token.txt")  # fmt: skip
    text = json.loads((folder / "description.json").read_text("utf-8"))
    for change, code in (
        ({"streams": [{"id": "none"}]}, "sharing.dataset.stream"), ({"grade": "secret"}, "sharing.dataset.grade"),
        ({"streams": [{"id": "hall-t", "first": "soon"}]}, "sharing.field.moment"),
        ({"id": "../x"}, "sharing.dataset.name"),
        ({"title": {"en": "another"}}, "sharing.dataset.named"), ({"suyuan": "x"}, "typed.kind"),
    ):  # fmt: skip
        (tmp_path / "d.json").write_text(json.dumps({**text, **change}), "utf-8")
        refused(code, "data", "publish", "d.json", "--data", data)
    assert not (tmp_path / "rows.xlsx").exists()
    log = data / "lake" / "sharing" / "ledger.jsonl"
    kept = log.read_bytes()
    log.write_bytes(kept.replace(b'"rows":"432"', b'"rows":"431"'))
    broken = suyuan("data", "log", "--data", data, "--json")
    log.write_bytes(kept)
    assert broken.code == 1 and broken.json["findings"][0]["code"] == "sharing.ledger.broken"
