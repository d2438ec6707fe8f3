"""`suyuan data quality|flags|flag`: what the rules of quality see in readings, and the flags kept beside them."""

from __future__ import annotations

import getpass
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Annotated, Any

import typer

from suyuan.cli import measured, service
from suyuan.cli.command import DataNeeded, Out
from suyuan.cli.language import language, term
from suyuan.cli.output import MARKS, Answer, Page
from suyuan.quantity.finding import Refused, finding

if TYPE_CHECKING:
    from suyuan.lake.table import Lake
    from suyuan.series.dataset.version import DatasetVersion
    from suyuan.series.quality.check import Checked
    from suyuan.series.quality.examined import Circumstances
    from suyuan.series.stream import Stream
    from suyuan.verbs.series.corrections import Join

Name = Annotated[str, typer.Argument(metavar="STREAM|DATASET", help=term("help.data.either"))]


@dataclass(frozen=True, kw_only=True)
class Quality:
    """One stream, or all streams of a dataset."""

    name: Name
    data: DataNeeded
    since: measured.Since = ""
    until: measured.Until = ""
    known: measured.Known = ""
    own_u: measured.Own = ""
    rule: Annotated[list[str] | None, typer.Option("--rule", metavar="RULE", help=term("help.data.rule"))] = None
    keep: Annotated[bool, typer.Option("--keep", help=term("help.data.keep"))] = False
    companion: Annotated[str, typer.Option("--companion", metavar="STREAM", help=term("help.data.companion"))] = ""
    zone: measured.Zone = ""


@dataclass(frozen=True, kw_only=True)
class Flags:
    """The flags of one stream."""

    stream: measured.StreamName
    data: DataNeeded
    since: measured.Since = ""
    until: measured.Until = ""
    usable: Annotated[str, typer.Option("--usable", metavar="RULE", help=term("help.data.usable"))] = ""
    out: Out = None


@dataclass(frozen=True, kw_only=True)
class Flag:
    """A person's word about some readings."""

    stream: measured.StreamName
    verdict: Annotated[str, typer.Argument(metavar="good|bad|look", help=term("help.data.verdict"))]
    data: DataNeeded
    reason: Annotated[str, typer.Option("--reason", metavar="TEXT", help=term("help.data.flag_reason"))]
    who: Annotated[str, typer.Option("--who", metavar="NAME", help=term("help.data.flag_who"))] = ""
    since: measured.Since = ""
    until: measured.Until = ""
    block: Annotated[str, typer.Option("--block", metavar="DIGEST", help=term("help.data.flag_block"))] = ""


# ---------------------------------------------------------------- what is meant


@dataclass(frozen=True)
class Meant:
    """A stream or a dataset that a name means."""

    stream: Stream | None
    version: DatasetVersion | None


def meant(lake: Lake, name: str) -> Meant:
    """What a name means; a stream comes before a dataset. Raises Refused for a name that neither has."""
    import difflib

    streams = {stream.id: stream for stream in lake.streams()}
    if name in streams:
        return Meant(streams[name], None)
    shared = versions(lake)
    plain = name.partition(" sha256:")[0]
    if any(plain in (v.name, v.head.id) for v in shared):
        from suyuan.lake.datasets import shelf_of

        return Meant(None, shelf_of(lake).dataset(name))
    known = [*streams, *(v.name for v in shared)]
    near = ", ".join(difflib.get_close_matches(name, known, 3, 0.4) or known[:5]) or "—"
    raise Refused(finding("series_quality.name.unknown", name, given=name[:60], near=near))


def versions(lake: Lake) -> tuple[DatasetVersion, ...]:
    from suyuan.lake.datasets import shelf_of

    return shelf_of(lake).datasets()[0]


# ---------------------------------------------------------------- quality


def quality(asked: Quality) -> Answer:
    """The rules over a stream, or over each stream of a dataset; with --keep what they flag is kept."""
    from suyuan.lake.flags import subject
    from suyuan.series.quality.check import check

    opened = measured.opened(asked.data)
    target = meant(opened.lake, asked.name)
    join = opened.join()
    parts: list[tuple[Stream, Any]] = []
    if target.version is not None:
        parts = [(p.stream, (p.first, p.last, p.u)) for p in target.version.parts]
    elif target.stream is not None:
        parts = [(target.stream, _span(asked, opened.lake))]
    around = _around(asked, opened, join, [stream for stream, _ in parts])
    found: list[Checked] = []
    with measured.progress(term("data.checking")) as told:
        for number, (stream, span) in enumerate(parts):
            some = subject(opened.lake, stream, join.corrections, measured.known_at(asked.known), around, span)
            found.append(check(some, tuple(asked.rule or ())))
            told(number + 1, len(parts))
    if asked.keep:
        from suyuan.lake.flags import keep
        from suyuan.series.quality.flags import run_of

        for one in found:
            keep(opened.lake, run_of(one))
    return _quality_shown(asked, found)


def _span(asked: Quality, lake: Lake) -> tuple[int | None, int | None, float | None]:
    given = measured.OfStream(stream=asked.name, data=asked.data, since=asked.since, until=asked.until,
                              known=asked.known, own_u=asked.own_u)  # fmt: skip
    span = measured.span_of(given, lake)
    return span.first, span.last, span.u


def _around(asked: Quality, opened: measured.Opened, join: Join, streams: Sequence[Stream]) -> Circumstances:
    """What is known beside the readings of some streams."""
    from suyuan.cli.command import today
    from suyuan.lake.table import now
    from suyuan.verbs.series.quality import circumstances

    evidence, _ = opened.store.load()
    instruments = {stream.instrument for stream in streams}
    for stream in streams:
        instruments.update(opened.lake.blocks(stream.id)["instrument"].to_pylist())
    companion = _companion(asked, opened.lake)
    return circumstances(evidence, join, instruments, now(), today(), measured.zone_of(asked.zone), companion)


def _companion(asked: Quality, lake: Lake) -> Any:
    if not asked.companion:
        return None
    import numpy as np

    from suyuan.lake.corrected import stream_of
    from suyuan.lake.marks import marked
    from suyuan.series.quality.examined import Companion

    found = marked(lake, stream_of(lake, asked.companion).id)
    some = found.counts & ~np.isnan(found.value)
    return Companion(asked.companion, found.time[some], found.value[some])


def _quality_shown(asked: Quality, found: Sequence[Checked]) -> Answer:
    values: dict[str, Any] = {
        "streams": [
            {"stream": one.subject.stream.id, "readings": len(one.subject), "asked": one.asked, "unasked": one.unasked,
             "observations": [o.to_json() for o in one.observations]}
            for one in found
        ],
        "kept": asked.keep,
    }  # fmt: skip
    findings = measured.once([f for one in found for f in one.findings])

    def put(page: Page) -> None:
        for one in found:
            page.title(f"{one.subject.stream.id}  {one.subject.stream.title}".rstrip())
            page.facts((
                (term("lake.readings"), len(one.subject)), (term("data.asked"), len(one.asked)),
                (term("data.unasked"), ", ".join(f"{_rule(k)} ({term('data.lacks.' + v)})"
                                                 for k, v in one.unasked.items())),
            ))  # fmt: skip
            if one.observations:
                page.table(measured.columns("rule", "severity", "readings", "begins", "ends", "spans"), [
                    [_rule(o.rule), _severity(o.finding.severity), o.readings, measured.shown_time(o.first),
                     measured.shown_time(o.last), len(o.spans)] for o in one.observations
                ], (2, 5))  # fmt: skip
            else:
                page.text("✓ " + term("data.nothing_seen"), "green")

    return Answer(values, put, findings)


def _severity(word: str) -> tuple[str, str]:
    mark, style = MARKS[word]
    return f"{mark} {term('severity.' + word)}", style


def _rule(id: str) -> str:
    """A rule by its title."""
    row = _rules().get(id)
    return id if row is None else str(row[f"title_{language().value}"])


def _rules() -> Mapping[str, Any]:
    from suyuan.cli.command import today
    from suyuan.series.quality.rows import in_force

    return in_force(today())


# ---------------------------------------------------------------- flags


def flags(asked: Flags) -> Answer:
    """Readings that carry a flag: the device's, those of rules, people's words, and which readings a rule lets pass."""
    from suyuan.cli.command import today
    from suyuan.lake.beside import lake_of
    from suyuan.lake.corrected import stream_of
    from suyuan.lake.flags import flags_of
    from suyuan.lake.marks import marked
    from suyuan.series.quality.rows import rows_of
    from suyuan.series.quality.use import usable, usable_rule

    measured.check_out(asked.out)
    rule = usable_rule(today(), asked.usable)
    lake = lake_of(asked.data)
    stream = stream_of(lake, asked.stream)
    first, last = measured.moment(asked.since, "--from"), measured.moment(asked.until, "--to", over=True)
    found = marked(lake, stream.id, first, last)
    held = flags_of(lake, found)
    good = usable(held, rule, today())
    by_rule = {str(row["id"]): int(usable(held, row, today()).sum()) for row in rows_of("usable", today())}
    texts, code = held.readings.marks
    counted = {name: int((column > 0).sum()) for name, column in held.computed.items()}
    reported = {texts[i]: int((code == i).sum()) for i in range(1, len(texts)) if (code == i).any()}
    if asked.out is not None:
        measured.write_table(asked.out, _flag_columns(found, held, good))
    values: dict[str, Any] = {
        "stream": stream.id, "readings": len(found), "usable": int(good.sum()), "rule": rule["id"], "by_rule": by_rule,
        "rule_status": rule["status"], "reported": reported, "unexamined": int(held.unasked.sum()),
        "computed": {name: {"readings": n, "versions": list(held.versions[name])} for name, n in counted.items()},
        "human": [{"verdict": p.verdict, "who": p.who, "reason": p.reason, "when": measured.iso(p.when),
                   "first": measured.iso(p.first), "last": measured.iso(p.last),
                   "readings": int((held.human == i).sum())} for i, p in enumerate(held.people)],
        "written": asked.out and str(asked.out),
    }  # fmt: skip

    def put(page: Page) -> None:
        page.title(f"{stream.id}  {stream.title}".rstrip())
        page.facts((
            (term("lake.readings"), len(found)), (term("data.unexamined"), int(held.unasked.sum()) or None),
        ))  # fmt: skip
        rows = [[term("data.reported"), text, "", count] for text, count in reported.items()]
        rows += [[term("data.computed"), _rule(name), ", ".join(map(str, held.versions[name])), n]
                 for name, n in counted.items() if n]  # fmt: skip
        rows += [[term("data.human"), f"{term('data.verdict.' + p.verdict)}: {p.reason}",
                  f"{p.who} {measured.shown_time(p.when)}", int((held.human == i).sum())]
                 for i, p in enumerate(held.people)]  # fmt: skip
        page.table(service.columns("kind", "what", "by_whom", "readings"), rows, (3,))
        page.table(service.columns("rule_of_use", "is_usable", "what"), [
            [row["id"], by_rule[str(row["id"])], row[f"title_{language().value}"]] for row in rows_of("usable", today())
        ], (1,))  # fmt: skip

    return Answer(values, put)


def _flag_columns(found: Any, held: Any, good: Any) -> dict[str, Any]:
    """The flags of each reading as columns, each kind on its own."""
    import numpy as np
    import pyarrow as pa

    from suyuan.series.block import NO_TIME
    from suyuan.series.quality.flags import SEVERITIES

    texts, code = held.readings.marks
    said = np.array([*(p.verdict for p in held.people), ""], object)
    columns: dict[str, Any] = {
        "time": pa.array(found.time, pa.timestamp("us", "UTC"), mask=found.time == NO_TIME),
        "reported": np.array(texts, object)[code],
        **{name: np.array(SEVERITIES, object)[column] for name, column in held.computed.items()},
        "human": said[held.human], "usable": good,
    }  # fmt: skip
    return columns


def flag(asked: Flag) -> Answer:
    """Keep a person's word about readings; nothing is altered, and earlier words stay."""
    from suyuan.lake.beside import lake_of
    from suyuan.lake.corrected import stream_of
    from suyuan.lake.flags import say
    from suyuan.lake.table import now
    from suyuan.series.quality.flags import Human

    lake = lake_of(asked.data)
    stream = stream_of(lake, asked.stream)
    first, last = measured.moment(asked.since, "--from"), measured.moment(asked.until, "--to", over=True)
    who = asked.who or login()
    one = Human(stream.id, first, last, asked.verdict, who, asked.reason, now(), asked.block)
    version = say(lake, one)
    values = {"stream": stream.id, "verdict": one.verdict, "who": who, "reason": one.reason,
              "first": measured.iso(first), "last": measured.iso(last), "version": version}  # fmt: skip
    return Answer(values, lambda page: page.text("✓ " + term("data.flag_kept", who=who), "green"))


def login() -> str:
    """Who is at the keyboard; «» where the system does not say."""
    try:
        return getpass.getuser()
    except (OSError, KeyError, ImportError):
        return ""


COMMANDS: tuple[tuple[str, Any, Any], ...] = (
    ("quality", Quality, quality),
    ("flags", Flags, flags),
    ("flag", Flag, flag),
)
