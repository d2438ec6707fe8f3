"""How a certificate corrects an instrument's readings, declared by the laboratory: the document «correction».

A certificate states numbers; which of them is a gain, an offset or the correction at a point, for which instrument and
from when, is for the laboratory that uses it to say. It cites values as cases do, by certificate and place.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import date, datetime, timedelta, tzinfo
from itertools import pairwise
from typing import Any

from suyuan.certificate.certificate import CertificateReference, one_line
from suyuan.quantity.fields import Fields, canonical, open_document
from suyuan.quantity.finding import Finding, Refused, errors
from suyuan.quantity.unit import parse_unit

KIND = "correction"
FORMS = ("gain_offset", "polynomial", "table", "formula")
TAKEN = ("none", "again")
"""Forms without a model: from a day on nothing corrects the readings of a stream by this instrument, or by this
certificate; and that this is taken back."""
STATES = ("correction", "error", "reference")
"""What a table gives at each point: what is added to a reading; reading minus true value; the true value itself."""
_EPOCH = datetime(1970, 1, 1)


@dataclass(frozen=True, slots=True)
class Cited:
    """One number of a model: a place of the certificate (element `index` of a list), or an exact value. unit: in which
    the model sees it, that which the form asks for where empty."""

    place: str = ""
    index: int | None = None
    value: float | None = None
    unit: str = ""


@dataclass(frozen=True, slots=True)
class Declared:
    """A declared correction. issuer, number: of the certificate, so that the store shows whose it is.

    parameters: name → number, of gain_offset, polynomial (c0, c1 …) and formula (`model`: text in raw and these names);
    points: of a table, at the raw values `at`, or at those that stand at `at_place`; states: one of `STATES`; range:
    calibrated, None: the points of the table, else what the certificate says; valid_from, valid_until, known: days or
    moments as text, «» for what the certificate says and for when the store first had both documents; quantity: the
    kind, as streams name it, where an instrument measures several of one unit and this corrects that one only; stream:
    that from which the instrument is taken, of the forms `TAKEN`, which need no certificate.
    """

    issuer: str
    number: str
    instrument: str
    certificate: CertificateReference
    form: str
    parameters: Mapping[str, Cited] = field(default_factory=dict)
    points: tuple[Cited, ...] = ()
    at: tuple[float, ...] = ()
    at_place: str = ""
    states: str = "correction"
    model: str = ""
    raw_unit: str = ""
    unit: str = ""
    range: tuple[float, float] | None = None
    valid_from: str = ""
    valid_until: str = ""
    known: str = ""
    configuration: str = ""
    place: str = ""
    quantity: str = ""
    stream: str = ""
    source: str = ""
    declared_by: str = ""
    digest: str = ""

    @property
    def subject(self) -> tuple[str, str, str, str]:
        """Instrument, configuration, place, kind of quantity."""
        return self.instrument, self.configuration, self.place, self.quantity

    @property
    def corrects(self) -> bool:
        """Whether it says how readings are corrected, and not that they are not."""
        return self.form not in TAKEN

    @property
    def taken(self) -> tuple[str, str, str, str]:
        """Stream, instrument and certificate of a form of `TAKEN`: a later one of the same replaces an earlier one."""
        return self.stream, self.instrument, self.issuer, self.number


def declared_document(fields: Mapping[str, Any]) -> bytes:
    """Fields of a correction as its canonical document."""
    return canonical({**fields, "suyuan": KIND})


def read_declared(document: bytes) -> tuple[Declared | None, tuple[Finding, ...]]:
    """The correction that a document declares, or None if a field is wrong; findings carry a JSON pointer.

    >>> made = {"instrument": "T-7", "certificate": {"issuer": "A", "number": "1"}, "form": "gain_offset",
    ...         "parameters": {"offset": {"place": "0/0"}}, "raw_unit": "degC"}
    >>> read_declared(declared_document(made))[0].parameters["offset"].place
    '0/0'
    """
    root, found = open_document(document, KIND)
    if root is None:
        return None, tuple(found)
    form = root.choice("form", (*FORMS, *TAKEN))
    if form in TAKEN:
        return _taken(root, form, document)
    reference = _reference(root)
    made = Declared(
        issuer=reference.issuer,
        number=reference.number,
        instrument=root.text("instrument", required=True),
        certificate=reference,
        form=form,
        parameters=_parameters(root, form),
        raw_unit=_unit(root, "raw_unit", form != "table" or not root.has("at_place")),
        unit=_unit(root, "unit"),
        range=_range(root),
        valid_from=_moment(root, "valid_from"),
        valid_until=_moment(root, "valid_until"),
        known=_moment(root, "known"),
        configuration=root.text("configuration"),
        place=root.text("place"),
        quantity=root.text("quantity"),
        source=root.text("source"),
        declared_by=root.text("declared_by"),
        digest=hashlib.sha256(document).hexdigest(),
    )
    if form == "table":
        made = _table(root, made)
    if form == "formula":
        made = replace(made, model=root.text("model", required=True))
    root.close()
    return (None if errors(found) else made), tuple(found)


def _taken(root: Fields, form: str, document: bytes) -> tuple[Declared | None, tuple[Finding, ...]]:
    """That nothing corrects a stream's readings by an instrument, or by one certificate of it, any more."""
    reference = _reference(root, required=False)
    made = Declared(
        reference.issuer, reference.number, root.text("instrument", required=True), reference, form,
        valid_from=_moment(root, "valid_from"), known=_moment(root, "known"), stream=root.text("stream", required=True),
        source=root.text("source"), declared_by=root.text("declared_by"), digest=hashlib.sha256(document).hexdigest(),
    )  # fmt: skip
    if form == "none" and not root.has("valid_from"):
        root.report("series_join.taken.start", "valid_from")
    root.close()
    return (None if errors(root.found) else made), tuple(root.found)


def _reference(root: Fields, required: bool = True) -> CertificateReference:
    fields = root.inner("certificate", required=required)
    if fields is None:
        return CertificateReference()
    issuer, number = (one_line(fields.text(key, required=True)) for key in ("issuer", "number"))
    digest = fields.text("sha256").lower()
    if digest and re.fullmatch(r"[0-9a-f]{64}", digest) is None:
        fields.report("typed.digest", "sha256", given=digest[:70])
        digest = ""
    fields.close()
    return CertificateReference(issuer, number, "sha256" if digest else "", digest, where="/certificate")


def _parameters(root: Fields, form: str) -> dict[str, Cited]:
    """The numbers of a model by name; the form says which names there are."""
    if form in ("table", ""):
        return {}
    inner = root.inner("parameters", required=form != "formula")
    if inner is None:
        return {}
    found = {}
    for name in inner.content:
        fields = inner.inner(name, required=True)
        if fields is not None:
            found[name] = _cited(fields)
    wanted = {"gain_offset": ("gain", "offset"), "polynomial": tuple(f"c{k}" for k in range(len(found)))}.get(form)
    if wanted is not None:
        for name in sorted(set(found) - set(wanted)):
            inner.report("series_join.parameter.unknown", name, name=name, form=form, known=", ".join(wanted))
    return found


def _cited(fields: Fields) -> Cited:
    place, number, index = fields.text("place"), fields.number("value"), fields.whole("index")
    if (not place) == (number is None):
        fields.report("series_join.cited.one", "place")
    if index is not None and index < 0:
        fields.report("typed.number.syntax", "index", given=index)
    made = Cited(place, index, None if number is None else number.value, _unit(fields, "unit"))
    fields.close()
    return made


def _table(root: Fields, made: Declared) -> Declared:
    """The points of a table: one list of the certificate, or single values."""
    listed = isinstance(root.content.get("points"), list)
    cited = root.several("points", required=True) if listed else (root.inner("points", required=True),)
    at = tuple(n.value for n in root.numbers("at", required=not root.has("at_place")))
    if any(a >= b for a, b in pairwise(at)):
        root.report("series_join.table.order", "at")
    states = root.choice("states", STATES)
    points = tuple(_cited(fields) for fields in cited if fields is not None)
    return replace(made, points=points, at=at, at_place=root.text("at_place"), states=states)


def _unit(fields: Fields, key: str, required: bool = False) -> str:
    text = fields.text(key, required)
    if text:
        try:
            parse_unit(text)
        except Refused as refused:
            fields.found.extend(replace(f, where=fields.where(key)) for f in refused.findings)
            return ""
    return text


def _range(root: Fields) -> tuple[float, float] | None:
    given = root.numbers("range")
    if not given:
        return None
    if len(given) != 2 or given[0].value > given[1].value:
        root.report("series_join.range", "range")
        return None
    return given[0].value, given[1].value


def _moment(root: Fields, key: str) -> str:
    text = root.text(key)
    if text:
        try:
            read_moment(text)
        except ValueError:
            root.report("typed.date.impossible", key, field=key, given=text)
            return ""
    return text


# ---------------------------------------------------------------- days and moments


def read_moment(text: str) -> date | datetime:
    """A day, or a moment in ISO 8601. Raises ValueError for what is neither."""
    text = text.strip()
    return date.fromisoformat(text) if re.fullmatch(r"\d{4}-\d{2}-\d{2}", text) else datetime.fromisoformat(text)


def moment_of(when: date | datetime, zone: tzinfo, over: bool = False) -> int:
    """µs since 1970-01-01T00:00Z of a moment, or of the beginning of a day; over: the beginning of the next day.

    zone: for days, and for moments without an offset of their own.

    >>> from datetime import UTC
    >>> moment_of(date(1970, 1, 2), UTC), moment_of(date(1970, 1, 1), UTC, over=True)
    (86400000000, 86400000000)
    """
    if not isinstance(when, datetime):
        if over and when == date.max:
            return moment_of(when, zone) + 86_400_000_000
        when = datetime.combine(when + timedelta(days=1) if over else when, datetime.min.time())
    aware = when if when.tzinfo is not None else when.replace(tzinfo=zone)
    micro = timedelta(microseconds=1)
    return (aware.replace(tzinfo=None) - _EPOCH) // micro - (aware.utcoffset() or timedelta()) // micro


def moment_on(day: date, kept: int | None, zone: tzinfo, over: bool = False) -> int:
    """µs of what happened on a day: when it was kept, where that is on the day, so that the events of a day have an
    order; else the beginning of the day, over: its last µs.

    kept: µs, None where nobody knows; zone: in which days begin.

    >>> from datetime import UTC
    >>> [moment_on(date(1970, 1, 2), kept, UTC, True) for kept in (90_000_000_000, None, 200_000_000_000)]
    [90000000000, 172799999999, 172799999999]
    """
    first, last = moment_of(day, zone), moment_of(day, zone, over=True) - 1
    if kept is not None and first <= kept <= last:
        return kept
    return last if over else first
