"""Answer a case of as-of correction: readings, certificates, knowledge times in; values as known at each time out."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any

import numpy as np
from numpy.typing import NDArray

from suyuan.quantity.correction import Correction, gain_and_offset
from suyuan.quantity.finding import Refused, errors
from suyuan.quantity.influence import Source, identity
from suyuan.quantity.quantity import Quantity, joint, quantity
from suyuan.series.asof import Status, Subject, windows
from suyuan.series.block import Arrived, Block, from_values
from suyuan.series.resolution import LARGEST
from suyuan.series.stream import Stream
from suyuan.series.view import View, correct
from suyuan.verbs.document import number_in
from suyuan.verbs.wants import ABSENT, Reader, absent_or_wrong, missing

Answer = dict[str, Any]
MOST = 200_000
SHOWN = 20
"""Faults that are told; the others are like them."""
FIELDS = ("certificates", "readings", "knowledge_times", "means", "compare", "reports", "file", "rule", "title")
CERTIFICATE = (
    "id", "inst", "valid_from", "issued_known", "gain", "offset", "u_gain", "u_offset", "r", "leaf", "u_leaf",
    "supersedes", "withdrawn_known", "valid_until", "calibrated",
)  # fmt: skip
READING = ("n", "inst", "time", "raw", "u_read")
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


def asof_correction(body: Mapping[str, Any]) -> Answer:
    """`results` (one a knowledge time), and `means`, `changed`, `affected_reports` where they are asked for.

    Raises Refused for bad input.

    >>> c = {"id": "C1", "inst": "PT-01", "valid_from": "2025-01-15T00:00:00Z", "issued_known": "2025-01-15T00:00:00Z",
    ...      "gain": 1.0002, "offset": -0.03, "u_gain": 2e-5, "u_offset": 0.004, "r": -0.5}
    >>> r = {"n": 2, "inst": "PT-01", "time": "2025-03-01T00:00:00Z", "raw": 100.2, "u_read": 0.01}
    >>> times = ["2025-07-05T12:00:00Z", "2025-01-01T00:00:00Z"]
    >>> found = asof_correction({"certificates": [c], "readings": [r], "knowledge_times": times})
    >>> [(x["certificate"], x["value"] and round(x["value"], 3)) for t in found["results"] for x in t["readings"]]
    [('C1', 100.19), (None, None)]
    """
    form = _Form(body)
    corrections = form.corrections()
    readings = form.readings()
    known = form.times("knowledge_times", 1)
    means, compare, reports = form.means(readings), form.compare(), form.reports(readings)
    form.done()
    states: dict[int, _State] = {}

    def at(time: int) -> _State:
        if time not in states:
            states[time] = _state(readings, corrections, time)
        return states[time]

    answer: Answer = {"results": [{"known": text, "readings": at(time).rows()} for text, time in known]}
    if means is not None:
        answer["means"] = [at(time).mean(where) for time, where in means]
    if compare is not None:
        first, second = (at(time).rows() for time in compare)
        changed = [a["n"] for a, b in zip(first, second, strict=True) if a != b]
        answer["changed"] = changed
        if reports is not None:
            answer["affected_reports"] = [name for name, cited in reports if set(cited) & set(changed)]
    return {**answer, "findings": [f.to_json() for f in dict.fromkeys(form.findings)]}


# ---------------------------------------------------------------- reading the case


@dataclass(frozen=True, slots=True)
class _Readings:
    """n: numbers as the case writes them; the readings of each instrument as a block, and their places in the case."""

    n: tuple[Any, ...]
    blocks: tuple[tuple[Stream, Block, NDArray[np.int64]], ...]


class _Form(Reader):
    def __init__(self, body: Mapping[str, Any]) -> None:
        super().__init__()
        self.body = {name: value for name, value in body.items() if value is not None}
        for name in sorted(set(self.body) - set(FIELDS)):
            self.warn("case.field.unknown", f"/input/{name}", field=name)

    def done(self) -> None:
        if errors(self.findings):
            raise Refused(*self.findings[: 2 * SHOWN])

    def rows(self, name: str, fields: Sequence[str], least: int) -> list[tuple[str, Mapping[str, Any]]]:
        given = self.body.get(name)
        shown = ", ".join(fields)
        if not isinstance(given, list) or len(given) < least:
            self.add(absent_or_wrong(self.body, name, "/input", "rows_from", fields=shown, least=least))
            return []
        if len(given) > MOST:
            self.wrong(f"/input/{name}", "rows_to", ABSENT, most=MOST)
            return []
        found: list[tuple[str, Mapping[str, Any]]] = []
        for i, row in enumerate(given):
            where = f"/input/{name}/{i}"
            if not isinstance(row, dict):
                self.wrong(where, "row", row, fields=shown)
                continue
            for other in sorted(set(row) - set(fields)):
                self.warn("case.field.unknown", f"{where}/{other}", field=other)
            found.append((where, {key: value for key, value in row.items() if value is not None}))
        return found

    def text(self, row: Mapping[str, Any], name: str, where: str, required: bool = True) -> str:
        value = row.get(name)
        if isinstance(value, str) and value.strip():
            return value.strip()
        if required or value is not None:
            self.add(absent_or_wrong(row, name, where, "text"))
        return ""

    def number(
        self, row: Mapping[str, Any], name: str, where: str, low: float = -np.inf, otherwise: float | None = None
    ) -> float:
        if name not in row and otherwise is not None:
            return otherwise
        value = number_in(row.get(name))
        if np.isfinite(value) and value >= low:
            return value
        want: dict[str, object] = {} if low == -np.inf else {"low": f"{low:g}"}
        self.add(absent_or_wrong(row, name, where, "number_from" if want else "number", **want))
        return 0.0

    def time(self, row: Mapping[str, Any], name: str, where: str, last_day: bool = False) -> int:
        """A moment in µs; last_day: a day without a time is meant to its end."""
        value = row.get(name)
        moment = _moment(value, last_day)
        if moment is None:
            self.add(absent_or_wrong(row, name, where, "moment"))
            return 0
        return moment

    def optional(self, row: Mapping[str, Any], name: str, where: str, last_day: bool = False) -> int | None:
        return self.time(row, name, where, last_day) if name in row else None

    def times(self, name: str, least: int) -> list[tuple[str, int]]:
        given = self.body.get(name)
        if not isinstance(given, list) or len(given) < least:
            self.add(absent_or_wrong(self.body, name, "/input", "moments"))
            return []
        return [(str(text), self.time({str(i): text}, str(i), f"/input/{name}")) for i, text in enumerate(given)]

    def corrections(self) -> tuple[Correction, ...]:
        found: dict[str, Correction] = {}
        for where, row in self.rows("certificates", CERTIFICATE, 0):
            before = len(errors(self.findings))
            gain, offset = _parameters(self, row, where)
            name, instrument = self.text(row, "id", where), self.text(row, "inst", where)
            old = self.text(row, "supersedes", where, required=False)
            valid_from, known = self.time(row, "valid_from", where), self.time(row, "issued_known", where)
            until = self.optional(row, "valid_until", where, last_day=True)
            withdrawn = self.optional(row, "withdrawn_known", where)
            if name in found:
                self.fail("series.asof.twice", f"{where}/id", count=1)
            if len(errors(self.findings)) > before:
                continue
            model, given = gain_and_offset(gain, offset)
            try:
                found[name] = Correction(
                    name, instrument, model, given, valid_from, known, valid_until=until,
                    supersedes=(old,) if old else (), withdrawn_known=withdrawn,
                )  # fmt: skip
            except Refused as refused:
                self.add(*refused.findings)
        return tuple(found.values())

    def readings(self) -> _Readings:
        rows = self.rows("readings", READING, 1)
        numbers: list[Any] = []
        by_instrument: dict[str, list[tuple[int, int, float, float]]] = {}
        for where, row in rows:
            n = row.get("n")
            if isinstance(n, bool) or not isinstance(n, int | str):
                self.add(absent_or_wrong(row, "n", where, "whole_from", low=0))
            entry = (
                len(numbers), self.time(row, "time", where), self.number(row, "raw", where),
                self.number(row, "u_read", where, 0.0),
            )  # fmt: skip
            by_instrument.setdefault(self.text(row, "inst", where), []).append(entry)
            numbers.append(n)
        for n in sorted({str(n) for n in numbers if numbers.count(n) > 1} if len(numbers) < 5_000 else set()):
            self.fail("series.case.reading_twice", "/input/readings", n=n)
        if errors(self.findings):
            return _Readings(tuple(numbers), ())
        blocks = []
        for instrument, entries in by_instrument.items():
            place, time, raw, u = (np.array(column) for column in zip(*entries, strict=True))
            stream = Stream(instrument, "", "1", instrument)
            blocks.append((stream, _block(stream, time, raw, u), place.astype(np.int64)))
        return _Readings(tuple(numbers), tuple(blocks))

    def cited(self, row: Mapping[str, Any], where: str, readings: _Readings) -> list[Any]:
        given = row.get("readings")
        if not isinstance(given, list) or not given:
            self.add(absent_or_wrong(row, "readings", where, "reading_numbers"))
            return []
        for i, n in enumerate(given):
            if n not in readings.n:
                self.wrong(f"{where}/readings/{i}", "reading_number", n)
        return list(given)

    def means(self, readings: _Readings) -> list[tuple[int, list[int]]] | None:
        if "means" not in self.body:
            return None
        found = []
        for where, row in self.rows("means", ("known", "readings"), 0):
            known, cited = self.time(row, "known", where), self.cited(row, where, readings)
            if len({str(n) for n in cited}) < len(cited):
                self.wrong(f"{where}/readings", "reading_numbers", ABSENT)
            found.append((known, [readings.n.index(n) for n in cited if n in readings.n]))
        return found

    def compare(self) -> tuple[int, int] | None:
        if "compare" not in self.body:
            return None
        times = self.times("compare", 2)
        if len(times) != 2:
            self.wrong("/input/compare", "moments", self.body["compare"])
            return None
        return times[0][1], times[1][1]

    def reports(self, readings: _Readings) -> list[tuple[Any, list[Any]]] | None:
        if "reports" not in self.body:
            return None
        if "compare" not in self.body:
            self.add(missing("/input/compare", "moments"))
        found = []
        for where, row in self.rows("reports", ("id", "readings"), 0):
            name = row.get("id")
            if isinstance(name, bool) or not isinstance(name, int | str):
                self.add(absent_or_wrong(row, "id", where, "text"))
            found.append((name, self.cited(row, where, readings)))
        return found


def _moment(value: Any, last_day: bool) -> int | None:
    """A time as ISO 8601 writes it, in µs; one without an offset is UTC."""
    if not isinstance(value, str):
        return None
    text = value.strip()
    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        return None
    if moment.tzinfo is None:
        moment = moment.replace(tzinfo=UTC)
    if last_day and len(text) == 10:
        moment += timedelta(days=1)
    return (moment - _EPOCH) // timedelta(microseconds=1)


def _parameters(form: _Form, row: Mapping[str, Any], where: str) -> tuple[Quantity, Quantity]:
    """Gain and offset with one joint influence of the certificate, and the reference's part of the offset."""
    gain, offset = form.number(row, "gain", where), form.number(row, "offset", where)
    u_gain, u_offset = (form.number(row, name, where, 0.0) for name in ("u_gain", "u_offset"))
    r, u_leaf = form.number(row, "r", where, -1.0, 0.0), form.number(row, "u_leaf", where, 0.0, 0.0)
    if r > 1.0:
        form.wrong(f"{where}/r", "number_from_to", row["r"], low=-1, high=1)
        r = 0.0
    leaf = form.text(row, "leaf", where, required=False)
    name = str(row.get("id"))
    source = Source(number=name)
    a, b = joint(
        [gain, offset], [u_gain, u_offset], [[1.0, r], [r, 1.0]], label=name, source=source, id=identity("case", name)
    )
    if u_leaf > 0.0:
        # Two certificates may take different parts of one reference: its influence is standardised, the part a factor.
        mark = identity("case leaf", leaf) if leaf else identity("case leaf of", name)
        b = b + u_leaf * quantity(0.0, 1.0, label=leaf or name, id=mark)
    return a, b


def _block(stream: Stream, time: Any, raw: Any, u: Any) -> Block:
    """The readings as a block; numbers without a common last place are kept to 15 digits."""
    arrived = Arrived(u=u)
    try:
        return from_values(stream, time, raw, arrived, derive=True)
    except Refused:
        largest = float(np.abs(raw).max()) or 1.0
        digits = int(np.floor(np.log10(LARGEST / largest)))
        count = np.rint(raw * 10.0**digits).astype(np.int64)
        return Block(stream.id, stream.instrument, time, count, Decimal(1).scaleb(-digits), u=u)


# ---------------------------------------------------------------- the answer


@dataclass(frozen=True, slots=True)
class _State:
    """What is known at one time."""

    readings: _Readings
    views: tuple[View, ...]

    def rows(self) -> list[Answer]:
        """The readings in the order of the case."""
        found: list[Answer] = [{}] * len(self.readings.n)
        for view, (_, _, place) in zip(self.views, self.readings.blocks, strict=True):
            columns = zip(place, view.window, view.status, view.value, view.u, strict=True)
            for at, window, status, value, u in columns:
                row: Answer = {"n": self.readings.n[at], "certificate": None, "value": None, "u": None}
                if status == Status.VALID:
                    one = view.windows.corrections[window]
                    row |= {"certificate": one.id if one else None, "value": float(value), "u": float(u)}
                found[at] = row
        return found

    def mean(self, where: Sequence[int]) -> Answer:
        """The mean of some readings with what they have in common; null where one has no value."""
        total: Quantity | None = None
        for view, (_, _, place) in zip(self.views, self.readings.blocks, strict=True):
            at = np.flatnonzero(np.isin(place, where))
            if not at.size:
                continue
            if (view.status[at] != Status.VALID).any():
                return {"value": None, "u": None}
            part = view.quantity(at).sum()
            total = part if total is None else total + part
        assert total is not None
        result = total * (1.0 / len(where))
        return {"value": float(result.value), "u": float(result.u)}


def _state(readings: _Readings, corrections: Sequence[Correction], known: int) -> _State:
    views = []
    for stream, block, _ in readings.blocks:
        held = windows(corrections, known, Subject(block.instrument))
        views.append(correct(block, stream, held))
    return _State(readings, tuple(views))
