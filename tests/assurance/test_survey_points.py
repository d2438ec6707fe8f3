"""Survey points against independent formulas: a search for the best fit, Monte Carlo of the whole chain, naive sums."""

from __future__ import annotations

import numpy as np
import pytest
from numpy.typing import NDArray
from scipy.optimize import least_squares
from scipy.spatial.transform import Rotation

from suyuan.assurance.survey_points import Station, SurveyPoints, best_fit, measured, survey_points
from suyuan.quantity.finding import Refused
from suyuan.quantity.quantity import Quantity, quantity

Array = NDArray[np.float64]
RNG = np.random.default_rng(31)
DESIGN = RNG.uniform(-1.0, 1.0, (12, 3)) * [6000.0, 4000.0, 1500.0]
TURN, SHIFT = Rotation.from_rotvec([0.2, -0.4, 1.1]), np.array([9000.0, -3000.0, 1200.0])
SEEN = TURN.apply(DESIGN) + SHIFT + RNG.normal(0.0, 1.5, DESIGN.shape)
AT = np.array([0.0, 0.0, 0.0])


def station(u_scale: float = 2e-4, u_offset: float = 0.4) -> Station:
    return Station(quantity(1e-4, u_scale), quantity(0.3, u_offset, "mm"), AT)


def covariance(parts: tuple[Quantity, ...]) -> Array:
    """Of all coordinates in the order x1 y1 z1 x2 …, from variances of sums alone."""
    flat = [q[i] for i in range(parts[0].value.size) for q in parts]
    u = np.array([[float((a + b).variance) if i != j else 0.0 for j, b in enumerate(flat)] for i, a in enumerate(flat)])
    own = np.array([float(q.variance) for q in flat])
    return np.asarray(np.where(np.eye(len(flat)) > 0, own, 0.5 * (u - own[:, None] - own[None, :])))


def test_the_certificate_is_shared_by_all_coordinates() -> None:
    parts = measured(SEEN[:4], 0.5, station=station())
    distance = np.linalg.norm(SEEN[:4], axis=1)
    by_scale, by_offset = SEEN[:4].ravel(), (SEEN[:4] / distance[:, None]).ravel()
    wanted = 0.25 * np.eye(12) + 4e-8 * np.outer(by_scale, by_scale) + 0.16 * np.outer(by_offset, by_offset)
    assert covariance(parts) == pytest.approx(wanted, abs=1e-9)
    value = SEEN[:4] * 1.0001 + 0.3 * SEEN[:4] / distance[:, None]
    assert np.stack([q.value for q in parts], axis=1) == pytest.approx(value, rel=1e-13)


def test_the_alignment_is_the_least_of_the_squares() -> None:
    weight = RNG.uniform(0.2, 3.0, 12)

    def off(p: Array) -> Array:
        moved = Rotation.from_rotvec(p[:3]).apply(SEEN) + p[3:]
        return np.asarray((np.sqrt(weight)[:, None] * (moved - DESIGN)).ravel())

    start = np.concatenate([TURN.inv().as_rotvec(), -TURN.inv().apply(SHIFT)])
    found = least_squares(off, start, xtol=1e-15, ftol=1e-15, gtol=1e-15, x_scale=[1e-4, 1e-4, 1e-4, 1, 1, 1])
    rotation, shift = best_fit(SEEN, DESIGN, weight)
    assert rotation == pytest.approx(Rotation.from_rotvec(found.x[:3]).as_matrix(), abs=1e-7)
    assert shift == pytest.approx(found.x[3:], abs=1e-2)
    assert (
        np.sum(off(np.concatenate([Rotation.from_matrix(rotation).as_rotvec(), shift])) ** 2) <= 2 * found.cost + 1e-9
    )


@pytest.mark.parametrize("used", [list(range(12)), [0, 3, 5, 8]])
def test_deviations_move_with_the_points_as_a_new_fit_says(used: list[int]) -> None:
    """Covariance by a Jacobian of differences of whole fits."""
    parts = measured(SEEN, 0.5, station=station())
    found, _ = survey_points(parts, DESIGN, 6.0, ("station", "hull"), used)
    p = np.stack([q.value for q in parts], axis=1)
    weight = 1.0 / np.mean(np.stack([q.u**2 for q in parts], axis=1), axis=1)[used]

    def off(points: Array) -> Array:
        rotation, shift = best_fit(points[used], DESIGN[used], weight)
        return (points @ rotation.T + shift - DESIGN).ravel()

    assert found.value.ravel() == pytest.approx(off(p), abs=1e-8)
    step, columns = 1e-2, []
    for i in range(p.size):
        d = np.zeros(p.size)
        d[i] = step
        columns.append((off(p + d.reshape(p.shape)) - off(p - d.reshape(p.shape))) / (2 * step))
    jacobian = np.array(columns).T
    wanted = np.sqrt(np.diagonal(jacobian @ covariance(parts) @ jacobian.T))
    assert (found.U / 2.0).ravel() == pytest.approx(wanted, rel=1e-6)


def test_a_full_covariance_counts_as_its_parts_do() -> None:
    parts = measured(SEEN, 0.5, station=station())
    whole = measured(np.stack([q.value for q in parts], axis=1), covariance=covariance(parts))
    a, b = (survey_points(q, DESIGN, 6.0, ("s", "hull"), range(12))[0] for q in (parts, whole))
    assert pytest.approx(b.U, rel=1e-6) == a.U and a.state.tolist() == b.state.tolist()


def test_verdicts_follow_the_guard_band_one_by_one() -> None:
    design = np.tile([5000.0, 0.0, 0.0], (200, 1))
    p = design + RNG.normal(0.0, 2.0, design.shape)
    found, _ = survey_points(measured(p, [0.2, 0.4, 0.6]), design, [3.0, 3.0, 5.0], ("hull", "hull"))
    for i, row in enumerate(p - design):
        each = []
        for x, u, tolerance in zip(row, (0.2, 0.4, 0.6), (3.0, 3.0, 5.0), strict=True):
            each.append(1 if abs(x) + 2 * u <= tolerance else -1 if abs(x) - 2 * u > tolerance else 0)
        assert found.state[i] == min(each)
    assert set(found.state.tolist()) == {1, 0, -1}


def _code(act: object) -> str:
    with pytest.raises(Refused) as caught:
        act()  # type: ignore[operator]
    return caught.value.findings[0].code


def test_what_cannot_be_compared_is_refused() -> None:
    q = measured(SEEN, 0.5)

    def told(*datum: str, align: list[int] | None = None) -> SurveyPoints:
        return survey_points(q, DESIGN, 6.0, (datum[0], datum[1]), align)[0]

    assert _code(lambda: told("", "hull")) == "cases.survey.no_datum"
    assert _code(lambda: told("hull", " ")) == "cases.survey.no_datum"
    assert _code(lambda: told("yard", "hull")) == "cases.survey.other_datum"
    assert _code(lambda: told("yard", "hull", align=[0, 1])) == "assurance.study.few"
    assert _code(lambda: told("yard", "hull", align=[0, 1, 40])) == "cases.survey.align"
    assert _code(lambda: told("yard", "hull", align=[0, 1, 1])) == "cases.survey.align"
    assert _code(lambda: measured(SEEN)) == "cases.survey.unknown_u"
    assert _code(lambda: measured(SEEN, -1.0)) == "cases.survey.spread"
    assert _code(lambda: measured([[0.0, 0.0, 0.0]], 0.1, station=station())) == "cases.survey.at_station"
    line = np.outer(np.arange(4.0), [100.0, 50.0, 0.0])
    assert _code(lambda: survey_points(measured(line, 1.0), line, 5, ("a", "b"), range(4))) == "cases.survey.line"
    _, findings = survey_points(measured(SEEN, 5.0), DESIGN, 6.0, ("station", "hull"), range(12))
    assert "cases.survey.never_pass" in [f.code for f in findings]
