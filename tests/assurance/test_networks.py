"""Instruments in the field: errors that were put in are found within their u; what cannot be told is said."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import pytest

from suyuan.assurance.colocation import colocation, read
from suyuan.assurance.energy_balance import Flag, energy_balance
from suyuan.quantity.covariance import correlation
from suyuan.quantity.finding import Refused
from suyuan.quantity.quantity import quantity


def made(
    errors: Any, days: int = 80, noise: float = 0.1, seed: int = 0, proportional: float = 0.0
) -> tuple[Any, dict[str, Any]]:
    """Master and meters with known errors, fixed and quadratic loss; openly made up."""
    rng = np.random.default_rng(seed)
    W = rng.gamma(2.0, 5.0, (days, len(errors)))
    total = W.sum(axis=1)
    true = W / (1.0 + np.asarray(errors))
    master = true.sum(axis=1) * (1.0 + proportional) + 1.0 + 4e-5 * total**2 + noise * rng.standard_normal(days)
    return master, {f"m{i}": W[:, i] for i in range(len(errors))}


def codes(findings: Any) -> set[str]:
    return {f.code.removeprefix("assurance.") for f in findings}


def test_errors_that_were_put_in() -> None:
    """Over many clusters the deviations are as large as their stated u."""
    errors, z = np.array([0.0, 0.06, -0.04, 0.01]), []
    for seed in range(150):
        found, _ = energy_balance(*made(errors, seed=seed))
        z.append((found.error.value - errors) / found.error.u)
    spread = np.std(np.array(z), axis=0)
    assert np.all(np.abs(np.mean(z, axis=0)) < 0.4)
    assert np.all((spread > 0.85) & (spread < 1.2))
    assert found.dof == 80 - 6


def test_flags() -> None:
    data = made([0.0, 0.06, -0.04, 0.01])
    assert energy_balance(*data)[0].flagged == ("m1", "m2")
    assert energy_balance(*data, Flag(2.0, 5.0))[0].flagged == ("m1",)


def test_the_master_is_one_shared_influence() -> None:
    """An error of the master looks like one of all meters: it is said, and with its certificate it is carried."""
    data = made([0.0, 0.0, 0.0], noise=0.001)
    alone, told = energy_balance(*data)
    assert "balance.common_unknown" in codes(told)
    master = quantity(0.0, 0.002, label="certificate of the master meter")
    joined, told = energy_balance(*data, master_error=master)
    assert "balance.common" in codes(told)
    assert np.allclose(joined.error.u, np.hypot(alone.error.u, 0.002), rtol=1e-2)
    assert float(correlation(joined.error[0], joined.error[1])) > 0.9
    shifted, _ = energy_balance(data[0] * 1.01, data[1], master_error=quantity(0.01, 0.002))
    assert np.allclose(shifted.error.value, alone.error.value, atol=1e-9)


def test_a_proportional_loss_cannot_be_told() -> None:
    plain, _ = energy_balance(*made([0.0, 0.05], noise=1e-6))
    lossy, _ = energy_balance(*made([0.0, 0.05], noise=1e-6, proportional=0.02))
    assert np.allclose((1 + lossy.error.value) * 1.02, 1 + plain.error.value, atol=1e-6)


def test_meters_that_go_together() -> None:
    master, meters = made([0.0, 0.0, 0.0])
    near = dict(meters, m2=meters["m1"] * 0.5 + 0.02 * meters["m2"])
    found, told = energy_balance(master, near)
    assert found.inflation[1] > 10
    assert "balance.collinear" in codes(told)
    with pytest.raises(Refused) as caught:
        energy_balance(master, dict(meters, m2=2.0 * meters["m1"]))
    assert dict(caught.value.findings[0].parameters)["pair"] == "m1, m2"


@pytest.mark.parametrize(
    "change",
    [
        lambda m, w: (m[:5], w), lambda m, w: (m, {}), lambda m, w: (m, dict(w, m0=np.zeros(80))),
        lambda m, w: (m, dict(w, m0=-w["m0"])), lambda m, w: (m, dict(w, m0=w["m0"][:9])),
        lambda m, w: (np.where(m > 0, np.nan, m), w), lambda m, w: (m[:4], {k: v[:4] for k, v in w.items()}),
        lambda m, w: (m, dict(w, m0=np.full(80, 3.0))), lambda m, w: (m, [1, 2]),
    ],
)  # fmt: skip
def test_balance_refused(change: Any) -> None:
    with pytest.raises(Refused):
        energy_balance(*change(*made([0.0, 0.0])))


def hours(months: int, drift: float = 0.0, seed: int = 0) -> tuple[Any, Any, Any]:
    """A sensor beside a reference; its offset moves by so much a month. Openly made up."""
    rng = np.random.default_rng(seed)
    t = np.arange(np.datetime64("2024-01-01T00"), np.datetime64("2024-01-01T00") + months * 30 * 24, dtype="M8[h]")
    sensor = 1000.0 + 200.0 * rng.standard_normal(t.size)
    month = (t.astype("M8[M]") - np.datetime64("2024-01")).astype(int)
    return t, 0.005 * sensor - 4.0 + drift * month + 0.3 * rng.standard_normal(t.size), sensor


def test_a_fit_that_holds() -> None:
    found, told = colocation(*hours(4), fit_months=["2024-01"])
    assert "colocation.aged" not in codes(told)
    assert found.n == 31 * 24
    assert [m.fitted for m in found.months] == [True] + [False] * (len(found.months) - 1)
    assert all(abs(float(m.bias.value)) < 4 * float(m.bias.u) for m in found.months)


def test_a_fit_that_ages() -> None:
    found, told = colocation(*hours(4, 0.1), fit_months=["2024-01"])
    aged = next(f for f in told if f.code == "assurance.colocation.aged")
    assert "2024-03" in dict(aged.parameters)["months"]
    assert dict(aged.parameters)["last"] == "2024-01-31"
    assert float(found.months[2].bias.value) == pytest.approx(-0.2, abs=0.06)


def test_u_of_a_month_is_its_scatter_over_many_trials() -> None:
    z = []
    for seed in range(150):
        m = colocation(*hours(2, seed=seed), fit_months=["2024-01"])[0].months[1]
        z.append(float(m.bias.value) / float(m.bias.u))
    assert np.std(z) == pytest.approx(1.0, abs=0.2)


def test_the_error_of_the_reference() -> None:
    """It is in every value that the sensor gives, and not in how far the fit drifts from the same reference."""
    certificate = quantity(0.0, 0.2, "mg/m3", label="certificate of the analyser")
    t, r, x = hours(2)
    plain, _ = colocation(t, r, x, ["2024-01"], unit="mg/m3")
    joined, _ = colocation(t, r, x, ["2024-01"], certificate)
    assert float(joined.months[1].bias.u) == pytest.approx(float(plain.months[1].bias.u), rel=1e-6)
    value, told = read(joined, t[:2], x[:2])
    assert float(value[0].u) == pytest.approx(math.hypot(0.2, float(read(plain, t[:1], x[:1])[0][0].u)), rel=1e-6)
    assert float(correlation(value[0], value[1])) > 0.99
    assert told == ()


def test_read_outside_months_and_range() -> None:
    t, r, x = hours(3)
    found, _ = colocation(t, r, x, ["2024-01"])
    _, told = read(found, t[-3:], np.array([1000.0, 5000.0, 1000.0]))
    assert {f.code: (f.severity, dict(f.parameters)["n"]) for f in told} == {
        "assurance.colocation.outside_time": ("error", "3"),
        "assurance.colocation.outside_range": ("warning", "1"),
    }


def test_missing_is_not_zero() -> None:
    t, r, x = hours(2)
    holes = r.copy()
    holes[::3] = np.nan
    found, _ = colocation(t, holes, x)
    assert found.n == np.count_nonzero(np.isfinite(holes))
    assert found.n_rows == t.size
    assert found.line.estimates[1] == pytest.approx(0.005, rel=0.05)


def test_times_that_go_back() -> None:
    t, r, x = hours(2)
    t = np.concatenate((t[:500], t[497:-3]))
    told = next(f for f in colocation(t, r, x)[1] if f.code == "assurance.colocation.order")
    assert dict(told.parameters) == {"back": "1", "same": "0"}


@pytest.mark.parametrize("months", [["2024-07"], ["2024-1"], ["March"], [3], ["2024-13"]])
def test_months_that_are_none(months: Any) -> None:
    with pytest.raises(Refused):
        colocation(*hours(2), fit_months=months)


def test_meters_hard_to_tell_are_not_flagged() -> None:
    master, meters = made([0.0, 0.0, 0.0])
    rng = np.random.default_rng(1)
    near = dict(meters, m2=meters["m1"] * 0.5 + 1e-5 * rng.random(80))
    found, told = energy_balance(master, near)
    assert {"balance.collinear", "balance.impossible"} <= codes(told)
    lost = next(f for f in told if f.code == "assurance.balance.impossible")
    assert {"m1", "m2"} <= set(dict(lost.parameters)["meters"].split(", "))
    assert not {"m1", "m2"} & set(found.flagged)
    assert np.allclose(np.asarray(found.error.dof), found.dof)


def test_losses_have_units() -> None:
    found, _ = energy_balance(*made([0.0, 0.0]), unit="MW h")
    assert str(found.fixed_loss.unit) == "MW·h"
    loss = found.fixed_loss + found.quadratic_coefficient * quantity(100.0, None, "MW h") ** 2
    assert loss.unit.converts_to(found.fixed_loss.unit)
