"""A certificate typed from paper: a JSON document in, the same value that a digital certificate gives out.

The document keeps the printed digits (numbers are text). Its identity is issuer and number, its digest that of its
bytes. What paper does not say stays unsaid: degrees of freedom are never inferred from k; a class becomes a
half-width by a sourced row, an order only bounds the U that the certificate states itself.
"""

from __future__ import annotations

import hashlib
import re
import unicodedata
from collections.abc import Mapping
from datetime import date
from itertools import pairwise
from typing import Any

import numpy as np

from suyuan.certificate.certificate import (
    Act,
    Certificate,
    CertificateReference,
    Equipment,
    Identification,
    Item,
    Method,
    Result,
    StatedQuantity,
    one_line,
)
from suyuan.certificate.typed_result import possible, read_result
from suyuan.quantity.fields import Fields, canonical, open_document
from suyuan.quantity.finding import Finding, errors, finding

KIND = "typed-certificate"
_ACTS: dict[str, Act] = {"calibration": "calibration", "legal_verification": "legal_verification"}
_SHA256 = re.compile(r"[0-9a-f]{64}")


def to_document(fields: Mapping[str, Any]) -> bytes:
    """Fields of a typed certificate as its canonical document, so that the same typing gives the same digest.

    Keys are sorted, text is NFC without outer blanks, numbers are written as text, empty fields are left out.
    """
    return canonical({**fields, "suyuan": KIND})


def read_typed(document: bytes) -> tuple[Certificate | None, tuple[Finding, ...]]:
    """The certificate that a typed document states.

    document: UTF-8 JSON with "suyuan": "typed-certificate"; the quantity at `results/i` gets the place «i/0».

    Returns the certificate, or None if any field is wrong (severity error), and all findings, each with a JSON pointer.
    A value without any uncertainty is kept with a warning: it can be looked at but enters no result.
    """
    root, found = open_document(document, KIND)
    if root is None:
        return None, tuple(found)
    issuer, number = (_name(root, key) for key in ("issuer", "number"))
    act = _ACTS.get(root.choice("act", _ACTS, "calibration"), "calibration")
    dates = {key: root.day(key, key in ("ended", "issued")) for key in _DATES}
    _check_dates(root, dates)
    results = root.several("results", required=True)
    used_on = dates["ended"] or dates["issued"]
    quantities = tuple(q for i, r in enumerate(results) if (q := read_result(r, i, used_on)) is not None)
    joint = _correlations(root, quantities, len(results))
    basis = root.text("basis")
    items, equipment = _items(root), _equipment(root)
    _check_references(root, quantities, equipment)
    customer, address, country = root.text("customer"), root.text("address"), root.text("country")
    root.close()
    if errors(found) or not quantities:
        return None, tuple(found)
    method = Method({"zh": "依据的技术文件", "en": "governing document"}, (basis,)) if basis else None
    certificate = Certificate(
        form="typed",
        issuer=issuer,
        number=number,
        digest=hashlib.sha256(document).hexdigest(),
        version="1",
        act=act,
        basis=basis,
        issuer_address=address,
        country=country,
        customer=customer,
        languages=_languages(quantities, items),
        received=dates["received"],
        began=dates["began"],
        ended=dates["ended"],
        issued=dates["issued"],
        valid_until=dates["valid_until"],
        items=items,
        equipment=equipment,
        methods=(method,) if method else (),
        # all correlations stand in one result, so that a chain of pairs stays one joint group
        results=tuple(Result(q.name, (q,), (), joint if i == 0 else ()) for i, q in enumerate(quantities)),
    )
    return certificate, tuple(found)


def _name(root: Fields, key: str) -> str:
    """Issuer or number: blanks count once, and signs that nobody sees are refused: they would make another identity."""
    text = one_line(root.text(key, required=True))
    hidden = next((c for c in text if unicodedata.category(c) in ("Cc", "Cf")), "")
    if hidden:
        root.report("typed.text.hidden", key, sign=f"U+{ord(hidden):04X}")
    return text


_DATES = ("received", "began", "ended", "issued", "valid_until")


def _check_dates(root: Fields, dates: Mapping[str, date | None]) -> None:
    """Received ≤ began ≤ ended ≤ issued ≤ valid until, as far as stated."""
    stated = [(key, day) for key in _DATES if (day := dates[key]) is not None]
    for (earlier, first), (later, second) in pairwise(stated):
        if second < first:
            root.report("typed.date.order", later, earlier=earlier, first=first, later=later, second=second)


def _languages(quantities: tuple[StatedQuantity, ...], items: tuple[Item, ...]) -> tuple[str, ...]:
    texts = [q.name for q in quantities] + [item.name for item in items]
    seen = {language for text in texts for language in text if language}
    return tuple(sorted(seen, key=lambda language: (language != "zh", language)))


def _identifications(fields: Fields) -> tuple[Identification, ...]:
    serial = fields.text("serial")
    return (Identification("manufacturer", serial, {"zh": "出厂编号", "en": "serial number"}),) if serial else ()


def _items(root: Fields) -> tuple[Item, ...]:
    fields = root.inner("item", required=True)
    if fields is None:
        return ()
    item = Item(
        name=fields.names("name", required=True),
        manufacturer=fields.text("manufacturer"),
        model=fields.text("model"),
        identifications=_identifications(fields),
    )
    fields.close()
    return (item,)


def _equipment(root: Fields) -> tuple[Equipment, ...]:
    listed = []
    for fields in root.several("equipment"):
        reference = fields.inner("certificate")
        listed.append(
            Equipment(
                name=fields.names("name", required=True),
                identifications=_identifications(fields),
                certificate=None if reference is None else _reference(reference),
                where=fields.where(),
            )
        )
        fields.close()
    return tuple(listed)


def _check_references(root: Fields, quantities: tuple[StatedQuantity, ...], equipment: tuple[Equipment, ...]) -> None:
    """A reference that contributes to an uncertainty is one of the standards that were used."""
    used = {(one_line(c.issuer), one_line(c.number)) for e in equipment if (c := e.certificate) is not None}
    for q in quantities:
        for part in q.shared:
            if (part.reference.issuer, part.reference.number) not in used:
                where, number = part.reference.where, part.reference.number
                root.found.append(finding("typed.shared.not_used", where, number=number))


def _reference(fields: Fields) -> CertificateReference:
    digest = fields.text("sha256").lower()
    if digest and _SHA256.fullmatch(digest) is None:
        fields.report("typed.digest", "sha256", given=digest[:70])
        digest = ""
    reference = CertificateReference(
        issuer=fields.text("issuer", required=True),
        number=fields.text("number", required=True),
        algorithm="sha256" if digest else "",
        digest=digest,
        where=fields.where(),
    )
    fields.close()
    return reference


def _correlations(
    root: Fields, quantities: tuple[StatedQuantity, ...], size: int
) -> tuple[tuple[str, str, float], ...]:
    """[i, j, r] between scalar results: known rows, |r| ≤ 1, together a possible correlation matrix."""
    if not root.has("correlations"):
        return ()
    rows = root.content["correlations"]
    if not isinstance(rows, list):
        root.report(
            "typed.field.type",
            "correlations",
            field="correlations",
            expected_zh="[i, j, r] 的列表",
            expected_en="list of [i, j, r]",
        )
        return ()
    by_place = {q.place: q for q in quantities}
    matrix = np.eye(size)
    joint: dict[tuple[int, int], float] = {}
    for n, row in enumerate(rows):
        pair = _pair(root, row, n, size)
        if pair is None:
            continue
        i, j, r = pair
        if (i, j) in joint:
            root.report("typed.correlation.repeated", "correlations", n, i=i, j=j)
            continue
        ends = [by_place.get(f"{m}/0") for m in (i, j)]
        unstated = not errors(root.found) and any(q is not None and q.uncertainty is None for q in ends)
        if unstated or any(q is not None and q.value.size != 1 for q in ends):
            root.report("typed.correlation.not_scalar", "correlations", n, i=i, j=j)
            continue
        joint[i, j] = matrix[i, j] = matrix[j, i] = r
    if not possible(root, matrix, "correlations"):
        return ()
    return tuple((f"{i}/0", f"{j}/0", r) for (i, j), r in joint.items())


def _pair(root: Fields, row: object, n: int, size: int) -> tuple[int, int, float] | None:
    if not isinstance(row, list) or len(row) != 3:
        root.report(
            "typed.field.type",
            "correlations",
            n,
            field="correlations",
            expected_zh="[i, j, r]",
            expected_en="[i, j, r]",
        )
        return None
    numbers = [root.one_number(v, "correlations", n, m) for m, v in enumerate(row)]
    if any(x is None for x in numbers):
        return None
    i, j, r = (x.value for x in numbers if x is not None)
    if i == j or any(m != int(m) or not 0 <= m < size for m in (i, j)):
        root.report("typed.correlation.index", "correlations", n, i=f"{i:g}", j=f"{j:g}", last=size - 1)
        return None
    if abs(r) > 1:
        root.report("typed.correlation.value", "correlations", n, 2, given=r)
        return None
    return int(min(i, j)), int(max(i, j)), r
