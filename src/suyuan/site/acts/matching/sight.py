"""Who sees what of needs: whom somebody acts for, and which confidential needs are open to whom."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping

from suyuan.capability.challenges.challenge import named
from suyuan.capability.challenges.research import linked
from suyuan.capability.gaps.gap import need_key
from suyuan.capability.need import Need
from suyuan.procedure.matter import Matter
from suyuan.site.acts import service, store
from suyuan.site.acts.evidence.certificate import User
from suyuan.site.acts.matters.matter import name_of
from suyuan.site.records.log import Log
from suyuan.verbs.matter.matters import PROCEDURES
from suyuan.verbs.snapshot import Snapshot

Key = tuple[str, str]


def organisations_of(user: User, known: Snapshot) -> tuple[Mapping[str, str], ...]:
    """The organisations that somebody acts for: by the register of persons, houses of centres that they host, then
    those of own matters, at last those that they deliver for.

    Own matters are what was typed: good for filling in a form, not for letting somebody see anything.
    """
    name = name_of(user)
    found = [row.organisation for row in known.rows("person") if name and row.account == name]
    hosted = {m.fields.get("centre") for m in known.matters_of("centre") if name and name in m.holders("host")}
    found += [row.host for row in known.rows("centre") if row.id in hosted]
    for matter in known.matters:
        if name and any(name in matter.holders(role) for role in ("customer", "needer", "bidder", "leader", "host")):
            found.append(matter.organisation)
    if not found and name:
        mine = service.organisations_of(user)
        found += [r.organisation for r in store.store().service().registers if mine & set(r.organisation.values())]
    unique = {next(iter(o.values()), ""): o for o in reversed(found) if o}
    return tuple(reversed(unique.values()))


GOVERN = ("regulate", "steward")
"""Acts that see every need whole: of who regulates, and of who keeps the registers in order."""


def open_keys(user: User, known: Snapshot) -> frozenset[Key] | None:
    """Keys of the confidential needs that somebody may see whole; None: all of them (`GOVERN`). The one rule, for every
    page and every day that is looked at: who somebody is counts as of today.

    These are the needs of the organisation that employs the person by the register of persons, those that the person
    delivered, and those of a challenge in which the person stands for the need or reviews. known: any day's, of which
    the documents count.
    """
    if service.may(user, *GOVERN):
        return None
    name = name_of(user)
    rows = [(r, need) for r in known.documents.registers for need in r.rows.get("need", ()) if need.confidential]
    if not name or not rows:
        return frozenset()
    now = service.now_known()
    mine = {n for row in now.rows("person") if row.account == name for n in row.organisation.values()}
    found = {need_key(need) for _, need in rows if mine & set(need.organisation.values())}
    delivered = set(Log.objects.filter(act="delivered", user=name).values_list("digest", flat=True))
    found |= {need_key(need) for register, need in rows if register.digest in delivered}
    for matter in now.matters_of("challenge"):
        if name in (*matter.holders("needer"), *matter.holders("reviewer")):
            links = set(linked(matter, "need"))
            found |= {need_key(need) for _, need in rows if links & {named(need), need.id}}
    return frozenset(found)


def hidden(need: Need, keys: frozenset[Key] | None) -> bool:
    """Whether nothing but verdict and kind of a need may be shown. keys: from `open_keys`."""
    return need.confidential and keys is not None and need_key(need) not in keys


def need_named(known: Snapshot, name: str) -> Need | None:
    """A need by what names it among all, or by an id that only one has."""
    same = [n for n in known.needs if named(n) == name] or [n for n in known.needs if n.id == name]
    return same[0] if len(same) == 1 else None


# ---------------------------------------------------------------- matters about needs


def masked(user: User, of: Matter) -> bool:
    """Whether title and organisation of a matter stay hidden from somebody: it is about a confidential need that they
    may not see. The one rule for pages, search, forms that are filled in, and files.

    A challenge, project or order is about the needs that it names; a bid, a project or a conversion also about those of
    the matter that it is for, but for who has a part in it: they wrote its title themselves.
    """
    known, name = service.now_known(), name_of(user)
    party = bool(name) and any(name in held for held in of.roles.values())
    needs = tuple(_direct(known, of) if party else _about(known, of, set()))
    keys = open_keys(user, known) if any(need.confidential for need in needs) else frozenset()
    return any(hidden(need, keys) for need in needs)


def _about(known: Snapshot, of: Matter, seen: set[tuple[str, str]]) -> Iterator[Need]:
    """The needs of a matter and of the matters that it is linked to."""
    seen.add((of.procedure, of.number))
    yield from _direct(known, of)
    numbered = known.once("matters by number", lambda: {(m.procedure, m.number): m for m in known.matters})
    for kind in PROCEDURES:
        for number in linked(of, kind):
            if (kind, number) in numbered and (kind, number) not in seen:
                yield from _about(known, numbered[kind, number], seen)


def _direct(known: Snapshot, of: Matter) -> Iterator[Need]:
    """The needs that a matter names: those that count, of one that was taken out what any delivery said."""
    now = known.once("needs by link", lambda: _by_link(known.needs))
    for name in linked(of, "need"):
        yield from now[name] if name in now else _ever(known).get(name, [])


def _ever(known: Snapshot) -> Mapping[str, list[Need]]:
    rows = (need for register in known.documents.registers for need in register.rows.get("need", ()))
    return known.once("needs by link, ever", lambda: _by_link(rows))


def _by_link(needs: Iterable[Need]) -> dict[str, list[Need]]:
    """Name among all, or id → needs."""
    found: dict[str, list[Need]] = {}
    for need in needs:
        for name in {named(need), need.id}:
            found.setdefault(name, []).append(need)
    return found
