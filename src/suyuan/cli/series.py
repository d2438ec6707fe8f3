"""`suyuan series correct` and `total`: readings as certificates correct them, one by one and as a whole."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Annotated, Any

import typer

from suyuan.cli import (
    measured,
    series_budget,
    series_detach,
    series_formula,
    series_impact,
    series_out,
    series_periods,
    series_said,
    series_windows,
    service,
)
from suyuan.cli.language import term
from suyuan.cli.output import Answer, Page
from suyuan.cli.series_said import K
from suyuan.quantity.finding import Finding, Refused, finding

if TYPE_CHECKING:
    from suyuan.lake.corrected import Counting
    from suyuan.quantity.quantity import Quantity
    from suyuan.series.gathered import Gathered
    from suyuan.series.stream import Stream
    from suyuan.series.view import View
    from suyuan.verbs.series.corrections import Join

FLAGS = "flagged_by"
"""Column of who speaks against a reading; in the table for people where somebody does."""


@dataclass(frozen=True, kw_only=True)
class Correct(measured.OfStream):
    """Corrected readings."""

    out: series_out.Out = None


@dataclass(frozen=True, kw_only=True)
class Total(measured.OfStream):
    """One number for a span."""

    what: Annotated[str, typer.Option("--what", metavar="mean|sum|integral", help=term("help.series.what"))] = "mean"
    longest: Annotated[str, typer.Option("--longest", metavar="SECONDS", help=term("help.series.longest"))] = ""
    engine: Annotated[str, typer.Option("--engine", metavar="ADDRESS", help=term("help.engine"))] = ""


def correct(asked: Correct) -> Answer:
    """Each reading that counts: value, U, certificate, or why there is none."""
    from suyuan.lake.corrected import counting, views

    series_out.check(asked.out)
    opened = measured.opened(asked.data)
    span, known, join = measured.span_of(asked, opened.lake), measured.known_at(asked.known), opened.join()
    found = counting(opened.lake, span)
    seen = views(found, join.corrections, known, span.u)
    columns, said = _columns(seen), series_said.of_views(span, seen)
    written: tuple[Finding, ...] = ()
    if asked.out is not None:
        written = series_out.write(asked.out, lambda: _arrow(columns), found.stream, seen)
    unit = seen[0].unit.symbol if seen else found.stream.unit
    values: dict[str, Any] = {
        "stream": span.stream, "unit": unit, "known": measured.iso(known), "readings": len(columns["time"]),
        "untimed": found.untimed, **said.values, "k": K, "written": asked.out and str(asked.out),
    }  # fmt: skip
    if asked.out is None:
        times = [measured.iso(int(t)) for t in columns["time"]]
        values["columns"] = {n: [measured.worth(float(x)) for x in c] if c.dtype.kind == "f" else list(c)
                             for n, c in columns.items()} | {"time": times}  # fmt: skip

    def show(page: Page) -> None:
        page.title(f"{span.stream}  {found.stream.quantity}  {found.stream.instrument}".rstrip())
        page.facts(((term("series.known"), measured.shown_time(known)), *said.facts))
        if asked.out is not None:
            page.text(service.written(asked.out))
            return
        _show(page, columns, found.stream, unit)
        page.text(measured.rest(measured.MOST, len(columns["time"])), "dim")

    return Answer(values, show, measured.once((*_told(opened, join, found, seen, said), *written)))


def _told(opened: Any, join: Any, found: Counting, seen: Sequence[View], said: series_said.Said) -> tuple[Finding, ...]:
    """All that is to be said of a result that is made of views."""
    from suyuan.lake.effect import spans
    from suyuan.series.asof import mixed

    mine = {block.instrument for block in found.blocks}
    beside = mixed(join.corrections, (one for one in spans(opened.lake) if one.instrument in mine))
    told = (*join.findings, *found.findings, *(f for view in seen for f in view.findings), *beside,
            *said.findings(opened, join))  # fmt: skip
    return measured.once(measured.about(told, join.findings, found.stream.instrument))


def _show(page: Page, columns: dict[str, Any], stream: Stream, unit: str) -> None:
    """The first readings; one that is missing is a word, not a number."""
    spoken = any(columns[FLAGS])
    rows = []
    for i in range(min(len(columns["time"]), measured.MOST)):
        value, U = measured.pair(float(columns["value"][i]), K * float(columns["u"][i]))
        read = float(columns["reading"][i])
        shown = measured.status("missing") if read != read else measured.printed(read, stream.resolution)
        row = [measured.shown_time(int(columns["time"][i])), shown, value, U, measured.status(columns["status"][i])]
        flags = ", ".join(term(f"data.{word}") for word in columns[FLAGS][i].split())
        rows.append([*row, *([flags] if spoken else []), columns["certificate"][i]])
    heads = measured.columns("time", "reading", "value", "U", "status", *((FLAGS,) if spoken else ()), "certificate")
    heads[1:4] = [f"{heads[1]}, {stream.unit}", f"{heads[2]}, {unit}", f"{heads[3]} (k=2)"]
    page.table(heads, rows, (1, 2, 3))


def _columns(seen: tuple[View, ...]) -> dict[str, Any]:
    """All readings in the order of time. u: as far as it is known, at least so large."""
    import numpy as np

    from suyuan.series.asof import Status
    from suyuan.series.quality.use import words_of

    words = np.array([s.word for s in Status], dtype=object)
    parts: dict[str, list[Any]] = {}
    for view in seen:
        names = [one.certificate if one is not None else "" for one in view.windows.corrections]
        named = np.array([*names, ""], dtype=object)
        for name, column in {
            "time": view.block.time, "reading": view.block.value, "value": view.value, "u": view.u_known,
            "status": words[view.status], "certificate": named[view.window],
            FLAGS: words_of(np.zeros(len(view), np.uint8) if view.marks is None else view.marks),
        }.items():  # fmt: skip
            parts.setdefault(name, []).append(column)
    if not parts:
        return {n: np.zeros(0) for n in ("time", "reading", "value", "u", "status", "certificate", FLAGS)}
    whole = {name: np.concatenate(columns) for name, columns in parts.items()}
    order = np.argsort(whole["time"], kind="stable")
    return {name: column[order] for name, column in whole.items()}


def _arrow(columns: dict[str, Any]) -> dict[str, Any]:
    import numpy as np
    import pyarrow as pa

    made: dict[str, Any] = {"time": pa.array(columns["time"].astype(np.int64), pa.timestamp("us", "UTC"))}
    for name in ("reading", "value", "u"):
        made[name] = pa.array(columns[name], mask=np.isnan(columns[name]))
    return made | {name: pa.array(columns[name].tolist(), pa.string()) for name in ("status", FLAGS, "certificate")}


@dataclass(frozen=True)
class _Whole:
    """A span as one: sums, the result, what is said of it, and what an integral covers."""

    stream: Stream
    sums: Gathered
    result: Quantity
    said: series_said.Said
    told: tuple[Finding, ...]
    more: dict[str, Any]


def _here(asked: Total, opened: measured.Opened, known: int, join: Join) -> _Whole:
    """From the readings themselves, on this machine."""
    from suyuan.lake.corrected import counting, sums, views
    from suyuan.series.summary import integral

    span = measured.span_of(asked, opened.lake)
    found = counting(opened.lake, span)
    seen = views(found, join.corrections, known, span.u)
    said = series_said.of_views(span, seen)
    more: dict[str, Any] = {"untimed": found.untimed}
    if asked.what == "integral":
        if len(seen) != 1:
            raise Refused(finding("cli.series.integral", span.stream, blocks=len(seen)))
        step = found.stream.sampling
        longest = measured.number_of(asked.longest, "--longest") if asked.longest else 2.0 * step if step else None
        if longest is None:
            raise Refused(finding("cli.series.longest", "--longest"))
        made = integral(seen[0], longest)
        result, one = made.quantity, made.sums
        more |= {"covered_s": made.covered, "gaps": made.gaps}
    else:
        one = sums(found, seen, None)
        result = _result(asked, one)
    return _Whole(found.stream, one, result, said, _told(opened, join, found, seen, said), more)


def _result(asked: Total, sums: Gathered) -> Quantity:
    from suyuan.series.summary import mean
    from suyuan.series.summary import total as whole

    return mean(sums) if asked.what == "mean" else whole(sums)


def _on_engine(asked: Total, opened: measured.Opened, known: int, join: Join) -> _Whole:
    """From sums that an engine makes; an integral weighs each reading with its neighbours, which it does not."""
    from suyuan.lake.corrected import stream_of, sums_on, without_time
    from suyuan.lake.engine import open_engine
    from suyuan.lake.readings import untimed_of

    if asked.what == "integral":
        raise Refused(finding("cli.series.engine", "--engine", what=f"--what {asked.what}"))
    span = measured.span_of(asked, opened.lake)
    stream = stream_of(opened.lake, span.stream)
    with open_engine(asked.engine) as engine:
        sums = sums_on(engine, opened.lake, span, join.corrections, known, None)
    untimed, said = untimed_of(opened.lake, span.stream), series_said.of_sums(span, sums)
    told = measured.about(join.findings, join.findings, stream.instrument)
    told += [*without_time(stream.id, untimed), *said.findings(opened, join)]
    return _Whole(stream, sums, _result(asked, sums), said, measured.once(told), {"untimed": untimed})


def total(asked: Total) -> Answer:
    """Mean, sum or time integral of a span, with what the certificates share, and their part in u."""
    from suyuan.series.shares import shares

    if asked.what not in ("mean", "sum", "integral"):
        raise Refused(finding("cli.series.what", "--what", given=asked.what[:40]))
    opened = measured.opened(asked.data)
    known, join = measured.known_at(asked.known), opened.join()
    made = (_on_engine if asked.engine else _here)(asked, opened, known, join)
    result, said, u = made.result, made.said, float(made.result.u)
    budget = shares(result, made.sums, asked.what == "mean")
    values: dict[str, Any] = {
        "stream": made.stream.id, "what": asked.what, "known": measured.iso(known), "k": K, **made.more, **said.values,
        "value": float(result.value), "u": u, "U": K * u, "unit": result.unit.symbol,
        "budget": series_budget.plain(budget, u),
    }  # fmt: skip

    def show(page: Page) -> None:
        from suyuan.quantity.notation import notate

        page.title(f"{made.stream.id}  {made.stream.quantity}  {term('series.' + asked.what)}")
        note = notate(values["value"], values["U"] or None, values["unit"])
        page.text(f"{note.pair}  (k = 2)", "bold")
        page.facts(((term("series.known"), measured.shown_time(known)), *said.facts))
        series_budget.show(page, budget, u)

    return Answer(values, show, made.told)


COMMANDS: tuple[tuple[str, Any, Any], ...] = (
    ("correct", Correct, correct), ("resample", series_periods.Resample, series_periods.resample),
    ("total", Total, total),
    ("certificates", series_windows.Certificates, series_windows.certificates),
    ("propose", series_windows.Propose, series_windows.propose),
    ("changed", series_impact.Between, series_impact.changed), ("impact", series_impact.Event, series_impact.impact),
    ("detach", series_detach.Detach, series_detach.detach),
    ("formula", series_formula.OverStreams, series_formula.formula),
)  # fmt: skip
