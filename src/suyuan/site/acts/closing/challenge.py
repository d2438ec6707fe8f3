"""Opening matters: a call, a challenge from a need, a bid, an order, a project, a conversion; each by its first step.

The head of a matter follows from what it is about (need, challenge, capability, result); what the first step asks for
is the same form as in any other step (`acts.matters.form`).
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from django.core.exceptions import PermissionDenied
from django.http import Http404

from suyuan.capability.capability import Capability
from suyuan.capability.challenges.challenge import named, needs_of, sheet
from suyuan.capability.challenges.research import Result, results
from suyuan.capability.gaps.gap import gap
from suyuan.capability.need import Need
from suyuan.procedure.matter import Event, Matter
from suyuan.quantity.finding import Finding, Refused, errors, finding
from suyuan.site.acts import clock, service
from suyuan.site.acts.closing import gaps
from suyuan.site.acts.evidence.certificate import User
from suyuan.site.acts.matching import need as stated
from suyuan.site.acts.matching import sight
from suyuan.site.acts.matters import matter
from suyuan.site.acts.matters.form import Asked, accounts
from suyuan.site.acts.matters.matter import Seen, name_of
from suyuan.site.acts.sharing import order
from suyuan.site.terms import term
from suyuan.verbs.matching.match import match_need
from suyuan.verbs.matter.matters import procedure_named
from suyuan.verbs.regions import region_code
from suyuan.verbs.snapshot import Snapshot


@dataclass(frozen=True)
class First:
    """How a procedure is opened. act, role: of the first step; may: acts of which one is needed; prefix: of numbers."""

    act: str
    role: str
    may: tuple[str, ...]
    prefix: str


OPENING: Mapping[str, First] = {
    "call": First("called", "organiser", ("regulate",), "CALL"),
    "challenge": First("submitted", "needer", ("ask", "direct", "regulate"), "CH"),
    "bid": First("submitted", "bidder", ("offer", "direct"), "BID"),
    "order": First("asked", "customer", ("ask", "direct", "offer"), "ORD"),
    "research": First("proposed", "leader", ("offer", "direct"), "RS"),
    "conversion": First("registered", "drafter", ("offer", "direct"), "CV"),
}
NEEDS = " | "
"""Between the names of several needs that become one challenge."""
TARGETS = ("regulation", "specification", "standard", "guide")
"""Kinds of documents into which a result is converted (规程、规范、标准、指南)."""


@dataclass(frozen=True)
class Opened:
    """A matter that is about to be opened. matter: without events; asked: for its first step; role: of who opens."""

    matter: Matter
    asked: Asked
    role: str


def may_open(user: User, procedure: str) -> bool:
    """Whether somebody may open matters of a procedure here."""
    return procedure in OPENING and service.may(user, *OPENING[procedure].may)


def opening(user: User, procedure: str, given: Mapping[str, str]) -> Opened:
    """A matter from what is typed and what it is about. Raises Refused where that is not known.

    given: title, title_en, organisation, organisation_en; need, call, challenge, lab, id, kind, project, result …
    """
    if procedure not in OPENING:
        raise Http404
    if not may_open(user, procedure):
        raise PermissionDenied
    known, first, me = service.now_known(), OPENING[procedure], name_of(user)
    made = _HEADS[procedure](user, known, given)
    role = "organiser" if procedure == "challenge" and not service.may(user, "ask", "direct") else first.role
    law = procedure_named(procedure)
    roles = {r: held for r in law.roles if (held := _holders(r, role, me))} | dict(made.roles)
    whole = replace(made, number=matter.numbered(procedure, first.prefix), roles=roles)
    step = law.step(first.act)
    if step is None:
        raise Http404
    return Opened(whole, Asked(law, whole, step), role)


def _holders(role: str, mine: str, me: str) -> tuple[str, ...]:
    """Who holds a role from the beginning: I mine, offices whoever holds the act."""
    if role == mine:
        return (me,)
    act = matter.ACT_OF_ROLE.get(role)
    return tuple(a.get_username() for a in accounts((act,))) if act else ()


def open_it(user: User, opened: Opened, content: Mapping[str, Any], found: tuple[Finding, ...] = ()) -> Seen:
    """Open it by its first step. Raises Refused with all that is against it."""
    faults = list(errors(found))
    if not any(text.strip() for text in opened.matter.organisation.values()):
        faults.append(finding("site.matter.organisation", "organisation"))
    if not any(text.strip() for text in opened.matter.title.values()):
        faults.append(finding("site.matter.title", "title"))
    faults += _before(user, opened, content)
    if faults:
        raise Refused(*faults)
    return matter.open_matter(user, opened.matter, opened.asked.step.act, opened.role, content)


def _before(user: User, opened: Opened, content: Mapping[str, Any]) -> tuple[Finding, ...]:
    """What stands against opening it that no later step would find in time."""
    known, fields = service.now_known(), opened.matter.fields
    if opened.matter.procedure == "order":
        return order.faults(user, known, fields, str(content.get("need", "")), opened.matter.organisation)
    if opened.matter.procedure == "challenge" and not fields.get("met_reason"):
        met = met_already(known, needs_of(opened.matter, known.needs) or ())
        return tuple(finding("site.challenge.met", "met_reason", need=need.id) for need, _ in met[:1])
    if opened.matter.procedure == "research" and not fields.get("links"):
        return (finding("capability.research.no_gap", "need", number=opened.matter.number),)
    return ()


def met_already(known: Snapshot, needs: Sequence[Need]) -> list[tuple[Need, tuple[tuple[str, str], ...]]]:
    """The needs that can be met today, each with the capabilities that meet it alone; () where only several can."""
    found = [match_need(known, need) for need in needs]
    return [(m.need, tuple(e.capability.key for e in m.single)) for m in found if m.verdict == "can"]


# ---------------------------------------------------------------- the heads


def _typed(given: Mapping[str, str], name: str, usual: Mapping[str, str] | None = None) -> dict[str, str]:
    """A text in both languages as it was typed; the usual one where nothing was."""
    zh, en = (str(given.get(key, "")).strip()[:400] for key in (name, f"{name}_en"))
    if not zh and not en:
        return dict(usual or {})
    return {"zh": zh, "en": en} if zh and en else {"": zh or en}


def _mine(user: User, known: Snapshot) -> Mapping[str, str]:
    return next(iter(sight.organisations_of(user, known)), {})


def _head(
    procedure: str, given: Mapping[str, str], title: Mapping[str, str], organisation: Mapping[str, str]
) -> Matter:
    return Matter(procedure, "", _typed(given, "title", title), _typed(given, "organisation", organisation))


def _call(user: User, known: Snapshot, given: Mapping[str, str]) -> Matter:
    year = clock.today().year
    usual = {"zh": f"{year} 年产业计量技术创新挑战赛", "en": f"innovation challenge {year}"}
    return _head("call", given, usual, _mine(user, known))


def need_of(user: User, known: Snapshot, name: str) -> Need:
    """A registered need that somebody may see. Raises Refused for one that is only a draft, or none."""
    found = sight.need_named(known, name)
    if found is None or sight.hidden(found, sight.open_keys(user, known)):
        code = "site.challenge.draft" if name and " " not in name and name in _drafts() else "site.challenge.no_need"
        raise Refused(finding(code, "need", need=name[:80] or "—") if code.endswith("draft") else finding(code, "need"))
    return found


def _drafts() -> Mapping[str, Any]:
    from suyuan.capability.gaps.industry import parameters

    return parameters()


def needs_asked(user: User, known: Snapshot, given: Mapping[str, str]) -> tuple[Need, ...]:
    """The needs that a matter is to be about. Raises Refused for one that is not registered or may not be seen."""
    names = [name.strip() for name in str(given.get("need", "")).split(NEEDS) if name.strip()]
    return tuple(need_of(user, known, name) for name in dict.fromkeys(names or [""]))


def _challenge(user: User, known: Snapshot, given: Mapping[str, str]) -> Matter:
    needs = needs_asked(user, known, given)
    for need in needs:
        other = gaps.challenge_about(known, need)
        if other is not None:
            raise Refused(finding("site.challenge.taken", "need", need=need.id, number=other.number))
    found = [gap(match_need(known, need)) for need in needs]
    first = next((g for g in found if g is not None), None)
    told = {"kind": first.kind, "factor": first.factor, "gate": first.gate, "day": known.day} if first else {}
    head = _head("challenge", given, needs[0].title or needs[0].measurand, needs[0].organisation)
    owner = needs[0].organisation
    if any(need.organisation != owner for need in needs):
        owner = _mine(user, known) or owner
    fields = _plain(sheet(needs, str(given.get("call", "")), told))
    reason = str(given.get("met_reason", "")).strip()[:400]
    return replace(head, organisation=owner, fields=fields | ({"met_reason": reason} if reason else {}))


def _plain(fields: Mapping[str, Any]) -> dict[str, Any]:
    """Fields with days as text and without what is not known."""
    gap_told = {k: str(v) for k, v in fields.get("gap", {}).items() if v is not None}
    return {**fields, **({"gap": gap_told} if gap_told else {})}


def _title_of(user: User, number: str) -> Mapping[str, str]:
    """The title of a challenge as somebody may see it, nothing where its need is confidential to them. 404 for whoever
    may not see the challenge."""
    challenge = matter.seen("challenge", number, user).matter
    return {} if sight.masked(user, challenge) else challenge.title


def _bid(user: User, known: Snapshot, given: Mapping[str, str]) -> Matter:
    number = str(given.get("challenge", ""))
    told = _title_of(user, number)
    title = {"zh": f"揭榜方案：{told.get('zh') or number}", "en": f"bid: {told.get('en') or number}"}
    fields: dict[str, Any] = {"links": {"challenge": number}}
    for name in ("partners", "team"):
        listed = [t.strip()[:200] for t in str(given.get(name, "")).replace("；", ";").split(";") if t.strip()]
        fields |= {name: listed} if listed else {}
    return replace(_head("bid", given, title, _mine(user, known)), fields=fields)


def _order(user: User, known: Snapshot, given: Mapping[str, str]) -> Matter:
    resource = given.get("kind") == "resource"
    wanted = order.wanted(known, str(given.get("lab", "")), str(given.get("id", "")), resource)
    fields: dict[str, Any] = {"provider": wanted.name, "resource" if resource else "capability": wanted.row.id}
    for name in ("need", "customer_region", "customer_sector", "from", "until", "pieces", "impartiality"):
        text = str(given.get(name, "")).strip()[:400]
        fields |= {name: text} if text else {}
    if "customer_region" in fields:  # what no table knows is refused when the order is placed
        fields["customer_region"] = region_code(fields["customer_region"]) or fields["customer_region"]
    need = sight.need_named(known, str(fields.get("need", "")))
    if need is not None and not sight.hidden(need, sight.open_keys(user, known)):
        fields["need"] = named(need)
        if "from" not in given and need.day is not None and need.day >= clock.today():
            fields["from"] = need.day.isoformat()
    own = need.organisation if need is not None and _own_need(user, known, need) else _mine(user, known)
    title = wanted.title
    if need is not None and "need" in fields and isinstance(wanted.row, Capability):
        title = _by_transfer(known, need, wanted.row) or title
    head = _head("order", given, title, own)
    return replace(head, fields=fields, roles={"provider": order.answering(known, wanted.name)})


def _by_transfer(known: Snapshot, need: Need, capability: Capability) -> Mapping[str, str]:
    """What an order for the transfer route of a need is called; nothing where the capability meets it otherwise."""
    chain = order.by_transfer(known, need, capability)
    if chain is None:
        return {}
    item = chain.transfer
    names = {code: item.name.get(code) or item.name.get("") or item.item for code in ("zh", "en")}
    return {"zh": term("orders.transfer.title", "zh", id=item.id, name=names["zh"]),
            "en": term("orders.transfer.title", "en", id=item.id, name=names["en"])}  # fmt: skip


def _own_need(user: User, known: Snapshot, need: Need) -> bool:
    """Whether somebody handed in a need, or acts for its organisation: then an order for it is that organisation's."""
    rows = [(register, row) for register, row in known.deliveries("need") if row is need]
    if any(view.mine for view in stated.views(rows, user)):
        return True
    return any(set(o.values()) & set(need.organisation.values()) for o in sight.organisations_of(user, known))


def _research(user: User, known: Snapshot, given: Mapping[str, str]) -> Matter:
    links: dict[str, Any] = {}
    usual: Mapping[str, str] = {}
    if given.get("challenge"):
        links["challenge"] = str(given["challenge"])
        usual = _title_of(user, links["challenge"])
    elif given.get("need"):
        need = need_of(user, known, str(given["need"]))
        links["need"], usual = [named(need)], need.title or need.measurand
    return replace(_head("research", given, usual, _mine(user, known)), fields={"links": links})


def result_named(known: Snapshot, project: str, document: str) -> Result | None:
    """A result by the project or challenge that it came out of and the digest of its document."""
    found = results(known.matters_of("research", "challenge"), known.day)
    return next((r for r in found if r.matter[1] == project and r.document == document), None)


def _conversion(user: User, known: Snapshot, given: Mapping[str, str]) -> Matter:
    found = result_named(known, str(given.get("project", "")), str(given.get("result", "")))
    links = {found.matter[0]: found.matter[1]} if found is not None else {}
    usual = {"": found.name} if found is not None else {}
    head = _head("conversion", given, usual, _mine(user, known))
    return replace(head, fields={"links": links, **({"result": found.document} if found is not None else {})})


_HEADS: Mapping[str, Callable[[User, Snapshot, Mapping[str, str]], Matter]] = {
    "call": _call, "challenge": _challenge, "bid": _bid, "order": _order, "research": _research,
    "conversion": _conversion,
}  # fmt: skip


# ---------------------------------------------------------------- bids among others


def sees_bidders(user: User, view: Seen) -> bool:
    """Whether somebody sees whose bids they are: organisers and reviewers always, the needer and everybody once one is
    chosen (the others' names stay hidden)."""
    return "organiser" in view.roles or "reviewer" in view.roles


def event_of(asked: Asked, role: str, me: str, content: Mapping[str, Any] | None = None) -> Event:
    """The event that somebody is about to bring, for asking guards."""
    return Event(asked.step.act, clock.now(), me, role, content or {})
