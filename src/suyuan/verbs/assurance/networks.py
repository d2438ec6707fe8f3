"""Cases of instruments in the field: meters by energy balance, sensors beside a reference."""

from __future__ import annotations

import math
import re
from collections.abc import Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray

from suyuan.assurance.colocation import colocation as fitted
from suyuan.assurance.colocation import month_of
from suyuan.assurance.energy_balance import Flag
from suyuan.assurance.energy_balance import energy_balance as balance
from suyuan.quantity.finding import Refused, finding
from suyuan.quantity.quantity import Quantity
from suyuan.quantity.unit import ONE
from suyuan.verbs.assurance.form import Answer, StudyForm, answered, asked_of
from suyuan.verbs.document import number_in
from suyuan.verbs.wants import wrong

W = "/input"


def energy_balance(body: Mapping[str, Any]) -> Answer:
    """n_meters, n_days, error_percent, u_error_percent, residual_sd, fixed_loss, quadratic_coefficient, flagged; also
    meters, inflation, condition, dof, findings.

    master; meters: name → energies; flag {k, limit_percent}; master_error_percent? {value, u} of its certificate.
    Raises Refused.
    """
    form = StudyForm(body, ("master", "meters", "flag", "master_error_percent"))
    form.required("master", "meters")
    flag = _flag(form)
    error = form.reference("master_error_percent") if "master_error_percent" in form.body else None
    form.done()
    # the error is a share, whatever the unit of the energies
    master_error = error.relabelled(ONE) * 0.01 if isinstance(error, Quantity) else None
    found, told = asked_of(
        lambda: balance(form.body["master"], form.body["meters"], flag, master_error, form.unit or "1", W)
    )
    answer = {
        "n_meters": len(found.meters), "n_days": found.n_days, "meters": found.meters,
        "error_percent": found.error_percent, "u_error_percent": found.u_error_percent,
        "residual_sd": found.residual_sd, "fixed_loss": found.fixed_loss.value, "u_fixed_loss": found.fixed_loss.u,
        "quadratic_coefficient": found.quadratic_coefficient.value,
        "u_quadratic_coefficient": found.quadratic_coefficient.u, "flagged": found.flagged, "dof": found.dof,
        "inflation": dict(zip(found.meters, found.inflation.tolist(), strict=True)), "condition": found.condition,
    }  # fmt: skip
    return answered(form, answer, told)


def colocation(body: Mapping[str, Any]) -> Answer:
    """n_rows, first, last, n_missing, fit {n, slope, intercept, R_squared, …}, bias (month → mean of fitted −
    reference), u_bias, valid_from, valid_until, findings.

    date, time, reference, sensor; missing?, fit_months?, bias_months?, count_missing?; reference_error? {value, u}
    common to all values of the reference. Raises Refused.
    """
    fields = ("date", "time", "reference", "sensor", "missing", "fit_months", "bias_months", "count_missing",
              "reference_error")  # fmt: skip
    form = StudyForm(body, fields)
    form.required("date", "reference", "sensor")
    missing = number_in(form.body.get("missing"))
    error = form.reference("reference_error") if "reference_error" in form.body else None
    chosen, compared = _months(form, "fit_months"), _months(form, "bias_months")
    form.done()
    times = asked_of(lambda: moments(form.body["date"], form.body.get("time"), "/input.date"))
    r, x = (_values(form, name, missing) for name in ("reference", "sensor"))
    form.done()
    common = error if isinstance(error, Quantity) else None
    found, told = asked_of(lambda: fitted(times, r, x, chosen, common, form.unit or "1", W))
    line = found.line
    answer: Answer = {
        "n_rows": found.n_rows, "first": _said(found.first), "last": _said(found.last),
        "n_missing": _n_missing(form, {"reference": r, "sensor": x}),
        "fit": {
            "n": line.n, "slope": line.estimates[1], "intercept": line.estimates[0], "R_squared": found.R_squared,
            "u_slope": line.u[1], "u_intercept": line.u[0], "s": line.s, "low": found.low, "high": found.high,
        },
        "valid_from": _said(found.valid_from), "valid_until": _said(found.valid_until),
    }  # fmt: skip
    months = {m.month: m for m in found.months}
    if compared is not None:
        for i, name in enumerate(compared):
            if name not in months:
                ends = {"first": next(iter(months)), "last": list(months)[-1]}
                place = f"/input/bias_months/{i}"
                raise Refused(finding("assurance.colocation.no_month", place, "error", "", month=name, **ends))
        months = {name: months[name] for name in compared}
    answer["bias"] = {name: m.bias.value for name, m in months.items()}
    answer["u_bias"] = {name: m.bias.u for name, m in months.items()}
    answer["n_bias"] = {name: m.n for name, m in months.items()}
    form.done()
    return answered(form, answer, told)


def moments(dates: Any, times: Any, where: str) -> NDArray[np.datetime64]:
    """Dates and times of day as datetime64[s]; one text may hold both. Raises Refused for what cannot be read.

    >>> moments(["2004-03-10", "11/03/2004", "31/03/2004"], ["18:00:00", "19.00.00", "20:30"], "date").tolist()[1].day
    11
    """
    ok = isinstance(dates, list) and (times is None or (isinstance(times, list) and len(times) == len(dates)))
    if not ok:
        sizes = f"date {len(dates) if isinstance(dates, list) else 0}, time {len(times or ())}"
        raise Refused(finding("assurance.study.lengths", where, lengths=sizes))
    day_first = any(_DAY_FIRST.fullmatch(str(d).strip()) for d in set(map(str, dates)))
    known = {text: _day(text, day_first) for text in set(map(str, dates))}
    clock = {text: _clock(text) for text in set(map(str, times or ()))}
    texts = [known[str(d)] + (f"T{clock[str(c)]}" if c is not None else "") for d, c in _paired(dates, times)]
    try:
        found = np.array(texts, "datetime64[s]")
    except ValueError:
        found = np.array([_moment(text) for text in texts], "datetime64[s]")
    bad = np.flatnonzero(np.isnat(found))
    if bad.size:
        i = int(bad[0])
        given = f"{dates[i]} {times[i] if times else ''}".strip()[:40]
        raise Refused(finding("assurance_studies.file.date", where, row=i + 1, given=given))
    return found


_ISO = re.compile(r"\d{4}-\d{2}-\d{2}([T ]\d{2}:\d{2}(:\d{2})?)?")
_DAY_FIRST = re.compile(r"(1[3-9]|2\d|3[01])/(\d{1,2})/(\d{4})")
_SLASHED = re.compile(r"(\d{1,2})/(\d{1,2})/(\d{4})")
_CLOCK = re.compile(r"(\d{1,2})[:.](\d{2})(?:[:.](\d{2}))?")


def _paired(dates: list[Any], times: Any) -> list[tuple[Any, Any]]:
    return list(zip(dates, times if times is not None else [None] * len(dates), strict=True))


def _day(text: str, day_first: bool) -> str:
    """A date as ISO; day/month/year only where some day above 12 in the column proves the order."""
    text = text.strip().replace("/", "-") if re.fullmatch(r"\d{4}/\d{2}/\d{2}.*", text.strip()) else text.strip()
    if _ISO.fullmatch(text):
        return text
    slashed = _SLASHED.fullmatch(text)
    return f"{slashed[3]}-{int(slashed[2]):02d}-{int(slashed[1]):02d}" if slashed and day_first else "NaT"


def _clock(text: str) -> str:
    found = _CLOCK.fullmatch(text.strip())
    return f"{int(found[1]):02d}:{found[2]}:{found[3] or '00'}" if found else "?"


def _moment(text: str) -> np.datetime64:
    try:
        return np.datetime64(text if "NaT" not in text else "NaT", "s")
    except ValueError:
        return np.datetime64("NaT", "s")


def _said(moment: np.datetime64) -> str:
    return str(moment.astype("datetime64[s]")).replace("T", " ")


def _values(form: StudyForm, name: str, missing: float) -> NDArray[np.float64]:
    """A column of numbers; null, nan and the missing code are nan."""
    given = form.body.get(name)
    if not isinstance(given, list):
        form.wrong(f"/input/{name}", "numbers", given)
        return np.zeros(0)
    if set(map(type, given)) <= {float}:
        array = np.array(given, np.float64)
    else:
        array = np.array([math.nan if v is None else number_in(v) for v in given])
        for i in [i for i, v in enumerate(given) if v is not None and not math.isfinite(number_in(v))][:20]:
            form.wrong(f"/input/{name}/{i}", "number", given[i])
    array[array == missing] = np.nan
    return array


def _n_missing(form: StudyForm, columns: Mapping[str, NDArray[np.float64]]) -> Answer:
    """Missing values of the columns asked for: counted where the file was read, else of the columns at hand."""
    asked = form.body.get("count_missing")
    if isinstance(asked, Mapping):
        return dict(asked)
    found: Answer = {}
    for i, name in enumerate(asked or ()):
        if name in columns:
            found[str(name)] = int(np.count_nonzero(np.isnan(columns[name])))
        else:
            form.wrong(f"/input/count_missing/{i}", "one_of", name, choices=", ".join(columns))
    return found


def _months(form: StudyForm, name: str) -> list[str] | None:
    given = form.body.get(name)
    if given is None:
        return None
    if not isinstance(given, list) or not given:
        form.wrong(f"/input/{name}", "names", given)
        return None
    for i, month in enumerate(given):
        try:
            month_of(month, f"/input/{name}/{i}")
        except Refused as refused:
            form.add(*refused.findings)
    return [str(month) for month in given]


def _flag(form: StudyForm) -> Flag:
    given = form.body.get("flag", {})
    if not isinstance(given, Mapping):
        form.wrong("/input/flag", "object", given)
        return Flag()
    values = {}
    for name in ("k", "limit_percent"):
        value = number_in(given.get(name, getattr(Flag(), name)))
        if not value > 0.0:
            form.add(wrong(f"/input/flag/{name}", "positive", given.get(name)))
            value = 1.0
        values[name] = value
    return Flag(values["k"], values["limit_percent"])
