"""`suyuan series`: readings as certificates correct them: one by one, by hour or day, as a whole; their windows."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Annotated, Any, Literal, cast

import typer

from suyuan.cli import measured, series_impact, series_windows, service
from suyuan.cli.command import Out
from suyuan.cli.language import term
from suyuan.cli.output import Answer, Page
from suyuan.quantity.finding import Refused, finding

if TYPE_CHECKING:
    from suyuan.series.gathered import Gathered
    from suyuan.series.summary import Resampled
    from suyuan.series.view import View

K = 2.0
"""Coverage factor of the expanded uncertainties that are shown; it is said beside them."""
KIND = Annotated[str, typer.Argument(metavar="hour|day", help=term("help.series.kind"))]


@dataclass(frozen=True, kw_only=True)
class Correct(measured.OfStream):
    """Corrected readings."""

    out: Out = None


@dataclass(frozen=True, kw_only=True)
class Resample(measured.OfStream):
    """Hours or days."""

    kind: KIND
    zone: measured.Zone = ""
    least: Annotated[str, typer.Option("--least", metavar="SHARE", help=term("help.series.least"))] = ""
    sum_: Annotated[bool, typer.Option("--sum", help=term("help.series.sum"))] = False
    engine: Annotated[str, typer.Option("--engine", metavar="ADDRESS", help=term("help.engine"))] = "duckdb"
    out: Out = None


@dataclass(frozen=True, kw_only=True)
class Total(measured.OfStream):
    """One number for a span."""

    what: Annotated[str, typer.Option("--what", metavar="mean|sum|integral", help=term("help.series.what"))] = "mean"
    longest: Annotated[str, typer.Option("--longest", metavar="SECONDS", help=term("help.series.longest"))] = ""


def correct(asked: Correct) -> Answer:
    """Each reading that counts: value, U, certificate, or why there is none."""
    from suyuan.lake.corrected import counting, views

    measured.check_out(asked.out)
    opened = measured.opened(asked.data)
    span, known, join = measured.span_of(asked, opened.lake), measured.known_at(asked.known), opened.join()
    found = counting(opened.lake, span)
    seen = views(found, join.corrections, known, span.u)
    columns = _columns(seen)
    if asked.out is not None:
        measured.write_table(asked.out, _arrow(columns))
    unit = seen[0].unit.symbol if seen else found.stream.unit
    values: dict[str, Any] = {
        "stream": span.stream, "unit": unit, "known": measured.iso(known), "readings": len(columns["time"]),
        "statuses": _statuses(seen), "k": K, "written": asked.out and str(asked.out),
    }  # fmt: skip
    if asked.out is None:
        times = [measured.iso(int(t)) for t in columns["time"]]
        values["columns"] = {n: [measured.worth(float(x)) for x in c] if c.dtype.kind == "f" else list(c)
                             for n, c in columns.items()} | {"time": times}  # fmt: skip

    def show(page: Page) -> None:
        page.title(f"{span.stream}  {found.stream.quantity}  {found.stream.instrument}".rstrip())
        page.facts(((term("series.known"), measured.shown_time(known)), *_status_facts(values["statuses"])))
        if asked.out is not None:
            page.text(service.written(asked.out))
            return
        rows = []
        for i in range(min(len(columns["time"]), measured.MOST)):
            value, U = measured.pair(float(columns["value"][i]), K * float(columns["u"][i]))
            rows.append([measured.shown_time(int(columns["time"][i])), columns["reading"][i], value, U,
                         measured.status(columns["status"][i]), columns["certificate"][i]])  # fmt: skip
        heads = service.columns("time", "reading", "value", "U", "status", "certificate")
        heads[1:4] = [f"{heads[1]}, {found.stream.unit}", f"{heads[2]}, {unit}", f"{heads[3]} (k=2)"]
        page.table(heads, rows, (1, 2, 3))
        page.text(measured.rest(measured.MOST, len(columns["time"])), "dim")

    told = (*join.findings, *found.findings, *(f for view in seen for f in view.findings))
    return Answer(values, show, measured.once(measured.about(told, join.findings, found.stream.instrument)))


def _columns(seen: tuple[View, ...]) -> dict[str, Any]:
    """All readings in the order of time. u: as far as it is known, at least so large."""
    import numpy as np

    from suyuan.series.asof import Status

    words = np.array([s.word for s in Status], dtype=object)
    parts: dict[str, list[Any]] = {}
    for view in seen:
        names = [one.certificate if one is not None else "" for one in view.windows.corrections]
        named = np.array([*names, ""], dtype=object)
        for name, column in {
            "time": view.block.time, "reading": view.block.value, "value": view.value, "u": view.u_known,
            "status": words[view.status], "certificate": named[view.window],
        }.items():  # fmt: skip
            parts.setdefault(name, []).append(column)
    if not parts:
        return {n: np.zeros(0) for n in ("time", "reading", "value", "u", "status", "certificate")}
    whole = {name: np.concatenate(columns) for name, columns in parts.items()}
    order = np.argsort(whole["time"], kind="stable")
    return {name: column[order] for name, column in whole.items()}


def _arrow(columns: dict[str, Any]) -> dict[str, Any]:
    import numpy as np
    import pyarrow as pa

    made: dict[str, Any] = {"time": pa.array(columns["time"].astype(np.int64), pa.timestamp("us", "UTC"))}
    for name in ("reading", "value", "u"):
        made[name] = pa.array(columns[name], mask=np.isnan(columns[name]))
    return made | {name: pa.array(columns[name].tolist(), pa.string()) for name in ("status", "certificate")}


def _statuses(seen: tuple[View, ...]) -> dict[str, int]:
    found: dict[str, int] = {}
    for view in seen:
        for status, count in view.counts.items():
            found[status.word] = found.get(status.word, 0) + count
    return found


def _status_facts(statuses: dict[str, int]) -> list[tuple[str, object]]:
    return [(measured.status(word), count) for word, count in statuses.items()]


# ---------------------------------------------------------------- hours, days, the whole


def resample(asked: Resample) -> Answer:
    """Means (or sums) by hour or day, with completeness, certificates and why there is no value."""
    from suyuan.lake.corrected import stream_of, sums_on
    from suyuan.lake.engine import open_engine
    from suyuan.series.periods import Periods
    from suyuan.series.summary import LEAST
    from suyuan.series.summary import resample as by_period

    if asked.kind not in ("hour", "day"):
        raise Refused(finding("series.periods.kind", "hour|day", given=asked.kind[:40]))
    measured.check_out(asked.out)
    opened = measured.opened(asked.data)
    span, known, join = measured.span_of(asked, opened.lake), measured.known_at(asked.known), opened.join()
    stream = stream_of(opened.lake, span.stream)
    least = measured.number_of(asked.least, "--least") if asked.least else (LEAST if stream.sampling else 0.0)
    periods = Periods(cast(Literal["hour", "day"], asked.kind), measured.zone_of(asked.zone))
    with open_engine(asked.engine) as engine:
        sums = sums_on(engine, opened.lake, span, join.corrections, known, periods)
    found = by_period(sums, stream, least or None, what="sum" if asked.sum_ else "mean")
    rows = _periods(found, sums)
    if asked.out is not None:
        measured.write_table(asked.out, _period_columns(rows, found))
    values: dict[str, Any] = {
        "stream": stream.id, "unit": found.unit.symbol, "known": measured.iso(known), "kind": asked.kind,
        "what": "sum" if asked.sum_ else "mean", "k": K, "least": least, "periods": len(rows),
        "valued": int(found.known.sum()), "written": asked.out and str(asked.out),
    }  # fmt: skip
    if asked.out is None:
        values["rows"] = rows

    def show(page: Page) -> None:
        page.title(f"{stream.id}  {stream.quantity}  {term('series.' + asked.kind)}")
        page.facts(((term("series.known"), measured.shown_time(known)), (term("series.least"), f"{least:.0%}")))
        if asked.out is not None:
            page.text(service.written(asked.out))
            return
        lines = []
        for i, row in enumerate(rows[: measured.MOST]):
            value, U = measured.pair(row["value"], row["U"])
            share = "" if row["completeness"] is None else f"{row['completeness']:.0%}"
            lines.append([measured.shown_time(int(found.begin[i]), periods.zone), value, U, share,
                          measured.status(row["status"]), ", ".join(row["certificates"])])  # fmt: skip
        heads = service.columns("time", "value", "U", "completeness", "status", "certificate")
        heads[1:3] = [f"{heads[1]}, {found.unit.symbol}", f"{heads[2]} (k=2)"]
        page.table(heads, lines, (1, 2, 3))
        page.text(measured.rest(measured.MOST, len(rows)), "dim")

    told = measured.about((*join.findings, *found.findings), join.findings, stream.instrument)
    return Answer(values, show, measured.once(told))


def _periods(found: Resampled, sums: Gathered) -> list[dict[str, Any]]:
    """One row a period. status: valid, else the commonest reason of its readings; incomplete where too few have one."""
    from suyuan.series.asof import Status

    number = {int(n): i for i, n in enumerate(found.number)}
    names: list[dict[str, None]] = [{} for _ in number]
    for period, rule in zip(sums.period.tolist(), sums.rule.tolist(), strict=True):
        names[number[period]][sums.rules[rule].correction.certificate] = None
    why = [(0, "missing" if n else "no_reading") for n in found.readings.tolist()]
    for period, status, count in zip(*(column.tolist() for column in sums.tally), strict=True):
        if status != Status.VALID and count > why[number[period]][0]:
            why[number[period]] = (count, Status(status).word)
    value, u, share = found.value, found.u, found.share
    rows = []
    for i in range(len(number)):
        status = "valid" if found.known[i] else "incomplete" if found.valued[i] else why[i][1]
        rows.append({
            "begin": measured.iso(int(found.begin[i])), "end": measured.iso(int(found.end[i])),
            "value": measured.worth(value[i]), "u": measured.worth(u[i]), "U": measured.worth(K * u[i]),
            "valued": int(found.valued[i]), "readings": int(found.readings[i]),
            "completeness": measured.worth(share[i]), "status": status, "certificates": list(names[i]),
        })  # fmt: skip
    return rows


def _period_columns(rows: list[dict[str, Any]], found: Resampled) -> dict[str, Any]:
    import pyarrow as pa

    made: dict[str, Any] = {name: pa.array(column, pa.timestamp("us", "UTC"))
                            for name, column in (("begin", found.begin), ("end", found.end))}  # fmt: skip
    for name in ("value", "u", "U", "completeness", "valued", "readings", "status"):
        made[name] = [row[name] for row in rows]
    return made | {"certificates": [", ".join(row["certificates"]) for row in rows]}


def total(asked: Total) -> Answer:
    """Mean, sum or time integral of a span, with what the certificates share, and their part in u."""
    import numpy as np

    from suyuan.lake.corrected import counting, sums, views
    from suyuan.quantity.block import variance
    from suyuan.series.summary import integral, mean
    from suyuan.series.summary import total as whole

    if asked.what not in ("mean", "sum", "integral"):
        raise Refused(finding("cli.series.what", "--what", given=asked.what[:40]))
    opened = measured.opened(asked.data)
    span, known, join = measured.span_of(asked, opened.lake), measured.known_at(asked.known), opened.join()
    found = counting(opened.lake, span)
    seen = views(found, join.corrections, known, span.u)
    values: dict[str, Any] = {"stream": span.stream, "what": asked.what, "known": measured.iso(known), "k": K,
                              "statuses": _statuses(seen)}  # fmt: skip
    if asked.what == "integral":
        if len(seen) != 1:
            raise Refused(finding("cli.series.integral", span.stream, blocks=len(seen)))
        step = found.stream.sampling
        longest = measured.number_of(asked.longest, "--longest") if asked.longest else 2.0 * step if step else None
        if longest is None:
            raise Refused(finding("cli.series.longest", "--longest"))
        made = integral(seen[0], longest)
        result, values["covered_s"], values["gaps"] = made.quantity, made.covered, made.gaps
    else:
        one = sums(found, seen, None)
        result = mean(one) if asked.what == "mean" else whole(one)
    u = float(result.u)
    budget = sorted(
        ((i.label or i.id[:8], float(np.sqrt(variance(result.blocks[i.id])))) for i in result.influences()),
        key=lambda row: -row[1],
    )
    values |= {"value": float(result.value), "u": u, "U": K * u, "unit": result.unit.symbol,
               "budget": [{"influence": name, "u": part} for name, part in budget]}  # fmt: skip

    def show(page: Page) -> None:
        from suyuan.quantity.notation import notate

        page.title(f"{span.stream}  {found.stream.quantity}  {term('series.' + asked.what)}")
        note = notate(values["value"], values["U"] or None, values["unit"])
        page.text(f"{note.pair}  (k = 2)", "bold")
        page.facts(((term("series.known"), measured.shown_time(known)), *_status_facts(values["statuses"])))
        page.table(service.columns("influence", "u"), [[n, measured.pair(0.0, p)[1]] for n, p in budget], (1,))

    told = (*join.findings, *found.findings, *(f for view in seen for f in view.findings))
    return Answer(values, show, measured.once(measured.about(told, join.findings, found.stream.instrument)))


COMMANDS: tuple[tuple[str, Any, Any], ...] = (
    ("correct", Correct, correct), ("resample", Resample, resample), ("total", Total, total),
    ("certificates", series_windows.Certificates, series_windows.certificates),
    ("propose", series_windows.Propose, series_windows.propose),
    ("changed", series_impact.Between, series_impact.changed), ("impact", series_impact.Event, series_impact.impact),
)  # fmt: skip
