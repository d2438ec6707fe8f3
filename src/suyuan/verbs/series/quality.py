"""What the rules of quality need from certificates: broken chains, and what was found before and after adjustment."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import date, tzinfo

from suyuan.certificate.certificate import Certificate, Result, StatedQuantity
from suyuan.certificate.quantities import quantities
from suyuan.quantity.finding import Finding, Refused, errors, finding
from suyuan.series.quality.examined import Adjusted, Circumstances, Companion
from suyuan.series.quality.observed import ruled
from suyuan.series.quality.rows import rows_of, rule
from suyuan.traceability.evidence import Evidence
from suyuan.traceability.graph import build
from suyuan.verbs.series.corrections import Join
from suyuan.verbs.trace import chain_of


def circumstances(
    evidence: Evidence,
    join: Join,
    instruments: Iterable[str],
    now: int,
    day: date,
    zone: tzinfo,
    companion: Companion | None = None,
) -> Circumstances:
    """What is known beside the readings of some instruments. now: this moment in µs; day: the same, whose rules are in
    force."""
    mine = frozenset(instruments)
    made = tuple(
        one for digest in _digests(join, mine)
        if (certificate := evidence.by_digest.get(digest)) is not None
        for one in _adjusted(certificate, join, mine, day)
    )  # fmt: skip
    return Circumstances(now, zone, made, broken(evidence, join, mine), companion)


_OWN = ("withdrawn", "superseded")
"""States of the certificate itself: from which day they count for readings is for its windows to say."""


def _digests(join: Join, instruments: frozenset[str]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(join.used[c.id] for c in join.corrections if c.instrument in instruments))


def broken(evidence: Evidence, join: Join, instruments: Iterable[str]) -> Mapping[str, tuple[Finding, ...]]:
    """Id of a correction → what is wrong with the chain above its certificate, judged on the day of the certificate.

    A certificate that cannot be named in the graph has its refusal as finding.
    """
    mine, graph = frozenset(instruments), build(evidence)
    by_digest: dict[str, tuple[Finding, ...]] = {}
    for digest in _digests(join, mine):
        try:
            chain = chain_of(evidence, digest, None, graph)
            by_digest[digest] = tuple(
                b.finding for b in chain.breaks if not (b.node == chain.target.id and b.kind in _OWN)
            )
        except Refused as refused:
            by_digest[digest] = refused.findings
    return {c.id: by_digest[join.used[c.id]] for c in join.corrections if c.instrument in mine}


def untraced(evidence: Evidence, join: Join, counts: Mapping[str, int], day: date) -> tuple[Finding, ...]:
    """What the rule «traceable» says of a result, in its words: certificates whose chain is broken, as warnings.

    counts: id of a correction → readings in the result that it corrects.
    """
    instruments = {c.instrument for c in join.corrections if c.id in counts}
    wrong: dict[str, dict[str, None]] = {}
    readings: dict[str, int] = {}
    told = broken(evidence, join, instruments) if instruments else {}
    for one in join.corrections:
        if one.id in counts and (codes := [f.code for f in errors(told.get(one.id, ()))]):
            wrong.setdefault(one.certificate, {}).update(dict.fromkeys(codes))
            readings[one.certificate] = readings.get(one.certificate, 0) + counts[one.id]
    how = ruled(rule("traceable", day))
    return tuple(
        finding("series_quality.chain.broken", name, "warning", how, certificate=name, codes=", ".join(codes),
                count=readings[name])
        for name, codes in wrong.items()
    )  # fmt: skip


# ---------------------------------------------------------------- as found, as left


def _adjusted(certificate: Certificate, join: Join, instruments: frozenset[str], day: date) -> tuple[Adjusted, ...]:
    mine = [c for c in join.of(certificate.digest) if c.instrument in instruments]
    pairs = found_and_left(certificate, day) if mine else ()
    if not pairs:
        return ()
    values, _ = quantities(certificate)
    made = []
    for found, left in pairs:
        before, after = values.get(found.place), values.get(left.place)
        if before is None or after is None or before.shape != after.shape or not before.unit.converts_to(after.unit):
            continue
        same = before if before.unit == after.unit else before.to(after.unit)
        start = min(c.valid_from for c in mine)
        for instrument in dict.fromkeys(c.instrument for c in mine):
            made.append(Adjusted(mine[0].certificate, instrument, same, after, start))
    return tuple(made)


def found_and_left(certificate: Certificate, day: date) -> tuple[tuple[StatedQuantity, StatedQuantity], ...]:
    """Quantities that a certificate states as found and as left, in pairs: results whose names say so, in the order of
    the certificate, each with as many quantities as the other; nothing where they do not pair."""
    words = {str(r["state"]): tuple(w.casefold() for w in r["words"]) for r in rows_of("adjustment", day)}
    some = {
        state: [
            q for result in certificate.results for q in result.quantities if _says(result, q, words.get(state, ()))
        ]
        for state in ("found", "left")
    }
    found, left = some["found"], some["left"]
    if not found or len(found) != len(left):
        return ()
    return tuple(zip(found, left, strict=True))


def _says(result: Result, q: StatedQuantity, words: Iterable[str]) -> bool:
    texts = (*result.name.values(), *result.ref_types, *q.name.values(), *q.ref_types, q.label)
    return any(word in text.casefold() for word in words for text in texts)
