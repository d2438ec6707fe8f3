"""`suyuan series resample`: hours or days of corrected readings, with completeness, certificates and reasons."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Annotated, Any, Literal, cast

import typer

from suyuan.cli import measured, series_out, series_said, service
from suyuan.cli.language import term
from suyuan.cli.output import Answer, Page
from suyuan.cli.series_said import K
from suyuan.quantity.finding import Finding, Refused, finding

if TYPE_CHECKING:
    from suyuan.series.gathered import Gathered
    from suyuan.series.summary import Resampled

KIND = Annotated[str, typer.Argument(metavar="hour|day", help=term("help.series.kind"))]


@dataclass(frozen=True, kw_only=True)
class Resample(measured.OfStream):
    """Hours or days."""

    kind: KIND
    zone: measured.Zone = ""
    least: Annotated[str, typer.Option("--least", metavar="SHARE", help=term("help.series.least"))] = ""
    sum_: Annotated[bool, typer.Option("--sum", help=term("help.series.sum"))] = False
    engine: Annotated[str, typer.Option("--engine", metavar="ADDRESS", help=term("help.engine"))] = "duckdb"
    out: series_out.Out = None


def resample(asked: Resample) -> Answer:
    """Means (or sums) by hour or day, with completeness, certificates and why there is no value."""
    from suyuan.lake.corrected import stream_of, sums_on, without_time
    from suyuan.lake.engine import open_engine
    from suyuan.lake.readings import untimed_of
    from suyuan.series.periods import Periods
    from suyuan.series.summary import LEAST
    from suyuan.series.summary import resample as by_period

    if asked.kind not in ("hour", "day"):
        raise Refused(finding("series.periods.kind", "hour|day", given=asked.kind[:40]))
    series_out.check(asked.out)
    opened = measured.opened(asked.data)
    span, known, join = measured.span_of(asked, opened.lake), measured.known_at(asked.known), opened.join()
    stream = stream_of(opened.lake, span.stream)
    least = measured.number_of(asked.least, "--least") if asked.least else (LEAST if stream.sampling else 0.0)
    periods = Periods(cast(Literal["hour", "day"], asked.kind), measured.zone_of(asked.zone))
    with open_engine(asked.engine) as engine:
        sums = sums_on(engine, opened.lake, span, join.corrections, known, periods)
    found = by_period(sums, stream, least or None, what="sum" if asked.sum_ else "mean")
    rows = rows_of(found, sums)
    written: tuple[Finding, ...] = ()
    if asked.out is not None:
        named = replace(stream, quantity=f"sum of {stream.quantity}".rstrip()) if asked.sum_ else stream
        written = series_out.write(asked.out, lambda: columns_of(rows, found), named, found)
    untimed, said = untimed_of(opened.lake, span.stream), series_said.of_sums(span, sums)
    values: dict[str, Any] = {
        "stream": stream.id, "unit": found.unit.symbol, "known": measured.iso(known), "kind": asked.kind,
        "what": "sum" if asked.sum_ else "mean", "k": K, "least": least, "periods": len(rows),
        "valued": int(found.known.sum()), "untimed": untimed, **said.values,
        "written": asked.out and str(asked.out),
    }  # fmt: skip
    if asked.out is None:
        values["rows"] = rows
    told = measured.about((*join.findings, *found.findings), join.findings, stream.instrument)
    told += [*without_time(stream.id, untimed), *said.findings(opened, join), *written]

    def show(page: Page) -> None:
        page.title(f"{stream.id}  {stream.quantity}  {term('series.' + asked.kind)}")
        page.facts(((term("series.known"), measured.shown_time(known)), (term("series.least"), f"{least:.0%}")))
        if asked.out is not None:
            page.text(service.written(asked.out))
            return
        show_rows(page, rows, found, found.unit.symbol)

    return Answer(values, show, measured.once(told))


def show_rows(page: Page, rows: list[dict[str, Any]], found: Resampled, unit: str) -> None:
    """The table; who speaks against readings has a column where somebody does."""
    spoken = found.flagged is not None
    lines = []
    for i, row in enumerate(rows[: measured.MOST]):
        value, U = measured.pair(row["value"], row["U"])
        share = "" if row["completeness"] is None else f"{row['completeness']:.0%}"
        line = [measured.shown_time(int(found.begin[i]), found.periods.zone), value, U, share]
        line += [row["flagged"] or ""] if spoken else []
        lines.append([*line, measured.status(row["status"]), ", ".join(row["certificates"])])
    heads = measured.columns("time", "value", "U", "completeness", *(("flagged",) if spoken else ()), "status",
                             "certificate", zone=found.periods.zone)  # fmt: skip
    heads[1:3] = [f"{heads[1]}, {unit}", f"{heads[2]} (k=2)"]
    page.table(heads, lines, (1, 2, 3, 4) if spoken else (1, 2, 3))
    page.text(measured.rest(measured.MOST, len(rows)), "dim")


def rows_of(found: Resampled, sums: Gathered, factor: float = 1.0) -> list[dict[str, Any]]:
    """One row a period; status: see `series.reasons`; factor: to the unit that is shown."""
    import numpy as np

    from suyuan.series.reasons import reasons

    why, value, u, share = reasons(found, sums), factor * found.value, abs(factor) * found.u, found.share
    flagged = np.zeros(len(found.number), np.int64) if found.flagged is None else found.flagged
    return [
        {
            "begin": measured.iso(int(found.begin[i])), "end": measured.iso(int(found.end[i])),
            "value": measured.worth(value[i]), "u": measured.worth(u[i]), "U": measured.worth(K * u[i]),
            "valued": int(found.valued[i]), "readings": int(found.readings[i]), "flagged": int(flagged[i]),
            "completeness": measured.worth(share[i]), "status": str(why.status[i]),
            "certificates": list(why.certificates[i]),
        }
        for i in range(len(found.number))
    ]  # fmt: skip


def columns_of(rows: list[dict[str, Any]], found: Resampled) -> dict[str, Any]:
    import pyarrow as pa

    made: dict[str, Any] = {name: pa.array(column, pa.timestamp("us", "UTC"))
                            for name, column in (("begin", found.begin), ("end", found.end))}  # fmt: skip
    for name in ("value", "u", "U", "completeness", "valued", "readings", "flagged", "status"):
        made[name] = [row[name] for row in rows]
    return made | {"certificates": [", ".join(row["certificates"]) for row in rows]}
