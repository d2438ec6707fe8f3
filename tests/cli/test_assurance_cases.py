"""Studies on a terminal: each kind has a filled case that is answered; a gauge study shows its methods side by side."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from suyuan.verbs.assurance.examples import STUDIES

from .conftest import Run


@pytest.mark.parametrize("kind", STUDIES)
def test_a_filled_case_is_answered(kind: str, suyuan: Run, tmp_path: Path) -> None:
    filled = suyuan("evaluate", "--template", kind)
    assert filled.code == 0
    case = tmp_path / "case.json"
    case.write_text(filled.out, "utf-8")
    for language, word in (("zh", "kind."), ("en", "kind.")):
        shown = suyuan("evaluate", case, SUYUAN_LANG=language)
        assert shown.code == 0, shown.err
        assert word not in shown.out


def test_methods_side_by_side(suyuan: Run, tmp_path: Path) -> None:
    case = tmp_path / "case.json"
    source, body = STUDIES["gauge_rr"]
    case.write_text(json.dumps({"kind": "gauge_rr", "source": source, "input": body}), "utf-8")
    shown = suyuan("evaluate", case, SUYUAN_LANG="en")
    line = next(line for line in shown.out.splitlines() if "percent_GRR" in line)
    assert len(line.split()) == 4
    found = suyuan("evaluate", case, "--json").json
    assert found["anova"]["advised"] == "pooled"
    assert found["average_range"]["percent_GRR"] == pytest.approx(float(line.split()[1]), abs=0.005)
