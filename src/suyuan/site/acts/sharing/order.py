"""Orders on the site: what is ordered of whom, who answers, and the columns behind response times and shares."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date

from suyuan.capability.capability import Capability
from suyuan.capability.matching.compose import Chain
from suyuan.capability.matching.gates import agrees
from suyuan.capability.need import Need
from suyuan.capability.sharing.order import Orders, orders
from suyuan.capability.sharing.resource import Resource
from suyuan.quantity.finding import Finding, Refused, finding
from suyuan.site.acts import clock, service
from suyuan.site.acts.evidence.certificate import User
from suyuan.site.acts.matching import sight
from suyuan.site.acts.matters.form import accounts
from suyuan.site.acts.matters.matter import name_of
from suyuan.verbs.matching.match import match_need
from suyuan.verbs.matter.guards_order import houses
from suyuan.verbs.regions import region_code
from suyuan.verbs.snapshot import Snapshot

ANSWER = ("offer",)
"""Acts of which one is needed to answer orders."""
SEE_ALL = ("regulate", "steward")
"""Acts of which one lets somebody see the times and shares of all providers (numbers, not orders)."""
_ID = re.compile(r"\bN-?\d")
"""What looks like the number of a need, and so is none of the words for a purpose."""


@dataclass(frozen=True)
class Wanted:
    """What an order is for: a capability or a resource of a provider. name: of the provider as rows give it."""

    name: str
    row: Capability | Resource

    @property
    def is_resource(self) -> bool:
        return isinstance(self.row, Resource)

    @property
    def title(self) -> Mapping[str, str]:
        """What it is, in words."""
        if isinstance(self.row, Resource):
            return self.row.name
        return self.row.measurand or self.row.item_name or {"": f"{self.row.quantity} {self.row.item}".strip()}


def wanted(known: Snapshot, provider: str, id: str, resource: bool = False) -> Wanted:
    """A registered capability or resource by provider and id. Raises Refused where it is not registered."""
    found: Capability | Resource | None
    if resource:
        found = next((r for r in known.rows("resource") if r.id == id and provider in r.organisation.values()), None)
    else:
        found = next((c for c in known.capabilities if c.id == id and provider in c.laboratory.values()), None)
    if found is None:
        raise Refused(finding("site.order.unknown", "capability", provider=provider[:80] or "—", id=id[:80] or "—"))
    return Wanted(provider, found)


def faults(
    user: User, known: Snapshot, fields: Mapping[str, object], need: str, customer: Mapping[str, str]
) -> tuple[Finding, ...]:
    """What is wrong with an order before it is placed: days that are none, are over or run backwards, a region that
    no table knows, a need that nobody registered, that is another firm's, or of which the capability measures
    something else. A resource may be booked for a purpose in words.

    fields: of the head; need: as the first step names it, «» where it does not; customer: names of who orders.
    """
    found, days = [], {}
    today = clock.today()
    for name in ("from", "until"):
        text = str(fields.get(name, ""))
        try:
            days[name] = date.fromisoformat(text) if text else None
        except ValueError:
            found.append(finding("site.order.day", name, given=text[:40]))
    first, last = days.get("from"), days.get("until")
    for name, day in days.items():
        if day is not None and day < today:
            found.append(finding("site.order.past", name, given=day, today=today))
    if first is not None and last is not None and last < first:
        found.append(finding("site.order.backwards", "until", first=first, last=last))
    region = str(fields.get("customer_region", ""))
    if region and region_code(region) is None:
        found.append(finding("site.order.region", "customer_region", given=region[:40]))
    if need and ("capability" in fields or _ID.search(need)):
        row = sight.need_named(known, need)
        if row is None or sight.hidden(row, sight.open_keys(user, known)):
            found.append(finding("site.order.need", "content/need", need=need[:80]))
        elif not _of_house(known, row.organisation, customer):
            told = {"need": row.id, "organisation": pick(row.organisation), "customer": pick(customer)}
            found.append(finding("site.order.need_foreign", "content/need", "error", "", **told))
        elif (measures := capability_of(known, fields)) is not None and not serves(known, row, measures):
            told = {"need": row.id, "capability": measures.id}
            found.append(finding("site.order.other_measurand", "content/need", "error", "", **told))
    return tuple(found)


def pick(text: Mapping[str, str]) -> str:
    """The first name of an organisation."""
    return text.get("zh") or next(iter(text.values()), "—")


def _of_house(known: Snapshot, owner: Mapping[str, str], customer: Mapping[str, str]) -> bool:
    """Whether the customer is the firm of a need, or of its house by the register of centres; one that is not
    named is told elsewhere."""
    names, own = {said for text in customer.values() if (said := text.strip())}, houses(known)
    return not names or any(name in names or names & set(own.get(name, ())) for name in owner.values())


def serves(known: Snapshot, need: Need, capability: Capability) -> bool:
    """Whether a capability measures what a need asks for, or calibrates a transfer standard by which it is met."""
    return agrees(need, capability) or by_transfer(known, need, capability) is not None


def by_transfer(known: Snapshot, need: Need, capability: Capability) -> Chain | None:
    """The transfer standard that a capability calibrates and by which a need is met; None where it needs none, or where
    there is none."""
    found = match_need(known, need)
    if any(one.capability.key == capability.key for one in found.single):
        return None
    return next((chain for chain in found.chains if chain.capability.capability.key == capability.key), None)


def capability_of(known: Snapshot, fields: Mapping[str, object]) -> Capability | None:
    """The capability that an order is for; None for a resource, or where it is registered no more."""
    provider, id = fields.get("provider"), fields.get("capability")
    return next((c for c in known.capabilities if c.id == id and provider in c.laboratory.values()), None)


def needs_for(user: User, known: Snapshot, capability: Capability) -> list[Need]:
    """The needs for which somebody may order a capability: seen whole, and of its measurand."""
    keys = sight.open_keys(user, known)
    return [need for need in known.needs if not sight.hidden(need, keys) and agrees(need, capability)]


def answering(known: Snapshot, provider: str) -> tuple[str, ...]:
    """The accounts that answer for a provider: of its registered persons those who may, and who runs this site and is
    not registered elsewhere; where it has no registered person here, everybody who may."""
    there = {a.get_username() for a in accounts(ANSWER)}
    rows = [row for row in known.rows("person") if row.account in there]
    of = [row.account for row in rows if provider in row.organisation.values()]
    elsewhere = {row.account for row in rows} - set(of)
    head = [a.get_username() for a in accounts(("direct",)) if a.get_username() not in elsewhere]
    return tuple(dict.fromkeys((*of, *head))) if of else tuple(sorted(there))


def columns(user: User, known: Snapshot) -> Orders:
    """The orders whose numbers somebody may see: all for who regulates, else those in which they answer."""
    matters = known.matters_of("order")
    if not service.may(user, *SEE_ALL):
        matters = tuple(m for m in matters if name_of(user) in m.holders("provider"))
    return orders(matters, houses(known))
