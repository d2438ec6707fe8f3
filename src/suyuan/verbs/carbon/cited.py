"""Determined factors that a plant's document cites by SHA-256: whose they are, whether they are written as they were
determined, and what stands behind them.

Who cites one writes its carbon with one component. Where the store has the determination the claim takes the carbon
that was determined in its place, with every influence that it has there: what a laboratory does to all its reports is
then one error in a cited factor and in a stream with reports of the same laboratory.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import replace

import numpy as np

from suyuan.carbon.claim.claim import Evidence
from suyuan.carbon.fuel.calculation import plain
from suyuan.carbon.fuel.filed_determination import Determination
from suyuan.carbon.fuel.stream import SourceStream
from suyuan.carbon.plant import Plant
from suyuan.quantity.finding import Finding, finding
from suyuan.quantity.quantity import Quantity

Factors = Mapping[str, Determination]
"""SHA-256 → determined factor of a store."""
NEAR = 1e-5
"""Relative distance within which a cited factor is the determined one: it is written with six digits."""


def stands_behind(item: Evidence, factors: Factors) -> bool:
    """Whether this is a determined factor of the store, or a report that one was determined from."""
    return any(
        item.digest == digest or (item.issuer, item.number) == (one.issuer, one.number)
        or any((item.issuer, item.number) == (r.issuer, r.number) for r in one.found.reports)
        for digest, one in factors.items()
    )  # fmt: skip


def cited(plant: Plant, factors: Factors) -> tuple[Finding, ...]:
    """What is to be told of the determined factors that a document cites.

    An error for one that is stated otherwise than it was determined, and for another enterprise's that is not
    published; a warning for one that was determined for another year.
    """
    return tuple(item for stream in plant.streams for evidence, one in _citations(stream, factors)
                 for item in _told(plant, stream, evidence, one))  # fmt: skip


def determined(plant: Plant, factors: Factors) -> Plant:
    """The plant's year with the carbon of cited factors as it was determined, at the value that the document states.

    The component by which the document states its u gives way to the influences of the determination, and the reports
    that it stands on join the evidence. Factors that may not be cited stay as they are; `cited` tells why.
    """
    return replace(plant, streams=tuple(_own(plant, stream, factors) for stream in plant.streams))


def _citations(stream: SourceStream, factors: Factors) -> Iterator[tuple[Evidence, Determination]]:
    for item in stream.evidence:
        one = factors.get(item.digest)
        if one is not None and stream.given.get(item.factor) is not None:
            yield item, one


def _told(plant: Plant, stream: SourceStream, item: Evidence, one: Determination) -> Iterator[Finding]:
    where, stated, want = stream.where(item.factor), plain(stream.given[item.factor]), float(one.found.carbon.value)
    if item.factor != "carbon" or not np.allclose(stated, want, rtol=NEAR, atol=0.0):
        yield finding("carbon.factor.cited", where, name=stream.name, given=f"{float(stated.flat[0]):.6g}",
                      wanted=f"{want:.6g}", digest=item.digest[:12])  # fmt: skip
    if one.enterprise != plant.enterprise and not one.published:
        yield finding("carbon.factor.cited_owner", where, name=stream.name, owner=one.enterprise,
                      enterprise=plant.enterprise, digest=item.digest[:12])  # fmt: skip
    if one.year != plant.year:
        yield finding("carbon.factor.cited_year", where, "warning", name=stream.name, of=one.year, year=plant.year)


def _own(plant: Plant, stream: SourceStream, factors: Factors) -> SourceStream:
    found = next(iter(_citations(stream, factors)), None)
    if found is None or any(one.severity == "error" for one in _told(plant, stream, *found)):
        return stream
    one = found[1]
    carbon, value = one.found.carbon, plain(stream.given["carbon"]).flat[0]
    reports = [Evidence(f"{stream.name} {r.month}", r.issuer, r.number, "", None, (), stream.name, "carbon", True)
               for r in one.found.reports]  # fmt: skip
    return replace(
        stream, given={**stream.given, "carbon": Quantity(value, carbon.unit, carbon.blocks)},
        components=tuple(part for part in stream.components if part.of != "carbon"
                         or (part.source.issuer, part.source.number) != (one.issuer, one.number)),
        evidence=(*stream.evidence, *reports),
    )  # fmt: skip
