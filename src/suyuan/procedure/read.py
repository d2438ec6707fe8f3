"""Procedures and matters from their documents: what is wrong with one is told, with its place.

A procedure is the file `<room>/rules/procedure-<name>.json`:

    {"suyuan": "procedure", "name": "challenge", "version": "1",
     "title": {"zh": "…", "en": "…"},
     "states": [{"name": "new", "title": {"zh": "…", "en": "…"}, "keeper": "organiser"},
                {"name": "triage", "title": …, "days": 15, "working": true, "keeper": "organiser"},
                {"name": "closed", "title": …, "end": true}],
     "steps": [{"act": "triage_passed", "title": …, "before": ["triage"], "after": "published",
                "actors": ["organiser"], "documents": ["need_sheet"], "fields": ["reason"], "guards": ["need_formed"],
                "source": "document and clause", "status": "proposed"}],
     "roles": {"organiser": {"zh": "…", "en": "…"}}, "documents": {…}, "fields": {…}, "guards": {…}}

The first state is where a matter stands before its first event; its first event is a step out of it. `before` may be
left out: any state that is no end. `after` may be left out: the state stays and its deadline runs on; one that names
the same state begins it anew. Two fields mean something to the house: a step with «due» among its fields sets the due
day of the state that it leads to or stays in (an extension, a term); one with «roles» says who holds roles from here on
(`{"reviewer": ["…"]}`). Events of other steps may bring neither. `end`: nothing is due there, though a step that names
it may follow. `days` are calendar days unless `working`. Every role, document, field and guard that a step names has
words in both languages. `status`: confirmed, recomputed, from memory or proposed. An act stands once.

A matter is `{"suyuan": "matter", "procedure", "number", "title", "organisation", "fields", "roles", "events"}`, each
event `{"act", "time", "person", "role", "content", "before", "digest"}`; `write.matter_document` writes it.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Mapping
from datetime import datetime
from functools import cache
from importlib import resources
from typing import Any

from suyuan.procedure.matter import Event, Matter, cut, verify
from suyuan.procedure.procedure import Procedure, State, Step, Text
from suyuan.procedure.write import MATTER
from suyuan.quantity.fields import Fields, canonical, open_document
from suyuan.quantity.finding import LANGUAGES, Finding, Refused, errors, finding
from suyuan.quantity.table import STATUSES

PROCEDURE = "procedure"
LARGEST = 16 * 2**20
MOST_EVENTS = 10_000
MOST_STATES = 200


@cache
def procedure(package: str, name: str) -> Procedure:
    """The procedure of `rules/procedure-<name>.json` in a package. Raises Refused with all that is wrong with it.

    >>> procedure("suyuan.capability", "challenge").states[0].name
    'new'
    """
    entry = resources.files(package).joinpath("rules", f"procedure-{name}.json")
    if not entry.is_file():
        raise Refused(finding("procedure.rule.file", f"{package}/rules/procedure-{name}.json", name=name))
    found, told = read_procedure(entry.read_bytes())
    if found is None:
        raise Refused(*told)
    if found.name != name:
        raise Refused(finding("procedure.rule.name", "/name", name=name, given=found.name))
    return found


def read_procedure(document: bytes) -> tuple[Procedure | None, tuple[Finding, ...]]:
    """A procedure from its document, or None with the findings that say why it is none."""
    root, found = open_document(document, PROCEDURE)
    if root is None:
        return None, tuple(found)
    name, version = root.text("name", required=True), root.text("version", required=True)
    title = _both(root, "title")
    root.text("note")
    words = {key: _dictionary(root, key) for key in ("roles", "documents", "fields", "guards")}
    states = tuple(_state(f) for f in root.several("states", required=True))
    steps = tuple(_step(f) for f in root.several("steps", required=True))
    root.close()
    if errors(found):
        return None, tuple(found)
    made = Procedure(
        name, version, title, states, steps, words["roles"], words["documents"], words["guards"], words["fields"],
        hashlib.sha256(document).hexdigest(),
    )  # fmt: skip
    found.extend(check(made))
    return (None if errors(found) else made), tuple(found)


def _both(row: Fields, key: str) -> Text:
    """A text that must stand in both languages."""
    text = row.names(key, required=True)
    if text and any(not text.get(language) for language in LANGUAGES):
        row.report("procedure.rule.languages", key, field=key)
    return text


def _dictionary(root: Fields, key: str) -> Mapping[str, Text]:
    inner = root.inner(key)
    return {} if inner is None else {name: _both(inner, name) for name in inner.content}


def _words(row: Fields, key: str) -> tuple[str, ...]:
    given = row.content.get(key, []) if row.has(key) else []
    if not isinstance(given, list) or not all(isinstance(word, str) for word in given):
        row.report("typed.field.type", key, field=key, expected_zh="文字的列表", expected_en="list of texts")
        return ()
    return tuple(given)


def _truth(row: Fields, key: str) -> bool:
    row.asked.add(key)
    return row.content.get(key) is True


def _state(row: Fields) -> State:
    days = row.whole("days")
    if days is not None and days < 0:
        row.report("procedure.rule.days", "days", days=days)
    state = State(
        row.text("name", required=True), _both(row, "title"), _truth(row, "end"), days,
        row.text("keeper"), _truth(row, "working"),
    )  # fmt: skip
    row.close()
    return state


def _step(row: Fields) -> Step:
    step = Step(
        row.text("act", required=True),
        _both(row, "title"),
        _words(row, "before"),
        row.text("after"),
        _words(row, "actors"),
        _words(row, "documents"),
        _words(row, "fields"),
        _words(row, "guards"),
        row.text("source", required=True),
        row.choice("status", sorted(STATUSES)),
    )
    if not step.actors:
        row.report("typed.field.missing", "actors", field="actors")
    row.close()
    return step


def check(made: Procedure) -> tuple[Finding, ...]:
    """What is wrong with a procedure as a whole: names that nothing stands behind, states that nothing leads to."""
    states = {s.name for s in made.states}
    found = [*_repeated("state", (s.name for s in made.states)), *_repeated("step", (s.act for s in made.steps))]
    if not 0 < len(made.states) <= MOST_STATES:
        found.append(finding("procedure.rule.size", "/states", count=len(made.states), limit=MOST_STATES))
    for i, step in enumerate(made.steps):
        where = f"/steps/{i}"
        ends = (*step.before, *((step.after,) if step.after else ()))
        found += _unknown(where, "state", (n for n in ends if n not in states), states)
        for kind, names, known in (
            ("role", step.actors, made.roles),
            ("document", step.documents, made.documents),
            ("field", step.fields, made.fields),
            ("guard", step.guards, made.guards),
        ):
            found += _unknown(where, kind, (n for n in names if n not in known), known)
    keepers = (s.keeper for s in made.states if s.keeper and s.keeper not in made.roles)
    found += _unknown("/states", "role", keepers, made.roles)
    return tuple(found) if errors(found) else (*found, *_lonely(made))


_KINDS = {
    "state": ("状态", "state"),
    "step": ("步骤", "step"),
    "role": ("角色", "role"),
    "document": ("文件", "document"),
    "field": ("字段", "field"),
    "guard": ("条件", "guard"),
}


def _unknown(where: str, kind: str, names: Iterable[str], known: Iterable[str]) -> list[Finding]:
    zh, en = _KINDS[kind]
    return [
        finding("procedure.rule.unknown", where, kind_zh=zh, kind_en=en, name=name, known=", ".join(sorted(known)))
        for name in names
    ]


def _repeated(kind: str, names: Iterable[str]) -> list[Finding]:
    listed = list(names)
    zh, en = _KINDS[kind]
    twice = sorted({name for name in listed if listed.count(name) > 1})
    return [finding("procedure.rule.twice", f"/{kind}s", kind_zh=zh, kind_en=en, name=name) for name in twice]


def _lonely(made: Procedure) -> list[Finding]:
    """States that no row of steps leads to, and those that nothing leads out of though they are no end."""
    reached, new = set(), {made.states[0].name}
    while new:
        reached |= new
        new = {step.after for name in new for step in made.from_state(name) if step.after} - reached
    lost = [s.name for s in made.states if s.name not in reached]
    stuck = [
        s.name for s in made.states if not s.end and not any(step.after for step in made.from_state(s.name))
    ]  # fmt: skip
    found = [finding("procedure.rule.unreachable", "/states", state=name) for name in lost]
    return found + [finding("procedure.rule.no_way_out", "/states", state=name) for name in stuck]


# ---------------------------------------------------------------- matters


def read_matter(document: bytes) -> tuple[Matter | None, tuple[Finding, ...]]:
    """A matter from its document, or None with findings: a field that is wrong, an event altered, missing or moved.

    Whether its steps were allowed is for `standing` to say, which needs the procedure.
    """
    root, found = open_document(document, MATTER, LARGEST)
    if root is None:
        return None, tuple(found)
    name, number = root.text("procedure", required=True), root.text("number", required=True)
    title, organisation = root.names("title", required=True), root.names("organisation", required=True)
    fields, roles = root.inner("fields"), root.inner("roles")
    held = {} if roles is None else {role: _words(roles, role) for role in roles.content}
    demo = _truth(root, "demo")
    given = root.several("events", required=True)
    last, _, _ = root.text("last"), root.text("head_digest"), root.text("day")  # the site's export has all three
    root.close()
    if len(given) > MOST_EVENTS:
        root.report("procedure.matter.long", "events", count=len(given), limit=MOST_EVENTS)
    events = tuple(_event(f) for f in given[:MOST_EVENTS])
    kept = tuple(event for event in events if event is not None)
    if errors(found) or len(kept) < len(events):
        return None, tuple(found)
    about = {} if fields is None else _plain(fields.content)
    digest = hashlib.sha256(document).hexdigest()
    matter = Matter(name, number, title, organisation, about, held, kept, demo, digest)
    found.extend(verify(matter))
    if last:
        found.extend(cut(matter, last))
    return (None if errors(found) else matter), tuple(found)


def _plain(content: Mapping[str, Any]) -> dict[str, Any]:
    """Contents as the canonical form writes them: numbers as text, nothing empty."""
    plain: dict[str, Any] = json.loads(canonical(content))
    return plain


def _event(row: Fields) -> Event | None:
    before = len(row.found)
    act, person, role = row.text("act", required=True), row.text("person", required=True), row.text("role")
    text = row.text("time", required=True)
    inner = row.inner("content")
    chain, digest = row.text("before", required=True), row.text("digest", required=True)
    row.close()
    time = _moment(row, text) if text else None
    if time is None or errors(row.found[before:]):
        return None
    return Event(act, time, person, role, {} if inner is None else _plain(inner.content), chain, digest)


def _moment(row: Fields, text: str) -> datetime | None:
    try:
        time = datetime.fromisoformat(text)
    except ValueError:
        row.report("procedure.event.time", "time", given=text)
        return None
    if time.tzinfo is None:
        row.report("procedure.event.zone", "time", given=text)
        return None
    return time
