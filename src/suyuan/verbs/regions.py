"""Codes of regions (GB/T 2260) from what people write: a code, or the name of a province."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Mapping
from functools import cache

from suyuan.quantity.table import load

_CODE = re.compile(r"\d{2}(?:\d{2}){0,2}")
_END = re.compile(r"(?:特别行政区|(?:壮族|回族|维吾尔)?自治区|省|市| (?:province|municipality|city))$")


@cache
def _codes() -> Mapping[str, str]:
    """Small name of a province in either language → its first two digits."""
    return {row[code].casefold(): row["code"] for row in load("suyuan.verbs", "regions") for code in ("zh", "en")}


def region_code(text: str) -> str | None:
    """The code of a region from a code or the name of a province; None where neither is known.

    >>> region_code("330200"), region_code("Shanghai"), region_code("上海市"), region_code("Atlantis")
    ('330200', '310000', '310000', None)
    """
    said = unicodedata.normalize("NFKC", text).strip()
    if _CODE.fullmatch(said) and said.isascii():
        return said if said[:2] in _codes().values() else None
    found = _codes().get(_END.sub("", said.casefold()))
    return None if found is None else f"{found}0000"
