"""Cases of monitoring: equations of 40 CFR 75, admitted codes, tiers, substitution, and tables of hourly records."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from datetime import date
from typing import Any

import numpy as np
from numpy.typing import NDArray

from suyuan.carbon.monitoring import hourly
from suyuan.carbon.monitoring.equation import EQUATIONS, LIMITS, evaluated
from suyuan.carbon.monitoring.lost import part75
from suyuan.carbon.monitoring.lost.substitution import Gap, Series, Substitute, substitute, taken_out
from suyuan.carbon.rule import Rules
from suyuan.quantity.finding import Finding
from suyuan.verbs.assurance.form import Answer, StudyForm, answered, asked_of
from suyuan.verbs.carbon.files import Files, kept, numbers, table
from suyuan.verbs.carbon.quality import in_force, used
from suyuan.verbs.document import number_in
from suyuan.verbs.wants import absent_or_wrong

Array = NDArray[Any]
TABLES: Mapping[str, tuple[str, date]] = {
    "601/2012 annex II table 1": ("EU 601/2012", date(2020, 12, 31)),
    "2018/2066 annex VIII table 1": ("EU 2018/2066", date(2024, 1, 1)),
}
"""Table of tiers → scheme, and a day on which it is in force."""
RULE_SETS = {"HJ 75": "HJ 75-2017", "Part 75": "40 CFR 75", "EU MRR": "EU 2018/2066"}


def part75_equation(body: Mapping[str, Any], files: Files | None = None) -> Answer:
    """What an equation of appendix F gives.

    >>> case = {"equation": "F-15", "flow_scfh": 64e6, "co2_percent": 11.8, "Fc": 1800}
    >>> round(part75_equation(case)["heat_input_rate"], 3)
    4195.556
    """
    form = StudyForm(body, ("equation", *LIMITS, "day"))
    name = form.body.get("equation")
    if name not in EQUATIONS:
        form.add(absent_or_wrong(form.body, "equation", "/input", "one_of", choices=", ".join(EQUATIONS)))
        form.done()
    asked = EQUATIONS[str(name)]
    given = {}
    for key in asked.inputs:
        value, (low, high) = number_in(form.body.get(key)), LIMITS[key]
        if not low <= value <= high:
            form.add(absent_or_wrong(form.body, key, "/input", "number_from_to", low=f"{low:g}", high=f"{high:g}"))
        given[key] = value
    law = in_force(form, "40 CFR 75")
    form.done()
    return answered(form, {asked.result: evaluated(law, str(name), given), "basis": asked.basis, "rules": used(law)},
                    ())  # fmt: skip


def part75_method_code(body: Mapping[str, Any], files: Files | None = None) -> Answer:
    """The method codes that are admitted at an availability."""
    form = StudyForm(body, ("availability_percent", "codes", "day"))
    level = _percent(form, form.body.get("availability_percent"), "/input/availability_percent")
    codes = _names(form, "codes")
    law = in_force(form, "40 CFR 75")
    form.done()
    allowed = asked_of(lambda: part75.admitted_codes(law, level, codes))
    return answered(form, {"allowed": list(allowed), "rules": used(law)}, ())


def part75_initial_hours(body: Mapping[str, Any], files: Files | None = None) -> Answer:
    """Quality-assured hours under the initial rule."""
    form = StudyForm(body, ("parameters", "day"))
    names = _names(form, "parameters")
    law = in_force(form, "40 CFR 75")
    form.done()
    hours = asked_of(lambda: part75.initial_hours(law, names))
    return answered(form, {"hours": list(hours), "rules": used(law)}, ())


def tier_limits(body: Mapping[str, Any], files: Files | None = None) -> Answer:
    """Largest uncertainty by tier, in percent, from tier 1 upward.

    >>> tier_limits({"table": "2018/2066 annex VIII table 1", "subject": "N2O"})["limits"]
    [10.0, 7.5, 5.0]
    """
    form = StudyForm(body, ("table", "subject", "day"))
    name = form.body.get("table")
    if name not in TABLES:
        form.add(absent_or_wrong(form.body, "table", "/input", "one_of", choices=", ".join(TABLES)))
        form.done()
    scheme, day = TABLES[str(name)]
    law = in_force(form, scheme, day)
    known = [row.partition(".")[2] for row in law.rows if row.startswith("tier_limits.")]
    subject = form.body.get("subject")
    if subject not in known:
        form.add(absent_or_wrong(form.body, "subject", "/input", "one_of", choices=", ".join(known)))
    form.done()
    return answered(form, {"limits": list(law.value(f"tier_limits.{subject}")), "rules": used(law)}, ())


def substitution(body: Mapping[str, Any], files: Files | None = None) -> Answer:
    """What the lost hours of gaps are replaced by, for each availability; without gaps (EU MRR) one value for all.

    A value is null where there is nothing to make it of; a finding says why.
    """
    names = ("rule_set", "filter", "column", "gaps", "availability_percent", "potential", "day")
    form = StudyForm(body, names)
    name = form.body.get("rule_set")
    if name not in RULE_SETS:
        form.add(absent_or_wrong(form.body, "rule_set", "/input", "one_of", choices=", ".join(RULE_SETS)))
        form.done()
    potential = form.optional("potential")
    law = in_force(form, RULE_SETS[str(name)])
    columns = table(form.body, files)
    column = numbers(columns, form.body.get("column"), "/input/column", str(form.body.get("file")))
    if name == "EU MRR":
        form.done()
        return _by_mean(form, law, column)
    gaps, levels = _gaps(form), _levels(form)
    form.done()
    series = asked_of(lambda: taken_out(column, gaps))
    series = Series(series.value, series.valid, potential)
    rows: list[list[float | None]] = []
    told: list[Finding] = []
    for level in levels:
        found = [substitute(law, series, Gap(*gap), level) for gap in gaps]
        rows.append([_value(one) for one, _ in found])
        told += [item for _, items in found for item in items]
    return answered(form, {"substitute": rows, "rules": used(law)}, told)


def _by_mean(form: StudyForm, law: Rules, column: Array) -> Answer:
    series = Series(column, np.isfinite(column))
    made, told = substitute(law, series, Gap(0, 1), 100.0)
    found = hourly.statistics(column, ("n", "mean", "sd"))
    return answered(form, {**found, "substitute": _value(made), "rules": used(law)}, told)


def _value(made: Substitute) -> float | None:
    return made.value if made.known else None


def _gaps(form: StudyForm) -> list[tuple[int, int]]:
    given = form.body.get("gaps")
    if not isinstance(given, list) or not given:
        form.add(absent_or_wrong(form.body, "gaps", "/input", "rows", fields="[start, end)"))
        return []
    found = []
    for at, pair in enumerate(given):
        if not isinstance(pair, list) or len(pair) != 2:
            form.wrong(f"/input/gaps/{at}", "so_many_numbers", pair, count=2)
            continue
        start, stop = (form.whole(x, f"/input/gaps/{at}/{i}", 0, 2**31) for i, x in enumerate(pair))
        found.append((start, stop))
    return found


def _levels(form: StudyForm) -> list[float]:
    given = form.body.get("availability_percent")
    if not isinstance(given, list) or not given:
        form.add(absent_or_wrong(form.body, "availability_percent", "/input", "numbers"))
        return []
    return [_percent(form, x, f"/input/availability_percent/{at}") for at, x in enumerate(given)]


def _percent(form: StudyForm, given: Any, where: str) -> float:
    value = number_in(given)
    if not 0.0 <= value <= 100.0:
        form.wrong(where, "number_from_to", given, low="0", high="100")
    return value


def _names(form: StudyForm, field: str) -> Sequence[str]:
    given = form.body.get(field)
    if not isinstance(given, list) or not given or not all(isinstance(one, str) for one in given):
        form.add(absent_or_wrong(form.body, field, "/input", "names"))
        return ()
    return tuple(given)


def series_statistics(body: Mapping[str, Any], files: Files | None = None) -> Answer:
    """Statistics of columns of a table."""
    form = StudyForm(body, ("filter", "columns", "missing_code"))
    wanted = form.body.get("columns")
    choices = ", ".join(hourly.STATISTICS)
    if not isinstance(wanted, Mapping) or not wanted:
        form.add(absent_or_wrong(form.body, "columns", "/input", "object"))
        form.done()
    assert isinstance(wanted, Mapping)
    for column, asked in wanted.items():
        if not isinstance(asked, list) or not asked or any(one not in hourly.STATISTICS for one in asked):
            form.wrong(f"/input/columns/{column}", "some_of", asked, choices=choices)
    codes = _codes(form)
    form.done()
    columns, name = table(form.body, files), str(form.body.get("file"))
    found = {
        key: hourly.statistics(hourly.without_code(numbers(columns, key, f"/input/columns/{key}", name), codes), asked)
        for key, asked in wanted.items()
    }
    return answered(form, found, ())


def hourly_consistency(body: Mapping[str, Any], files: Files | None = None) -> Answer:
    """Whether a column is the product of others, hour by hour, and the sum of a column without what is missing."""
    form = StudyForm(body, ("filter", "missing_code", "result", "product", "sum_column"))
    factors = _names(form, "product")
    codes = _codes(form)
    form.done()
    columns, name = table(form.body, files), str(form.body.get("file"))

    def column(field: str, key: Any) -> Array:
        return hourly.without_code(numbers(columns, key, f"/input/{field}", name), codes)

    total = column("sum_column", form.body.get("sum_column"))
    found = hourly.consistency(
        column("result", form.body.get("result")), [column("product", one) for one in factors], total
    )
    answer = {
        "hours": found.rows, "compared": found.compared, "sum": found.total, "missing": found.missing,
        "max_relative_difference": found.max_relative_difference,
    }  # fmt: skip
    return answered(form, answer, ())


def _codes(form: StudyForm) -> list[float]:
    given = form.body.get("missing_code")
    codes = [] if given is None else given if isinstance(given, list) else [given]
    for at, code in enumerate(codes):
        if not math.isfinite(number_in(code)):
            form.wrong("/input/missing_code" + (f"/{at}" if isinstance(given, list) else ""), "number", code)
    return [number_in(code) for code in codes]


def emission_intensity(body: Mapping[str, Any], files: Files | None = None) -> Answer:
    """Sum of a mass, sum of a generation, and their ratio; empty cells do not count."""
    form = StudyForm(body, ("filter", "mass", "generation"))
    for key in ("mass", "generation"):
        if not isinstance(form.body.get(key), Mapping):
            form.add(absent_or_wrong(form.body, key, "/input", "object"))
    form.done()
    columns, name = table(form.body, files), str(form.body.get("file"))

    def column(key: str) -> Array:
        asked = form.body[key]
        rows = kept(columns, asked.get("filter"), f"/input/{key}/filter", name)
        return numbers(rows, asked.get("column"), f"/input/{key}/column", name)

    mass, generation = column("mass"), column("generation")
    return answered(form, asked_of(lambda: hourly.intensity(mass, generation)), ())
