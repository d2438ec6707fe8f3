"""What a plant lacks as needs: rows of a register like any other, so that the same matching answers them.

    lack ─ service of the rules ─▶ quantity, item, interval, conditions
         ─ u of the factor now  ─▶ target: U = 2·u_rel, or what is to be left of it; else the U of the service
         ─ end of its certificate ─▶ the day on which the service is wished

A need that nobody can meet is registered, becomes a gap, and a challenge as any other.
"""

from __future__ import annotations

import hashlib
import math
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

from suyuan.capability.gaps.industry import parameters
from suyuan.capability.need import Need
from suyuan.carbon.claim.claim import Claim
from suyuan.certificate.certificate import CertificateReference, Text
from suyuan.procedure.register import Context
from suyuan.quantity.fields import Fields, canonical
from suyuan.quantity.finding import Finding, Refused, errors
from suyuan.quantity.unit import convert, parse_unit
from suyuan.traceability.evidence import Evidence
from suyuan.verbs.carbon.lacks import Lack
from suyuan.verbs.register.registers import readers

K = 2.0


@dataclass(frozen=True, slots=True, eq=False)
class Wanted:
    """A lack with the need that it makes. row: as a register has it; findings: what reading the row told."""

    lack: Lack
    need: Need
    row: Mapping[str, Any]
    findings: tuple[Finding, ...] = ()


def wanted(
    claim: Claim, found: Iterable[Lack], evidence: Evidence, day: date, by: date | None = None, region: str = ""
) -> tuple[Wanted, ...]:  # fmt: skip
    """The needs of what a plant lacks.

    day: that certificates are asked on; by: on which the service is wished, None for the last day of the certificate
    that there is, where it lies ahead; region: as six digits, «» where nobody said. Raises Refused for a row of the
    services that makes no need.
    """
    return tuple(_wanted(claim, lack, evidence, day, by, region) for lack in found)


def _wanted(claim: Claim, lack: Lack, evidence: Evidence, day: date, by: date | None, region: str) -> Wanted:
    when = by or (lack.until if lack.until is not None and lack.until > day else None)
    row = need_row_of(claim, lack, evidence) | ({"day": when.isoformat()} if when else {})
    if region:
        row["region"] = region
    fields = Fields(row, f"needs/{row['id']}")
    need = readers()["need"](fields, Context({"zh": claim.enterprise}, day))
    fields.close()
    if need is None:
        raise Refused(*errors(fields.found))
    return Wanted(lack, need, row, tuple(item for item in fields.found if item.severity != "note"))


def need_row_of(claim: Claim, lack: Lack, evidence: Evidence) -> dict[str, Any]:
    """The row of a need; numbers as text, as people would type them."""
    service = lack.service
    low, high = interval_of(lack, evidence)
    thing = lack.behind is not None and not lack.behind.sample
    name = {word: (lack.names.get(word) or lack.name) if thing else lack.parts[0] for word in ("zh", "en")}
    row: dict[str, Any] = {
        "id": id_of(claim, lack),
        "title": {"zh": f"{service['zh']}：{name['zh']}", "en": f"{service['en']}: {name['en']}"},
        "quantity": service["quantity"],
        "interval": {"low": _said(low), "high": _said(high), "unit": service["unit"]},
        "target": target_of(lack),
        "source": f"carbon claim {claim.digest[:12]}".strip(),
        "status": service["status"],
    }  # fmt: skip
    row |= {key: service[key] for key in ("item", "analyte") if service[key]}
    if service["site"]:
        row["conditions"] = {"site": service["site"]}
    parameter = parameters().get(str(service["parameter"]))
    if parameter is not None:
        row |= {"parameter": parameter.id, "industry": parameter.industry, "product": dict(parameter.product),
                "process": dict(parameter.process)}  # fmt: skip
    return row


def id_of(claim: Claim, lack: Lack) -> str:
    """An id that is the same for the same lack of the same unit and year, so that it is delivered once."""
    text = "\n".join((claim.unit, str(claim.year), *lack.key))
    return f"C-{claim.year}-{hashlib.sha256(text.encode('utf-8')).hexdigest()[:6]}"


def target_of(lack: Lack) -> dict[str, Any]:
    """The target uncertainty, k = 2: what the factor has now times what is to be left of it. Where nothing is known of
    the factor, or it does not follow the reading, that of the service.

    >>> from suyuan.quantity.table import load
    >>> row = next(r for r in load("suyuan.carbon", "services.services") if r["id"] == "service.belt_weigher")
    >>> ended = Lack((("coal", "amount"),), {"": "BS-01"}, row, ("ended",), None, None, 9.0, 0.1, 0.003)
    >>> target_of(ended)
    {'U': '0.006', 'k': '2', 'relative': True}
    """
    service = lack.service
    own, per = float(service["U"]), float(service.get("per", 1.0))
    now = K * lack.u_rel * lack.left * per
    follows = service["moves"] and not math.isnan(now)
    U = now if follows else own
    unit = {"unit": service["U_unit"]} if service["U_unit"] else {"relative": True}
    return {"U": _said(U), "k": f"{K:g}", **unit}


def interval_of(lack: Lack, evidence: Evidence) -> tuple[float, float]:
    """The usual interval of the service, cut to the range of the present certificate where both overlap."""
    low, high = float(lack.service["low"]), float(lack.service["high"])
    behind = lack.behind
    held = evidence.find(CertificateReference(behind.issuer, behind.number)) if behind is not None else None
    unit = parse_unit(str(lack.service["unit"]))
    for stated in held.quantities() if held is not None else ():
        if stated.lower is None or stated.upper is None:
            continue
        try:
            own = parse_unit(stated.range_unit)
            least, most = (float(convert(end, own, unit)) for end in (stated.lower, stated.upper))
        except Refused:
            continue
        if own.dimension == unit.dimension and max(low, least) < min(high, most):
            return max(low, least), min(high, most)
    return low, high


def _said(number: float) -> str:
    return f"{number:.3g}" if abs(number) < 1000 else f"{number:.10g}"


def delivery(claim: Claim, found: Iterable[Wanted], day: date, names: Text | None = None) -> bytes:
    """The needs as a register of the enterprise: what `suyuan match` and `suyuan register import` take.

    names: of the enterprise in its languages, its name on the claim where None.
    """
    return canonical({
        "suyuan": "register", "organisation": dict(names or {"zh": claim.enterprise}),
        "number": f"C-{claim.unit}-{claim.year}-{claim.digest[:8]}", "day": day.isoformat(),
        "rows": {"need": [dict(one.row) for one in found]},
    })  # fmt: skip
