"""Names of laboratories and firms in the language of the page: documents name them in one, registers in both."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from typing import Any

from suyuan.site.acts import service
from suyuan.site.language import current


def houses(text: object) -> str:
    """A text in which organisations have their names of the page's language, where a register knows them."""
    said = str(text or "")
    if current() == "zh" or said.isascii():
        return said
    found = service.now_known().once("site houses in English", lambda: _table(service.now_known()))
    names, pattern = found
    return pattern.sub(lambda m: names[m[0]], said) if pattern is not None else said


def _table(known: Any) -> tuple[Mapping[str, str], re.Pattern[str] | None]:
    """Chinese name → English, of laboratories, owners, firms and hosts; the pattern finds the longest first."""
    names = dict(_pairs([
        *(c.laboratory for c in known.capabilities), *(r.organisation for r in known.rows("resource")),
        *(n.organisation for n in known.needs), *(t.owner for t in known.rows("transfer")),
        *(text for c in known.rows("centre") for text in (c.host, c.name)),
        *(p.organisation for p in known.rows("person")),
    ]))  # fmt: skip
    longest = sorted(names, key=len, reverse=True)
    return names, re.compile("|".join(map(re.escape, longest))) if names else None


def _pairs(texts: Iterable[Mapping[str, str]]) -> Iterable[tuple[str, str]]:
    return ((text["zh"], text["en"]) for text in texts if text.get("zh") and text.get("en"))
