"""Fields of a row as capabilities and needs take them: words, choices, counts and sizes, each with its own reason."""

from __future__ import annotations

from collections.abc import Iterable

from suyuan.capability.read_uncertainty import absurd
from suyuan.quantity.fields import Fields, Number, Printed


def words(row: Fields, key: str) -> tuple[str, ...]:
    """One word or a list of words."""
    if not row.has(key):
        return ()
    value = row.content[key]
    if isinstance(value, list):
        several = [Fields({key: one}, row.pointer, row.found).text(key) for one in value]
        return tuple(dict.fromkeys(word for word in several if word))
    return (text,) if (text := row.text(key)) else ()


def choices(row: Fields, key: str, allowed: Iterable[str]) -> tuple[str, ...]:
    known = tuple(allowed)
    good = []
    for word in words(row, key):
        if Fields({key: word}, row.pointer, row.found).choice(key, known):
            good.append(word)
    return tuple(good)


def choice(row: Fields, key: str, allowed: Iterable[str]) -> str:
    return row.choice(key, allowed) if row.has(key) else ""


def from_nil(row: Fields, key: str, required: bool = False) -> float | None:
    return above(row, row.number(key, required), key, False)


def positive(row: Fields, key: str, required: bool = False) -> float | None:
    return above(row, row.number(key, required), key, True)


def above(row: Fields, number: Number | None, key: str, strictly: bool) -> float | None:
    if number is None:
        return None
    if strictly and not number.value > 0.0:
        row.report("capability.read.positive", key, field=key, given=number.printed)
        return None
    if number.value < 0.0:
        row.report("capability.read.negative", key, field=key, given=number.printed)
        return None
    return None if absurd(row, number.value, key) else number.value


def whole(row: Fields, key: str, usual: int, least: int, most: int | None = None) -> int:
    number = row.whole(key)
    if number is None:
        return usual
    if number < least or (most is not None and number > most):
        row.report("capability.read.count", key, field=key, given=number, least=least, most=most or "∞")
        return usual
    return number


def truth(row: Fields, key: str) -> bool:
    if not row.has(key):
        return False
    value = row.content[key]
    if isinstance(value, bool):
        return value
    if isinstance(value, str) and not isinstance(value, Printed) and value.casefold() in ("true", "false"):
        return value.casefold() == "true"
    row.report("typed.field.type", key, field=key, expected_zh="true 或 false", expected_en="true or false")
    return False
