"""From a result to a published specification (成果向标准、技术规范转化), its validated examples reused.

An example is a case file with the numbers that the draft prints for it. It is reused only where it recomputes: each
printed number must be the recomputed one, rounded to the digits that are printed; an uncertainty may be rounded up
(JCGM 100:2008, 7.2.6).
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from decimal import Decimal, InvalidOperation
from typing import Any

from suyuan.capability.challenges.research import linked, rows_of
from suyuan.procedure.matter import Event, Matter
from suyuan.quantity.finding import Finding, finding

Recompute = Callable[[str], Mapping[str, float] | None]
"""SHA-256 of a case → name → number that it gives; None where the case is not at hand."""


@dataclass(frozen=True, slots=True)
class Example:
    """A validated example. case: SHA-256 of its case file; stated: name → number as printed."""

    case: str
    stated: Mapping[str, str]


def examples_of(event: Event) -> tuple[Example, ...]:
    """The examples in an event's content: `[{"case": sha256, "stated": {"U": "0.05"}}]`."""
    rows = rows_of(event.content.get("examples"))
    return tuple(Example(str(row.get("case", "")), _stated(row.get("stated"))) for row in rows)


def _stated(given: Any) -> dict[str, str]:
    return {str(name): str(value) for name, value in given.items()} if isinstance(given, Mapping) else {}


def agrees(stated: str, value: float, upward: bool = False) -> bool | None:
    """Whether a number is the printed one within half a unit of its last digit; None where it is no number.

    upward: whether it may also have been rounded up, as an uncertainty may.

    >>> agrees("0.050", 0.05049), agrees("0.050", 0.0506), agrees("1.2e3", 1249.0), agrees("many", 1.0)
    (True, False, True, None)
    >>> agrees("93", 92.4994), agrees("93", 92.4994, upward=True), agrees("92", 92.51, upward=True)
    (False, True, False)
    """
    try:
        printed = Decimal(stated)
        exact = Decimal(value)
    except InvalidOperation:
        return None
    exponent = printed.as_tuple().exponent
    if not isinstance(exponent, int) or not exact.is_finite():
        return None
    unit = Decimal(1).scaleb(exponent)
    if upward and 0 <= printed - exact < unit:
        return True
    return abs(exact - printed) <= unit / 2 * (1 + Decimal("1e-9"))


def examples_recompute(examples: Iterable[Example], recompute: Recompute) -> tuple[Finding, ...] | None:
    """What is wrong with the examples of a draft; None where a case is not at hand, so that nobody can say.

    recompute: gives the numbers of a case.
    """
    found, unknown, listed = [], False, list(examples)
    if not listed:
        return (finding("capability.conversion.no_example", "content/examples"),)
    for number, example in enumerate(listed):
        where = f"content/examples/{number}"
        if not example.stated:
            found.append(finding("capability.conversion.nothing_stated", where, case=example.case[:12] or "—"))
            continue
        given = recompute(example.case)
        if given is None:
            unknown = True
            continue
        found += _compared(example, given, where)
    return tuple(found) if found or not unknown else None


def _compared(example: Example, given: Mapping[str, float], where: str) -> list[Finding]:
    case = example.case[:12]
    found = []
    for name, stated in example.stated.items():
        if name not in given:
            known = ", ".join(given) or "—"
            found.append(finding("capability.conversion.no_number", where, name=name, case=case, known=known))
        elif not agrees(stated, given[name], upward=name[:1] in ("u", "U")):
            again = f"{given[name]:.6g}"
            found.append(finding("capability.conversion.differs", where, name=name, case=case, stated=stated[:40],
                                 again=again))  # fmt: skip
    return found


def result_accepted(matter: Matter, projects: Iterable[Matter]) -> tuple[Finding, ...]:
    """The project that a conversion rests on was accepted."""
    named = linked(matter, "research")
    if not named:
        return (finding("capability.conversion.no_project", "fields/links", number=matter.number),)
    accepted = {p.number for p in projects if p.last("accepted") is not None}
    return tuple(
        finding("capability.conversion.not_accepted", "fields/links", project=name)
        for name in named
        if name not in accepted
    )
