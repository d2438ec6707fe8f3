"""Cases of totals: a fuel's year with shared and independent components, stacks with one gas standard, cross-check."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from suyuan.carbon.claim.check import of_numbers
from suyuan.carbon.component import Component, apart, with_components
from suyuan.carbon.fuel.calculation import by_carbon
from suyuan.quantity.budget import by_influence
from suyuan.quantity.influence import Source
from suyuan.verbs.assurance.form import Answer, StudyForm, answered, asked_of
from suyuan.verbs.carbon.files import Files
from suyuan.verbs.document import number_in
from suyuan.verbs.wants import absent_or_wrong, wrong

FIELDS = ("name", "u_rel", "shared", "of", "issuer", "number", "place")
FACTORS = ("fuel", "carbon", "oxidation")


def fuel_emission_uncertainty(body: Mapping[str, Any], files: Files | None = None) -> Answer:
    """The year's emission of a fuel by months, its u, and what u would be if every component were independent.

    >>> case = {"fuel_t": [100.0, 100.0], "carbon_fraction": [0.6, 0.6], "oxidation": 1.0,
    ...         "components": [{"name": "belt scale", "of": "fuel", "u_rel": 0.01, "shared": True}]}
    >>> found = fuel_emission_uncertainty(case)
    >>> round(found["u_percent"], 4), round(found["u_independent_percent"], 4)
    (1.0, 0.7071)
    """
    form = StudyForm(body, ("fuel_t", "carbon_fraction", "oxidation", "components"))
    fuel, carbon = _column(form, "fuel_t"), _column(form, "carbon_fraction")
    oxidation = form.number("oxidation")
    parts = components(form, FACTORS)
    if not form.findings and len(fuel) != len(carbon):
        form.wrong("/input/carbon_fraction", "so_many_numbers", form.body["carbon_fraction"], count=len(fuel))
    form.done()
    months = asked_of(lambda: by_carbon(fuel, carbon, oxidation)).emission
    return answered(form, _total(months, parts, "t"), ())


def stack_total(body: Mapping[str, Any], files: Files | None = None) -> Answer:
    """The sum of several stacks or plants, its u, and what u would be if every component were independent."""
    form = StudyForm(body, ("totals", "components"))
    totals, parts = _column(form, "totals"), components(form)
    form.done()
    return answered(form, _total(totals, parts, form.unit or "t"), ())


def cross_check(body: Mapping[str, Any], files: Files | None = None) -> Answer:
    """Monitored against calculated total: difference, ζ, En, correlation and verdict."""
    form = StudyForm(body, ("monitored", "calculated", "covariance"))
    first, second = _valued(form, "monitored"), _valued(form, "calculated")
    joint = form.optional("covariance", 0.0)
    form.done()
    found = asked_of(lambda: of_numbers(first, second, joint or 0.0, form.unit or "t"))
    answer = {name: getattr(found, name) for name in
              ("difference", "u_difference", "zeta", "En", "correlation", "verdict")}  # fmt: skip
    return answered(form, {**answer, "unit": form.unit or "t"}, found.findings)


def components(form: StudyForm, factors: Sequence[str] = ()) -> tuple[Component, ...]:
    """The components of a case; factors: what «of» may name, where it has to name something."""
    table = form.table("components", FIELDS)
    made = []
    for at, (_, row) in enumerate(table.rows):
        name, shared, of = row.get("name"), row.get("shared"), row.get("of", "")
        if not isinstance(name, str) or not name.strip():
            form.add(absent_or_wrong(row, "name", table.place(at, "")[:-1], "text"))
        if not isinstance(shared, bool):
            form.add(absent_or_wrong(row, "shared", table.place(at, "")[:-1], "truth"))
        if factors and of not in factors:
            form.add(absent_or_wrong(row, "of", table.place(at, "")[:-1], "one_of", choices=", ".join(factors)))
        u = number_in(row.get("u_rel"))
        if not (math.isfinite(u) and u >= 0.0):
            form.add(absent_or_wrong(row, "u_rel", table.place(at, "")[:-1], "number_from", low="0"))
            continue
        source = Source(*(str(row.get(key, "")) for key in ("issuer", "number", "place")))
        made.append(Component(str(name), u, shared is True, str(of), source))
    return tuple(made)


def _total(values: np.ndarray, parts: Sequence[Component], unit: str) -> dict[str, Any]:
    total, independent = (with_components(values, some, unit).sum() for some in (parts, apart(parts)))
    value, spread = float(total.value), {"u": float(total.u), "u_independent": float(independent.u)}
    answer: dict[str, Any] = {"total": value, "unit": unit, **spread}
    if value:
        answer |= {f"{key}_percent": 100.0 * u / abs(value) for key, u in spread.items()}
    budget = [{"name": row.name, "contribution": row.contribution, "share": row.share} for row in by_influence(total)]
    return {**answer, "budget": budget}


def _column(form: StudyForm, name: str) -> np.ndarray:
    given = form.body.get(name)
    values = [number_in(one) for one in given] if isinstance(given, list) else []
    if not values:
        form.add(absent_or_wrong(form.body, name, "/input", "numbers"))
    for at, value in enumerate(values):
        if not (math.isfinite(value) and value >= 0.0):
            form.add(
                wrong(f"/input/{name}/{at}", "number_from", given[at] if isinstance(given, list) else None, low="0")
            )
    return np.array(values)


def _valued(form: StudyForm, name: str) -> tuple[float, float]:
    given = form.body.get(name)
    if not isinstance(given, Mapping):
        form.add(absent_or_wrong(form.body, name, "/input", "object"))
        return math.nan, math.nan
    value, u = number_in(given.get("value")), number_in(given.get("u"))
    if not math.isfinite(value):
        form.add(absent_or_wrong(given, "value", f"/input/{name}", "number"))
    if not (math.isfinite(u) and u >= 0.0):
        form.add(absent_or_wrong(given, "u", f"/input/{name}", "number_from", low="0"))
    return value, u
