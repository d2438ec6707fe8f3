"""What the three disclosures keep, in any form and handed on twice, and archives of several laboratories together."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from suyuan.quantity.archive.archive import Archive, Disclosure, dump, load, merge
from suyuan.quantity.archive.disclosure import disclosed
from suyuan.quantity.covariance import covariance
from suyuan.quantity.finding import Refused, sentences
from suyuan.quantity.influence import Source, identity
from suyuan.quantity.linear_map import correlated
from suyuan.quantity.quantity import Quantity, joint, quantity, stack

from .oracle import models, world

DISCLOSURES: tuple[Disclosure, ...] = ("full", "grouped", "opaque")


def again(results: dict[str, Quantity], **options: Any) -> Archive:
    return load(dump(results, **options))


def certified(seed: int) -> tuple[Quantity, ...]:
    """The inputs of a world, some with a certificate behind them."""
    inputs = list(world(seed).quantities)
    scalar, array = quantity(0.9, 0.02, dof=30, source=Source("NMI", "S-1", "0")), np.linspace(0.8, 1.2, 4)
    inputs[3] = scalar
    inputs[5] = quantity(array, 0.03, dof=6, source=Source("NMI", "S-2", "0"))
    return tuple(inputs)


@settings(max_examples=120, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(models(outputs=3), st.sampled_from(DISCLOSURES), st.sampled_from(DISCLOSURES))
def test_covariance_algebra_survives_two_laboratories(
    drawn: tuple[Callable[..., Any], int], first: Disclosure, second: Disclosure
) -> None:
    """Random results of laboratory A, disclosed; B computes with them and discloses again; C reads."""
    model, seed = drawn
    inputs = certified(seed)
    results = {str(i): q for i, q in enumerate(model(*inputs)) if q.size}
    a = again(results, disclosure=first, name="A-9", issued=Source("Lab A", "A-9"))
    _same_covariances(results, a.results)
    if first != "opaque":
        for key, q in results.items():
            np.testing.assert_allclose(a.results[key].dof, q.dof, rtol=1e-7)
            for standard in (inputs[3], inputs[5]):
                kept = covariance(a.results[key], standard)
                np.testing.assert_allclose(kept, covariance(q, standard), rtol=1e-9, atol=1e-15)
    extra = quantity(1.0, 0.05, label="bridge of B")
    plain = {key: q * extra + q.mean() for key, q in results.items()}
    handed = {key: q * extra + q.mean() for key, q in a.results.items()}
    b = again(handed, disclosure=second, name="B-1", issued=Source("Lab B", "B-1"))
    _same_covariances(plain, b.results)
    if second != "opaque":  # what A's certificate stands behind stays: both certificates together are still correlated
        for key, q in results.items():
            mixed = covariance(b.results[key], a.results[key])
            np.testing.assert_allclose(mixed, covariance(plain[key], q), rtol=1e-8, atol=1e-14)


def _same_covariances(before: dict[str, Quantity], after: Any) -> None:
    for key, q in before.items():
        np.testing.assert_allclose(after[key].value, q.value, rtol=1e-13, atol=1e-13)
        np.testing.assert_allclose(after[key].variance, q.variance, rtol=1e-9, atol=1e-15)
        for other, r in before.items():
            kept = covariance(after[key], after[other])
            np.testing.assert_allclose(kept, covariance(q, r), rtol=1e-8, atol=1e-14)


@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(models(outputs=3), st.sampled_from(DISCLOSURES), st.randoms(use_true_random=False))
def test_disclosed_twice_in_any_order_is_the_same(
    drawn: tuple[Callable[..., Any], int], disclosure: Disclosure, order: Any
) -> None:
    model, seed = drawn
    results = {str(i): q for i, q in enumerate(model(*certified(seed)))}
    shuffled = list(results)
    order.shuffle(shuffled)
    first = again(results, disclosure=disclosure, name="A-9")
    second = again({key: results[key] for key in shuffled}, disclosure=disclosure, name="A-9")
    for key in results:
        assert first.results[key].same_as(second.results[key])


def test_weighted_rows_and_several_results_merge() -> None:
    """Sums over readings, residuals from them, a joint group, a shared private scalar; n results, few elements."""
    x = quantity(np.linspace(1.0, 2.0, 40), 0.01, "V", label="secret readings")
    s, t = joint([1.0, 2.0], [0.01, 0.02], [[1.0, -0.6], [-0.6, 1.0]], label="secret fit")
    results = {"mean": x.mean() * s, "rest": x - x.mean(), "rows": x.reshape(4, 10).sum(axis=1) * t}
    for disclosure in ("grouped", "opaque"):
        back = again(results, disclosure=disclosure, name="A-9").results
        _same_covariances(results, back)
        ids = {i.id for q in back.values() for i in q.influences()}
        assert len(ids) == 1


def test_many_values_on_few_private_influences_merge() -> None:
    """20 000 values, three private scalars: as many merged elements as there were, not a matrix of all values."""
    n = 20_000
    scalars = [quantity(1.0, 0.01 * (i + 1), label=f"secret {i}") for i in range(3)]
    profile = [np.linspace(1.0, 2.0, n), np.linspace(2.0, -1.0, n), np.sin(np.arange(n))]
    y = sum((p * s for p, s in zip(profile, scalars, strict=True)), quantity(np.zeros(n), None))
    for disclosure in ("grouped", "opaque"):
        (shown,) = disclosed({"y": y}, disclosure, "A-9").values()
        (one,) = shown.influences()
        assert one.size == 3 and one.joint and "secret" not in one.label
        np.testing.assert_allclose(shown.variance, y.variance, rtol=1e-12)
        np.testing.assert_allclose(covariance(shown[:50], shown[-50:]), covariance(y[:50], y[-50:]), rtol=1e-9,
                                   atol=1e-18)  # fmt: skip
        assert not np.any((y.mean() * 0.0 + shown.mean() - shown.mean()).u)


def test_grouped_shows_no_readings_but_keeps_what_shapes_a_distribution() -> None:
    sample = quantity(1.0, 0.1, dof=7, distribution="sample", parameters=(("values", (0.9, 1.0, 1.1)),))
    bounds = quantity(1.0, 0.1, dof=12, distribution="trapezoid", parameters=(("beta", 0.5), ("half_width", 0.2)))
    back = again({"y": sample + bounds}, disclosure="grouped")
    shown = {i.dof: i for i in back.results["y"].influences()}
    assert (shown[7].distribution, shown[7].parameters) == ("student_t", ())
    assert (shown[12].distribution, dict(shown[12].parameters)) == ("trapezoid", {"beta": 0.5, "half_width": 0.2})
    assert float(back.results["y"].u) == pytest.approx(float((sample + bounds).u))


def test_samples_and_histograms_survive_in_full() -> None:
    x = quantity(1.0, 0.1, distribution="sample", parameters=(("values", (0.9, 1.0, 1.1)), ("scale", 2.0)))
    back = again({"x": x}).results["x"]
    assert back.influences()[0].content() == x.influences()[0].content() and back.same_as(x)


@pytest.mark.parametrize("disclosure", DISCLOSURES)
def test_a_given_covariance_of_low_rank_survives(disclosure: Disclosure) -> None:
    """A singular covariance of four values, of rank two, beside a scalar that shares nothing with it."""
    factor = np.array([[0.1, 0.0], [0.2, 0.1], [0.3, 0.2], [0.0, 0.4]])
    q = correlated([1.0, 2.0, 3.0, 4.0], factor @ factor.T, "V", label="secret")
    results = {"q": q, "rest": q - q.mean(), "x": q[0] * quantity(2.0, 0.1)}
    back = again(results, disclosure=disclosure, name="A-9").results
    _same_covariances(results, back)
    (one, *_) = back["q"].influences()
    assert one.size <= 4 and one.joint


def test_an_unknown_disclosure_is_refused() -> None:
    with pytest.raises(Refused) as refused:
        dump({"y": quantity(1.0, 0.1)}, disclosure="secret")  # type: ignore[arg-type]
    assert refused.value.findings[0].code == "quantity.archive.disclosure"


def test_one_opaque_result_reads_as_one_line() -> None:
    """The next laboratory sees the certificate with its u and unit, and a sensitivity of 1."""
    y = quantity(10.0, 0.3, "mV", label="a") + quantity(1.0, 0.4, "mV", label="b")
    (one,) = again({"y": y}, disclosure="opaque", name="A-9").results["y"].influences()
    assert (one.size, one.unit, one.label) == (1, "\\milli\\volt", "A-9")
    assert float(one.u[0]) == pytest.approx(0.5)


# ---------------------------------------------------------------- between laboratories


OLD, NEW = identity("NMI", "S-1", "0"), identity("NMI", "S-1a", "0")


def standard(id: str, number: str, u: float = 0.02) -> Quantity:
    return quantity(10.0, u, "V", dof=30, source=Source("NMI", number, "0"), id=id)


def laboratories(u: float = 0.02) -> dict[str, Archive]:
    """A used the certificate before, B the one after its amendment."""
    a = standard(OLD, "S-1") * quantity(2.0, 0.001)
    b = standard(NEW, "S-1a", u) * quantity(4.0, 0.003)
    return {"Lab A": again({"v": a}, intermediate={"standard": standard(OLD, "S-1")}), "Lab B": again({"v": b})}


def test_archives_that_agree_are_left_alone() -> None:
    given_ = laboratories()
    merged, findings = merge(given_)
    assert merged == given_ and findings == ()
    assert merge(given_, {"f" * 32: "e" * 32})[0] == given_  # an amendment that concerns nobody


def test_an_amended_certificate_is_one_influence_again() -> None:
    """Without the table of amendments the two are independent; with it the standard cancels in the ratio."""
    apart = laboratories()
    u_apart = float((apart["Lab A"].results["v"] / apart["Lab B"].results["v"]).u)
    merged, findings = merge(apart, {OLD: NEW})
    ratio = merged["Lab A"].results["v"] / merged["Lab B"].results["v"]
    same = standard(NEW, "S-1a")
    expected = (same * quantity(2.0, 0.001)) / (same * quantity(4.0, 0.003))
    assert float(ratio.u) == pytest.approx(float(expected.u), rel=1e-12) and float(ratio.u) < 0.7 * u_apart
    assert [(f.code, f.severity, f.where) for f in findings] == [("quantity.archive.superseded", "warning", "Lab A")]
    assert "NMI S-1 0" in sentences(findings[0], "en")["what"] and "NMI S-1a 0" in sentences(findings[0], "zh")["what"]
    assert merged["Lab A"].intermediate["standard"].influences()[0].id == NEW
    assert float(merged["Lab A"].results["v"].u) == float(apart["Lab A"].results["v"].u)


def test_chains_of_amendments_and_both_in_one_result() -> None:
    middle = identity("NMI", "S-1", "first amendment")
    both = again({"sum": standard(OLD, "S-1") + standard(NEW, "S-1a") + standard(middle, "S-1b")})
    merged, findings = merge({"Lab C": both}, {OLD: middle, middle: NEW})
    (one,) = merged["Lab C"].results["sum"].influences()
    assert one.id == NEW and float(merged["Lab C"].results["sum"].u) == pytest.approx(0.06)
    assert len(findings) == 2 and {f.code for f in findings} == {"quantity.archive.superseded"}
    with pytest.raises(Refused) as refused:
        merge({"Lab C": both}, {OLD: middle, middle: OLD})
    assert refused.value.findings[0].code == "quantity.archive.amended_circle"


def test_an_amendment_that_changes_the_content_says_so() -> None:
    merged, findings = merge(laboratories(u=0.03), {OLD: NEW})
    assert [f.code for f in findings] == [
        "quantity.archive.superseded",
        "quantity.archive.amended_content",
    ]
    a = merged["Lab A"].results["v"]
    assert float((a - a).u) == 0.0 and float(covariance(a, merged["Lab B"].results["v"])) == pytest.approx(
        2 * 0.02 * 4 * 0.03
    )
    array = again({"v": quantity([1.0, 2.0], 0.1, "V", id=NEW, source=Source("NMI", "S-1a"))})
    with pytest.raises(Refused) as refused:
        merge({"Lab A": laboratories()["Lab A"], "Lab D": array}, {OLD: NEW})
    assert refused.value.findings[0].code == "quantity.identity.conflict"


def test_one_identity_with_two_contents_names_both() -> None:
    given_ = {"Lab A": again({"v": standard(OLD, "S-1")}), "Lab B": again({"v": standard(OLD, "S-1 copy", 0.03)})}
    with pytest.raises(Refused) as refused:
        merge(given_)
    assert refused.value.findings[0].code == "quantity.identity.conflict"
    assert "NMI S-1 0" in str(refused.value) and "NMI S-1 copy 0" in str(refused.value)


def test_labels_mean_nothing() -> None:
    one, other = (again({"x": quantity(1.0, 0.1, label="room")}).results["x"] for _ in range(2))
    assert float((one - other).u) == pytest.approx(0.1 * 2**0.5)
    merged, _ = merge({"A": Archive({"x": one}), "B": Archive({"x": other})})
    assert float((merged["A"].results["x"] - merged["B"].results["x"]).u) == pytest.approx(0.1 * 2**0.5)


LABORATORY = """
import sys
from suyuan.quantity.archive import archive
from suyuan.quantity.archive import columns as archive_columns
from suyuan.quantity.influence import Source, identity
from suyuan.quantity.quantity import quantity
name, number, factor, given, place = sys.argv[1:]
if given == "-":
    x = quantity(10.0, 0.02, "V", dof=30, source=Source("NMI", "S-1", "0"), id=identity("NMI", "S-1", "0"))
else:
    x = archive.load(open(given, "rb").read()).results["y"]
own = quantity(float(factor), 0.003, label="own") * quantity(1.0, 0.001, dof=12, label="room")
y = x * own
open(place, "wb").write(archive.dump({"y": y}, {"x": x}, disclosure="grouped", issued=Source(name, number)))
"""
READER = """
import json, sys
from suyuan.quantity.archive.archive import load, merge
from suyuan.quantity.intermediate import by_intermediate
merged, findings = merge({place: load(open(place, "rb").read()) for place in sys.argv[1:]})
a, b, c = (archive.results["y"] for archive in merged.values())
ratio = b / a
rows = by_intermediate(c, {"A-1": a, "B-1": b})
print(json.dumps([float(ratio.u), float((c / a).u), float((c / b).u), [[r.name, r.share] for r in rows]]))
"""


def test_three_laboratories_in_four_processes(tmp_path: Path) -> None:
    """NMI → A → B (on A's certificate) and C (on B's); read together in a fourth process, as in one."""
    places = {name: str(tmp_path / f"{name}.json") for name in "ABC"}
    for name, factor, below in (("A", "1.25", "-"), ("B", "2.0", places["A"]), ("C", "0.5", places["B"])):
        arguments = [f"Lab {name}", f"{name}-1", factor, below, places[name]]
        run = subprocess.run(
            [sys.executable, "-c", LABORATORY, *arguments], capture_output=True, text=True, check=False
        )
        assert run.returncode == 0, run.stderr
    run = subprocess.run([sys.executable, "-c", READER, *places.values()], capture_output=True, text=True, check=False)
    assert run.returncode == 0, run.stderr
    u_ba, u_ca, u_cb, rows = json.loads(run.stdout)

    def step(x: Quantity, factor: float) -> Quantity:
        return x * (quantity(factor, 0.003) * quantity(1.0, 0.001, dof=12))

    a = step(quantity(10.0, 0.02, "V", dof=30), 1.25)
    b = step(a, 2.0)
    c = step(b, 0.5)
    assert (u_ba, u_ca, u_cb) == pytest.approx((float((b / a).u), float((c / a).u), float((c / b).u)), rel=1e-12)
    assert sum(share for _, share in rows) == pytest.approx(1.0, rel=1e-9)
    assert dict(rows)["B-1"] == pytest.approx(float((0.5 * b).variance / c.variance), rel=1e-9)


def test_stacks_of_two_archives_stay_correlated() -> None:
    shared = standard(OLD, "S-1")
    a = again({"v": shared * quantity(np.ones(3), 0.01)}, disclosure="grouped").results["v"]
    b = again({"v": shared * quantity(np.ones(3), 0.02)}, disclosure="grouped").results["v"]
    both = stack([a, b])
    np.testing.assert_allclose(covariance(both[0], both[1]), np.full((3, 3), 0.0004), rtol=1e-12)
