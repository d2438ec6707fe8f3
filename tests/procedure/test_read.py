"""Rules of a procedure and documents of matters: what is wrong with them is told, and what is sound comes back."""

from __future__ import annotations

import json
from importlib import resources
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from suyuan.procedure.admission import admit
from suyuan.procedure.matter import followed
from suyuan.procedure.read import procedure, read_matter, read_procedure
from suyuan.procedure.write import matter_document
from suyuan.quantity.finding import Refused, sentences
from tests.procedure.matters import asked, event, licence, matter, rules

SHIPPED = [
    (f"suyuan.{room}", entry.name.removeprefix("procedure-").removesuffix(".json"))
    for room in ("capability", "talent", "centre")
    if resources.files(f"suyuan.{room}").joinpath("rules").is_dir()
    for entry in resources.files(f"suyuan.{room}").joinpath("rules").iterdir()
    if entry.name.startswith("procedure-")
]


OPTIONAL = {"comment", "amount", "milestones", "result_name", "closure_evidence"}
"""What a step may bring without being asked for it: it has its words, and stands in the history."""


def codes(content: dict[str, Any]) -> list[str]:
    made, found = read_procedure(json.dumps(content).encode())
    assert (made is None) == any(f.severity == "error" for f in found)
    for item in found:
        for language in ("zh", "en"):
            assert "?" not in "".join(sentences(item, language).values())
    return [f.code for f in found]


@pytest.mark.parametrize(("package", "name"), SHIPPED)
def test_every_shipped_procedure_is_sound(package: str, name: str) -> None:
    made = procedure(package, name)
    assert all(step.source for step in made.steps)
    used = {key: {n for step in made.steps for n in getattr(step, key)} for key in ("documents", "fields", "guards")}
    for key, names in used.items():
        assert names == set(getattr(made, key)) - (OPTIONAL - names), f"{name}: {key} that no step uses"


def test_a_procedure_that_is_not_there_is_refused() -> None:
    with pytest.raises(Refused) as refused:
        procedure("suyuan.procedure", "nowhere")
    assert refused.value.findings[0].code == "procedure.rule.file"


def test_faults_of_rules_are_found() -> None:
    assert codes(rules()) == []
    wrong = rules()
    wrong["steps"][0]["after"] = "asking"
    assert codes(wrong) == ["procedure.rule.unknown"]
    wrong = rules()
    del wrong["guards"]["complete"]
    assert codes(wrong) == ["procedure.rule.unknown"]
    wrong = rules()
    wrong["roles"]["office"] = {"en": "office"}
    assert codes(wrong) == ["procedure.rule.languages"]
    wrong = rules()
    wrong["steps"][3]["source"] = ""
    assert codes(wrong) == ["typed.field.missing"]
    wrong = rules()
    wrong["steps"][3]["status"] = "official"
    assert codes(wrong) == ["typed.field.choice"]
    wrong = rules()
    wrong["states"].append({"name": "lost", "title": {"zh": "失", "en": "lost"}, "end": True})
    assert codes(wrong) == ["procedure.rule.unreachable"]
    wrong = rules()
    wrong["steps"] = [s for s in wrong["steps"] if s["act"] not in ("grant", "withdraw")]
    wrong["states"] = [s for s in wrong["states"] if s["name"] not in ("granted", "withdrawn")]
    assert codes(wrong) == ["procedure.rule.no_way_out"]
    wrong = rules()
    wrong["steps"].append(dict(wrong["steps"][0]))
    assert codes(wrong) == ["procedure.rule.twice"]
    wrong = rules()
    wrong["states"][1]["days"] = -1
    assert codes(wrong) == ["procedure.rule.days"]


def test_a_matter_comes_back_from_its_document() -> None:
    made = admit(licence(), matter(fields={"capability": "c1", "links": {"challenge": "7"}}, demo=True), asked())
    made = admit(licence(), made, event("extend", "2026-03-05", due="2026-04-01", reason="外出"))
    document = matter_document(made)
    back, found = read_matter(document)
    assert found == ()
    assert back is not None and (back.events, back.fields, back.roles) == (made.events, made.fields, made.roles)
    assert back.demo and matter_document(back) == document


def altered(change: Any) -> list[str]:
    made = admit(licence(), matter(), asked())
    made = admit(licence(), made, event("extend", "2026-03-05", due="2026-04-01", reason="r"))
    content = json.loads(matter_document(made))
    change(content)
    back, found = read_matter(json.dumps(content).encode())
    assert back is None
    return [f.code for f in found]


def test_what_was_altered_is_told() -> None:
    assert altered(lambda c: c["events"][1]["content"].update(due="2027-04-01")) == ["procedure.event.altered"]
    assert altered(lambda c: c["events"].pop(0)) == ["procedure.event.head"]
    assert altered(lambda c: c["events"].reverse()) == ["procedure.event.head", "procedure.event.chain"]
    assert altered(lambda c: c["roles"].update(office=["Somebody"])) == ["procedure.event.head"]
    assert altered(lambda c: c["events"][0].update(time="2026-03-02T09:00:00")) == ["procedure.event.zone"]
    assert altered(lambda c: c["events"][0].update(time="yesterday")) == ["procedure.event.time"]


TEXT = st.text(st.characters(blacklist_categories=("Cs", "Cc")), max_size=20)
CONTENT = st.dictionaries(
    TEXT, st.one_of(TEXT, st.integers(), st.floats(allow_nan=False), st.booleans(), st.lists(TEXT, max_size=3)),
    max_size=4,
)  # fmt: skip


@settings(max_examples=60, deadline=None)
@given(CONTENT)
def test_whatever_an_event_holds_its_chain_is_sound(content: dict[str, Any]) -> None:
    made = followed(matter(), event("withdraw", "2026-03-05", **{"reason": "r", "content": content}))
    back, found = read_matter(matter_document(made))
    assert found == () and back is not None and back.events == made.events


def test_every_guard_of_a_capability_procedure_can_be_asked() -> None:
    from importlib import import_module

    from suyuan.verbs.matter.matters import GUARDS, PROCEDURES, procedure_named

    asked = {
        g for name, room in PROCEDURES.items() if room == "suyuan.capability" for g in procedure_named(name).guards
    }
    assert asked == set(GUARDS)
    for place in GUARDS.values():
        module, _, name = place.partition(":")
        assert callable(getattr(import_module(module), name))
