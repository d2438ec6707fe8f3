"""The Python of the README runs, and says what the README says."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pytest

README = Path(__file__).resolve().parents[2] / "README.md"


def test_the_python_of_the_readme_runs(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    part = README.read_text("utf-8").split("## In Python")[1].split("\n## ")[0]
    code = "\n".join(line[4:] for line in part.splitlines() if line.startswith("    "))
    monkeypatch.chdir(tmp_path)
    seen: dict[str, Any] = {}
    exec(compile(code, str(README), "exec"), seen)
    assert float((seen["a"] - seen["b"]).u) == pytest.approx(13.7e-6, abs=0.05e-6)
    assert float((seen["sy"].load("a.json")["a"] - seen["b"]).u) == pytest.approx(13.7e-6, abs=0.05e-6)
    done = seen["sy"].validate(seen["area"], seen["r"], seen["h"], digits=1)
    assert not done.first.validated and not done.second.validated
    assert re.search(r"first order no, second order no", part)
