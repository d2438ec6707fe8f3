"""`suyuan carbon cems`: the monitored stacks of a plant's year: hours, capture, substituted hours, months, budget."""

from __future__ import annotations

import math
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from suyuan.cli import reading
from suyuan.cli.carbon import columns, plant_of
from suyuan.cli.carbon_budget import budget_json, show_budget
from suyuan.cli.carbon_tonnes import bounded, estimate, spread, tonnes
from suyuan.cli.command import Data
from suyuan.cli.language import one_of, term
from suyuan.cli.measured import worth
from suyuan.cli.output import Answer, Page
from suyuan.cli.register_files import is_table
from suyuan.quantity.finding import Refused, finding

if TYPE_CHECKING:
    from suyuan.carbon.monitoring.year.year import StackYear
    from suyuan.verbs.carbon.monitored import Lost, Stacked

ROOMS = ("suyuan.verbs.carbon.monitoring", "suyuan.verbs.carbon.quality")
"""Where the kinds of case of monitoring live."""
MOST = 20
"""Runs of lost hours that a terminal shows; `--json` has them all."""


@dataclass(frozen=True, kw_only=True)
class AskStacks:
    """A plant's year, or a case of monitoring."""

    file: Annotated[Path, typer.Argument(metavar="PLANT|CASE", help=term("help.carbon.cems_file"))]
    data: Data = None
    day: Annotated[str, typer.Option("--day", metavar="YYYY-MM-DD", help=term("help.carbon.known"))] = ""
    engine: Annotated[str, typer.Option("--engine", metavar="ADDRESS", help=term("help.engine"))] = ""


def cems(asked: AskStacks) -> Answer:
    """The year of each stack, or the answer to a case."""
    if not is_table(asked.file) and "kind" in reading.read_object(asked.file):
        from suyuan.cli.carbon_forest import case_answer

        return case_answer(asked.file, ROOMS)
    from suyuan.cli.carbon_stacks import stacks_of

    plant, told = plant_of(asked.file)
    if not plant.content.get("stacks"):
        raise Refused(finding("carbon.stack.none", str(asked.file)))
    day = reading.read_day(asked.day, "--day") or plant.made
    years, more = stacks_of(plant, asked.file, asked.data, day, asked.engine)
    found = (*told, *more, *(reading.in_file(item, asked.file) for one in years for item in one.findings))
    values = {"enterprise": plant.enterprise, "unit": plant.unit, "year": plant.year, "known": day,
              "stacks": [stack_json(one) for one in years]}  # fmt: skip

    def show(page: Page) -> None:
        for one in years:
            page.title(f"{plant.enterprise}  {plant.unit}  {plant.year}  {one.year.stack}  {one.year.scheme}")
            _stack(page, one)

    return Answer(values, show, tuple(dict.fromkeys(found)))


def stack_json(one: Stacked) -> dict[str, Any]:
    """A stack's year as plain values; hours that nothing replaces are null, not zero."""
    from suyuan.quantity.budget import by_certificate, by_influence
    from suyuan.verbs.carbon.accuracy import accuracies, accuracy_fields
    from suyuan.verbs.carbon.monitored import evidence_of, lost_runs

    year = one.year
    legal, best = year.by_month("legal"), year.by_month("best")
    total, missing, unknown = year.total("best"), year.missing("legal"), year.missing("best")
    return {
        "stack": year.stack, "scheme": year.scheme, "complete": year.complete, "hours": _hours(one),
        "capture": {str(quarter): worth(share) for quarter, share in year.capture.items()},
        "legal": worth(float(year.total("legal").value)), "best": worth(float(total.value)), "u": worth(float(total.u)),
        "unit": "tCO2", "missing_hours": one.missing, "unknown_hours": one.unknown,
        "methods": [{"method": name, "hours": hours, "tonnes": t} for name, (hours, t) in year.shares.items()],
        "months": [{"month": month, "legal": worth(float(legal.value[at])), "best": worth(float(best.value[at])),
                    "u": worth(float(best.u[at])), "missing_hours": float(missing[at]),
                    "unknown_hours": float(unknown[at])} for at, month in enumerate(year.asked)],
        "lost": [_lost_json(run) for run in lost_runs(year)],
        "certificates": budget_json(by_certificate(total)), "influences": budget_json(by_influence(total)),
        "evidence": [{"role": e.role, "issuer": e.issuer, "number": e.number, "months": list(e.months)}
                     for e in evidence_of(year)],
        "tests": [accuracy_fields(test) for test in accuracies([one.filed])],
        "rows": [{"id": row["id"], "value": row.get("value"), "status": row["status"]} for row in year.used],
    }  # fmt: skip


def _hours(one: Stacked) -> dict[str, float]:
    """Hours of the year, those in which the unit ran, those that were measured, and those without any legal value."""
    import numpy as np

    year = one.year
    ran = year.operating > 0.0
    measured = ran & ~np.isnan(year.value)
    return {"calendar": len(year.calendar), "running": int(ran.sum()), "measured": int(measured.sum()),
            "substituted": int((ran & ~measured & ~np.isnan(year.legal)).sum()),
            "missing": int((ran & np.isnan(year.legal)).sum())}  # fmt: skip


def _lost_json(run: Lost) -> dict[str, Any]:
    return {"begin": run.begin, "hours": run.hours, "reason": run.reason, "row": run.row, "rate": worth(run.rate),
            "best": worth(run.best), "unit": "t/h"}  # fmt: skip


def _stack(page: Page, one: Stacked) -> None:
    from suyuan.quantity.budget import by_certificate
    from suyuan.verbs.carbon.monitored import lost_runs

    year = one.year
    total, value, U = (sum_of := year.total("best")), float(sum_of.value), 2 * float(sum_of.u)
    page.text(term("carbon.total", legal=tonnes(float(year.total("legal").value)), best=estimate(value, U),
                   U=bounded(U)), "bold")  # fmt: skip
    if one.missing or one.unknown:
        page.text(term("carbon.incomplete", missing=f"{one.missing:.6g}", unknown=f"{one.unknown:.6g}"), "bold red")
    page.facts([(term(f"carbon.hours.{name}"), f"{count} h") for name, count in _hours(one).items()])
    page.facts([(term("carbon.capture", quarter=quarter), f"{share:.2f} %") for quarter, share in year.capture.items()
                if math.isfinite(share)])  # fmt: skip
    _months(page, year)
    runs = sorted(lost_runs(year), key=lambda run: -run.hours)  # those that matter first
    if runs:
        page.title(term("carbon.lost", count=len(runs), hours=sum(run.hours for run in runs)))
        page.table(columns("carbon.begin", "carbon.lost_hours", "carbon.reason", "carbon.row", "carbon.legal_rate",
                           "carbon.best_rate"), [
            [run.begin, run.hours, term(f"carbon.reason.{run.reason}"), run.row, _rate(run.rate), _rate(run.best)]
            for run in runs[:MOST]
        ], (1, 4, 5))  # fmt: skip
        if len(runs) > MOST:
            page.text(term("carbon.lost_more", count=len(runs) - MOST, hours=sum(run.hours for run in runs[MOST:])))
    _tests(page, one)
    show_budget(page, by_certificate(total), "certificate")


def _months(page: Page, year: StackYear) -> None:
    """Legal value, best estimate and U by month, with the running hours that either leaves out."""
    legal, best = year.by_month("legal").value.tolist(), year.by_month("best")
    lacking = year.missing("legal").tolist(), year.missing("best").tolist()
    rows = []
    for month, t, value, u, *hours in zip(year.asked, legal, best.value.tolist(), best.u.tolist(), *lacking,
                                          strict=True):  # fmt: skip
        U = 2 * u if math.isfinite(value) else math.nan
        rows.append([month, tonnes(t), estimate(value, U), spread(U), " / ".join(f"{n:.6g}" if n else "—" for n in
                                                                                  hours)])  # fmt: skip
    page.table(columns("carbon.month", "carbon.legal", "carbon.best", "carbon.U", "carbon.lacking"), rows,
               (0, 1, 2, 3, 4))  # fmt: skip


def _tests(page: Page, one: Stacked) -> None:
    """The accuracy tests of its channels, and when the next is due."""
    from suyuan.carbon.words import word
    from suyuan.verbs.carbon.accuracy import accuracies

    found = accuracies([one.filed])
    if not found:
        return
    page.title(term("carbon.tests"))
    names = ("channel", "test", "day", "judged", "value", "limit", "outcome", "until")
    page.table(columns(*("carbon.day" if name == "day" else f"carbon.tests.{name}" for name in names)), [
        [one_of(word("channel", test.role)), one_of(word("test", test.kind)), test.day.isoformat(),
         term(f"carbon.tests.{test.measure}"), f"{test.value:.3g} {test.unit}",
         term("carbon.unknown") if test.limit is None else f"{test.limit:.3g} {test.unit}",
         (term(f"carbon.tests.{test.outcome}"), "red" if test.outcome == "failed" else ""),
         test.until.isoformat() if test.until else term("carbon.unknown")]
        for test in found
    ], (4, 5))  # fmt: skip


def _rate(value: float) -> str:
    return f"{value:.4g}" if math.isfinite(value) else term("carbon.missing")


COMMANDS = (("cems", AskStacks, cems),)
