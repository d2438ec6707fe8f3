"""Target uncertainty from a tolerance: rules as data, each with its arithmetic and a sentence.

ratio:       U = T/N                       T: half width of the tolerance
guard band:  U = (1 − a)·T/r               a: share of the tolerance that is left for acceptance, w = r·U
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from typing import Literal

from suyuan.capability.need import Target, Tolerance
from suyuan.certificate.certificate import Text
from suyuan.quantity.finding import Finding, finding
from suyuan.quantity.notation import behind
from suyuan.quantity.table import load


@dataclass(frozen=True, slots=True)
class Rule:
    """A rule. name; kind; divisor: N of a ratio; accepted, guard_factor: a and r of a guard band; label; source,
    status: of the row."""

    name: str
    kind: Literal["ratio", "guard_band"]
    label: Text
    divisor: float
    accepted: float
    guard_factor: float
    source: str
    status: str

    @property
    def share(self) -> float:
        """U_target as a share of the half width of the tolerance.

        >>> [round(rule_named(name).share, 3) for name in ("one_third", "guard_80")]
        [0.333, 0.2]
        """
        return 1.0 / self.divisor if self.kind == "ratio" else (1.0 - self.accepted) / self.guard_factor


@cache
def rules() -> Mapping[str, Rule]:
    """Name → rule, in the order of the table."""
    return {row["name"]: _rule(row) for row in load("suyuan.capability", "target")} | {
        row["id"]: Rule(row["id"], "ratio", {"zh": row["zh"], "en": row["en"]}, row["ratio"][1] / row["ratio"][0],
                        0.0, 1.0, row["source"], row["status"])
        for row in load("suyuan.capability", "industry-targets.rules")
    }  # fmt: skip


def _rule(row: Mapping[str, object]) -> Rule:
    def number(key: str, usual: float) -> float:
        return float(str(row.get(key, usual)))

    return Rule(
        str(row["name"]),
        "ratio" if row["kind"] == "ratio" else "guard_band",
        {"zh": str(row["zh"]), "en": str(row["en"])},
        number("divisor", 1.0),
        number("accepted", 0.0),
        number("guard_factor", 1.0),
        str(row["source"]),
        str(row["status"]),
    )


def rule_named(name: str) -> Rule | None:
    """A rule by its name."""
    return rules().get(name)


def target_of(tolerance: Tolerance, k: float = 2.0) -> tuple[Target | None, tuple[Finding, ...]]:
    """The target uncertainty that follows from a tolerance, and the sentence that says how; None for an unknown rule.

    k: coverage factor that the target is meant with. The spacer ring of ±0.25 µm, a fifth of it:

    >>> from suyuan.quantity.unit import parse_unit
    >>> target, said = target_of(Tolerance(0.25, parse_unit("um"), "one_fifth"))
    >>> target.U, said[0].code
    (0.05, 'capability.target.derived')
    """
    rule = rule_named(tolerance.rule)
    if rule is None:
        return None, (finding("capability.target.rule", "rule", given=tolerance.rule, known=", ".join(rules())),)
    U = tolerance.half_width * rule.share
    unit = tolerance.unit.as_difference() if tolerance.unit is not None else None
    return Target(U, unit, k), (
        finding(
            "capability.target.derived", "", "note", rule.source,
            half=_said(tolerance.half_width, tolerance), U=_said(U, tolerance), arithmetic=arithmetic(rule),
            label_zh=rule.label["zh"], label_en=rule.label["en"], **status_words(rule.status),
        ),
    )  # fmt: skip


def status_words(status: str) -> dict[str, str]:
    """The status of a row of the rules in both languages, as parameters of a finding.

    >>> status_words("from memory")
    {'status_zh': '凭记忆，待核', 'status_en': 'from memory'}
    """
    return {"status_zh": _STATUS.get(status, status), "status_en": status}


_STATUS = {"confirmed": "已核实", "recomputed": "已复算", "from memory": "凭记忆，待核",
           "proposed": "拟议，未有公布的来源"}  # fmt: skip


def arithmetic(rule: Rule) -> str:
    """The arithmetic of a rule as text.

    >>> arithmetic(rule_named("guard_80")), arithmetic(rule_named("one_third"))
    ('U = (1 − 0.8)·T/1', 'U = T/3')
    """
    if rule.kind == "ratio":
        return f"U = T/{rule.divisor:g}"
    return f"U = (1 − {rule.accepted:.3g})·T/{rule.guard_factor:g}"


def _said(size: float, tolerance: Tolerance) -> str:
    return f"{size:.4g}{behind(tolerance.unit)}" if tolerance.unit is not None else f"{100.0 * size:.4g} %"
