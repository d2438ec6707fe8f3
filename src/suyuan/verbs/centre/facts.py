"""Facts about centres, computed from a snapshot: what the scorecards count, each with the address of its evidence.

    graph ─ standards, links, comparisons ─┐
    registers ─ capabilities, needs, people, records ─┼─▶ facts of a day ─▶ columns ─▶ scorecard
    matters ─ orders, gaps, research, specifications, papers ─┘

Nothing that a centre says of itself is counted where evidence can be computed; a row without a document is declared,
and unknown. Goodness is judged on the day of the snapshot; a fact's own day is that of the event, for «last years».
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import cached_property

from suyuan.capability.capability import Capability
from suyuan.capability.gaps.industry import Industry, industry
from suyuan.capability.matching.gate import Support
from suyuan.capability.need import Need
from suyuan.centre.facts import Fact
from suyuan.centre.records import Centre
from suyuan.certificate.certificate import Certificate, Text, one_line
from suyuan.talent.columns import Matrix
from suyuan.talent.joined import Records
from suyuan.traceability.evidence import Key
from suyuan.traceability.graph import Link, Node
from suyuan.verbs.centre.facts_measured import MEASURED, parameter_met, thing
from suyuan.verbs.centre.facts_recorded import RECORDED
from suyuan.verbs.matching.match import supports_on
from suyuan.verbs.people.standing import records_on, states_on
from suyuan.verbs.snapshot import Snapshot


@dataclass(frozen=True)
class World:
    """A snapshot with what all centres share, worked out once."""

    snapshot: Snapshot

    @cached_property
    def supports(self) -> dict[tuple[str, str], Support]:
        """What every capability rests on."""
        return supports_on(self.snapshot)

    @cached_property
    def by_issuer(self) -> dict[str, list[Node]]:
        """Name of a laboratory → the certificates and results that it issued."""
        return self._nodes[0]

    @cached_property
    def by_key(self) -> dict[Key, list[Node]]:
        """Issuer and number → certificates and anchors that bear them."""
        return self._nodes[1]

    @cached_property
    def _nodes(self) -> tuple[dict[str, list[Node]], dict[Key, list[Node]]]:
        issued: dict[str, list[Node]] = {}
        named: dict[Key, list[Node]] = {}
        for node in self.snapshot.graph.nodes:
            if node.kind in ("certificate", "result"):
                issued.setdefault(one_line(node.issuer), []).append(node)
            if node.kind in ("certificate", "anchor"):
                named.setdefault(node.key, []).append(node)
        return issued, named

    @cached_property
    def by_thing(self) -> dict[tuple[str, ...], list[Certificate]]:
        """Maker, model and serial number → the certificates of that thing."""
        found: dict[tuple[str, ...], list[Certificate]] = {}
        for certificate in self.snapshot.evidence.certificates:
            found.setdefault(thing(certificate.key, certificate), []).append(certificate)
        return found

    @cached_property
    def links_of(self) -> dict[str, list[Link]]:
        """Node id → the uses above it that a chain walks."""
        found: dict[str, list[Link]] = {}
        for link in self.snapshot.survey.links:
            found.setdefault(link.child, []).append(link)
        return found

    @cached_property
    def loose_ends(self) -> frozenset[str]:
        """Ids of nodes at which a chain ends though nobody declared them an anchor."""
        breaks = self.snapshot.survey.breaks
        return frozenset(b.node for b in breaks if b.link is None and b.severity == "error")

    @cached_property
    def people(self) -> Records:
        """The competence registers joined, with what comparisons say."""
        return records_on(self.snapshot)

    @cached_property
    def authorised(self) -> Matrix:
        """The state of every authorisation on the day."""
        return states_on(self.snapshot)


@dataclass(frozen=True)
class Subject:
    """One centre in its world: names under which its certificates, capabilities and results appear."""

    world: World
    centre: Centre

    @property
    def snapshot(self) -> Snapshot:
        return self.world.snapshot

    @cached_property
    def names(self) -> frozenset[str]:
        """Laboratories and host, as one line each."""
        return names_of(self.centre)

    def owns(self, organisation: Text | str) -> bool:
        """Whether a name is one of the centre's."""
        texts = (organisation,) if isinstance(organisation, str) else organisation.values()
        return any(one_line(text) in self.names for text in texts)

    @cached_property
    def capabilities(self) -> tuple[Capability, ...]:
        """The capabilities that its laboratories claim and that are in force on the day."""
        return tuple(c for c in self.snapshot.capabilities if _shares(c.laboratory, self.names))

    @cached_property
    def supports(self) -> dict[tuple[str, str], Support]:
        return {c.key: self.world.supports[c.key] for c in self.capabilities}

    @cached_property
    def needs(self) -> tuple[Need, ...]:
        """Its demand list: the needs that it names, or all of its industry."""
        if self.centre.demand:
            wanted = set(self.centre.demand)
            return tuple(need for need in self.snapshot.needs if need.id in wanted)
        own = self.centre.industry
        return tuple(need for need in self.snapshot.needs if own and need.industry == own)

    @cached_property
    def met(self) -> dict[str, bool | None]:
        """Key parameter of the industry → whether supported capabilities cover it."""
        return {p.id: parameter_met(self, p) for p in (self.industry.parameters if self.industry else ())}

    @cached_property
    def industry(self) -> Industry | None:
        return industry(self.centre.industry)


def names_of(centre: Centre) -> frozenset[str]:
    """The names of a centre's laboratories and of its host."""
    return frozenset(one_line(name) for name in (*centre.laboratories, *centre.host.values()) if name.strip())


def _shares(organisation: Text, names: frozenset[str] | set[str]) -> bool:
    return any(one_line(name) in names for name in organisation.values())


Maker = Callable[[Subject], Iterator[Fact]]
MAKERS: tuple[Maker, ...] = (*MEASURED, *RECORDED)
"""Each makes the facts of one or a few kinds."""


def facts(snapshot: Snapshot, centre: str) -> tuple[Fact, ...]:
    """The facts about one centre on the day of a snapshot; () for a centre that no register names."""
    rows = [row for row in snapshot.rows("centre") if row.id == centre]
    return tuple(fact for row in rows for fact in _of(snapshot, row))


def all_facts(snapshot: Snapshot) -> tuple[Fact, ...]:
    """The facts about every centre, data base, training base and carbon centre of the registers."""
    return tuple(fact for row in snapshot.rows("centre") for fact in _of(snapshot, row))


def _of(snapshot: Snapshot, row: Centre) -> tuple[Fact, ...]:
    """The facts of one row, made once for a snapshot."""
    subject = Subject(snapshot.once("world of centres", lambda: World(snapshot)), row)
    name = f"facts {row.scope} {row.id} {row.host}"
    return snapshot.once(name, lambda: tuple(fact for maker in MAKERS for fact in maker(subject)))
