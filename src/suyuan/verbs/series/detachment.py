"""Take an instrument, or one certificate of it, from a stream from a day on; or take that back. Nothing is edited."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from suyuan.quantity.finding import Refused, finding
from suyuan.series.stream import Stream
from suyuan.verbs.series.declared import Declared, declared_document, read_declared


@dataclass(frozen=True, slots=True)
class Wanted:
    """What is to be declared. instrument: the stream's own where «»; certificate: issuer and number, of the whole
    instrument where None; since: day or moment; known: moment at which it is declared, which tells it from an earlier
    one; again: take back what was declared before; reason, by: why, and who."""

    stream: Stream
    instrument: str = ""
    certificate: tuple[str, str] | None = None
    since: str = ""
    known: str = ""
    again: bool = False
    reason: str = ""
    by: str = ""


def detachment(wanted: Wanted, kept: Iterable[Declared]) -> tuple[bytes, Declared]:
    """The document that says so, and what it declares.

    kept: all declared corrections, in the order of adding. Raises Refused for a day that is none, and for taking back
    what has not been declared.

    >>> stream = Stream("rh", "relative humidity", "%", "T-7")
    >>> detachment(Wanted(stream, since="2026-03-05"), ())[1].taken
    ('rh', 'T-7', '', '')
    """
    instrument = wanted.instrument or wanted.stream.instrument
    fields: dict[str, Any] = {
        "form": "again" if wanted.again else "none", "stream": wanted.stream.id, "instrument": instrument,
        "known": wanted.known, "source": wanted.reason, "declared_by": wanted.by,
    }  # fmt: skip
    if not wanted.again:
        fields["valid_from"] = wanted.since
    if wanted.certificate is not None:
        fields["certificate"] = dict(zip(("issuer", "number"), wanted.certificate, strict=True))
    document = declared_document({name: value for name, value in fields.items() if value})
    one, wrong = read_declared(document)
    if one is None:
        raise Refused(*wrong)
    if wanted.again and one.taken not in standing(kept):
        raise Refused(
            finding("series_join.taken.none", wanted.stream.id, stream=wanted.stream.id, instrument=instrument)
        )
    return document, one


def standing(kept: Iterable[Declared]) -> dict[tuple[str, str, str, str], Declared]:
    """What has been taken from streams and not taken back, by `Declared.taken`."""
    found: dict[tuple[str, str, str, str], Declared] = {}
    for one in kept:
        if one.form == "none":
            found[one.taken] = one
        elif one.form == "again":
            found.pop(one.taken, None)
    return found
