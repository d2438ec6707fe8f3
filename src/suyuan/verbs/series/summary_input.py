"""A summary of readings as an input of a case: what it asks for as one text, checked; who can open readings answers it.

{"name": "c", "distribution": "series", "unit": "mg/m3",
 "parameters": {"stream": "so2", "what": "mean", "from": "2026-03-01", "to": "2026-03-31", "known": "2026-04-02"}}
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from typing import Any

from suyuan.quantity.finding import Finding
from suyuan.quantity.quantity import Quantity
from suyuan.verbs.series.declared import read_moment
from suyuan.verbs.wants import absent_or_wrong, wrong

WHAT = ("mean", "sum")
FIELDS = ("stream", "what", "from", "to", "known", "u", "counting", "usable")
TIMES = ("from", "to", "known")


def asked(parameters: Mapping[str, Any]) -> str:
    """What parameters ask for, as one text: the key of `Evidence.summaries`.

    >>> asked({"to": "2026-03-31", "stream": "so2"})
    '{"stream":"so2","to":"2026-03-31"}'
    """
    return json.dumps({k: parameters[k] for k in FIELDS if k in parameters}, separators=(",", ":"), sort_keys=True)


def faults(parameters: Mapping[str, Any], where: str) -> Iterator[Finding]:
    """What is wrong with the parameters of such an input."""
    if not isinstance(parameters.get("stream"), str) or not parameters["stream"]:
        yield absent_or_wrong(parameters, "stream", where, "text")
    if parameters.get("what", "mean") not in WHAT:
        yield wrong(f"{where}/what", "one_of", parameters["what"], choices=", ".join(WHAT))
    if not isinstance(parameters.get("usable", ""), str):
        yield absent_or_wrong(parameters, "usable", where, "text")
    for name in TIMES:
        if name in parameters and not _is_time(parameters[name]):
            yield wrong(f"{where}/{name}", "moment", parameters[name])


def cited(document: Mapping[str, Any]) -> list[Mapping[str, Any]]:
    """The inputs of a case that ask for a summary of readings."""
    body = document.get("input")
    rows = body.get("inputs") if isinstance(body, dict) else None
    return [
        row for row in rows or () if isinstance(row, dict) and row.get("distribution") == "series"
        and isinstance(row.get("parameters"), dict)
    ]  # fmt: skip


def pinned(document: Mapping[str, Any], known: str) -> dict[str, Any]:
    """The case with a knowledge time in each such input that states none, so that it gives the same again."""
    mine = cited(document)
    rows = [
        {**row, "parameters": {**row["parameters"], "known": row["parameters"].get("known") or known}}
        if row in mine else row
        for row in document["input"]["inputs"]
    ]  # fmt: skip
    return {**document, "input": {**document["input"], "inputs": rows}}


def behind(document: Mapping[str, Any], summaries: Mapping[str, Quantity]) -> dict[str, Any]:
    """The case with the certificates behind each summary put down, so that its chain names them.

    An influence of a certificate bears issuer, number and place of what it stands for.
    """
    rows = []
    for row in document["input"]["inputs"]:
        value = summaries.get(asked(row["parameters"])) if row in cited(document) else None
        if value is not None:
            named = {(s.issuer, s.number, s.place) for i in value.influences() if (s := i.source).number}
            listed = [dict(zip(("issuer", "number", "place"), one, strict=True)) for one in sorted(named)]
            row = {**row, "parameters": {**row["parameters"], "certificates": listed}}
        rows.append(row)
    return {**document, "input": {**document["input"], "inputs": rows}}


def _is_time(given: Any) -> bool:
    try:
        return isinstance(given, str) and bool(read_moment(given))
    except ValueError:
        return False
