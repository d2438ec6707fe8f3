"""Guards of bookings and orders: room on the days, open to the customer, impartial, signed by who may.

() holds, findings say what stands against it, None: nobody can say. What is judged is in `capability.sharing.order`.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from suyuan.capability.sharing import order
from suyuan.capability.sharing.resource import Resource
from suyuan.procedure.matter import Event, Matter
from suyuan.quantity.finding import Finding, Refused, finding
from suyuan.talent.signing import check_signatory, subject_of_capability
from suyuan.verbs.matter.matters import stands
from suyuan.verbs.matter.panels import names_of
from suyuan.verbs.people.standing import records_on
from suyuan.verbs.snapshot import Snapshot

Answer = Sequence[Finding] | None


def _asked_for(known: Snapshot, matter: Matter, event: Event) -> tuple[Resource, order.Booking] | None:
    """The resource that an order is for and the days that it asks for; None for a service without a resource.

    Raises Refused where the resource or the days are not to be found: a guard that cannot look has failed.
    """
    id, provider = str(matter.fields.get("resource", "")), str(matter.fields.get("provider", ""))
    if not id:
        return None
    row = next((r for r in known.rows("resource") if r.id == id and provider in r.organisation.values()), None)
    dated = (event, *reversed(matter.events))
    wanted = order.booking(matter, next((e for e in dated if "from" in e.content), None))
    if row is None:
        raise Refused(finding("capability.order.resource", "fields/resource", id=id, provider=provider or "—"))
    if wanted is None:
        raise Refused(finding("capability.order.days", "content/from", number=matter.number))
    return row, wanted


def not_clashing(known: Snapshot, matter: Matter, event: Event) -> Answer:
    """The days asked for have room; an order of a service without a resource holds nothing that could clash."""
    found = _asked_for(known, matter, event)
    if found is None:
        return ()
    row, wanted = found
    if row.kind in ("method", "expert") and row.capacity is None:
        return ()
    if row.capacity is None:
        return (finding("capability.order.capacity", "fields/resource", id=row.id),)
    held = [b for m in known.matters_of(order.ORDER) if m.number != matter.number and (b := order.booked(m))]
    return order.clashing(wanted, held, row.capacity)


def resource_open(known: Snapshot, matter: Matter, event: Event) -> Answer:
    """The resource is shared with the customer and can be had then."""
    found = _asked_for(known, matter, event)
    if found is None:
        return ()
    row, wanted = found
    customer = set(matter.organisation.values())
    provider = str(matter.fields.get("provider", ""))
    own = bool(customer & {provider, *houses(known).get(provider, ())})
    member = any(customer & set(r.organisation.values()) for r in known.rows("resource"))
    return order.open_to(row, wanted, own, member)


def houses(known: Snapshot) -> Mapping[str, tuple[str, ...]]:
    """Name of a laboratory, host or centre → all names of its house, from the register of centres."""
    found: dict[str, tuple[str, ...]] = {}
    for row in known.rows("centre"):
        names = (*names_of(dict(row.name)), *names_of(dict(row.host)), *row.laboratories)
        found |= {name: tuple(dict.fromkeys((*found.get(name, ()), *names))) for name in names}
    return found


def impartial(known: Snapshot, matter: Matter, event: Event) -> Answer:
    """Nobody of the customer measures or signs; work for the own house says how impartiality is kept."""
    return order.impartial(matter, event, houses(known))


def signer_may(known: Snapshot, matter: Matter, event: Event) -> Answer:
    """Who issues the certificate is authorised for it on the day."""
    id, provider = str(matter.fields.get("capability", "")), str(matter.fields.get("provider", ""))
    row = next((c for c in known.capabilities if c.id == id and provider in c.laboratory.values()), None)
    if row is None:
        return ()
    subject = subject_of_capability(row)
    signer = str(event.content.get("signer") or event.person)
    return check_signatory(records_on(known), signer, subject, event.time.date())


def satisfaction_formed(known: Snapshot, matter: Matter, event: Event) -> Answer:
    """Satisfaction is 1 to 5."""
    return order.satisfaction_formed(event)


def answer_overdue(known: Snapshot, matter: Matter, event: Event) -> Answer:
    """The customer's time to answer is over."""
    where = stands(matter, event.time)
    if where.overdue:
        return ()
    return (finding("challenge.order.in_time", "time", number=matter.number, due=where.due or "—"),)
