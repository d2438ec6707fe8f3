"""Kinds of quantity, classes of items, conditions and standings as people say them, on the terminal."""

from __future__ import annotations

from dataclasses import replace

from suyuan.capability.taxonomy import Item, Kind, item_named, items, quantities, quantity_named
from suyuan.cli.language import language, term
from suyuan.quantity.finding import Finding

SPOKEN = ("name", "wanted", "given", "asked", "kind")
"""Parameters of findings that are words of the tables."""


def quantity(key: str) -> str:
    """A kind of quantity in the language of the terminal, or the word that was given."""
    return _first(quantities().get(quantity_named(key) or ""), key)


def spoken(item: Finding) -> Finding:
    """A finding with the words of the tables in it as people say them."""
    said = tuple(
        (name, ", ".join(map(word, text.split(", "))) if name in SPOKEN else text) for name, text in item.parameters
    )
    return replace(item, parameters=said)


def word(key: str) -> str:
    """A condition, a standing, a kind of quantity or a class of item in the language of the terminal."""
    said = term(f"said.{key}")
    if said != f"said.{key}":
        return said
    kind = quantities().get(key) or items().get(key) or items().get(key.replace(" ", "_"))
    return _first(kind or items().get(item_named(key) or ""), key)


def _first(kind: Kind | Item | None, key: str) -> str:
    return key if kind is None else (kind.zh if language().value == "zh" else kind.en)[0]
