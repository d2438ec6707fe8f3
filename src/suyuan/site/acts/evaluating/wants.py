"""What is wanted of an evaluation besides first order, as a form says it and as a case says it."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from suyuan.site.acts.evaluating.columns import shown
from suyuan.site.terms import term

WANTS = ("first_order", "second_order", "monte_carlo", "validation")


@dataclass(frozen=True)
class Methods:
    """What is wanted of an evaluation. want: as in the case, () where it says nothing (first order); sampling: «fixed»,
    or the significant digits of u until which the adaptive procedure goes on; trials, seed: as typed."""

    want: tuple[str, ...] = ()
    sampling: str = "fixed"
    trials: str = ""
    interval: str = ""
    seed: str = ""


def from_form(given: Mapping[str, str]) -> Methods:
    """The wants that are ticked; first order alone is said only where the case said it."""
    ticked = tuple(want for want in WANTS if given.get(f"want-{want}") == "1")
    return Methods(
        ticked if ticked != WANTS[:1] or given.get("want-said") == "1" else (), given.get("sampling", "fixed")[:10],
        given.get("trials", "")[:40], given.get("interval", "")[:20], given.get("seed", "")[:40],
    )  # fmt: skip


def to_case(methods: Methods, body: dict[str, Any], number: Callable[[str, str, str], float]) -> None:
    """What is wanted, as the case says it; number: reads a field (text, place, name)."""
    if methods.want:
        body["want"] = list(methods.want)
    if methods.sampling.isdecimal():
        body["digits"] = int(methods.sampling)
    for name, text in (("trials", methods.trials), ("seed", methods.seed)):
        if text.strip():
            value = number(text, name, term(f"evaluate.{name}"))
            body[name] = int(value) if value.is_integer() else value
    if methods.interval:
        body["interval"] = methods.interval


def from_case(body: Mapping[str, Any]) -> Methods:
    """The wants of a case as the form shows them, whatever the case holds."""
    given = body.get("want")
    want = tuple(str(w) for w in given) if isinstance(given, list) else ()
    digits = body.get("digits")
    return Methods(
        want, "fixed" if digits is None else str(digits), shown(body.get("trials")), str(body.get("interval") or ""),
        shown(body.get("seed")),
    )  # fmt: skip
