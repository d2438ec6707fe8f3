"""The guidelines that come with the package: drafts, none of them official."""

from __future__ import annotations

from functools import cache
from importlib import resources

from suyuan.centre.guideline import Guideline
from suyuan.centre.read_guideline import read_guideline
from suyuan.quantity.finding import Refused


@cache
def guidelines() -> tuple[Guideline, ...]:
    """All shipped guidelines, by number and version. Raises Refused where one cannot be read.

    >>> [(g.number, g.version, g.status) for g in guidelines() if g.scope == "centre"]
    [('DRAFT-CENTRE', '1', 'proposed'), ('DRAFT-CENTRE', '2', 'proposed')]
    """
    found = []
    for entry in resources.files("suyuan.centre").joinpath("rules").iterdir():
        if entry.name.startswith("guideline-") and entry.name.endswith(".json"):
            guideline, told = read_guideline(entry.read_bytes())
            if guideline is None:
                raise Refused(*told)
            found.append(guideline)
    return tuple(sorted(found, key=lambda g: (g.number, len(g.version), g.version)))


def guideline(number: str, version: str = "") -> Guideline | None:
    """The shipped guideline of a number and version; without a version the newest; None where there is none."""
    named = [g for g in guidelines() if g.number == number and version in ("", g.version)]
    return named[-1] if named else None
