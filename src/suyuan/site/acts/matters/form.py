"""What somebody typed for a step of a matter → the content of its event; files are kept, nothing typed is lost.

Kinds of fields follow from their names, since a procedure names them in words only. What belongs to the step and
follows from what is known (the need sheet, both sides of a closed gap) is made here where nobody brought it.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from django.contrib.auth.models import User as Account
from django.core.files.uploadedfile import UploadedFile

from suyuan.capability.challenges.challenge import needs_of
from suyuan.capability.need import Need
from suyuan.centre.rectification import Raised, raised
from suyuan.procedure.matter import Matter
from suyuan.procedure.procedure import Procedure, Step
from suyuan.quantity.fields import canonical
from suyuan.quantity.finding import Finding, Refused, errors, finding
from suyuan.quantity.notation import MINUS
from suyuan.site.acts import clock, service, store
from suyuan.site.acts.evidence.certificate import User
from suyuan.site.acts.matters.matter import ACT_OF_ROLE, attach, name_of
from suyuan.site.records.log import Log
from suyuan.verbs.matter.guards import open_on
from suyuan.verbs.matter.matters import stands
from suyuan.verbs.matter.panels import criteria_for, subjects_of
from suyuan.verbs.snapshot import Snapshot

NAMED: Mapping[tuple[str, str], tuple[str, ...]] = {
    ("challenge", "review_opened"): ("reviewer",), ("challenge", "reviewers_named"): ("reviewer",),
    ("challenge", "chosen"): (), ("panel", "named"): ("reviewer", "chair"),
    ("panel", "replaced"): ("reviewer", "chair"),
}  # fmt: skip
"""Procedure and step → roles that it names; where none are told here, all that belong to one matter."""
HELD_BY: Mapping[str, tuple[str, ...]] = {"reviewer": ("judge",), "chair": ("judge",), "drafter": ("offer", "direct")}
"""Role → the acts of which one is needed to be proposed for it; everybody where none is told."""
MADE = frozenset(("need_sheet", "evidence_before", "evidence_after"))
"""Documents that are made from what is known where nobody brings them."""
CLOSURE = "closure-"
"""Before the number of a finding: the name in a form of the evidence that closes it."""
NUMBERS = frozenset(("price", "amount", "satisfaction"))
MOST_ROWS = 12
LONGEST = 4000
_NUMBER = re.compile(r"[+-]?\d+(\.\d+)?")
_DIGEST = re.compile(r"[0-9a-f]{64}")


@dataclass(frozen=True)
class Filled:
    """A form as it came. content: of the event; typed: every value by its name in the form, for its coming back; kept:
    document → digest and file name of what was uploaded; findings: what cannot be read."""

    content: Mapping[str, Any]
    typed: Mapping[str, Any]
    kept: Mapping[str, tuple[str, str]] = field(default_factory=dict)
    findings: tuple[Finding, ...] = ()


def accounts(acts: Iterable[str] = ()) -> list[Account]:
    """The people of this site, only those who hold one of some acts where any are given."""
    wanted = tuple(acts)
    people = Account.objects.filter(is_active=True, is_superuser=False).order_by("username")
    if not wanted:
        return list(people)
    return list(
        people.filter(groups__permissions__codename__in=wanted, groups__permissions__content_type__app_label="records")
        .distinct()
        .order_by("username")
    )


def roles_named(law: Procedure, step: Step) -> tuple[str, ...]:
    """The roles that a step which names persons asks for."""
    if "roles" not in step.fields:
        return ()
    told = NAMED.get((law.name, step.act))
    return told if told is not None else tuple(role for role in law.roles if role not in ACT_OF_ROLE)


# ---------------------------------------------------------------- reading


@dataclass(frozen=True)
class Asked:
    """What a form is for: a step of a matter by its procedure; the matter has no events where the step opens it."""

    law: Procedure
    matter: Matter
    step: Step

    @property
    def name(self) -> tuple[str, str]:
        return self.law.name, self.step.act


def filled(user: User, view: Asked, data: Mapping[str, Any], files: Mapping[str, Any]) -> Filled:
    """The content of an event from a form. data, files: of the request."""
    step = view.step
    content: dict[str, Any] = {}
    found: list[Finding] = []
    for name in step.fields:
        if name == "closures":
            continue
        value = _value(view, name, data, found)
        if value not in (None, "", [], {}):
            content[name] = value
    for name in _also(view):
        text = _text(data, name)
        if text:
            content[name] = text
    kept, told = _documents(user, view, data, files)
    found += told
    documents = {name: digest for name, (digest, _) in kept.items() if name in step.documents}
    closed = {name.removeprefix(CLOSURE): sha for name, (sha, _) in kept.items() if name.startswith(CLOSURE)}
    if closed:
        content["closures"] = closed
    made = {} if errors(found) else _made(user, view, set(documents))
    if documents or made:
        content["documents"] = {**documents, **made}
    typed = {key: data.getlist(key) for key in data} if hasattr(data, "getlist") else dict(data)
    return Filled(content, typed, kept, tuple(found))


def _also(view: Asked) -> tuple[str, ...]:
    """Contents that a step does not ask for but that belong to it."""
    return {
        ("challenge", "contracted"): ("amount",),
        ("challenge", "scored"): ("comment",),
        ("challenge", "chosen"): ("reason",),
    }.get(view.name, ())


def _text(data: Mapping[str, Any], name: str) -> str:
    return str(data.get(name, "")).replace("\x00", "").strip()[:LONGEST]


def number_text(text: str) -> str:
    """A number as it was typed with a point, «» where it is none.

    >>> number_text("1，200.5"), number_text("300 元")
    ('1200.5', '')
    """
    plain = text.replace("，", "").replace(",", "").replace(" ", "").replace(MINUS, "-")
    return plain if _NUMBER.fullmatch(plain) else ""


def _value(view: Asked, name: str, data: Mapping[str, Any], found: list[Finding]) -> Any:
    match name:
        case "roles":
            return _roles(view, data)
        case "scores":
            return _scores(view, data)
        case "milestones":
            return _rows(data, "milestones", ("name", "day"))
        case "declaration":
            return _declaration(data, found)
        case "examples":
            return _examples(data, found)
    text = _text(data, name)
    if name in NUMBERS and text:
        number = number_text(text)
        if not number or number.startswith("-"):
            found.append(finding("site.matter.number", f"content/{name}", given=text[:40]))
        return number
    return text


def _roles(view: Asked, data: Mapping[str, Any]) -> dict[str, list[str]]:
    """Role → accounts that were ticked; who holds it goes on with it where nobody was asked for another."""
    listed = getattr(data, "getlist", lambda key: data.get(key, []))
    found = {role: [str(n)[:150] for n in listed(f"role-{role}") if n] for role in roles_named(view.law, view.step)}
    if view.name == ("challenge", "chosen"):
        bid = next((m for m in service.now_known().matters_of("bid") if m.number == _text(data, "bid")), None)
        found["bidder"] = list(bid.holders("bidder")) if bid is not None else []
    return {role: names for role, names in found.items() if names}


def _scores(view: Asked, data: Mapping[str, Any]) -> dict[str, dict[str, str]]:
    known = service.now_known()
    return {
        subject: row
        for subject in subjects_of(known, view.matter, known.day)
        if (row := {c.id: text for c in criteria_for(view.matter) if (text := _text(data, f"score-{subject}-{c.id}"))})
    }


def _rows(data: Mapping[str, Any], start: str, names: tuple[str, ...]) -> list[dict[str, str]]:
    rows = [{name: _text(data, f"{start}-{n}-{name}") for name in names} for n in range(MOST_ROWS)]
    return [row for row in rows if any(row.values())]


def _declaration(data: Mapping[str, Any], found: list[Finding]) -> list[dict[str, str]] | str:
    """Ties with their other party, or the word «none»; a kind alone is no tie."""
    rows = [row for row in _rows(data, "declaration", ("kind", "other")) if row["other"]]
    if rows and _text(data, "declaration-none"):
        found.append(finding("centre.panel.declare_both", "content/declaration"))
    return rows or ("none" if _text(data, "declaration-none") else [])


def _examples(data: Mapping[str, Any], found: list[Finding]) -> list[dict[str, Any]]:
    """Lines «U = 0.05; y = 1.2» behind the digest of a saved result."""
    rows = []
    for row in _rows(data, "examples", ("case", "stated")):
        pairs = [part.partition("=") for part in re.split(r"[;；\n]", row["stated"]) if part.strip()]
        if not row["case"] or not pairs or not all(name.strip() and value.strip() for name, _, value in pairs):
            found.append(
                finding("site.matter.example", "content/examples", given=row["stated"][:60] or row["case"][:60])
            )
            continue
        rows.append({"case": row["case"], "stated": {name.strip(): value.strip() for name, _, value in pairs}})
    return rows


# ---------------------------------------------------------------- documents


def closures_asked(view: Asked) -> tuple[Raised, ...]:
    """The findings of which a step wants the evidence of closure."""
    return (raised(view.matter.events) or ()) if "closures" in view.step.fields else ()


def _documents(
    user: User, view: Asked, data: Mapping[str, Any], files: Mapping[str, Any]
) -> tuple[dict[str, tuple[str, str]], list[Finding]]:
    """Document → digest and name: what is uploaded now, named by its number, or was uploaded before a refusal."""
    kept: dict[str, tuple[str, str]] = {}
    found: list[Finding] = []
    for name in (*view.step.documents, *(f"{CLOSURE}{row.number}" for row in closures_asked(view))):
        upload = files.get(f"doc-{name}")
        digest, number = _text(data, f"kept-{name}"), _text(data, f"number-{name}")
        try:
            if isinstance(upload, UploadedFile):
                kept[name] = (attached(user, upload), str(upload.name))
            elif number:
                kept[name] = (certificate_numbered(number, name), number)
            elif _DIGEST.fullmatch(digest) and brought(user, digest):
                kept[name] = (digest, _text(data, f"name-{name}"))
        except Refused as refused:
            found += refused.findings
    return kept, found


def attached(user: User, upload: UploadedFile[Any]) -> str:
    """Keep an uploaded file; returns the digest by which events name it. Raises Refused for one that is empty."""
    body = upload.read()
    if not body:
        raise Refused(finding("site.matter.empty", str(upload.name), name=str(upload.name)[:100]))
    return attach(user, str(upload.name), str(upload.content_type or ""), body)


def brought(user: User, digest: str) -> bool:
    """Whether somebody uploaded the file of a digest: nobody names the files of others."""
    return Log.objects.filter(act="attached", user=name_of(user), digest=digest).exists()


def certificate_numbered(number: str, name: str = "certificate") -> str:
    """Digest of a certificate that is kept here, by its number. Raises Refused where not exactly one bears it."""
    same = [c.digest for c in store.evidence().certificates if c.number == number]
    if len(same) != 1:
        code = "site.matter.certificate"
        raise Refused(finding(code, f"content/documents/{name}", number=number[:80], count=len(same)))
    return same[0]


def _made(user: User, view: Asked, brought_now: set[str]) -> dict[str, str]:
    """The documents of a step that follow from what is known, where nobody brought them."""
    wanted = [name for name in view.step.documents if name in MADE and name not in brought_now]
    if not wanted:
        return {}
    known = service.now_known()
    needs = needs_of(view.matter, known.needs) or ()
    made = {}
    for name in wanted:
        document = need_sheet_file(needs, known) if name == "need_sheet" else _proof(view.matter, needs, name, known)
        if document is not None:
            made[name] = attach(user, document[0], document[1], document[2])
    return made


File = tuple[str, str, bytes]
_DOCX = "application/vnd.openxmlformats-officedocument.wordprocessingml.document"


def need_sheet_file(needs: Iterable[Need], known: Snapshot) -> File | None:
    """The need sheet of the first need as a Word file, None where there is none."""
    from suyuan.report.service.files import files
    from suyuan.report.service.need_sheet import need_fields, need_sheet

    first = next(iter(needs), None)
    if first is None:
        return None
    made = files(need_sheet(first, known.day), need_fields(first), "both", ("docx",))
    return next((name, _DOCX, body) for name, body in made.items())


def _proof(matter: Matter, needs: Iterable[Need], name: str, known: Snapshot) -> File | None:
    """The proof of the match on the day from which the gap counts as open, or today, as JSON."""
    from suyuan.report.service.proof import proof_fields
    from suyuan.verbs.matching.match import match_need

    wanted = tuple(needs)
    began = open_on(stands(matter, clock.now()))
    if not wanted or began is None:
        return None
    day = began if name == "evidence_before" else clock.today()
    at = service.now_known(day)
    proofs = [proof_fields(match_need(at, need)) for need in wanted]
    return f"{name}-{day}.json", "application/json", canonical({"day": day, "proofs": proofs})
