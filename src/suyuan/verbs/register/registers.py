"""Which kinds of rows the registers of the house hold, and who reads each."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache
from importlib import import_module

from suyuan.procedure.register import Register, RowReader, read_register
from suyuan.quantity.finding import Finding

KINDS: Mapping[str, str] = {
    "capability": "suyuan.capability.read:capability",
    "need": "suyuan.capability.read:need",
    "resource": "suyuan.capability.sharing.resource:resource",
    "transfer": "suyuan.capability.matching.transfer:transfer",
    "person": "suyuan.talent.read:person",
    "competence_unit": "suyuan.talent.read:competence_unit",
    "requirement": "suyuan.talent.read:requirement",
    "evidence": "suyuan.talent.read:evidence",
    "authorisation": "suyuan.talent.read:authorisation",
    "authorisation_event": "suyuan.talent.read:authorisation_event",
    "training_base": "suyuan.talent.base:training_base",
    "course": "suyuan.talent.base:course",
    "programme": "suyuan.talent.programme:programme",
    "centre": "suyuan.centre.read:centre",
    "centre_record": "suyuan.centre.read:centre_record",
    "commitment": "suyuan.centre.read:commitment",
}
"""Kind of row → module and function that reads it."""


@cache
def readers() -> Mapping[str, RowReader]:
    """Kind of row → its reader, loaded when a register is first read."""
    found = {}
    for kind, place in KINDS.items():
        module, _, name = place.partition(":")
        found[kind] = getattr(import_module(module), name)
    return found


def read(document: bytes) -> tuple[Register | None, tuple[Finding, ...]]:
    """A register of the house from its document; see `procedure.register.read_register`."""
    register, found = read_register(document, readers())
    return register, tuple(_nearer(item) for item in found)


def _nearer(item: Finding) -> Finding:
    """Of a field that nobody reads, the field that people call so in a table, before one that is spelt alike."""
    parts = item.where.split("/")
    if item.code != "typed.field.unknown" or len(parts) < 5 or parts[1] != "rows" or parts[2] not in KINDS:
        return item
    from suyuan.verbs.register.columns.table import columns, spelled

    inside = "".join(f"{part}." for part in parts[4:-1] if not part.isdigit())
    named = [
        c for c in columns(parts[2]).columns if spelled(parts[-1]) in {spelled(n) for n in (c.zh, c.en, *c.synonyms)}
    ]
    near = next((c.path.removesuffix(".zh").removeprefix(inside) for c in named if c.path.startswith(inside)), "")
    if not near or near == parts[-1]:
        return item
    said = dict(item.parameters) | {"nearest": near}
    return Finding(item.code, item.where, item.severity, tuple(sorted(said.items())), item.rule)
