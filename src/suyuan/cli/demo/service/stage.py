"""The stage on which matters of the demo are played, by the steps behind the pages."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, time, timedelta
from typing import Any

from suyuan.cli.demo.service.files import attached
from suyuan.cli.demo.service.laboratories import NAMES
from suyuan.cli.demo.service.needs import NAMES as FIRMS
from suyuan.cli.demo.shelf import Shelf, both
from suyuan.procedure.matter import Event, Matter
from suyuan.procedure.write import matter_document
from suyuan.verbs.matter.matters import take
from suyuan.verbs.snapshot import snapshot

MARKET = both("演示市场监督管理局", "demo market administration")
JUDGES = ["judge", "judge_b", "judge_c"]


@dataclass
class Stage:
    """Where the matters are played: the shelf, and every matter as far as it went."""

    shelf: Shelf
    matters: dict[tuple[str, str], Matter] = field(default_factory=dict)

    def begin(
        self,
        procedure: str,
        number: str,
        title: Mapping[str, str],
        owner: Mapping[str, str],
        roles: Mapping[str, list[str]],
        fields: Mapping[str, Any],
    ) -> Play:
        """A matter that is about to be opened."""
        held = {role: tuple(persons) for role, persons in roles.items()}
        return Play(self, Matter(procedure, number, title, owner, dict(fields), held, demo=True))

    def keep(self) -> None:
        """Put every matter on the shelf."""
        for (procedure, number), matter in self.matters.items():
            self.shelf.keep(matter_document(matter), f"{procedure}-{number}.json")


@dataclass
class Play:
    """One matter being played."""

    stage: Stage
    matter: Matter

    def step(self, days: int, act: str, person: str, role: str, /, **content: Any) -> Play:
        """Take a step so many days ago; `documents`: name → (中文, English) of a demo document, or a digest."""
        shelf = self.stage.shelf
        moment = datetime.combine(shelf.ago(days), time(9, 0), UTC)
        if self.matter.events and self.matter.events[-1].time >= moment:
            moment = self.matter.events[-1].time + timedelta(hours=1)
        named = content.pop("documents", {})
        if named:
            content["documents"] = {
                name: attached(shelf, *given) if isinstance(given, tuple) else given for name, given in named.items()
            }
        service = shelf.store.service()
        others = tuple(m for key, m in self.stage.matters.items() if key != (self.matter.procedure, self.matter.number))
        documents = replace(service, matters=(*others, self.matter) if self.matter.events else others)
        known = snapshot(shelf.store.evidence(), documents, moment.date())
        self.matter = take(known, self.matter, Event(act, moment, person, role, content), now=moment)
        self.stage.matters[self.matter.procedure, self.matter.number] = self.matter
        return self


def firm(name: str) -> dict[str, str]:
    """The names of a firm or laboratory of the demo."""
    return both(name, FIRMS.get(name) or NAMES[name])
