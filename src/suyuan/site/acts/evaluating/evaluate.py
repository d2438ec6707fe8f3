"""Evaluate: a draft to a result; certificates to pick inputs from; a result kept; the chain that it would have."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import date
from typing import Any

import numpy as np
from django.contrib.auth.models import AbstractBaseUser, AnonymousUser
from django.core.exceptions import PermissionDenied

from suyuan.certificate.certificate import Certificate, StatedQuantity
from suyuan.certificate.validity import state as validity
from suyuan.quantity.finding import Finding, Refused, errors, finding
from suyuan.quantity.influence import fresh_id
from suyuan.quantity.quantity import Quantity
from suyuan.site.acts import store
from suyuan.site.acts.clock import today
from suyuan.site.acts.evaluating import draft as drafts
from suyuan.site.acts.evaluating.draft import Draft, Row
from suyuan.site.acts.evidence import document as rows
from suyuan.site.acts.log import told
from suyuan.site.terms import term
from suyuan.store.folder import Added, plain_name
from suyuan.traceability.attached import body
from suyuan.traceability.chain import Chain
from suyuan.traceability.lookup import certificate_quantities
from suyuan.traceability.saved import result_document
from suyuan.verbs import trace as verb
from suyuan.verbs.case_form import parse_json
from suyuan.verbs.evaluate import Evaluation, evaluate

User = AbstractBaseUser | AnonymousUser
EVALUATE, ISSUE = "records.evaluate", "records.issue"
PICKS = 12
MOST_TRIALS = 10_000_000
"""Draws that a page waits for."""
ENOUGH = 500
"""So many values are looked through; who wants an older one gives more words."""


def may(user: User, permission: str) -> bool:
    """Whether somebody holds a permission."""
    return bool(getattr(user, "has_perm", lambda _: False)(permission))


@dataclass(frozen=True)
class Answer:
    """An evaluated draft. evaluation: None where it has none; chain: that the result would have if it were kept."""

    case: Mapping[str, Any]
    evaluation: Evaluation | None
    findings: tuple[Finding, ...]
    chain: Chain | None = None

    @property
    def faults(self) -> tuple[Finding, ...]:
        """Errors of an evaluation that was made: its numbers are shown, and must not be used."""
        return errors(self.evaluation.findings) if self.evaluation is not None else ()

    @property
    def usable(self) -> bool:
        """Whether there is a result that may be kept and issued."""
        return self.evaluation is not None and not self.faults


def answer(draft: Draft) -> Answer:
    """Evaluate; nothing is written. The case's own influences get an identity where the draft has none."""
    case, found = drafts.document(draft)
    trials = case["input"].get("trials")
    if isinstance(trials, int | float) and trials > MOST_TRIALS:
        found = (*found, finding("site.evaluate.trials", "trials", trials=trials, most=MOST_TRIALS))
    if errors(found):
        return Answer(case, None, found)
    try:
        made = evaluate(case, store.evidence(), bounds=store.store().bounds())
    except Refused as refused:
        return Answer(case, None, (*found, *refused.findings))
    return Answer(case, made, (*found, *made.findings), chain_ahead(made))


def chain_ahead(made: Evaluation, day: date | None = None) -> Chain | None:
    """The chain that the result will have: judged before anything is kept; None where it uses no certificate."""
    return verb.chain_ahead(made, store.evidence(), day or today(), term("evaluate.chain.here"))


def settled(draft: Draft) -> Draft:
    """The draft with the identity of its own influences: kept where the same measurement is evaluated again, fresh
    where another document bears it already: two measurements must not seem to share their readings."""
    if draft.evaluation and (draft.same or draft.evaluation not in identities()):
        return draft
    return replace(draft, evaluation=fresh_id())


def identities() -> set[str]:
    """The identities that kept cases bear."""
    cases = (node.case for node in store.graph().nodes if node.case is not None)
    return {str(body(case).get("evaluation") or "") for case in cases} - {""}


# ---------------------------------------------------------------- an existing case


def opened(key: str, *, instead: str = "", by: str = "") -> tuple[Draft, tuple[Finding, ...]]:
    """The case inside a kept certificate or result, as a draft.

    instead, by: digests of a certificate that the case uses and of the one that takes its place: then the same
    measurement is evaluated again. Raises Refused where there is no case.
    """
    node = store.graph().named(key)
    if node.case is None:
        raise Refused(finding("site.evaluate.no_case", node.title, named=node.title))
    # a kept result is issued as what it is; a certificate's case is usually a pattern for the next measurement
    draft = replace(drafts.from_case(node.case), same=node.kind == "result")
    newer = store.evidence().by_digest.get(by)
    older = store.evidence().by_digest.get(instead)
    if newer is None or older is None:
        return draft, ()
    return replace(draft, rows=tuple(_replaced(row, older, newer) for row in draft.rows), same=True), ()


def _replaced(row: Row, older: Certificate, newer: Certificate) -> Row:
    used = row.kind == "certificate" and (
        row.sha256 == older.digest or (not row.sha256 and (row.issuer, row.number) == older.key)
    )
    if not used:
        return row
    return replace(row, issuer=newer.issuer, number=newer.number, sha256=newer.digest)


def uploaded(data: bytes, name: str) -> Draft:
    """A case document from a file. Raises Refused where it is none."""
    found = parse_json(data, name)
    if found.get("suyuan") == "result" and isinstance(found.get("case"), dict):
        found = found["case"]
    if not isinstance(found.get("input"), dict):
        raise Refused(finding("case.field.missing", f"{name}: /input", field="input"))
    return drafts.from_case(found)


def exported(draft: Draft) -> tuple[bytes, tuple[Finding, ...]]:
    """The case as the command line takes it."""
    if draft.evaluation and not draft.same and draft.evaluation in identities():
        draft = replace(draft, evaluation="")
    case, found = drafts.document(draft)
    return json.dumps(case, ensure_ascii=False, allow_nan=False, indent=1).encode("utf-8") + b"\n", found


# ---------------------------------------------------------------- inputs from certificates


@dataclass(frozen=True)
class Pick:
    """One value of a stored certificate that may become an input. U: as stated with k, None where not; state: of its
    validity on the day."""

    certificate: Certificate
    stated: StatedQuantity
    index: int | None
    quantity: Quantity
    state: str

    @property
    def value(self) -> float:
        return float(np.ravel(self.quantity.value)[self.index or 0])

    @property
    def U(self) -> float | None:
        u = self.stated.uncertainty
        if u is None or u.kind != "expanded" or not u.value.size:
            return None
        return float(u.value[min(self.index or 0, u.value.size - 1)])

    @property
    def k(self) -> float | None:
        return self.stated.uncertainty.k if self.stated.uncertainty is not None else None

    @property
    def token(self) -> str:
        """What the page sends to choose it."""
        return f"{self.certificate.digest}:{self.stated.place}:{'' if self.index is None else self.index}"


def picks(words: str, day: date) -> list[Pick]:
    """Values of stored certificates whose names hold all the words; the valid and the newest first."""
    wanted = words.casefold().split()
    found: list[Pick] = []
    order = {"valid": 0, "unknown": 1, "expired": 2, "superseded": 3, "withdrawn": 4}
    newest = sorted(store.evidence().certificates, key=lambda c: c.issued or date.min, reverse=True)
    for certificate in newest:
        if len(found) >= ENOUGH:
            break
        head = " ".join((certificate.issuer, certificate.number, *_names(certificate)))
        if wanted and not any(
            all(w in f"{head} {_of(q)}".casefold() for w in wanted) for q in certificate.quantities()
        ):
            continue
        state = state_on(certificate, day)
        table = certificate_quantities(certificate)[0]
        for q in certificate.quantities():
            if q.place in table and all(w in f"{head} {_of(q)}".casefold() for w in wanted):
                found.extend(_elements(certificate, q, table[q.place], state))
    found.sort(key=lambda p: (order.get(p.state, 2), -(p.certificate.issued or date.min).toordinal()))
    return found


def state_on(certificate: Certificate, day: date) -> str:
    """Its validity on the day of use; withdrawn whenever it was withdrawn, because the value was wrong before too."""
    statements = store.evidence().statements
    if any(s.kind == "withdrawn" and (s.issuer, s.number) == certificate.key for s in statements):
        return "withdrawn"
    return validity(certificate, day, statements)[0]


def _names(certificate: Certificate) -> list[str]:
    return [
        text for item in certificate.items
        for text in (*item.name.values(), item.manufacturer, item.model, *(i.value for i in item.identifications))
    ]  # fmt: skip


def _of(q: StatedQuantity) -> str:
    return " ".join((*q.name.values(), q.unit, q.label))


def _elements(certificate: Certificate, q: StatedQuantity, value: Quantity, state: str) -> list[Pick]:
    if not value.ndim:
        return [Pick(certificate, q, None, value, state)]
    return [Pick(certificate, q, i, value, state) for i in range(min(value.size, 50))]


def chosen(token: str, names: set[str], day: date) -> Row:
    """The row of a picked value. Raises Refused where there is no such value."""
    digest, _, rest = token.partition(":")
    place, _, index = rest.partition(":")
    certificate = store.evidence().by_digest.get(digest)
    stated = certificate.at(place) if certificate is not None else None
    if certificate is None or stated is None:
        raise Refused(finding("site.evaluate.pick", "inputs"))
    name = next(n for n in (f"x{i}" for i in range(1, 1000)) if n not in names)
    item = certificate.items[0].name if certificate.items else {}
    label = {lang: "，".join(filter(None, (item.get(lang, ""), stated.name.get(lang, "")))) for lang in ("zh", "en")}
    table = certificate_quantities(certificate)[0]
    unit = table[place].unit.dsi if place in table else stated.unit
    return Row(
        name, label["zh"] or item.get("", "") or certificate.number, label["en"].replace("，", ", "), "certificate",
        unit=_typed_unit(stated.unit, unit), issuer=certificate.issuer, number=certificate.number,
        sha256=certificate.digest, place=place, index=index,
    )  # fmt: skip


def _typed_unit(stated: str, dsi: str) -> str:
    from suyuan.quantity.unit import parse_unit

    try:
        return parse_unit(stated).symbol
    except Refused:
        return dsi


def of_row(row: Row, day: date) -> Pick | None:
    """What a row from a certificate takes, where that is at hand."""
    certificate = store.evidence().by_digest.get(row.sha256) if row.sha256 else None
    if certificate is None and not row.sha256:
        same = store.evidence().by_key.get((row.issuer, row.number), ())
        certificate = same[0] if len(same) == 1 else None
    stated = certificate.at(row.place) if certificate is not None else None
    if certificate is None or stated is None:
        return None
    table = certificate_quantities(certificate)[0]
    if row.place not in table:
        return None
    index = int(row.index) if row.index.isdecimal() else None
    value = table[row.place]
    if index is not None and not 0 <= index < max(1, value.size):
        return None
    return Pick(certificate, stated, index, value, state_on(certificate, day))


# ---------------------------------------------------------------- keep


def save(user: User, draft: Draft, number: str, laboratory: str) -> tuple[Added, Draft]:
    """Keep an evaluated case as a result that is not issued yet; a line in the log.

    Raises PermissionDenied, and Refused where it cannot be evaluated or kept.
    """
    if not may(user, EVALUATE):
        raise PermissionDenied
    if not number.strip():
        raise Refused(finding("site.evaluate.save_number", "number"))
    if any(result.number == number.strip() for result in store.evidence().results):
        raise Refused(finding("site.evaluate.number_used", number.strip(), number=number.strip()))
    fixed = settled(draft)
    made = answer(fixed)
    if made.evaluation is None:
        raise Refused(*made.findings)
    if not made.usable:
        raise Refused(*made.faults)
    day = made.evaluation.case.day or today()
    document = result_document(
        number.strip(),
        laboratory.strip(),
        day,
        made.evaluation.document,
        verb.archive_of(made.evaluation),
        made.evaluation.title,
    )
    added = store.store().add(document, f"{plain_name(number.strip())}.json")
    if not added.stored:
        raise Refused(*added.findings)
    told("saved", user.get_username(), added.digest, number=number.strip(), issuer=laboratory.strip())
    rows.current()
    return added, fixed
