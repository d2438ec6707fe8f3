"""Quality of a monitor: QAL2, AST, QAL3, RATA and the checks of HJ 75, with the edges of each."""

from __future__ import annotations

from datetime import date

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from suyuan.carbon.monitoring.quality import drift, qal2, qal3, rata
from suyuan.carbon.rule import rules
from suyuan.quantity.finding import Refused
from suyuan.verbs.carbon import quality

EN = rules("EN 14181", date(2024, 1, 1))
US = rules("40 CFR 75", date(2024, 1, 1))
HJ = rules("HJ 75-2017", date(2024, 1, 1))
X = [4.4, 5.1, 6.0, 7.2, 7.9, 8.8, 9.5, 10.3, 11.1, 12.0, 12.7, 13.6, 14.4, 15.2, 16.1]


def allowed(elv: float, interval_fraction: float) -> float:
    return qal2.spread_allowed(EN, elv, interval_fraction)


def refused(act: object) -> str:
    with pytest.raises(Refused) as caught:
        act()  # type: ignore[operator]
    return caught.value.findings[0].code


@pytest.mark.parametrize(
    ("n", "printed"), [(3, 0.8326), (5, 0.9161), (8, 0.9521), (15, 0.9761), (20, 0.9824), (30, 0.9885)]
)
def test_kv_is_the_printed_table(n: int, printed: float) -> None:
    assert qal2.k_v(n) == pytest.approx(printed, abs=1e-4)


def test_kv_of_one_pair_is_refused() -> None:
    assert refused(lambda: qal2.k_v(1)) == "carbon_monitoring.pairs.few"


def test_exact_line_has_no_scatter_and_both_methods_agree() -> None:
    y = [10.0 * (x - 4.0) for x in X]
    found, told = qal2.calibrated(EN, X, y, allowed(200.0, 0.2), 4.0, "b")
    assert found.b is not None and not told
    assert (found.a.slope, found.b.slope) == pytest.approx((10.0, 10.0))
    assert found.s_D == pytest.approx(0.0, abs=1e-12) and found.passes
    assert found.valid_max == pytest.approx(1.1 * 121.0)
    assert found.sigma_0 == pytest.approx(0.2 * 200.0 / 1.96)


def test_method_decides_the_test_and_the_range() -> None:
    y = [30.0 + 6.0 * (x - 4.0) for x in X]  # an offset that method b cannot have
    a, _ = qal2.calibrated(EN, X, y, allowed(60.0, 0.1), 4.0, "a")
    b, _ = qal2.calibrated(EN, X, y, allowed(60.0, 0.1), 4.0, "b")
    assert a.passes and not b.passes
    assert b.b is not None and b.valid_max == pytest.approx(1.1 * (b.b.intercept + b.b.slope * max(X)))


def test_edges_of_qal2() -> None:
    assert refused(lambda: qal2.calibrated(EN, [5.0], [1.0], allowed(200, 0.2), 4)) == "assurance.study.few"
    assert (
        refused(lambda: qal2.calibrated(EN, [5.0, 5.0], [1.0, 2.0], allowed(200, 0.2), 4))
        == "carbon_monitoring.pairs.no_spread"
    )
    assert refused(lambda: qal2.calibrated(EN, [3.0, 5.0], [1.0, 2.0], allowed(200, 0.2), 4, "b")) == (
        "carbon_monitoring.pairs.at_zero")  # fmt: skip
    found, _ = qal2.calibrated(EN, [3.0, 5.0], [1.0, 2.0], allowed(200, 0.2), 4, "a")
    assert found.b is None
    assert (
        refused(lambda: qal2.calibrated(EN, [3.0, 5.0, 6.0], [1.0, 2.0], allowed(200, 0.2), 4))
        == "assurance.study.lengths"
    )
    assert [f.code for f in qal2.calibrated(EN, X[:14], X[:14], allowed(200, 0.2), 4)[1]] == [
        "carbon_monitoring.pairs.few"
    ]
    assert not qal2.calibrated(EN, X, X, allowed(200, 0.2), 4)[1]


def test_pairs_of_too_few_days_are_told() -> None:
    assert [f.code for f in qal2.calibrated(EN, X, X, allowed(200, 0.2), 4, "a", 2)[1]] == [
        "carbon_monitoring.pairs.days"
    ]
    assert not qal2.calibrated(EN, X, X, allowed(200, 0.2), 4, "a", 3)[1]
    body = {"x": X, "y": X, "elv": 200, "interval_fraction": 0.2, "zero": 4, "method": "a", "days": 2}
    assert quality.qal2(body)["findings"][0]["code"] == "carbon_monitoring.pairs.days"


def test_ast_tests_scatter_and_function_apart() -> None:
    line = qal2.Line(-40.0, 10.0)
    sigma = 4.0
    x = np.array([5.0, 8.0, 11.0, 14.0, 17.0])
    noise = np.array([1.0, -2.0, 0.5, 1.5, -1.0])
    good, told = qal2.surveyed(EN, line, x, line(x) + noise, sigma)
    assert good.passes and not told
    assert good.limit == pytest.approx(2.13185 * good.s_D / np.sqrt(5) + sigma, rel=1e-5)
    moved, _ = qal2.surveyed(EN, line, x, line(x) + noise + good.limit, sigma)
    assert moved.variability_passes and not moved.function_passes
    wild, _ = qal2.surveyed(EN, line, x, line(x) + 6.0 * noise, sigma)
    assert not wild.variability_passes
    edge = 1.5 * sigma * qal2.k_v(5) / float(np.std(noise, ddof=1))
    assert qal2.surveyed(EN, line, x, line(x) + edge * (1 - 1e-9) * noise, sigma)[0].variability_passes
    assert not qal2.surveyed(EN, line, x, line(x) + edge * (1 + 1e-9) * noise, sigma)[0].variability_passes
    assert [f.code for f in qal2.surveyed(EN, line, x[:4], line(x[:4]) + noise[:4], sigma)[1]] == [
        "carbon_monitoring.pairs.few"]  # fmt: skip


def test_case_with_a_survey() -> None:
    y = [10.0 * (x - 4.0) + 0.5 * (-1) ** i for i, x in enumerate(X)]
    body = {"x": X, "y": y, "elv": 200, "interval_fraction": 0.2, "zero": 4, "method": "b",
            "survey": {"x": X[:5], "y": y[:5]}}  # fmt: skip
    answer = quality.qal2(body)
    assert answer["ast"]["passes"] and answer["ast"]["n"] == 5
    assert {row["status"] for row in answer["rules"]} == {"from memory"}  # nobody read EN 14181


def test_qal3_charts_see_a_jump_and_a_drift() -> None:
    rng = np.random.default_rng(3)
    steady = rng.normal(0.0, 0.4, 60)
    chart, _ = qal3.shewhart(EN, steady, 0.0, 1.0)
    sums, _ = qal3.cumulative(EN, steady, 0.0, 1.0)
    assert chart.n_outside == 0 and sums.first_signal is None
    assert (chart.ucl, sums.k, sums.h) == (2.0, 0.501, 2.85)
    assert qal3.shewhart(EN, [*steady, 2.01], 0.0, 1.0)[0].outside.tolist() == [61]
    drifting = steady + np.linspace(0.0, 1.5, 60)
    assert qal3.shewhart(EN, drifting, 0.0, 1.0)[0].n_outside < 10
    assert qal3.cumulative(EN, drifting, 0.0, 1.0)[0].first_signal is not None


def test_rata_edges() -> None:
    same, told = rata.relative_accuracy(US, [10.0] * 9, [10.0] * 9)
    assert (same.ra_percent, same.baf, same.cc) == (0.0, 1.0, 0.0) and not told
    shifted, _ = rata.relative_accuracy(US, [10.0] * 9, [9.5] * 9)  # no scatter: any shift is a bias
    assert shifted.baf == round(1.0 + 0.5 / 9.5, 3)
    high, _ = rata.relative_accuracy(US, [10.0] * 9, [10.5] * 9)
    assert high.baf == 1.0 and high.ra_percent == pytest.approx(5.0)  # one-sided
    few, told = rata.relative_accuracy(US, [10.0, 10.1], [10.0, 10.0])
    assert few.t == 12.706 and [f.code for f in told] == ["carbon_monitoring.pairs.few"]
    assert refused(lambda: rata.relative_accuracy(US, [10.0], [10.0])) == "assurance.study.few"
    assert refused(lambda: rata.relative_accuracy(US, [0.0, 0.0], [1.0, 1.0])) == "carbon_monitoring.rata.level"
    assert refused(lambda: rata.relative_accuracy(US, [1.0, 2.0, 3.0], [1.0, 2.0])) == "assurance.study.lengths"


def test_rata_limits_of_slow_flow_end_at_ten() -> None:
    assert rata.limits(US, "flow", 10.0)["annual_alternative"] == 1.5
    assert "annual_alternative" not in rata.limits(US, "flow", 10.01)
    assert "annual_alternative" not in rata.limits(US, "flow")
    assert rata.limits(US, "moisture")["semiannual_alternative"] == 1.5
    assert set(rata.limits(US, "gas")) == {"annual_percent", "semiannual_percent"}
    assert refused(lambda: rata.limits(US, "dust")) == "carbon_monitoring.rata.parameter"


@pytest.mark.parametrize(("shift", "word"), [(0.7499, "yearly"), (0.7501, "half-yearly"), (0.9999, "half-yearly"),
                                             (1.0001, "failed")])  # fmt: skip
def test_the_next_test_follows_the_accuracy(shift: float, word: str) -> None:
    found, _ = rata.relative_accuracy(US, [10.0] * 9, [10.0 - shift] * 9)
    assert rata.next_test(found, rata.limits(US, "gas")) == word


def test_drift_of_hj_75_at_its_limits() -> None:
    assert drift.drift(HJ, "zero", 0.5, 0.0, 20.0).passes  # 2.5 % of full scale
    assert not drift.drift(HJ, "zero", -0.501, 0.0, 20.0).passes
    assert drift.drift(HJ, "span", 16.4, 16.0, 20.0).value == pytest.approx(2.0)
    assert not drift.drift(HJ, "span", 16.6, 16.0, 20.0).passes
    assert drift.velocity(HJ, 11.19, 10.0).passes and not drift.velocity(HJ, 11.21, 10.0).passes  # 12 % up to 10 m/s
    assert drift.velocity(HJ, 11.0, 10.01).passes and not drift.velocity(HJ, 11.02, 10.01).passes  # 10 % above
    assert drift.gas_accuracy(HJ, 15.0).passes and not drift.gas_accuracy(HJ, 15.1).passes
    assert refused(lambda: drift.drift(HJ, "gain", 1.0, 1.0, 1.0)) == "carbon_monitoring.drift.kind"
    assert refused(lambda: drift.drift(HJ, "zero", 1.0, 1.0, 0.0)) == "assurance.study.number"


@settings(max_examples=50, deadline=None)
@given(st.lists(st.tuples(st.floats(4.1, 20.0), st.floats(-50.0, 200.0)), min_size=3, max_size=30))
def test_the_line_of_qal2_is_that_of_least_squares(pairs: list[tuple[float, float]]) -> None:
    x, y = (np.round(column, 3) for column in zip(*pairs, strict=True))
    if np.ptp(x) < 0.1:
        return
    found, _ = qal2.calibrated(EN, x, y, allowed(200.0, 0.2), 4.0)
    slope, intercept = np.polyfit(x, y, 1)
    np.testing.assert_allclose([found.a.slope, found.a.intercept], [slope, intercept], rtol=1e-6, atol=1e-6)
    assert found.b is not None and found.b(4.0) == pytest.approx(0.0, abs=1e-9)
