"""Data tasks: reproducible, different for every person, rightly computed and equally hard."""

from __future__ import annotations

import math

import numpy as np
import pytest

from suyuan.quantity.finding import Refused
from suyuan.quantity.formula.formula import Formula
from suyuan.quantity.notation import notate
from suyuan.talent.contest.chart import first_signal
from suyuan.talent.contest.grading import grade
from suyuan.talent.contest.rubric import rubrics
from suyuan.talent.contest.stream import Stream, key
from suyuan.talent.contest.tasks import templates
from suyuan.talent.contest.variants import Variant, variant, variants

SEED = b"a seed of the tests"
NAMES = sorted(templates())


def right_answer(v: Variant) -> dict[str, object]:
    """What a person writes who made no mistake."""
    truth = v.truth
    if not v.template.k:
        return {"value": f"{truth.value:.2f}", "unit": v.template.unit, "decision": truth.decision}
    written = notate(truth.value, truth.U, v.template.unit)
    value = (written.value_digits or "").replace("−", "-")
    unit, exponent = v.template.unit, written.exponent
    assert exponent == 0
    made: dict[str, object] = {
        "value": value, "U": written.uncertainty_digits, "k": f"{truth.k:.2f}", "unit": unit,
        "result": f"({value} ± {written.uncertainty_digits}) {unit}, k = {truth.k:.2f}",
        "budget": [{"name": n, "u": repr(u)} for n, u in (truth.budget or {}).items()],
    }  # fmt: skip
    if truth.decision:
        made["decision"] = truth.decision
    if truth.extra is not None:
        made["extra"] = f"{truth.extra:.6f}"
    return made


def test_at_least_ten_templates_over_several_fields() -> None:
    assert len(NAMES) >= 13
    assert len({t.topic for t in templates().values()}) >= 9
    for template in templates().values():
        assert template.rule["status"] == "proposed"
        for text in (template.title, template.text):
            assert set(text) == {"zh", "en"}


@pytest.mark.parametrize("name", NAMES)
def test_a_variant_is_reproducible_and_every_person_has_another(name: str) -> None:
    first, again = variant(name, SEED, "p1"), variant(name, SEED, "p1")
    assert first == again
    others = [variant(name, SEED, f"p{i}") for i in range(2, 22)]
    assert len({repr(v.inputs) for v in (first, *others)}) == 21
    assert variant(name, b"another seed", "p1") != first
    assert variant(name, SEED, "p1", 1) != first
    shown = first.to_json()
    assert "truth" not in shown and "{" not in shown["text"]["zh"] + shown["text"]["en"]


def test_the_stream_is_fixed_for_ever() -> None:
    """Readings of an old contest must come out again: these numbers may never change."""
    drawn = Stream(key("suyuan", "contest")).uniform(3)
    assert drawn.round(6).tolist() == FIXED
    many = Stream(key("many"))
    assert abs(float(np.mean(many.normal(4000)))) < 0.06 and abs(float(np.std(many.normal(4000))) - 1.0) < 0.04
    assert sorted(Stream(key("x")).shuffled("abcdef")) == list("abcdef")


FIXED = [0.704519, 0.294792, 0.473881]


@pytest.mark.parametrize("name", NAMES)
def test_the_right_answer_earns_everything(name: str) -> None:
    for i in range(12):
        v = variant(name, SEED, f"right {i}")
        found = grade(v, right_answer(v), rubrics()["general"])
        assert found.passed, (v.id, found.to_json())
        assert not found.slips, (v.id, [s.code for s in found.slips])
        assert not found.findings, [f.code for f in found.findings]
        assert found.mark == pytest.approx(100.0), (v.id, found.parts)


@pytest.mark.parametrize("name", NAMES)
def test_variants_are_equally_hard(name: str) -> None:
    """Same inputs, same number of readings, clear decisions, and uncertainties of one size."""
    made = [variant(name, SEED, f"h{i}") for i in range(40)]
    assert len({(tuple(v.inputs), tuple(one.n for one in v.inputs.values())) for v in made}) == 1
    assert len({frozenset(v.truth.budget or {}) for v in made}) == 1
    U = np.array([v.truth.U for v in made])
    if made[0].template.k:
        assert U.max() <= 3.0 * U.min()
        assert all(abs(v.truth.value - v.truth.true) <= v.truth.U for v in made)
    for v in made:
        for limit in (v.truth.lower, v.truth.upper):
            if limit is not None and v.template.decision["rule"] == "guard":
                assert min(abs(v.truth.value - limit + s * v.truth.U) for s in (-1, 1)) >= 0.15 * v.truth.U


@pytest.mark.parametrize("name", [n for n in NAMES if templates()[n].k])
def test_U_covers_the_truth_about_as_often_as_it_says(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """Drawn without the condition that the right answer lies within U, it does so in most, not in all variants."""
    from suyuan.talent.contest import variants as room

    row, inside, drawn = templates()[name], 0, 0
    monkeypatch.setattr(room, "SEEN", 0.0)
    monkeypatch.setattr(room, "CLEAR", 0.0)
    monkeypatch.setattr(room, "TYPICAL", (0.0, 99.0))
    for i in range(200):
        made = room._draw(row, Stream(key("cover", name, str(i))), "x", "p")
        drawn += 1
        inside += made is not None
    if row.decision.get("rule") in (None, "guard"):
        assert 0.88 <= inside / drawn <= 1.0


def test_the_budget_adds_up_to_the_right_u() -> None:
    for name in NAMES:
        v = variant(name, SEED, "sum")
        if v.template.k and name != "correlated_weights":
            assert math.hypot(*(v.truth.budget or {}).values()) == pytest.approx(v.truth.u)
    v = variant("correlated_weights", SEED, "sum")
    b = dict(v.truth.budget or {})
    u2 = sum(u * u for u in b.values()) + 2.0 * 0.8 * b["e_1.certificate"] * b["e_2.certificate"]
    assert math.sqrt(u2) == pytest.approx(v.truth.u)


def test_the_fitted_line_is_that_of_the_kernel() -> None:
    v = variant("balance_linearity", SEED, "line")
    loads = [40.0, 80.0, 120.0, 160.0, 200.0]
    errors = [v.inputs[f"x{i}"].value - v.inputs[f"c{i}"].value for i in range(1, 6)]
    slope, intercept = np.polyfit(loads, errors, 1)
    assert intercept + slope * 100.0 == pytest.approx(v.truth.value)


def test_what_is_not_known_is_refused() -> None:
    with pytest.raises(Refused) as refused:
        variant("no such task", SEED, "p")
    assert refused.value.findings[0].code == "contest.template.unknown"


def test_two_of_one_template_differ() -> None:
    a, b = variants(["mass_abba", "mass_abba"], SEED, "p")
    assert a.id == "mass_abba/0" and b.id == "mass_abba/1" and a.inputs != b.inputs


@pytest.mark.parametrize(
    ("points", "expected"),
    [([0, 1, -1], 0), ([0, 3.2, 0], 2), ([2.1, 0, 2.5], 3), ([2.1, 0, 0, 2.5], 0), ([2.1, -2.5, 0], 0)],
)
def test_signals_of_a_chart(points: list[float], expected: int) -> None:
    assert first_signal(points, 0.0, 1.0)[0] == expected


@pytest.mark.parametrize("name", [n for n in NAMES if templates()[n].k])
def test_the_right_u_is_that_of_a_simulation(name: str) -> None:
    """Inputs drawn with their components, the model evaluated on the draws, without the kernel's derivatives."""
    v = variant(name, SEED, "simulated")
    rng, n = np.random.default_rng(7), 200_000
    drawn: dict[str, object] = {}
    for one in v.inputs.values():
        x = np.full(n, one.value)
        for _, (u, _, shape) in one.components().items():
            z = rng.uniform(-math.sqrt(3.0), math.sqrt(3.0), n) if shape == "rectangular" else rng.standard_normal(n)
            x = x + u * z
        drawn[one.name] = x
    if name == "correlated_weights":
        a, b = rng.multivariate_normal([0.0, 0.0], [[1.0, 0.8], [0.8, 1.0]], n).T
        drawn["e_1"] = v.inputs["e_1"].value + 0.4 * a
        drawn["e_2"] = v.inputs["e_2"].value + 0.4 * b
    y = Formula(v.template.formula).evaluate(drawn)
    assert float(np.std(y)) == pytest.approx(v.truth.u, rel=0.01)
    assert float(np.mean(y)) == pytest.approx(v.truth.value, abs=0.02 * v.truth.u)
