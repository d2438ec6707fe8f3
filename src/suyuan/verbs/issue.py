"""Issue a certificate: an evaluated case becomes a DCC 3.3 that the next laboratory reads without losing anything.

Printed are value and U by the rules of rounding; attached are the archive (the influences keep their identity) and
the case (the model can be evaluated again). The certificates used stand as equipment with the SHA-256 of their bytes,
and behind each of them its own parents. Only results of a formula are issued.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date
from decimal import Decimal

import numpy as np

from suyuan.certificate.certificate import (
    Attachment,
    Certificate,
    CertificateReference,
    Condition,
    Equipment,
    Item,
    Method,
    Result,
    StatedQuantity,
    Statement,
    Text,
    Uncertainty,
)
from suyuan.certificate.dcc_write import write
from suyuan.certificate.quantities import ARCHIVE, CASE
from suyuan.quantity.archive.archive import Disclosure, dump
from suyuan.quantity.finding import Refused, finding
from suyuan.quantity.influence import Source
from suyuan.quantity.notation import rounded, rounded_uncertainty
from suyuan.traceability.evidence import Evidence
from suyuan.verbs.evaluate import Evaluation, Output, unusable
from suyuan.verbs.trace import AHEAD, chain_ahead, chain_of, known_wrong

DEEPEST = 12
OUTSIDE = frozenset(("expired", "not_yet_valid", "withdrawn", "superseded", "out_of_range"))
VERDICTS: Mapping[str, Text] = {
    "pass": {"zh": "合格", "en": "pass"},
    "fail": {"zh": "不合格", "en": "fail"},
    "undecided": {"zh": "不能判定", "en": "undecided"},
}


@dataclass(frozen=True, slots=True)
class Particulars:
    """What the laboratory states beside the numbers."""

    issuer: str
    number: str
    item: Item
    ended: date
    issued: date
    began: date | None = None
    received: date | None = None
    valid_until: date | None = None
    issuer_address: str = ""
    country: str = "CN"
    customer: str = ""
    place_of_performance: str = "laboratory"
    persons: tuple[tuple[str, str], ...] = ()
    method: Text = field(default_factory=dict)
    norms: tuple[str, ...] = ()
    conditions: tuple[Condition, ...] = ()
    remarks: tuple[Text, ...] = ()
    disclosure: Disclosure = "full"
    substitutes: tuple[CertificateReference, ...] = ()


def issue(evaluation: Evaluation, particulars: Particulars, evidence: Evidence | None = None) -> bytes:
    """The bytes of the certificate (DCC 3.3.0).

    evidence: where the parents of the certificates used are found, for `linkedReport`. Raises Refused if the
    evaluation has errors or a particular cannot stand in a certificate.
    """
    if unusable(evaluation):
        raise Refused(*unusable(evaluation))
    return write(certificate_of(evaluation, particulars, evidence or Evidence()))


def certificate_of(evaluation: Evaluation, particulars: Particulars, evidence: Evidence) -> Certificate:
    """The certificate as a value, before it is written; its digest is that of bytes not yet written, so «»."""
    p = particulars
    if not p.issuer.strip() or not p.number.strip():
        raise Refused(finding("case.field.missing", where="particulars", field="issuer, number"))
    places = {name: f"{position}/0" for position, name in enumerate(evaluation.outputs)}
    method = Method(
        p.method or {"zh": "由测量模型评定", "en": "evaluated by a measurement model"}, p.norms,
        {"zh": _formula_text(evaluation), "en": _formula_text(evaluation)}, ("basic_calibrationMethod",),
    )  # fmt: skip
    return Certificate(
        form="dcc", issuer=p.issuer, number=p.number, digest="", version="3.3.0", issuer_address=p.issuer_address,
        country=p.country, languages=("zh", "en"), received=p.received, began=p.began or p.ended, ended=p.ended,
        issued=p.issued, valid_until=p.valid_until, place_of_performance=p.place_of_performance, customer=p.customer,
        persons=p.persons, items=(p.item,), methods=(method,),
        equipment=tuple(_equipment(evaluation, evidence, p.ended)), conditions=p.conditions,
        statements=tuple(_statements(evaluation, p.remarks)),
        results=tuple(_result(o, places[name], _named(evaluation, name)) for name, o in evaluation.outputs.items()),
        attachments=_attachments(evaluation, places, p), substitutes=p.substitutes,
    )  # fmt: skip


def _formula_text(evaluation: Evaluation) -> str:
    body = evaluation.document["input"]
    model = body["model"]
    lines = [f"{name} = {text}" for name, text in (body.get("definitions") or {}).items()]
    lines += [model] if isinstance(model, str) else [f"{name} = {text}" for name, text in model.items()]
    return "\n".join(lines)


def _equipment(evaluation: Evaluation, evidence: Evidence, day: date) -> Iterable[Equipment]:
    """The certificates used, each with whether it was used within its validity and range on the day of use."""
    seen: set[str] = set()
    ahead = chain_ahead(evaluation, evidence, day)
    own = ahead.breaks if ahead is not None else ()
    bad = {b.link.parent for b in own if b.link is not None and b.kind in OUTSIDE and b.link.child == AHEAD}
    for item in evaluation.inputs.values():
        used = item.certificate
        if used is None or used.digest in seen:
            continue
        seen.add(used.digest)
        thing = used.items[0] if used.items else Item({"": used.number})
        reference = reference_to(used, evidence, DEEPEST)
        yield Equipment(thing.name, thing.identifications, replace(reference, in_validity_range=used.digest not in bad))


def reference_to(certificate: Certificate, evidence: Evidence, depth: int) -> CertificateReference:
    """The reference to a certificate by SHA-256, with its own parents linked behind it, `depth` steps deep.

    traceable: whether its own chain is complete; None where the evidence does not reach that far.
    """
    linked = []
    for equipment in certificate.equipment if depth > 0 else ():
        if equipment.certificate is None:
            continue
        parent = evidence.find(equipment.certificate)
        if parent is not None and parent.digest != certificate.digest:
            linked.append(reference_to(parent, evidence, depth - 1))
    return CertificateReference(
        certificate.issuer, certificate.number, "sha256", certificate.digest, None, _complete(certificate, evidence),
        tuple(linked),
    )  # fmt: skip


def _complete(certificate: Certificate, evidence: Evidence) -> bool | None:
    try:
        wrong = known_wrong(chain_of(evidence, certificate.digest))
    except Refused:
        return None
    return None if wrong is None else not wrong


def _statements(evaluation: Evaluation, remarks: Sequence[Text]) -> Iterable[Statement]:
    for output in evaluation.outputs.values():
        if output.verdict is None or output.limits is None:
            continue
        lower, upper = output.limits.lower, output.limits.upper
        unit, word = output.unit.symbol, VERDICTS[output.verdict.state]
        span = f"[{'−∞' if lower is None else f'{lower:.12g}'}, {'∞' if upper is None else f'{upper:.12g}'}] {unit}"
        rule = f"w = {output.verdict.guard_factor:g} U"
        yield Statement(
            {"zh": f"{output.name}：允差 {span}，{rule}，判定：{word['zh']}",
             "en": f"{output.name}: limits {span}, {rule}, verdict: {word['en']}"},
            ("basic_conformity",), output.verdict.rule, rule, output.verdict.state,
        )  # fmt: skip
    for remark in remarks:
        yield Statement(remark)


def printed(value: float, expanded: float) -> tuple[str, str]:
    """Value and U as printed: U to two digits, the value to the same place (GUM 7.2.6); decimal text."""
    if expanded <= 0.0:
        return repr(value), "0"
    spread = rounded_uncertainty(expanded)
    return _digits(rounded(value, _place(spread))), _digits(spread)


def _place(number: Decimal) -> int:
    return int(number.as_tuple().exponent)


def _digits(number: Decimal) -> str:
    """Decimal text that shows the last place: 1.5E+2 where the tens are the last digit, else plain digits."""
    number = number if number else abs(number)  # zero has no sign
    return str(number) if _place(number) > 0 else f"{number:f}"


def _named(evaluation: Evaluation, output: str) -> Text:
    """What a result is called: the case's title where it has one output, else the output's name."""
    return evaluation.title if evaluation.case.single and evaluation.title else {"": output}


def _result(output: Output, place: str, name: Text) -> Result:
    spread = output.expanded
    value, expanded = printed(output.value, float(spread.U))
    uncertainty = Uncertainty(
        "expanded", np.array([float(expanded)]), (expanded,),
        k=float(f"{float(spread.k):.4g}"), p=spread.p, distribution="normal" if np.isinf(spread.dof) else "student_t",
    )  # fmt: skip
    stated = StatedQuantity(
        place, np.array([float(value)]), output.unit.dsi, name, (value,),
        ("basic_measuredValue",), uncertainty,
    )  # fmt: skip
    return Result(name, (stated,), ("basic_measuredValue",))


def _attachments(evaluation: Evaluation, places: Mapping[str, str], p: Particulars) -> tuple[Attachment, ...]:
    archive = dump(
        {places[name]: o.quantity for name, o in evaluation.outputs.items()},
        {name: item.quantity for name, item in evaluation.inputs.items()},
        p.disclosure,
        p.number,
        Source(p.issuer, p.number),
    )
    case = json.dumps(evaluation.document, ensure_ascii=False, allow_nan=False, indent=1, sort_keys=True).encode()
    kind = "application/json"
    attached = [Attachment("archive.json", kind, archive, (ARCHIVE,), "method")]
    if p.disclosure == "full":
        attached.append(Attachment("case.json", kind, case, (CASE,), "method"))
    return tuple(attached)
