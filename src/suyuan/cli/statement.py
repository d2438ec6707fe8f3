"""A certificate before a person and as JSON: values ± U with units, items, equipment with references, attachments."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from suyuan.certificate.certificate import Certificate, CertificateReference, Identification, StatedQuantity
from suyuan.cli.language import one_of, term
from suyuan.cli.output import Page, plain
from suyuan.quantity.finding import Refused
from suyuan.quantity.notation import grouped, notate, number
from suyuan.quantity.unit import parse_unit
from suyuan.traceability.evidence import Evidence
from suyuan.traceability.resolve import resolve

MOST = 40  # rows of one list; all of them stand in --json
LONGEST = 160  # characters of a method or statement
DATES = ("received", "began", "ended", "issued", "valid_until")


def show_certificate(page: Page, c: Certificate, evidence: Evidence) -> None:
    """The whole certificate on a page."""
    page.title(f"{c.issuer}  {c.number}")
    form = f"DCC {c.version}" if c.form == "dcc" else term("form.typed")
    page.facts(
        (
            (term("word.form"), f"{form}, {term('act.' + c.act)}"), ("SHA-256", c.digest),
            (term("word.basis"), c.basis), (term("word.customer"), c.customer),
            *((term(f"date.{name}"), getattr(c, name)) for name in DATES),
            (term("word.signed"), term("word.signed_unchecked") if c.signed else ""),
        )
    )  # fmt: skip
    for item in c.items:
        page.title(f"{term('word.item')}{term('mark.colon')}{one_of(item.name)}")
        page.facts(
            ((term("word.manufacturer"), item.manufacturer), (term("word.model"), item.model),
             *((one_of(i.name) or term("word.identification"), i.value) for i in item.identifications))
        )  # fmt: skip
    _results(page, c)
    _equipment(page, c, evidence)
    _remarks(page, c)
    if c.attachments:
        page.title(term("word.attachments"))
        columns = [term(f"attachment.{name}") for name in ("name", "type", "size", "meaning")]
        rows = [(a.name, a.media_type, f"{len(a.content)} B", " ".join(a.ref_types)) for a in c.attachments]
        page.table(columns, rows, right=(2,))


def _results(page: Page, c: Certificate) -> None:
    columns = [term(f"results.{name}") for name in ("place", "name", "value", "U", "unit", "k", "range")]
    for result in c.results:
        page.title(f"{term('word.results')}{term('mark.colon')}{one_of(result.name)}")
        rows = [row for stated in result.quantities for row in _rows(stated)]
        page.table(columns, rows, right=(2, 3, 5))


def _rows(q: StatedQuantity) -> Iterator[tuple[object, ...]]:
    """A row an element, in the printed digits; of a long list the first ones."""
    unit = symbol(q.unit)
    size = q.value.size
    for i in range(min(size, MOST)):
        k = number(q.uncertainty.k, 4) if q.uncertainty is not None and q.uncertainty.k is not None else ""
        place = q.place if size == 1 else f"{q.place}[{i}]"
        span = _range(q) if i == 0 else ""
        yield (place, one_of(q.name) if i == 0 else "", _value(q, i), _spread(q, i), unit, k, span)
    if size > MOST:
        yield ("", term("results.more", count=size - MOST), "", "", "", "", "")


def _value(q: StatedQuantity, i: int) -> str:
    if i < len(q.printed):
        return grouped(q.printed[i].replace("-", "−"))
    return grouped(notate(float(q.value.flat[i])).value_text)


def _spread(q: StatedQuantity, i: int) -> str:
    """The uncertainty as stated, with its letter where it is not the expanded one."""
    if q.uncertainty is None:
        return term("word.not_stated")
    given = q.uncertainty
    if given.kind == "interval" and given.lower is not None and given.upper is not None:
        return f"[{number(float(given.lower.flat[0]))}, {number(float(given.upper.flat[0]))}]"
    at = min(i, given.value.size - 1)
    digits = given.printed[at] if at < len(given.printed) else (number(float(given.value.flat[at]), 3) or "")
    letter = {"standard": "u = ", "half_width": "± "}.get(given.kind, "")
    return letter + grouped(digits)


def _range(q: StatedQuantity) -> str:
    if q.lower is None and q.upper is None:
        return ""
    low = "−∞" if q.lower is None else number(q.lower)
    return f"{low} … {'∞' if q.upper is None else number(q.upper)} {symbol(q.range_unit)}".strip()


def symbol(unit: str) -> str:
    """A unit as people write it; one that is not known as it stands."""
    try:
        found = parse_unit(unit).symbol if unit else ""
    except Refused:
        return unit
    return "" if found == "1" else found


def _equipment(page: Page, c: Certificate, evidence: Evidence) -> None:
    if not c.equipment:
        return
    page.title(term("word.equipment"))
    columns = [term(f"equipment.{name}") for name in ("name", "number", "certificate", "digest", "held")]
    rows = []
    for used in c.equipment:
        reference = used.certificate
        rows.append(
            (
                one_of(used.name), _numbers(used.identifications),
                "" if reference is None else f"{reference.issuer} {reference.number}".strip(),
                "" if reference is None or not reference.digest else f"{reference.algorithm} {reference.digest[:12]}…",
                "" if reference is None else term(f"held.{held(reference, evidence)}"),
            )
        )  # fmt: skip
    page.table(columns, rows)


def held(reference: CertificateReference, evidence: Evidence) -> str:
    """Whether the data folder holds the certificate that is referred to; «unknown» where it holds none at all."""
    return resolve(evidence, reference).state if evidence.certificates or evidence.anchors else "unknown"


def _numbers(identifications: tuple[Identification, ...]) -> str:
    return ", ".join(i.value for i in identifications)


def _remarks(page: Page, c: Certificate) -> None:
    """Conditions, methods and statements, line by line."""
    if c.conditions:
        page.title(term("word.conditions"))
        page.facts((one_of(x.name), ", ".join(_stated(q) for q in x.quantities)) for x in c.conditions)
    if c.methods:
        page.title(term("word.methods"))
        page.facts((one_of(m.name), ", ".join(m.norms) or _short(one_of(m.description))) for m in c.methods)
    if c.statements:
        page.title(term("word.statements"))
        for said in c.statements:
            page.text(f"  {_short(one_of(said.text))}  {said.day or ''}".rstrip())


def _short(text: str) -> str:
    """The beginning of a long text; all of it stands in --json."""
    text = " ".join(text.split())
    return text if len(text) <= LONGEST else text[: LONGEST - 1] + "…"


def _stated(q: StatedQuantity) -> str:
    spread = f" ± {_spread(q, 0)}" if q.uncertainty is not None and q.uncertainty.kind == "expanded" else ""
    return f"{_value(q, 0)}{spread} {symbol(q.unit)}".strip()


def certificate_json(c: Certificate, evidence: Evidence) -> dict[str, Any]:
    """The certificate as JSON: every field, files by size and SHA-256, references with what is held."""
    values: dict[str, Any] = plain(c)
    for row, equipment in zip(values["equipment"], c.equipment, strict=True):
        if equipment.certificate is not None:
            row["certificate"]["held"] = held(equipment.certificate, evidence)
    return values
