"""A procedure as data: states, steps between them, who takes them, which documents and guards they need, deadlines.

Challenge, research project, booking, life cycle of a centre, rectification: each is one file of rules with a source and
a status in every step. What happens under a procedure is a `matter`.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

Text = Mapping[str, str]
"""Language → text."""


@dataclass(frozen=True, slots=True)
class State:
    """A state that a matter can be in. end: nothing follows of itself; days: until the next step is due, None without a
    deadline; working: whether these are working days; keeper: role whose turn it is."""

    name: str
    title: Text
    end: bool = False
    days: int | None = None
    keeper: str = ""
    working: bool = False


@dataclass(frozen=True, slots=True)
class Step:
    """One step (transition).

    act: its name; before: states in which it may be taken, () for every one that is no end; after: state that follows,
    «» where the state stays; actors: roles that may take it; documents: names of documents that must come with it;
    fields: further contents that must be given; guards: names of checks that must pass; source, status: of the rule.
    """

    act: str
    title: Text
    before: tuple[str, ...]
    after: str
    actors: tuple[str, ...]
    documents: tuple[str, ...] = ()
    fields: tuple[str, ...] = ()
    guards: tuple[str, ...] = ()
    source: str = ""
    status: str = "proposed"


@dataclass(frozen=True, slots=True)
class Procedure:
    """A procedure. name: how matters refer to it; version: of the rules; states: the first is where a matter begins,
    before its first event; roles, documents, fields, guards: their names in words; digest: SHA-256 of its file."""

    name: str
    version: str
    title: Text
    states: tuple[State, ...]
    steps: tuple[Step, ...]
    roles: Mapping[str, Text] = field(default_factory=dict)
    documents: Mapping[str, Text] = field(default_factory=dict)
    guards: Mapping[str, Text] = field(default_factory=dict)
    fields: Mapping[str, Text] = field(default_factory=dict)
    digest: str = ""

    def state(self, name: str) -> State | None:
        """The state of a name."""
        return next((s for s in self.states if s.name == name), None)

    def step(self, act: str) -> Step | None:
        """The step of a name."""
        return next((s for s in self.steps if s.act == act), None)

    def from_state(self, name: str) -> tuple[Step, ...]:
        """The steps that may be taken in a state; one that names no state may be taken in all that are no end."""
        here = self.state(name)
        anywhere = here is not None and not here.end
        return tuple(step for step in self.steps if name in step.before or (anywhere and not step.before))

    def states_before(self, step: Step) -> tuple[State, ...]:
        """The states in which a step may be taken."""
        return tuple(s for s in self.states if s.name in step.before or (not step.before and not s.end))
