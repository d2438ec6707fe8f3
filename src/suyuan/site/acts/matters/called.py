"""People by their names where records know accounts: lists of them, and findings that speak of them."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import replace

from django.contrib.auth.models import User as Account

from suyuan.quantity.finding import LANGUAGES, Finding

SPEAKS_OF = ("reviewer", "person")
"""Parameters that name somebody."""


def names_of(accounts: Iterable[str]) -> dict[str, dict[str, str]]:
    """Account → name of the person in both languages."""
    found = {one.username: {"zh": one.last_name or one.username, "en": one.first_name or one.username}
             for one in Account.objects.filter(username__in=list(accounts))}  # fmt: skip
    return {name: found.get(name, {"": name}) for name in accounts}


def called(found: Iterable[Finding]) -> tuple[Finding, ...]:
    """Findings with the name of each account in the language of the reader; also where they stand inside the reasons of
    a guard. A word that is no account stays as it is."""
    items = tuple(found)
    said = {value for item in items for name, value in item.parameters if name in SPEAKS_OF}
    rows = Account.objects.filter(username__in=said) if said else ()
    names = {row.get_username(): name for row in rows if (name := _name(row))}
    return tuple(_named(item, names) for item in items) if names else items


def _name(row: Account) -> Mapping[str, str]:
    zh, en = row.last_name or row.first_name, row.first_name or row.last_name
    return {"zh": zh, "en": en} if zh else {}


def _named(item: Finding, names: Mapping[str, Mapping[str, str]]) -> Finding:
    parts: dict[str, str] = {}
    for key, value in item.parameters:
        if key in SPEAKS_OF and value in names:
            parts |= {f"{key}_{language}": names[value][language] for language in LANGUAGES}
        elif key.startswith("reasons_"):
            parts[key] = _replaced(value, key.removeprefix("reasons_"), names)
        else:
            parts[key] = value
    return replace(item, parameters=tuple(sorted(parts.items())))


def _replaced(text: str, language: str, names: Mapping[str, Mapping[str, str]]) -> str:
    for account in sorted(names, key=len, reverse=True):
        said = names[account].get(language, account).replace("\\", r"\\")
        text = re.sub(rf"(?<![A-Za-z0-9_.-]){re.escape(account)}(?![A-Za-z0-9_.-])", said, text)
    return text
