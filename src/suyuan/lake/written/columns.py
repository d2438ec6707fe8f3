"""A corrected series as plain columns: value, u, and what u is made of.

Each reading has a part of its own («random»: independent from row to row) and a signed component for every element of
every influence that rows share («systematic»: the same error in every row, times the row's sensitivity). From these
columns any reader rebuilds the uncertainty of what is linear in the rows: for a mean over n rows
u² = Σ over components (Σ c/n)² + Σ random²/n² (GUM 5.2.2). Without the components it cannot be done.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from suyuan.quantity import block as blocks
from suyuan.quantity.block import Block
from suyuan.quantity.finding import Finding, Refused, finding
from suyuan.quantity.influence import Influence
from suyuan.quantity.unit import Unit
from suyuan.series.asof import Status
from suyuan.series.block import NO_TIME
from suyuan.series.quality.use import words_of
from suyuan.series.rows import unit_text
from suyuan.series.stream import Stream
from suyuan.series.summary import Resampled
from suyuan.series.view import View

if TYPE_CHECKING:
    import pyarrow as pa

LIMIT = 50_000_000
"""Components that a file may have, rows times columns."""
FORMS = ("random", "systematic")
FLAGGED_BY = "who speaks against the reading: reported (the device), computed (a rule), human (a person); empty: nobody"


@dataclass(frozen=True, slots=True, eq=False)
class Component:
    """One element of an influence that rows share.

    name: of its column; influence: 128-bit id, element: of it; label, source: what it is; dof: degrees of freedom;
    value (n,): signed, in the unit of the values, NaN where the row has no value.
    """

    name: str
    influence: str
    element: int
    label: str
    source: str
    dof: float
    value: NDArray[np.float64]

    def to_json(self) -> dict[str, Any]:
        """What the influence is, without its column."""
        dof = self.dof if math.isfinite(self.dof) else None
        return {"name": self.name, "influence": self.influence, "element": self.element, "label": self.label,
                "source": self.source, "degrees_of_freedom": dof, "form": "systematic"}  # fmt: skip


@dataclass(frozen=True, slots=True, eq=False)
class Columns:
    """A series ready to be written; n rows.

    stream: what it is a series of; unit: of values and uncertainties; kind: «readings», «hour», «day»; time, until
    (n,): µs since 1970-01-01T00:00Z, `NO_TIME` where not known, until None for readings; value, u, random (n,): NaN
    where not known; status (n,): codes of `Status`; flag (n,): texts of the device, None where it makes none;
    flagged_by (n,): who speaks against the reading, as words, None where nobody does; certificate (n,): index into
    certificates, −1 for none; readings (n,): how many make a row, None for readings;
    known: knowledge time, µs, None where it is not one.
    """

    stream: Stream
    unit: Unit
    kind: str
    time: NDArray[np.int64]
    until: NDArray[np.int64] | None
    value: NDArray[np.float64]
    u: NDArray[np.float64]
    random: NDArray[np.float64]
    status: NDArray[np.int8]
    components: tuple[Component, ...]
    flag: NDArray[Any] | None = None
    flagged_by: NDArray[Any] | None = None
    certificate: NDArray[np.int64] | None = None
    certificates: tuple[str, ...] = ()
    readings: NDArray[np.int64] | None = None
    known: int | None = None
    findings: tuple[Finding, ...] = ()

    def __len__(self) -> int:
        return len(self.value)

    @property
    def symbol(self) -> str:
        """The unit of values as it is shown."""
        return self.unit.symbol

    @property
    def difference(self) -> str:
        """The unit of uncertainties as it is shown: that of differences."""
        return self.unit.as_difference().symbol

    def about(self) -> dict[str, Any]:
        """What a reader must know besides the columns, as JSON."""
        s = self.stream
        said = {"stream": s.id, "title": s.title, "quantity": s.quantity, "unit": self.symbol, "kind": self.kind,
                "instrument": s.instrument, "place": s.place, "owner": s.owner, "licence": s.licence,
                "known_us": self.known, "resolution": format(s.resolution, "f"), "sampling_s": s.sampling}  # fmt: skip
        rule = "u(mean)^2 = sum over components (sum(c)/n)^2 + sum(random^2)/n^2, over rows with status valid"
        return {k: v for k, v in said.items() if v not in ("", None)} | {
            "certificates": list(self.certificates), "influences": [c.to_json() for c in self.components], "rule": rule,
        }  # fmt: skip


def columns(stream: Stream, given: View | Sequence[View] | Resampled) -> Columns:
    """The columns of a view, of the views of several blocks in the order of time, or of hours and days.

    Raises Refused lake.written.empty, lake.written.too_large.
    """
    if isinstance(given, Resampled):
        made = _resampled(stream, given)
    else:
        seen = (given,) if isinstance(given, View) else tuple(view for view in given if len(view))
        if not seen:
            raise Refused(finding("lake.written.empty", stream.id))
        influences = {key: i for view in seen for key, i in view.influences().items()}
        _check_size(stream, sum(map(len, seen)) * sum(i.size for i in influences.values()))
        parts = [_view(stream, view) for view in seen]
        made = parts[0] if len(parts) == 1 else _together(parts)
    if not len(made):
        raise Refused(finding("lake.written.empty", stream.id))
    return made


def _view(stream: Stream, view: View) -> Columns:
    found = []
    for key, influence in view.influences().items():
        for element in range(influence.size):
            found.append((influence, element, view.sensitivity(key, element)))
    block = view.block
    flag = None
    if block.flag is not None:
        flag = np.asarray(block.legend, dtype=object)[block.flag]
    held = view.windows.corrections
    names = tuple(dict.fromkeys(c.id for c in held if c is not None))
    index = np.array([-1 if c is None else names.index(c.id) for c in held] + [-1], dtype=np.int64)
    unknown = view.random_of_reading is None and bool((view.status == Status.VALID).any())
    findings = (finding("lake.written.no_u", stream.id, "warning"),) if unknown else ()
    return Columns(
        stream, view.unit, "readings", block.time, None, view.value, view.u, view.random, view.status,
        _named(found), flag, None if view.marks is None else words_of(view.marks), index[view.window], names, None,
        view.known, findings,
    )  # fmt: skip


def _together(parts: Sequence[Columns]) -> Columns:
    """Columns of several blocks as one, in the order of time; an influence that a block lacks is zero in its values."""
    order = np.argsort(np.concatenate([p.time for p in parts]), kind="stable")

    def whole(column: Callable[[Columns], NDArray[Any]]) -> NDArray[Any]:
        return np.asarray(np.concatenate([column(p) for p in parts])[order])

    def texts(name: str) -> NDArray[Any] | None:
        if all(getattr(p, name) is None for p in parts):
            return None
        nothing = [np.full(len(p), "", dtype=object) if getattr(p, name) is None else getattr(p, name) for p in parts]
        return np.asarray(np.concatenate(nothing)[order])

    shared: dict[tuple[str, int], Component] = {(c.influence, c.element): c for p in parts for c in p.components}
    own = [{(c.influence, c.element): c.value for c in p.components} for p in parts]
    without = [np.where(np.isfinite(p.value), 0.0, np.nan) for p in parts]
    components = []
    for number, (key, one) in enumerate(shared.items(), 1):
        value = np.concatenate([had.get(key, bare) for had, bare in zip(own, without, strict=True)])[order]
        components.append(replace(one, name=f"systematic_{number}", value=value))
    names = tuple(dict.fromkeys(name for p in parts for name in p.certificates))

    def certificate(p: Columns) -> NDArray[np.int64]:
        index = np.array([names.index(n) for n in p.certificates] + [-1], dtype=np.int64)
        return index[np.full(len(p), -1) if p.certificate is None else p.certificate]

    return replace(
        parts[0], time=whole(lambda p: p.time), value=whole(lambda p: p.value), u=whole(lambda p: p.u),
        random=whole(lambda p: p.random), status=whole(lambda p: p.status), components=tuple(components),
        flag=texts("flag"), flagged_by=texts("flagged_by"), certificate=whole(certificate), certificates=names,
        findings=tuple(dict.fromkeys(f for p in parts for f in p.findings)),
    )  # fmt: skip


def _resampled(stream: Stream, given: Resampled) -> Columns:
    size = len(given.number)
    status = np.where(given.known, Status.VALID, Status.WITHOUT).astype(np.int8)
    random = np.where(given.known, 0.0, np.nan)
    found: list[tuple[Influence, int, NDArray[np.float64]]] = []
    q = given.quantity
    if q is not None:
        shared = {k: b for k, b in q.blocks.items() if not _independent(b, q.size)}
        _check_size(stream, size * sum(b.influence.size for b in shared.values()))
        own = np.zeros(q.size)
        for key, block in q.blocks.items():
            if key not in shared:
                own += np.asarray(blocks.variance(block)).reshape(-1)
                continue
            for element, row in enumerate(blocks.components(block, q.shape)):
                whole = np.full(size, np.nan)
                whole[given.known] = row
                found.append((block.influence, element, whole))
        random[given.known] = np.sqrt(own)
    return Columns(
        stream, given.unit, given.periods.kind, given.begin, given.end, given.value, given.u, random, status,
        _named(found), readings=given.valued, findings=given.findings,
    )  # fmt: skip


def _independent(block: Block, size: int) -> bool:
    """Whether each value has an element of its own, and no other."""
    own = block.own
    if own is None or block.dense is not None or own.index.shape != (1, size) or block.influence.joint:
        return False
    return len(np.unique(own.index)) == size


def _check_size(stream: Stream, cells: int) -> None:
    if cells > LIMIT:
        raise Refused(finding("lake.written.too_large", stream.id, cells=cells, limit=LIMIT))


def _named(found: list[tuple[Influence, int, NDArray[np.float64]]]) -> tuple[Component, ...]:
    """Components with names; those without any effect are left out."""
    some = [(i, e, c) for i, e, c in found if np.any(np.nan_to_num(c) != 0.0)]
    return tuple(
        Component(f"systematic_{n}", i.id, e, i.label, str(i.source), i.dof, c) for n, (i, e, c) in enumerate(some, 1)
    )


def status_words(made: Columns) -> NDArray[Any]:
    """The status of each row as a word (n,)."""
    words = np.array([s.word for s in Status], dtype=object)
    return np.asarray(words[made.status])


def table(made: Columns) -> pa.Table:
    """The columns as an Arrow table; NaN is an empty cell, and every column says its unit and form in its metadata."""
    import pyarrow as pa

    fields: list[tuple[str, Any, dict[str, str]]] = [("time", _times(made.time), {"meaning": "time of the reading"})]
    if made.until is not None:
        fields[0] = ("time", _times(made.time), {"meaning": "beginning of the period"})
        fields.append(("until", _times(made.until), {"meaning": "end of the period, not in it"}))
    unit, difference = made.symbol, made.difference
    fields += [
        ("value", _floats(made.value), {"unit": unit, "meaning": made.stream.quantity or "corrected value"}),
        ("u", _floats(made.u), {"unit": difference, "meaning": "combined standard uncertainty (k = 1)"}),
        ("random", _floats(made.random), {"unit": difference, "form": "random", "meaning": "own part of u, k = 1"}),
    ]
    for c in made.components:
        said = {"unit": difference, "form": "systematic", "influence": c.influence, "element": str(c.element)}
        said |= {"meaning": c.label} if c.label else {}
        fields.append((c.name, _floats(c.value), said))
    fields.append(("status", pa.array(status_words(made), pa.string()), {"meaning": "why there is a value or none"}))
    if made.readings is not None:
        fields.append(("readings", pa.array(made.readings), {"meaning": "readings with a value in the period"}))
    if made.flag is not None:
        fields.append(("flag", pa.array(made.flag, pa.string()), {"meaning": "mark of the device, as reported"}))
    if made.flagged_by is not None:
        fields.append(("flagged_by", pa.array(made.flagged_by, pa.string()), {"meaning": FLAGGED_BY}))
    if made.certificate is not None and made.certificates:
        words = np.array([*made.certificates, None], dtype=object)
        fields.append(("certificate", pa.array(words[made.certificate], pa.string()), {"meaning": "that corrects"}))
    schema = pa.schema([pa.field(n, a.type, metadata=m) for n, a, m in fields])
    return pa.table([a for _, a, _ in fields], schema=schema)


def _times(time: NDArray[np.int64]) -> Any:
    import pyarrow as pa

    return pa.array(time, mask=time == NO_TIME).cast(pa.timestamp("us", "UTC"))


def _floats(values: NDArray[np.float64]) -> Any:
    import pyarrow as pa

    return pa.array(values, mask=np.isnan(values))


def unit_of(made: Columns) -> dict[str, str]:
    """The unit in the spellings that readers know: symbol, and D-SI where it has a word."""
    return {k: v for k, v in (("symbol", made.symbol), ("dsi", made.unit.dsi or unit_text(made.unit))) if v}
