"""Statistical kinds of case: analysis of variance, summary statistics, coverage factor."""

from __future__ import annotations

import json
import math
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from scipy.special import gammainc

from suyuan.quantity.finding import Refused, finding_table, sentences
from suyuan.verbs.statistics import anova, coverage_factor, summary_statistics

from ..reference.compare import differences

CASES = json.loads((Path(__file__).parents[1] / "reference" / "uncertainty.json").read_text("utf-8"))
KINDS = {"anova": anova, "summary_statistics": summary_statistics, "coverage_factor": coverage_factor}


@pytest.mark.parametrize("case", [c for c in CASES if c["kind"] in KINDS], ids=lambda c: c["id"])
def test_published(case: dict[str, Any]) -> None:
    assert not differences(case["expected"], KINDS[case["kind"]](case["input"]), case["tolerance"])


def test_anova_by_definition() -> None:
    rng = np.random.default_rng(1)
    table = rng.normal(size=(6, 4)) + rng.normal(size=(6, 1))
    means, stds = table.mean(axis=1), table.std(axis=1, ddof=1)
    got = anova({"group_means": means.tolist(), "group_stds": stds.tolist(), "group_size": 4, "unit": "V"})
    s_means = means.std(ddof=1)
    expected = {
        "mean": means.mean(), "s_means": s_means, "u_mean": s_means / math.sqrt(6), "s_between": 2.0 * s_means,
        "s_within": math.sqrt(np.mean(stds**2)), "F": 4.0 * s_means**2 / np.mean(stds**2), "dof_between": 5,
        "dof_within": 18,
    }  # fmt: skip
    assert {key: got[key] for key in expected} == pytest.approx(expected, rel=1e-12)
    json.dumps(got, allow_nan=False)


def test_anova_without_scatter_is_null() -> None:
    got = anova({"group_means": [1.0, 2.0], "group_stds": [0.0, 0.0], "group_size": 2})
    assert got["F"] is None and got["s_within"] == 0.0
    json.dumps(got, allow_nan=False)


def test_summary_of_values_and_of_blocks() -> None:
    rng = np.random.default_rng(2)
    values = rng.normal(5.0, 0.3, 100).tolist()
    got = summary_statistics({"values": values})
    e = np.array(values) - np.mean(values)
    assert (
        got["n"] == 100
        and got["mean"] == pytest.approx(np.mean(values))
        and got["std"] == pytest.approx(np.std(values, ddof=1))
    )
    assert got["autocorrelation"] == pytest.approx(np.sum(e[:-1] * e[1:]) / np.sum(e * e))
    blocks = summary_statistics({"blocks": [{"values": [1, 2], "times": 3}, {"values": [7], "times": 2}]})
    whole = summary_statistics({"values": [1, 2, 1, 2, 1, 2, 7, 7]})
    assert blocks.pop("findings") == whole.pop("findings") == []
    assert blocks == pytest.approx(whole)


def test_one_value_has_no_scatter_known() -> None:
    got = summary_statistics({"values": [3]})
    assert [f["code"] for f in got.pop("findings")] == ["evaluation.readings.single"]
    assert got == {"n": 1, "mean": 3.0, "std": None, "u_mean": None, "autocorrelation": None}


def test_u_of_the_mean_and_a_warning_where_readings_depend_on_each_other() -> None:
    values = [10.01, 10.03, 9.98, 10.02]
    assert summary_statistics({"values": values})["u_mean"] == pytest.approx(np.std(values, ddof=1) / 2.0, rel=1e-12)
    drift = summary_statistics({"values": [float(i) for i in range(20)]})
    assert [f["code"] for f in drift["findings"]] == ["evaluation.readings.autocorrelated"]
    assert "“values”" in drift["findings"][0]["en"]["what"]


def test_what_is_null_is_told() -> None:
    got = summary_statistics({"blocks": [{"values": [2.0], "times": 5}]})
    assert got["autocorrelation"] is None and got["findings"][0]["code"] == "evaluation.readings.constant"
    assert got["findings"][0]["where"] == "/input/blocks"
    still = anova({"group_means": [1.0, 2.0], "group_stds": [0.0, 0.0], "group_size": 3})
    assert still["F"] is None and [f["code"] for f in still["findings"]] == ["type_a.groups.no_scatter"]


@pytest.mark.parametrize("p", [0.05, 0.5, 0.95, 0.9973, 1 - 1e-9])
def test_ellipsoid_holds_the_probability(p: float) -> None:
    """P(χ²_m ≤ k²) = p; for two outputs k = √(−2 ln(1 − p))."""
    ks = coverage_factor({"region": "ellipsoid", "probability": p, "outputs": [1, 2, 3, 10, 100]})["k"]
    for m, k in zip((1, 2, 3, 10, 100), ks, strict=True):
        assert gammainc(m / 2.0, k * k / 2.0) == pytest.approx(p, abs=1e-12)
    assert ks[1] == pytest.approx(math.sqrt(-2.0 * math.log1p(-p)), rel=1e-7)


@pytest.mark.parametrize(
    ("kind", "body", "places"),
    [
        ("anova", {}, ["/input/group_means", "/input/group_stds", "/input/group_size"]),
        ("anova", {"group_means": [1, 2], "group_stds": [1], "group_size": 3}, ["/input/group_stds"]),
        ("anova", {"group_means": [1], "group_stds": [1], "group_size": 3}, ["/input/group_means"]),
        ("anova", {"group_means": [1, 2], "group_stds": [1, -1], "group_size": 3}, ["/input/group_stds/1"]),
        ("anova", {"group_means": [1, "2"], "group_stds": [1, 1], "group_size": 3}, ["/input/group_means/1"]),
        ("anova", {"group_means": [1, 2], "group_stds": [1, 1], "group_size": 1}, ["/input/group_size"]),
        ("anova", {"group_means": [1, 2], "group_stds": [1, 1], "group_size": 2, "x": 0}, ["/input/x"]),
        ("summary_statistics", {}, ["/input/values"]),
        ("summary_statistics", {"values": [1], "blocks": []}, ["/input/values"]),
        ("summary_statistics", {"values": []}, ["/input/values"]),
        ("summary_statistics", {"values": [1.0, None, math.nan, True]}, [f"/input/values/{i}" for i in (1, 2, 3)]),
        ("summary_statistics", {"values": [10**400]}, ["/input/values/0"]),
        ("summary_statistics", {"blocks": [{"values": [1]}]}, ["/input/blocks/0/times"]),
        ("summary_statistics", {"blocks": [{"values": [1], "times": 0}, 3]},
         ["/input/blocks/0/times", "/input/blocks/1"]),
        ("coverage_factor", {}, ["/input/region", "/input/probability", "/input/outputs"]),
        ("coverage_factor", {"region": "ellipsoid", "probability": 1.0, "outputs": [0, 2.5]},
         ["/input/probability", "/input/outputs/0", "/input/outputs/1"]),
    ],
)  # fmt: skip
def test_wrong_fields(kind: str, body: dict[str, Any], places: list[str]) -> None:
    with pytest.raises(Refused) as caught:
        KINDS[kind](body)
    assert [f.where for f in caught.value.findings] == places
    for item in caught.value.findings:
        assert item.code in finding_table()
        assert all("?" not in "".join(sentences(item, language).values()) for language in ("zh", "en"))


@pytest.mark.parametrize("scale", [2.0**-700, 2.0**700, 2.0**1020])
def test_no_size_of_values_is_too_large_or_too_small(scale: float) -> None:
    values, means, stds = [1.0, 2.0, 4.5, 3.0], [1.0, 2.5, 4.0], [0.5, 0.25, 0.125]
    one, other = (summary_statistics({"values": [v * s for v in values]}) for s in (1.0, scale))
    assert other == {**one, "mean": scale * one["mean"], "std": scale * one["std"], "u_mean": scale * one["u_mean"]}
    one, other = (
        anova({"group_means": [v * s for v in means], "group_stds": [v * s for v in stds], "group_size": 3})
        for s in (1.0, scale)
    )
    assert [other[k] for k in ("F", "p")] == pytest.approx([one[k] for k in ("F", "p")], rel=1e-12)
    for key in ("mean", "u_mean", "s_means", "s_between", "s_within", "s_between_component", "u_all"):
        assert other[key] == pytest.approx(scale * one[key], rel=1e-12)
