"""The face: help, languages, JSON, pipes, terminals, start-up, doctor, demonstration, site."""

from __future__ import annotations

import json
import os
import re
import signal
import socket
import subprocess
import sys
import time
import tomllib
import urllib.error
import urllib.request
from pathlib import Path

import pytest

from .conftest import EXAMPLE, Run, run_in

SRC = EXAMPLE.parents[1] / "src" / "suyuan" / "cli"
COMMANDS = (
    ("evaluate",), ("certificate",), ("certificate", "read"), ("certificate", "check"), ("certificate", "write"),
    ("certificate", "add"), ("certificate", "schemas"), ("certificate", "schemas", "add"),
    ("certificate", "schemas", "list"), ("trace",), ("trace", "chain"), ("trace", "impact"), ("demo",), ("serve",),
    ("doctor",), ("match",), ("gaps",), ("industry",), ("practice",), ("register",), ("talent",),
    ("centre",), ("matter",),
    *(("register", name) for name in ("check", "import", "template", "export", "refused")),
    *(("talent", name) for name in ("who", "gaps", "expiring", "risks", "matrix")),
    *(("centre", name) for name in ("list", "score", "facts", "compare", "dossier", "annual", "candidates")),
    ("centre", "commitments"),
    *(("matter", name) for name in ("list", "show", "check", "procedures")),
)  # fmt: skip


def test_the_package_runs_as_a_module() -> None:
    ran = subprocess.run([sys.executable, "-m", "suyuan", "--version"], capture_output=True, text=True, timeout=120)
    assert ran.returncode == 0 and ran.stdout.startswith("suyuan ")


def test_help_says_what_an_exit_code_means(demo: Path, tmp_path: Path) -> None:
    for words in (("match",), ("talent", "risks")):
        assert "exit code: 0" in " ".join(run_in(demo.parent, *words, "--help").out.split()).lower()
    nobody = {"id": "X", "quantity": "length", "target": {"U": "0.000001", "unit": "nm"},
              "interval": {"low": "1", "high": "2", "unit": "mm"}}  # fmt: skip
    (tmp_path / "x.json").write_text(json.dumps(nobody))
    ran = run_in(tmp_path, "match", "x.json", "--data", demo, "--json")
    assert ran.code == 0 and ran.json["matches"][0]["verdict"] != "can", "a verdict is no error, whatever it is"


@pytest.mark.parametrize("words", COMMANDS, ids=" ".join)
def test_each_command_has_help(suyuan: Run, words: tuple[str, ...]) -> None:
    ran = suyuan(*words, "--help")
    assert ran.code == 0 and "help." not in ran.out and ran.err == ""
    assert len(ran.out.splitlines()) > 4


def test_help_loads_nothing_heavy() -> None:
    code = "import sys, suyuan.cli.main; print(*sys.modules)"
    environment = {**os.environ, "PYTHONPATH": str(SRC.parents[1])}
    done = subprocess.run([sys.executable, "-c", code], env=environment, capture_output=True, text=True, check=True)
    loaded = {name.partition(".")[0] for name in done.stdout.split()}
    assert not loaded & {"numpy", "scipy", "lxml", "django", "matplotlib", "pint"}
    assert "rich.console" not in done.stdout.split()


def test_language(suyuan: Run) -> None:
    def says(*arguments: str, **environment: str) -> bool:
        return bool(re.search("[\u4e00-\u9fff]", suyuan("trace", *arguments, "--help", **environment).out))

    chinese = suyuan("evaluate", "--help", SUYUAN_LANG="").out
    assert "评定" in chinese and "用法" in chinese and "Usage" not in chinese and "required" not in chinese
    assert says(SUYUAN_LANG="", LANG="C.UTF-8") and not says("chain", "--lang", "en", SUYUAN_LANG="zh")
    assert not says(SUYUAN_LANG="", LANG="en_US.UTF-8") and says(SUYUAN_LANG="zh", LANG="en_US.UTF-8")


def test_every_word_is_there_in_both_languages() -> None:
    table = tomllib.loads((SRC / "terms.toml").read_text("utf-8"))
    written = "\n".join(path.read_text("utf-8") for path in SRC.glob("*.py"))
    for key, row in table.items():
        assert set(row) == {"zh", "en"} and all(row.values()), key
        assert set(re.findall(r"{(\w+)", row["zh"])) == set(re.findall(r"{(\w+)", row["en"])), key
    used = set(re.findall(r"""term\(\s*["']([\w.]+)["']""", written))
    assert not {key for key in used if key not in table and not key.endswith(".")}
    stems = {m.partition(".")[0] for m in table}
    assert not {s for s in stems if s not in written}, "rows that nothing asks for"


def test_version(suyuan: Run) -> None:
    assert re.fullmatch(r"suyuan \d+\.\d+\.\d+\S*\n", suyuan("--version").out)
    assert suyuan("--version", "--json").json["suyuan"]


def test_wrong_command_lines(suyuan: Run) -> None:
    for arguments, named in (
        (("evalute",), "evaluate"), (("evaluate",), "CASE"), (("evaluate", "x", "--isue", "y"), "--issue"),
        (("trace", "chain", "x"), "--data FOLDER"), (("serve", "--data", "d", "--port", "high"), "--port"),
        (("evaluate", "x", "--lang", "fr"), "--lang"),
    ):  # fmt: skip
        ran = suyuan(*arguments)
        assert ran.code == 2 and named in ran.err and "--help" in ran.err and ran.out == "", (arguments, ran.err)
        same = suyuan(*arguments, "--json")
        assert same.json["exit"] == 2 and same.json["findings"][0]["zh"]["remedy"]


def test_groups_alone_show_help(suyuan: Run) -> None:
    assert suyuan().code == 0 and "evaluate" in suyuan().out
    assert suyuan("trace").code == 0 and "impact" in suyuan("trace").out


def test_pipes_carry_no_colour_and_no_folding(suyuan: Run, demo: Path) -> None:
    ran = suyuan("trace", "impact", "DEMO-NMI-L-0417", "--off-by", "0.5 um", "--data", demo)
    assert ran.code == 0 and "\x1b" not in ran.out
    assert not [line for line in ran.out.splitlines() if line != line.rstrip()]
    assert any("DEMO-CITY-L-0103" in line and "mm" in line for line in ran.out.splitlines())


def test_an_early_closed_pipe_is_no_error(demo: Path) -> None:
    command = f'"{sys.executable}" -m suyuan.cli trace chain DEMO-CITY-R-0007 --json --data "{demo}" | head -c 1'
    environment = {**os.environ, "PYTHONPATH": str(SRC.parents[1])}
    done = subprocess.run(command, shell=True, env=environment, capture_output=True, text=True, check=False)
    assert (done.stdout, done.stderr) == ("{", "")


def test_text_goes_through_a_narrow_encoding(suyuan: Run, demo: Path) -> None:
    ran = suyuan("trace", "chain", "DEMO-CITY-L-0103", "--data", demo, "--json", PYTHONIOENCODING="ascii")
    assert ran.code in (0, 1) and "演示市计量院" in {node["issuer"] for node in ran.json["nodes"]}
    assert suyuan("trace", "chain", "DEMO-CITY-L-0103", "--data", demo, PYTHONIOENCODING="ascii").code == ran.code


def test_stdin(tmp_path: Path) -> None:
    case = {"kind": "model", "input": {"model": "2*a", "inputs": [
        {"name": "a", "distribution": "normal", "parameters": {"mean": 1, "std": 0.5}}]}}  # fmt: skip
    environment = {**os.environ, "PYTHONPATH": str(SRC.parents[1])}
    done = subprocess.run(
        [sys.executable, "-m", "suyuan.cli", "evaluate", "-", "--json"],
        input=json.dumps(case), env=environment, cwd=tmp_path, capture_output=True, text=True, check=True,
    )  # fmt: skip
    assert json.loads(done.stdout)["first_order"]["u"] == 1.0


def test_doctor(suyuan: Run, tmp_path: Path) -> None:
    ran = suyuan("doctor", "--data", "new", "--json")
    assert ran.code == 0
    checks = {check["name"]: check["state"] for check in ran.json["checks"]}
    assert checks["Python"] == checks["numpy"] == checks["data folder"] == "passed"
    assert checks["schemas"] == "failed"
    assert any("ptb.de" in f["en"]["remedy"] for f in ran.json["findings"])
    assert not (tmp_path / "new").exists(), "looking makes nothing"
    (tmp_path / "file").write_text("x", "utf-8")
    ill = suyuan("doctor", "--data", "file")
    assert ill.code == 1 and "cannot be written" in ill.out


def test_demo_is_made_once(demo: Path) -> None:
    again = run_in(demo.parent, "demo", "--data", demo, "--json")
    assert again.code == 0 and again.json["new"] is False and again.json["documents"] >= 20
    assert [p.name for p in demo.parent.iterdir()] == ["demo-data"], "nothing is left beside it"


def test_each_document_of_the_demo_reads_back(demo: Path) -> None:
    files = sorted(demo.glob("documents/*/*"))
    kinds = run_in(demo.parent, "certificate", "add", *files, "--data", demo, "--json").json["documents"]
    certificates = [d["file"] for d in kinds if d["kind"] in ("dcc", "typed")]
    assert len(certificates) >= 20
    ran = run_in(demo.parent, "certificate", "read", *certificates, "--json")
    assert ran.code in (0, 1) and len(ran.json["certificates"]) == len(certificates)


def test_serve_opens_the_site(demo: Path) -> None:
    """The process that was started is the server itself: ended, it leaves no other behind."""
    pytest.importorskip("django")
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    environment = {**os.environ, "PYTHONPATH": str(SRC.parents[1])}
    command = [sys.executable, "-m", "suyuan.cli", "serve", "--data", str(demo), "--port", str(port)]
    server = subprocess.Popen(command, env=environment, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True)
    try:
        assert _answers(port, server) < 500
    finally:
        server.send_signal(signal.SIGTERM)
        server.wait(20)
    with pytest.raises(urllib.error.URLError):
        urllib.request.urlopen(f"http://127.0.0.1:{port}/", timeout=2)


def _answers(port: int, server: subprocess.Popen[str]) -> int:
    """The status of the first page, once the server is up."""
    until = time.monotonic() + 40
    while time.monotonic() < until:
        if server.poll() is not None:
            pytest.fail(server.stderr.read() if server.stderr else "ended")
        try:
            with urllib.request.urlopen(f"http://127.0.0.1:{port}/", timeout=5) as page:
                return int(page.status)
        except urllib.error.HTTPError as error:
            return error.code
        except OSError:
            time.sleep(0.2)
    pytest.fail("no answer")
