"""The day's work in the service system: what waits for me, what no longer holds and since when, who runs out, my needs.

Everything is computed for today from the same snapshot as all other pages, so that one event (a certificate that runs
out, say) is seen here, in the capability, in the match and in the scorecard on the same day.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Set
from dataclasses import dataclass, field
from datetime import date, timedelta

from suyuan.capability.capability import Capability
from suyuan.capability.matching.gate import Support
from suyuan.capability.matching.match import Verdict
from suyuan.capability.need import Need
from suyuan.centre.commitments import Progress
from suyuan.certificate.certificate import Text
from suyuan.procedure.register import Register
from suyuan.site.acts import clock
from suyuan.site.acts.carbon.day import Due, own_due
from suyuan.site.acts.evidence.certificate import User
from suyuan.site.acts.matching import need as needs
from suyuan.site.acts.matters import matter as matters
from suyuan.site.acts.matters.matter import Seen
from suyuan.site.acts.public import clauses, on
from suyuan.site.acts.service import may, now_known, organisations_of
from suyuan.site.acts.today import Broken
from suyuan.talent.gap import Expiry, Risk
from suyuan.traceability.evidence import Key
from suyuan.verbs.centre.account_evidence import why_not
from suyuan.verbs.matching.match import supports_on
from suyuan.verbs.matching.what_holds import Turned, WhatHolds, carried, events_on_capabilities
from suyuan.verbs.people.standing import expiring, records_on, risks
from suyuan.verbs.snapshot import Snapshot

BACK = 30
"""Days that are looked back for what has changed."""
AHEAD = 90
"""Days within which an authorisation counts as running out."""
KEEPERS = ("offer", "direct", "steward", "regulate", "evaluate")
"""Acts whose work rests on capabilities."""
LEARNING = ("training", "contest")


@dataclass(frozen=True)
class Lost:
    """A capability that does not hold today. since: None where nobody can say; why; cause: issuer and number of the
    standard at fault; recent: whether it held at the beginning of the look back; document: SHA-256 of its certificate,
    «» where it is not at hand."""

    capability: Capability
    support: Support | None
    since: date | None
    why: Text
    unknown: bool
    cause: Key | None
    recent: bool
    document: str = ""


@dataclass(frozen=True)
class Mine:
    """A need of mine. name: «organisation/id»; verdict; before: the one that it had at the beginning of the look back,
    None where it is the same or was not stated."""

    name: str
    need: Need
    verdict: Verdict
    before: Verdict | None


@dataclass(frozen=True)
class Work:
    """What somebody has to do or to know today; everything that is not somebody's business is empty. turned: needs
    that changed, for those who answer for needs; changed: the same, beside the capabilities that are shown; late:
    clauses of public commitments whose due day is over, for those who answer for them; carbon: of the claims of one's
    own enterprise."""

    day: date
    waiting: tuple[Seen, ...] = ()
    reviews: tuple[Seen, ...] = ()
    lost: tuple[Lost, ...] = ()
    turned: tuple[Turned, ...] = ()
    changed: tuple[Turned, ...] = ()
    ends: tuple[Expiry, ...] = ()
    single: tuple[Risk, ...] = ()
    needs: tuple[Mine, ...] = ()
    learning: tuple[Seen, ...] = ()
    refused: tuple[Register, ...] = ()
    late: tuple[Progress, ...] = ()
    carbon: Due = field(default_factory=Due)
    names: Mapping[str, Text] = field(default_factory=dict)

    @property
    def overdue(self) -> int:
        """How many of what waits are late."""
        return sum(1 for view in (*self.waiting, *self.reviews) if view.where.overdue)

    @property
    def nothing(self) -> bool:
        """Whether there is nothing at all to tell."""
        return not any((self.waiting, self.reviews, self.lost, self.turned, self.ends, self.single, self.needs,
                        self.learning, self.refused, self.late, self.carbon))  # fmt: skip


def work(user: User, organisation: str = "") -> Work:
    """The day's work of somebody. organisation: for which somebody states needs, as the need page remembers it."""
    known = now_known()
    waits = matters.waiting(user)
    reviews = tuple(v for v in waits if any(step.act == "scored" for step, _ in v.steps))
    held = tuple(lost(user, known)) if may(user, *KEEPERS) else ()
    changed = changes(known) if may(user, *KEEPERS, "ask") else WhatHolds()
    own = tuple(my_needs(user, known, organisation, changed)) if may(user, "ask") else ()
    persons = may(user, "authorise", "direct")
    mine = house(user, known)
    laboratory = {str(n): name for n, name in enumerate(mine)} or None
    return Work(
        known.day,
        tuple(v for v in waits if v not in reviews), reviews, held,
        changed.needs if may(user, "direct", "regulate", "steward") else (), changed.needs if held else (),
        tuple(_own_ends(known, mine)) if persons else (),
        tuple(r for r in risks(known, laboratory) if r.level != "shared") if persons else (),
        own,
        tuple(learning(user, waits)) if may(user, "learn", "teach") else (),
        tuple(refused(known)) if may(user, "steward") else (),
        tuple(late(known)) if may(user, "regulate") else (),
        own_due(user, known.day),
        _names(known),
    )  # fmt: skip


def _names(known: Snapshot) -> Mapping[str, Text]:
    """Ids of persons and units → what they are called."""

    def made() -> dict[str, Text]:
        records = records_on(known)
        return {
            **{id: rows[-1].name for id, rows in records.persons.items() if rows},
            **{id: unit.title for id, unit in records.units.items()},
        }

    return known.once("names of persons and units", made)


def late(known: Snapshot) -> list[Progress]:
    """Commitments whose due day is over without all their evidence, the longest overdue first."""
    rows = [row for row in clauses(known) if row.status == "overdue"]
    return sorted(rows, key=lambda row: (row.days or 0, row.commitment.id))


def _own_ends(known: Snapshot, mine: tuple[str, ...]) -> Iterator[Expiry]:
    """Authorisations that run out: of the own house, where one is known."""
    persons, names = records_on(known).persons, set(mine)
    for item in expiring(known, AHEAD):
        rows = persons.get(item.person)
        if not names or not rows or names & set(rows[-1].organisation.values()):
            yield item


def house(user: User, known: Snapshot) -> tuple[str, ...]:
    """The names of the organisation that somebody works for, as the register of persons says; of who runs a centre all
    that they speak for; () where nobody knows any."""
    if may(user, "direct"):
        return tuple(sorted(organisations_of(user)))
    name = matters.name_of(user)
    found = [person.organisation for person in known.rows("person") if name and person.account == name]
    return tuple(dict.fromkeys(text for organisation in found for text in organisation.values()))


# ---------------------------------------------------------------- capabilities


def changes(known: Snapshot) -> WhatHolds:
    """What capabilities and needs lost and gained in the last days."""
    return known.once(
        "what changed lately", lambda: events_on_capabilities(on(known.day - timedelta(days=BACK)), known)
    )


def lost(user: User, known: Snapshot) -> Iterator[Lost]:
    """Capabilities that do not hold today: of the own house, and what falls with its standards; of all houses for who
    keeps registers, the own one first."""
    names = set(house(user, known))
    everybody = may(user, "regulate", "steward") or not names
    recent, standards = {c.capability.key for c in changes(known).lost}, own_standards(known, names)
    found = [
        item for item in _all_lost(known, recent)
        if everybody or names & set(item.capability.laboratory.values())
        or (item.cause is not None and (item.cause in standards or item.cause[0] in names))
    ]  # fmt: skip
    yield from sorted(
        found,
        key=lambda i: (
            not names & set(i.capability.laboratory.values()), i.unknown, -(i.since or date.min).toordinal(),
            i.capability.key,
        ),
    )  # fmt: skip


def own_standards(known: Snapshot, names: Set[str]) -> frozenset[Key]:
    """The standards on which the capabilities of some houses rest."""
    return frozenset(key for c in known.capabilities if names & set(c.laboratory.values()) for key in c.standards)


def concerns(user: User, thing: Broken) -> bool:
    """Whether something broken is the business of who runs a centre: failed comparisons of other laboratories are not,
    unless they touch the own house's certificates or standards."""
    if thing.kind != "comparison_failed" or not may(user, "direct") or may(user, "regulate", "steward"):
        return True
    known = now_known()
    names = set(house(user, known))
    standards = own_standards(known, names)
    said = {str(value) for item in thing.findings for name, value in item.parameters if name == "laboratory"}
    keys = {node.key for node in (thing.root, *thing.users, *thing.touched)}
    return bool(not names or said & names or keys & standards or any(issuer in names for issuer, _ in keys))


def _all_lost(known: Snapshot, recent: set[tuple[str, str]]) -> list[Lost]:
    def made() -> list[Lost]:
        supports = supports_on(known)
        return [
            _lost(known, c, supports.get(c.key), recent)
            for c in known.capabilities
            if not carried(c, supports.get(c.key), known.day)
        ]

    return known.once("capabilities that do not hold", made)


def _lost(known: Snapshot, c: Capability, support: Support | None, recent: set[tuple[str, str]]) -> Lost:
    state, why = why_not(c, support, known.day)
    days = sorted((day, key) for day, key in _causes(known, c, support) if day <= known.day)
    first = days[0] if days else (None, None)
    cause = first[1]
    held = known.evidence.by_key.get(cause, ()) if cause is not None else ()
    return Lost(
        c, support, first[0], why, state == "unknown", cause, c.key in recent, held[0].digest if held else ""
    )  # fmt: skip


def _causes(known: Snapshot, c: Capability, support: Support | None) -> Iterator[tuple[date, Key]]:
    """Days from which something stands against a capability, each with what is at fault."""
    if c.valid_until is not None and c.valid_until < known.day:
        yield c.valid_until + timedelta(days=1), c.key
    if support is not None and support.tested == "contradicted":
        names = set(c.laboratory.values())
        for o in known.evidence.outcomes:
            healed = o.remedied is not None and o.remedied <= known.day
            if o.verdict == "unsatisfactory" and not healed and names & set(o.laboratory.values()):
                yield o.measured, ("", o.comparison)
    for key in c.standards:
        yield from _causes_of(known, key)


def _causes_of(known: Snapshot, key: Key) -> Iterator[tuple[date, Key]]:
    """Days on which a standard's certificate ran out or was withdrawn, or something above it fell."""
    for s in known.evidence.statements:
        if (s.issuer, s.number) == key and s.kind == "withdrawn":
            yield s.day, key
    for certificate in known.evidence.by_key.get(key, ()):
        if certificate.valid_until is not None:
            yield certificate.valid_until + timedelta(days=1), key
        for item in known.survey.touched.get(certificate.digest, ()):
            node = known.graph.node(item.node)
            said = known.survey.stated.get(item.node)
            used = known.graph.node(item.link.child).day if item.link is not None else None
            day = said[1] if said is not None else used
            if day is not None:
                yield day, node.key


# ---------------------------------------------------------------- needs, learning, registers


def my_needs(user: User, known: Snapshot, organisation: str, changed: WhatHolds) -> Iterator[Mine]:
    """My needs by the one rule for that (`needs.mine`), each with its verdict today and what it was."""
    verdicts = needs.verdicts(known)
    before = {id(turned.need): turned.before.verdict for turned in changed.needs}
    views = needs.views(list(needs.known(known).values()), user)
    for view in needs.mine(user, known, views, organisation):
        name = "/".join(view.key)
        yield Mine(name, view.need, verdicts[name][0], before.get(id(view.need)))


def learning(user: User, waits: Iterable[Seen]) -> Iterator[Seen]:
    """Trainings and contests that run and in which I have a part, those that wait for me left out."""
    there = {view.key for view in waits}
    for view in matters.listed(user, *LEARNING):
        if not view.where.ended and view.key not in there and (view.roles or view.row.public):
            yield view


def refused(known: Snapshot) -> Iterator[Register]:
    """Deliveries of which rows could not be read, the newest first, one an organisation."""
    found: dict[str, Register] = {}
    for register in sorted(known.documents.registers, key=lambda r: r.day):
        if register.day <= known.day:
            found.pop(register.owner, None)
            if register.refused:
                found[register.owner] = register
    yield from reversed(found.values())


def today() -> date:
    """The day of the page."""
    return clock.today()
