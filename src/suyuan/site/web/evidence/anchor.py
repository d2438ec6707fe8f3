"""The form on a certificate's page by which somebody with authority declares it the end of chains."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from django.http import HttpRequest

from suyuan.quantity.finding import Finding, sentences
from suyuan.site.acts.evidence import anchor as acts
from suyuan.site.language import current
from suyuan.site.records.document import Document
from suyuan.site.terms import term
from suyuan.site.web.parts.rows import SEVERITY
from suyuan.site.web.parts.text import pick
from suyuan.site.web.shell import laboratory
from suyuan.site.web.ways import certificate_way
from suyuan.traceability.anchor import KINDS, schemes
from suyuan.traceability.chain import Chain

_FIELD = {"name": "name_zh"}
"""Field of the document → field of the form, where they differ."""


def declarant(request: HttpRequest) -> str:
    """Who declares it: the laboratory, and the person who acts for it."""
    user: Any = request.user
    person = user.last_name or user.first_name or user.get_username()
    return f"{pick(laboratory(), 'zh')[0]} · {person}"


def form(
    request: HttpRequest, row: Document, chain: Chain | None,
    given: Mapping[str, str] | None = None, found: Iterable[Finding] = (),
) -> dict[str, Any] | None:  # fmt: skip
    """What the form shows; None for who may not declare, and for what is no certificate.

    given: as typed, where it comes back; found: what was wrong with it.
    """
    if not acts.may_declare(request.user) or row.kind not in ("dcc", "typed"):
        return None
    held = acts.declared((row.issuer, row.number))
    # What is held stands in the form, so that a renewal changes its day and nothing else.
    first = {"name_zh": row.name_zh, "name_en": row.name_en} | (_of(held) if held is not None else {})
    values = {name: (given if given is not None else first).get(name, "") for name in acts.FIELDS}
    told: dict[str, list[Finding]] = {}
    for item in found:
        name = item.where.strip("/").partition("/")[0]
        told.setdefault(_FIELD.get(name, name), []).append(item)
    # Other findings have no field of their own on this form.
    loose = [item for name, items in told.items() if name not in acts.FIELDS for item in items]
    no_end = chain is not None and any(b.kind == "no_anchor" and b.node == row.digest for b in chain.breaks)
    return {
        "cells": {name: _cell(name, values[name], told.get(name, [])) for name in acts.FIELDS},
        "kinds": [{"value": kind, "term": f"anchor.{kind}", "chosen": kind == values["kind"]} for kind in KINDS],
        "schemes": [{"number": s.number, "quantity": s.quantity} for s in schemes() if s.number],
        "loose": loose,
        "held": held,
        "held_kind": f"anchor.{held.kind}" if held is not None else "",
        "held_address": certificate_way(held.digest) if held is not None and held.digest else "",
        "open": no_end or given is not None,
    }


def _of(held: Any) -> dict[str, str]:
    return {
        "kind": held.kind, "name_zh": held.name.get("zh", ""), "name_en": held.name.get("en", ""),
        "source": held.source, "scheme": held.scheme, "level": "" if held.level is None else str(held.level),
        "valid_until": held.valid_until.isoformat() if held.valid_until is not None else "",
    }  # fmt: skip


def _cell(name: str, value: str, found: list[Finding]) -> dict[str, Any]:
    """A field with what is wrong beside it, in the form that the typing page uses."""
    told = []
    for item in found:
        mark, tone = SEVERITY[item.severity]
        said = sentences(item, current())
        if item.code == "typed.field.missing":
            said = {"what": term("typed.needed"), "remedy": term(f"anchor.form.{name}.why")}
        told.append({"mark": mark, "tone": tone, "word": term(f"state.{item.severity}"), **said})
    bad = any(f.severity == "error" for f in found)
    return {"name": f"anchor-{name}", "value": value, "told": told, "tone": "bad" if bad else "warn" if found else ""}
