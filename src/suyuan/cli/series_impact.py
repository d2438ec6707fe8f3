"""`suyuan series changed` and `series impact`: readings, hours, days and wholes that a certificate changes."""

from __future__ import annotations

import math
import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta, tzinfo
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Protocol

import typer

from suyuan.cli import measured, reading, service
from suyuan.cli.command import DataNeeded
from suyuan.cli.language import term
from suyuan.cli.output import Answer, Page
from suyuan.quantity.finding import Finding, Refused, errors, finding

if TYPE_CHECKING:
    from suyuan.certificate.certificate import Certificate
    from suyuan.lake.effect import Effect, State
    from suyuan.series.changed import ChangedPeriods
    from suyuan.series.cited import Citation
    from suyuan.traceability.evidence import Evidence
    from suyuan.verbs.series.what_if import Known, Pair

K = 2.0
SHOWN = 12
_AMOUNT = re.compile(r"([+\-−]?(?:\d+\.?\d*|\.\d+)(?:[eE][+\-−]?\d+)?)\s*(.*)")
OneStream = Annotated[str, typer.Option("--stream", metavar="STREAM", help=term("help.series.stream"))]


class _Comparing(Protocol):
    """What a comparison of two states is told. stream: of one only, all for «»; zone: of days and hours; own_u: what
    each reading has of its own, where its block says nothing."""

    @property
    def stream(self) -> str: ...
    @property
    def zone(self) -> str: ...
    @property
    def own_u(self) -> str: ...


@dataclass(frozen=True, kw_only=True)
class Between:
    """Two knowledge times."""

    data: DataNeeded
    earlier: Annotated[str, typer.Option("--from-known", metavar="TIME", help=term("help.series.from_known"))]
    later: Annotated[str, typer.Option("--to-known", metavar="TIME", help=term("help.series.to_known"))] = ""
    stream: OneStream = ""
    zone: measured.Zone = ""
    own_u: measured.Own = ""


@dataclass(frozen=True, kw_only=True)
class Event:
    """A certificate, and what happens to it: one of three, or what is kept of it."""

    name: Annotated[str, typer.Argument(metavar="CERTIFICATE", help=term("help.name"))]
    data: DataNeeded
    withdrawn: Annotated[str, typer.Option("--withdrawn", metavar="DAY", help=term("help.series.withdrawn"))] = ""
    superseded_by: Annotated[
        str, typer.Option("--superseded-by", metavar="CERTIFICATE", help=term("help.series.superseded"))
    ] = ""
    off_by: Annotated[str, typer.Option("--off-by", metavar="D", help=term("help.off"))] = ""
    place: Annotated[str, typer.Option("--place", metavar="PLACE", help=term("help.place"))] = ""
    known: measured.Known = ""
    stream: OneStream = ""
    zone: measured.Zone = ""
    own_u: measured.Own = ""


def changed(asked: Between) -> Answer:
    """What certificates that became known between two times have changed."""
    from suyuan.lake.effect import State

    opened = measured.opened(asked.data)
    join = opened.join()
    first, last = measured.known_at(asked.earlier, "--from-known"), measured.known_at(asked.later, "--to-known")
    if first > last:
        raise Refused(finding("cli.series.span", "--to-known", first=asked.earlier, last=asked.later))
    pair = State(join.corrections, first), State(join.corrections, last)
    effects, stopped = effects_of(asked, opened.lake, *pair)
    values: dict[str, Any] = {"from_known": measured.iso(first), "to_known": measured.iso(last)}
    title = f"{measured.shown_time(first)} → {measured.shown_time(last)}"
    return answer(asked.data, asked.zone, effects, values, title, (*join.findings, *stopped))


def impact(asked: Event) -> Answer:
    """What a withdrawn, replaced or shifted certificate does to readings, by itself and through what rests on it."""
    from suyuan.cli.named import certificate_named
    from suyuan.lake.effect import State, unfit_streams
    from suyuan.store.correcting import known_of
    from suyuan.store.zone import house_zone

    chosen = [name for name in ("withdrawn", "superseded_by", "off_by") if getattr(asked, name)]
    if len(chosen) > 1:
        raise Refused(finding("cli.series.one", "series impact"))
    opened = measured.opened(asked.data)
    moment = measured.known_at(asked.known)
    today = datetime.fromtimestamp(moment / 1e6, house_zone()).date()
    known, damaged = known_of(opened.store, today)
    certificate = certificate_named(known.evidence, asked.name)
    pair = _pair(asked, known, certificate)
    states = State(pair.before.corrections, moment), State(pair.after.corrections, moment)
    effects, stopped = effects_of(asked, opened.lake, *states)
    values: dict[str, Any] = {
        "certificate": {"issuer": certificate.issuer, "number": certificate.number, "sha256": certificate.digest},
        "event": chosen[0] if chosen else "kept", "known": measured.iso(moment),
    }  # fmt: skip
    mine = (*pair.before.of(certificate.digest), *pair.after.of(certificate.digest))
    unfit = unfit_streams(opened.lake, mine, pair.after.corrections)
    values["computable"] = not pair.unknown
    told = (*pair.unknown, *damaged, *pair.findings, *stopped, *unfit, *pair.after.findings)
    return answer(asked.data, asked.zone, effects, values, f"{certificate.issuer} {certificate.number}", told)


def _pair(asked: Event, known: Known, certificate: Certificate) -> Pair:
    from suyuan.verbs.series import what_if

    if asked.withdrawn:
        day = reading.read_day(asked.withdrawn, "--withdrawn")
        assert day is not None
        return what_if.withdrawn(known, certificate, day)
    if asked.superseded_by:
        return what_if.replaced(known, certificate, _successor(asked, known.evidence))
    if asked.off_by:
        place, d = _shift(asked, certificate)
        return what_if.off(known, certificate, place, d)
    return what_if.happened(known, certificate)


def _successor(asked: Event, evidence: Evidence) -> Certificate:
    """The certificate that takes the place: a file, or one that is kept."""
    from suyuan.cli.named import certificate_named

    path = Path(asked.superseded_by)
    return reading.read_certificate(path)[0] if path.is_file() else certificate_named(evidence, asked.superseded_by)


def _shift(asked: Event, certificate: Certificate) -> tuple[str, float]:
    """Place and shift in the certificate's own unit."""
    from suyuan.quantity.unit import parse_unit, ratio

    places = [q.place for q in certificate.quantities()]
    if not asked.place and len(places) != 1:
        raise Refused(finding("cli.impact.place", asked.name, name=asked.name, places=", ".join(places) or "—"))
    place = asked.place or places[0]
    found = _AMOUNT.fullmatch(asked.off_by.strip())
    if found is None:
        raise Refused(finding("cli.impact.number", "--off-by", given=asked.off_by[:60]))
    d, stated = float(found[1].replace("−", "-")), certificate.at(place)
    if found[2].strip() and stated is not None:
        with reading.about("--off-by"):
            given, own = parse_unit(found[2].strip()), parse_unit(stated.unit)
            if not given.converts_to(own):
                raise Refused(finding("cli.impact.unit", found[2], given=found[2], own=own.symbol))
            d *= ratio(given.as_difference(), own.as_difference())
    return place, d


# ---------------------------------------------------------------- effects


def effects_of(asked: _Comparing, lake: Any, before: State, after: State) -> tuple[list[Effect], tuple[Finding, ...]]:
    """The effect on each stream, the worst first; and where one cannot be computed, why: the others are."""
    from suyuan.lake.corrected import Span, counting, stream_of
    from suyuan.lake.effect import effect, not_computable, touched_streams
    from suyuan.series.changed import Change
    from suyuan.series.periods import Periods

    if asked.stream:
        stream_of(lake, asked.stream)
    u = measured.number_of(asked.own_u, "--u") if asked.own_u else None
    zone = measured.zone_of(asked.zone)
    names = [n for n in touched_streams(lake, before, after) if asked.stream in ("", n)]
    found, stopped = [], []
    with measured.progress(term("series.comparing")) as told:
        for number, name in enumerate(names):
            span = Span(name, u=u)
            try:
                one = effect(counting(lake, span), before, after, (Periods("hour", zone), Periods("day", zone)), u)
            except Refused as refused:
                stopped.append(not_computable(name, refused))
                continue
            if one.counts:
                found.append(one)
                stopped += one.findings
            told(number + 1, len(names))
    bad = (Change.GONE, Change.MORE)
    found.sort(key=lambda e: (-e.worst, -sum(e.counts.get(c, 0) for c in bad), e.stream))
    return found, tuple(stopped)


def citations_of(data: Path) -> tuple[Citation, ...]:
    """What cites readings of a data folder: published datasets, and grants that show their numbers."""
    from suyuan.lake.beside import lake_of
    from suyuan.lake.datasets import citations

    return citations(lake_of(data))


def answer(
    data: Path, zone: str, effects: Sequence[Effect], values: dict[str, Any], title: str, told: Sequence[Finding]
) -> Answer:
    """Effects on streams, and what cites their readings."""
    from suyuan.series.cited import touched

    cited = touched(citations_of(data), {one.stream: one.times for one in effects})
    values |= {
        "streams": [_plain(one) for one in effects],
        "touched": [
            {"kind": t.citation.kind, "name": t.citation.name, "stream": t.citation.stream, "readings": t.readings}
            for t in cited
        ],
    }

    def show(page: Page) -> None:
        page.title(title)
        if values.get("computable") is False:
            page.text("? " + term("series.not_computable"), "bold yellow")
        elif not effects and not errors(told):
            page.text("✓ " + term("series.unchanged"), "green")
        if not effects:
            return
        page.table(service.columns("stream", "readings", "more", "gone", "came", "since", "until", "worst"), [
            [e.stream, sum(e.counts.values()), *(e.counts.get(c, "") for c in _shown_changes()),
             measured.shown_time(int(e.times[0])), measured.shown_time(int(e.times[-1])), _ratio(e.worst)]
            for e in effects
        ], (1, 2, 3, 4, 7))  # fmt: skip
        for one in effects:
            _show_summaries(page, one, measured.zone_of(zone))
        for t in cited:
            page.text(f"{term('cited.' + t.citation.kind)} {t.citation.name}: {t.readings}", "yellow")

    return Answer(values, show, measured.once(told))


def _shown_changes() -> tuple[Any, ...]:
    from suyuan.series.changed import Change

    return Change.MORE, Change.GONE, Change.CAME


def _plain(one: Effect) -> dict[str, Any]:
    whole = one.mean
    made: dict[str, Any] = {
        "stream": one.stream, "unit": one.unit, "readings": {c.word: n for c, n in one.counts.items()},
        "first": measured.iso(int(one.times[0])), "last": measured.iso(int(one.times[-1])), "worst": _worst(one.worst),
        "stretches": [
            {"from": measured.iso(s.start), "to": measured.iso(s.end), "before": s.before, "after": s.after,
             "status_before": s.status_before, "status_after": s.status_after, "worst": _worst(s.worst),
             "readings": {c.word: n for c, n in s.counts.items()}} for s in one.stretches
        ],
        "mean": None if whole is None else _mean(whole),
    }  # fmt: skip
    for kind, periods in one.periods.items():
        made[f"{kind}s"] = _period_rows(periods, kind)
    return made


def _worst(ratio: float) -> float | str | None:
    """|Δ|/u for programs: None where u is not known."""
    return "gone" if math.isinf(ratio) else measured.worth(ratio)


def _mean(whole: Any) -> dict[str, Any]:
    from suyuan.lake.effect import value_of

    made: dict[str, Any] = _numbers(value_of(whole.before), value_of(whole.after))
    made |= {"readings": whole.readings, "valued_before": whole.valued[0], "valued_after": whole.valued[1]}
    same = {"readings": whole.both, **_numbers(*map(value_of, whole.same))}
    return {**made, "gone": whole.gone, "came": whole.came, "same": same, "ratio": _worst(whole.ratio)}


def _numbers(before: tuple[Any, Any], after: tuple[Any, Any]) -> dict[str, Any]:
    return {"before": before[0], "u_before": before[1], "after": after[0], "u_after": after[1]}


def _period_rows(periods: ChangedPeriods, kind: str) -> list[dict[str, Any]]:
    from suyuan.series.changed import Change

    return [
        {
            "number": int(number), "begin": _begin(int(number), kind), "change": Change(int(code)).word,
            "before": measured.worth(before), "u_before": measured.worth(u), "after": measured.worth(after),
            "u_after": measured.worth(u_after), "readings": int(n), "valued_before": int(old),
            "valued_after": int(new), "gone": int(old - both), "came": int(new - both), "ratio": _worst(float(ratio)),
        }
        for number, code, before, u, after, u_after, ratio, n, old, new, both in zip(
            periods.number, periods.kind, periods.before, periods.u, periods.after, periods.u_after, periods.ratio,
            periods.readings, periods.valued, periods.valued_after, periods.both, strict=True,
        )
    ]  # fmt: skip


def _begin(number: int, kind: str) -> str | None:
    """The day, or the beginning of the hour, for programs."""
    return measured.iso(number) if kind == "hour" else str(date(1970, 1, 1) + timedelta(days=number))


def _show_summaries(page: Page, one: Effect, zone: tzinfo) -> None:
    """Days (or hours) and the mean, before and after, the worst first."""
    page.title(f"{one.stream}, {one.unit}")
    rows = []
    if one.mean is not None:
        row = _mean(one.mean)
        rows.append([term("series.mean"), *_before_after(row), *_compared(row, one.mean.ratio)])
    for kind, periods in one.periods.items():
        for i, row in enumerate(_period_rows(periods, kind)[:SHOWN]):
            rows.append([f"{term('series.' + kind)} {_when(int(periods.number[i]), kind, zone)}", *_before_after(row),
                         *_compared(row, float(periods.ratio[i]))])  # fmt: skip
        if len(periods.number) > SHOWN:
            rows.append([measured.rest(SHOWN, len(periods.number)), *[""] * 6])
    heads = measured.columns("what", "before", "U", "after", "U", "with_value", "worst")
    page.table(heads, rows, (1, 2, 3, 4, 5, 6))
    whole = one.mean
    if whole is not None and whole.gone:
        page.text(term("series.gone_of", gone=whole.gone, readings=whole.readings, both=whole.both), "yellow")


def _compared(row: dict[str, Any], ratio: float) -> tuple[str, str]:
    """Readings with a value before and after, and |Δ|/u over those that have one both times."""
    shares = [f"{row[name]}/{row['readings']}" for name in ("valued_before", "valued_after")]
    gone = f"{term('series.gone')} {row['gone']}" if row["gone"] else ""
    if math.isnan(ratio):
        compared = term("series.ratio.unknown")
    else:
        compared = "" if math.isinf(ratio) or (gone and not ratio) else f"{ratio:.2g}"
    return shares[0] if shares[0] == shares[1] else " → ".join(shares), " · ".join(filter(None, (gone, compared)))


def _when(number: int, kind: str, zone: tzinfo) -> str:
    """A day, or the beginning of an hour, as clocks of the zone show it."""
    if kind == "day":
        return str(date(1970, 1, 1) + timedelta(days=number))
    return measured.shown_time(number, zone)


def _before_after(row: dict[str, Any]) -> list[str]:
    def expanded(u: float | None) -> float | None:
        return None if u is None else K * u

    told = []
    for name in ("before", "after"):
        value, U = measured.pair(row[name], expanded(row[f"u_{name}"]))
        told += [value, term("series.u.unknown") if value and row[f"u_{name}"] is None else U]
    return told


def _ratio(ratio: float) -> str:
    """|Δ|/u, or that the value is gone."""
    return term("series.gone") if math.isinf(ratio) else f"{ratio:.2g}"
