"""Summaries that go from node to node: means by period with their influences, as documents; the difference of two."""

from __future__ import annotations

import json
from collections.abc import Iterable
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

import numpy as np
from numpy.typing import NDArray

from suyuan.quantity.archive.archive import dump, load
from suyuan.quantity.finding import Refused, finding
from suyuan.quantity.quantity import Quantity
from suyuan.series.dataset.grant import Permission
from suyuan.series.dataset.moment import moment_of, text_of
from suyuan.series.dataset.standing import Withdrawn

Array = NDArray[Any]
SUMMARY = "summary"


@dataclass(frozen=True, slots=True, eq=False)
class Summary:
    """Means by period that may be shown, with influences. dataset: citation; begin, end, readings (g,): of the periods
    shown; quantity (g,); hidden: periods with too few readings; step: where they are rounded; expected (g,): readings
    by the sampling, NaN where that is not known; flagged (g,): readings in the mean that somebody speaks against, None
    where the document does not say; zone: of days; grant; withdrawn: (certificate, from when on, known since) of
    certificates that it rests on."""

    dataset: str
    stream: str
    period: str
    begin: NDArray[np.int64]
    end: NDArray[np.int64]
    readings: NDArray[np.int64]
    quantity: Quantity
    hidden: int = 0
    step: Decimal | None = None
    expected: NDArray[np.float64] | None = None
    flagged: NDArray[np.int64] | None = None
    zone: str = ""
    grant: str = ""
    withdrawn: tuple[tuple[str, str, str], ...] = ()

    @property
    def name(self) -> str:
        """Version of the dataset and stream."""
        return f"{self.dataset.partition(' ')[0]}/{self.stream}"

    @property
    def share(self) -> NDArray[np.float64]:
        """Readings with a value as a share of those expected (g,), NaN where not known."""
        return np.full(len(self.begin), np.nan) if self.expected is None else self.readings / self.expected


def summary_document(summary: Summary, permission: Permission, gone: Iterable[Withdrawn] = ()) -> bytes:
    """A summary as its document: periods beside an archive of the quantity, which keeps influences as disclosed.

    gone: withdrawn certificates that the values rest on.
    """
    name = f"{permission.dataset.name} {summary.stream}"
    archive = dump({summary.stream: summary.quantity}, disclosure=permission.grant.disclosure, name=name)
    body = {
        "suyuan": SUMMARY, "dataset": summary.dataset, "grant": permission.grant.id, "stream": summary.stream,
        "period": summary.period, "begin": [text_of(int(t)) for t in summary.begin],
        "end": [text_of(int(t)) for t in summary.end], "readings": summary.readings.tolist(), "hidden": summary.hidden,
        "step": None if summary.step is None else format(summary.step, "f"), "archive": json.loads(archive),
        "expected": None if summary.expected is None else [None if x != x else x for x in summary.expected.tolist()],
        "flagged": None if summary.flagged is None else summary.flagged.tolist(), "zone": summary.zone or "UTC",
        **({"withdrawn": lost} if (lost := [w.fields() for w in gone]) else {}),
    }  # fmt: skip
    return json.dumps(body, ensure_ascii=False, allow_nan=False, sort_keys=True).encode("utf-8")


def read_summary(document: bytes, where: str = "") -> Summary:
    """The summary of a document; correlated with every other that shares an influence. Raises Refused for any fault."""
    try:
        body = json.loads(document.decode("utf-8"))
        if body["suyuan"] != SUMMARY:
            raise ValueError("not a summary")
        archive = load(json.dumps(body["archive"], ensure_ascii=False).encode("utf-8"), where)
        quantity = archive.results[body["stream"]]
        begin, end = ([moment_of(t) for t in body[key]] for key in ("begin", "end"))
        columns = [begin, end, body["readings"], *(x for key in ("expected", "flagged") if (x := body.get(key)))]
        if None in begin or None in end or {len(column) for column in columns} != {quantity.size}:
            raise ValueError("columns of different lengths")
        expected, flagged = body.get("expected"), body.get("flagged")
        return Summary(
            str(body["dataset"]), str(body["stream"]), str(body["period"]), np.array(begin, dtype=np.int64),
            np.array(end, dtype=np.int64), np.array(body["readings"], dtype=np.int64), quantity, int(body["hidden"]),
            None if body["step"] is None else Decimal(body["step"]),
            None if expected is None else np.array([np.nan if x is None else x for x in expected], float),
            None if flagged is None else np.array(flagged, np.int64), str(body.get("zone", "UTC")), str(body["grant"]),
            tuple((str(w["certificate"]), str(w["from"]), str(w["known"])) for w in body.get("withdrawn", ())),
        )  # fmt: skip
    except Refused:
        raise
    except (ValueError, KeyError, TypeError, RecursionError, ArithmeticError) as error:
        raise Refused(finding("sharing.summary.unreadable", where, reason=repr(error)[:120])) from None


def difference(first: Summary, second: Summary) -> tuple[NDArray[np.int64], Quantity]:
    """Beginnings of the periods that both show, and first − second there: what they share cancels.

    Raises Refused for other periods, none in common, and where one influence has two contents.
    """
    begin, a, b = _both(first, second)
    return begin, first.quantity[a] - second.quantity[b]


def _both(first: Summary, second: Summary) -> tuple[NDArray[np.int64], Array, Array]:
    """Beginnings of the periods that both show, and where they stand in each."""
    ends = dict(zip(second.begin.tolist(), second.end.tolist(), strict=True))
    begin, a, b = np.intersect1d(first.begin, second.begin, return_indices=True)
    if first.period != second.period or not len(begin) or any(ends[t] != e for t, e in zip(
            begin.tolist(), first.end[a].tolist(), strict=True)):  # fmt: skip
        raise Refused(finding("sharing.summary.periods", f"{first.stream}, {second.stream}"))
    return begin, a, b


def apart(first: Summary, second: Summary) -> Summary:
    """First − second as a summary: of the two the fewer readings, the smaller share, the flags of both together."""
    begin, a, b = _both(first, second)
    less = np.nan_to_num(first.share[a], nan=np.inf) <= np.nan_to_num(second.share[b], nan=np.inf)
    readings = np.where(less, first.readings[a], second.readings[b])
    no = np.full(len(begin), np.nan)
    expected = np.where(less, *(no if s.expected is None else s.expected[i] for s, i in ((first, a), (second, b))))
    either = first.flagged is None or second.flagged is None
    flagged = None if either else first.flagged[a] + second.flagged[b]  # type: ignore[index]
    gone = tuple(dict.fromkeys((*first.withdrawn, *second.withdrawn)))
    return Summary(
        f"{first.dataset.partition(' ')[0]} − {second.dataset.partition(' ')[0]}", f"{first.stream} − {second.stream}",
        first.period, begin, first.end[a], readings, first.quantity[a] - second.quantity[b], 0, None, expected, flagged,
        first.zone, "", gone,
    )  # fmt: skip
