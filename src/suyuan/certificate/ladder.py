"""The ladder of checks: one rung after the other, each by itself, none hiding behind another.

A certificate may be kept whatever a rung says; what a failed rung forbids is its use in a result. The first five rungs
are climbed here from the bytes alone. Chain, signature, revocation and scope need what lies outside the certificate;
until somebody supplies them they say «not checked», which is not «passed».
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from typing import Literal

from suyuan.certificate.certificate import Certificate, Text
from suyuan.certificate.checks import MEANING, RULES, UNITS, run
from suyuan.certificate.dcc_read import ROOT, read, version
from suyuan.certificate.schema import Schemas
from suyuan.certificate.xml import Element, parse
from suyuan.quantity.finding import Finding, errors

State = Literal["passed", "failed", "not_checked", "unknown"]
NAMES = ("well_formed", "schema", "rules", "units", "meaning", "chain", "signature", "revocation", "scope")

_NAMES: dict[str, Text] = {
    "well_formed": {"zh": "格式", "en": "form"},
    "schema": {"zh": "模式（XSD）", "en": "schema (XSD)"},
    "rules": {"zh": "规则", "en": "rules"},
    "units": {"zh": "单位", "en": "units"},
    "meaning": {"zh": "含义", "en": "meaning"},
    "chain": {"zh": "溯源链", "en": "chain"},
    "signature": {"zh": "签名", "en": "signature"},
    "revocation": {"zh": "签名证书吊销", "en": "revocation"},
    "scope": {"zh": "能力范围", "en": "scope"},
}
_STATES: dict[State, Text] = {
    "passed": {"zh": "通过", "en": "passed"},
    "failed": {"zh": "未通过", "en": "failed"},
    "not_checked": {"zh": "未检查", "en": "not checked"},
    "unknown": {"zh": "未知", "en": "unknown"},
}


@dataclass(frozen=True, slots=True)
class Rung:
    """One rung. state: passed, failed (an error among the findings), not_checked, unknown; say: one short sentence."""

    name: str
    state: State
    findings: tuple[Finding, ...]
    say: Text


@dataclass(frozen=True, slots=True)
class Ladder:
    """All rungs in their order, and the certificate as far as it could be read."""

    certificate: Certificate | None
    rungs: tuple[Rung, ...]

    @property
    def findings(self) -> tuple[Finding, ...]:
        """The findings of all rungs."""
        return tuple(f for rung in self.rungs for f in rung.findings)

    @property
    def usable(self) -> bool:
        """Whether the certificate was read and no rung failed."""
        return self.certificate is not None and all(rung.state != "failed" for rung in self.rungs)

    def at(self, name: str) -> Rung:
        """The rung of a name; KeyError for a name that is not in `NAMES`."""
        return self.rungs[_index(name)]

    def supplied(self, *rungs: Rung) -> Ladder:
        """The ladder with these rungs in the places of their names."""
        changed = list(self.rungs)
        for rung in rungs:
            changed[_index(rung.name)] = rung
        return replace(self, rungs=tuple(changed))


def _index(name: str) -> int:
    if name not in NAMES:
        raise KeyError(name)
    return NAMES.index(name)


def rung(name: str, findings: Iterable[Finding], state: State | None = None, say: Text | None = None) -> Rung:
    """A rung from its findings: failed if one is an error, else passed, unless a state is given.

    >>> rung("units", ()).say["en"], rung("signature", (), "not_checked").say["zh"]
    ('units: passed', '签名：未检查')
    """
    found = tuple(findings)
    reached = state or ("failed" if errors(found) else "passed")
    if say is None:
        remarks = len(found)
        word, of = _NAMES[name], _STATES[reached]
        say = {
            "zh": f"{word['zh']}：{of['zh']}" + (f"，{remarks} 条说明" if remarks else ""),
            "en": f"{word['en']}: {of['en']}" + (f", {remarks} finding{'s' * (remarks > 1)}" if remarks else ""),
        }
    return Rung(name, reached, found, say)


def climb(data: bytes, schemas: Schemas) -> Ladder:
    """Climb a file's first five rungs; the others are «not checked».

    data: the bytes of a DCC; schemas: the installed schema files. A rung that failed does not keep the next from being
    tried: values of a file that breaks its schema are still read, and shown as what they are.
    """
    tree, broken = parse(data)
    if tree is None:
        return Ladder(None, _filled([rung("well_formed", broken)]))
    root = tree.getroot()
    certificate, found = read(data, tree=tree)
    refused = found if certificate is None else ()
    if root.tag != ROOT and refused:
        schema = rung("schema", refused)
        refused = ()
    else:
        said = schemas.validate(tree, version(root))
        schema = rung("schema", said, None if not schemas.missing(version(root)) else "not_checked")
    rungs = [rung("well_formed", ()), schema]
    if certificate is None:
        return Ladder(None, _filled([*rungs, *([rung("meaning", refused)] if refused else [])]))
    return Ladder(certificate, _filled([*rungs, *_content(certificate, found, root)]))


def climb_value(certificate: Certificate | None, found: tuple[Finding, ...]) -> Ladder:
    """The ladder of a certificate that is no XML (typed in, or from a mapped workbook) with its reader's findings."""
    if certificate is None:
        return Ladder(None, _filled([rung("well_formed", found)]))
    say = {"zh": "模式（XSD）：录入的证书没有模式", "en": "schema (XSD): a typed certificate has none"}
    rungs = [rung("well_formed", ()), rung("schema", (), "not_checked", say)]
    return Ladder(certificate, _filled([*rungs, *_content(certificate, found, None)]))


def _content(certificate: Certificate, found: Iterable[Finding], root: Element | None) -> list[Rung]:
    """Rules, units and meaning; what the reader found goes to the rung that it belongs to."""
    found = tuple(found)
    of_units = tuple(f for f in found if f.code in _OF_UNITS or f.code.startswith("quantity.unit."))
    of_rules = tuple(f for f in found if f.code in _OF_RULES)
    rest = tuple(f for f in found if f not in of_units and f not in of_rules)
    return [
        rung("rules", (*of_rules, *run(RULES, certificate, root))),
        rung("units", (*of_units, *run(UNITS, certificate, root))),
        rung("meaning", (*rest, *run(MEANING, certificate, root))),
    ]


_OF_UNITS = frozenset({"certificate.dsi.unit_missing"})
_OF_RULES = frozenset({"certificate.dcc.date", "certificate.dcc.file"})


def _filled(climbed: Iterable[Rung]) -> tuple[Rung, ...]:
    """All rungs in order; those that nobody climbed are «not checked»."""
    given = {one.name: one for one in climbed}
    return tuple(given.get(name) or rung(name, (), "not_checked") for name in NAMES)
