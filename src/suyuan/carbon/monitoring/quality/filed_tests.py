"""The tests of a stack's channels as its document files them (key «tests»): RATA, QAL2 and annual surveillance."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date

from suyuan.quantity.fields import Fields

KINDS = ("rata", "qal2", "ast")


@dataclass(frozen=True, slots=True, eq=False)
class FiledTest:
    """A test as it is filed. kind: of `KINDS`; role: of the channel; day: on which it was over; until: last day for
    which it holds, None where that is not said; reference, monitor (n,): pairs in one unit (of a QAL2 or AST the signal
    is the monitor); elv, interval_fraction, zero: of a QAL2 in the unit of the reference; method: «a» or «b»; days: on
    how many it was measured; speed: mean of the reference in ft/s, where a limit asks for it; corrects: whether the
    line corrects the channel; issuer, number: of the report; pointer: in the document."""

    kind: str
    role: str
    day: date
    reference: tuple[float, ...]
    monitor: tuple[float, ...]
    pointer: str
    until: date | None = None
    elv: float = 0.0
    interval_fraction: float = 0.0
    zero: float = 0.0
    method: str = "a"
    days: int | None = None
    speed: float | None = None
    u_reference: float | None = None
    corrects: bool = False
    issuer: str = ""
    number: str = ""


def read_tests(one: Fields, roles: Iterable[str]) -> tuple[FiledTest, ...]:
    """The tests of a stack, those without a fault; faults are in `one.found`. roles: of its channels."""
    known = tuple(roles)
    found = [_test(inner, known) for inner in one.several("tests")]
    return tuple(test for test in found if test is not None)


def _test(one: Fields, roles: tuple[str, ...]) -> FiledTest | None:
    before = len(one.found)
    kind, role = one.choice("kind", KINDS), one.choice("role", roles)
    day, until = one.day("day", True), one.day("until")
    reference, monitor = (tuple(x.value for x in one.numbers(key, True)) for key in ("reference", "monitor"))
    numbers = {key: one.number(key, kind == "qal2") for key in ("elv", "interval_fraction", "zero")}
    method, days = one.choice("method", ("a", "b"), "a"), one.whole("days")
    speed, own = one.number("speed"), one.number("u_reference")
    corrects = one.content.get("corrects", False)
    one.asked.add("corrects")
    issuer, number = (one.text(key, corrects is True) for key in ("issuer", "number"))
    one.text("note")
    one.close()
    if not isinstance(corrects, bool):
        one.report("typed.field.type", "corrects", field="corrects", expected_zh="true 或 false",
                   expected_en="true or false")  # fmt: skip
    if own is not None and own.value < 0.0:
        one.report("quantity.uncertainty.negative", "u_reference", where=one.where("u_reference"), u=own.printed)
    if any(item.severity == "error" for item in one.found[before:]) or day is None:
        return None
    given = {key: value.value for key, value in numbers.items() if value is not None}
    return FiledTest(kind, role, day, reference, monitor, one.pointer, until, **given, method=method, days=days,
                     speed=speed.value if speed else None, u_reference=own.value if own else None,
                     corrects=corrects is True, issuer=issuer, number=number)  # fmt: skip
