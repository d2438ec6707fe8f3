"""The chain of a result: complete when it is, and each break named with its place and what to do."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from typing import Any

import pytest

from suyuan.certificate.certificate import CertificateReference, Equipment
from suyuan.quantity.finding import Refused, sentences
from suyuan.traceability.chain import Chain, chain
from suyuan.traceability.evidence import Evidence, Statement
from suyuan.traceability.graph import build


def follow(evidence: Evidence, key: Any, day: date | None = None) -> Chain:
    found = chain(build(evidence), evidence, key, day)
    for item in found.findings:
        for language in ("zh", "en"):
            assert all(sentences(item, language).values()), f"{item.code} has no sentence in {language}"
            assert "?" not in sentences(item, language)["what"], f"{item.code}: a parameter is missing"
    return found


def kinds(found: Chain) -> list[str]:
    return [b.kind for b in found.breaks]


RANGE = {"range": {"lower": 10, "upper": 60, "unit": "mm"}}


def three(world: Any, **more: Any) -> tuple[Any, Any, Any]:
    """National standard → city's gauge block → factory's saved result."""
    nim = world.typed("N-1", "50.000623", "0.000050", result=RANGE, **more)
    city = world.issued(
        "City", "C-1", world.case("ref + d", [world.taken("ref", nim, at=50), world.own("d", 2e-4, 9e-6)])
    )
    last = world.saved("F-1", world.case("a + e", [world.taken("a", city), world.own("e", 0.0, 1e-4)]), "2024-07-01")
    return nim, city, last


def test_a_whole_chain_ends_at_its_anchor(world: Any) -> None:
    nim, _, last = three(world)
    world.anchor("NIM", "N-1", level=1, valid_until=date(2030, 1, 1))
    found = follow(world.evidence, last.key)
    assert found.complete and found.breaks == () and found.notes == ()
    assert [n.number for n in found.anchors] == ["N-1"]
    assert [[(n.kind, n.number) for n in row] for row in found.levels] == [
        [("anchor", "N-1")], [("certificate", "N-1")], [("certificate", "C-1")], [("result", "F-1")]
    ]  # fmt: skip
    assert found.nodes[0].level == 1, "the level that the anchor declares"
    assert found.first_expiry == (date(2025, 1, 11), nim.digest)
    assert found.day == date(2024, 7, 1)


def test_an_anchor_without_its_certificate_ends_a_chain_too(world: Any) -> None:
    _, city, _ = three(world)
    world.anchor("NIM", "N-1", valid_until=date(2030, 1, 1))
    without = replace(world.evidence, certificates=(city,))
    assert follow(without, city.key).complete


def test_no_anchor_at_the_end(world: Any) -> None:
    nim, _, last = three(world)
    found = follow(world.evidence, last.key)
    assert kinds(found) == ["no_anchor"] and not found.complete
    assert found.breaks[0].node == nim.digest and found.breaks[0].link is not None


def test_a_missing_certificate(world: Any) -> None:
    nim, _, last = three(world)
    world.anchor("NIM", "N-1")
    without = replace(world.evidence, certificates=(nim,))
    found = follow(without, last.key)
    assert kinds(found) == ["missing"] and not found.complete
    assert dict(found.breaks[0].finding.parameters)["named"].startswith("City C-1")


def test_expiry_is_judged_with_the_day_of_use(world: Any) -> None:
    _, _, last = three(world, valid_until="2024-06-01")
    world.anchor("NIM", "N-1", valid_until=date(2030, 1, 1))
    assert follow(world.evidence, last.key).complete, "on its last day it was valid"
    nim, city, last = three(type(world)(), valid_until="2024-05-31")
    other = Evidence((nim, city), anchors=world.evidence.anchors, results=(last,))
    found = follow(other, last.key)
    assert kinds(found) == ["expired"] and found.breaks[0].link.child == city.digest
    assert "2024-06-01" in dict(found.breaks[0].finding.parameters).values()


def test_a_day_given_replaces_the_target_s_own_only(world: Any) -> None:
    _, city, last = three(world)
    world.anchor("NIM", "N-1", valid_until=date(2030, 1, 1))
    found = follow(world.evidence, last.key, date(2026, 2, 1))
    assert kinds(found) == ["expired"] and found.breaks[0].node == city.digest, (
        "N-1 was used in 2024, when it was valid"
    )


def test_not_yet_valid(world: Any) -> None:
    _, _, last = three(world, ended="2024-06-15", issued="2024-06-20")
    world.anchor("NIM", "N-1", valid_until=date(2030, 1, 1))
    assert kinds(follow(world.evidence, last.key)) == ["not_yet_valid"]


@pytest.mark.parametrize(
    ("kind", "on", "severity"),
    [
        ("withdrawn", "2024-05-01", "error"),
        ("withdrawn", "2024-09-01", "error"),
        ("superseded", "2024-05-01", "warning"),
    ],
)
def test_withdrawn_and_superseded(world: Any, kind: Any, on: str, severity: str) -> None:
    nim, _, last = three(world)
    world.anchor("NIM", "N-1", valid_until=date(2030, 1, 1))
    world.add(Statement(kind, "NIM", "N-1", date.fromisoformat(on), date(2024, 10, 1), replaced_by=("NIM", "N-9")))
    found = follow(world.evidence, last.key)
    assert [(b.kind, b.severity) for b in found.breaks] == [(kind, severity)]
    assert found.complete is (severity == "warning")
    assert kinds(follow(world.evidence, nim.key)) == [kind], "the certificate itself tells as well"


def test_superseded_later_is_of_no_concern(world: Any) -> None:
    _, _, last = three(world)
    world.anchor("NIM", "N-1", valid_until=date(2030, 1, 1))
    world.add(Statement("superseded", "NIM", "N-1", date(2025, 1, 5), date(2025, 1, 5), replaced_by=("NIM", "N-9")))
    assert follow(world.evidence, last.key).complete


def test_a_corrected_certificate(world: Any) -> None:
    nim, _, last = three(world)
    world.anchor("NIM", "N-1", valid_until=date(2030, 1, 1))
    reference = CertificateReference("NIM", "N-1", "sha256", nim.digest)
    for issued, severity in ((date(2024, 5, 1), "error"), (date(2024, 8, 1), "warning")):
        newer = replace(nim, digest="e" * 64, number="N-1A", issued=issued, substitutes=(reference,))
        evidence = replace(world.evidence, certificates=(*world.evidence.certificates, newer))
        assert [(b.kind, b.severity) for b in follow(evidence, last.key).breaks] == [("superseded", severity)]


def test_used_outside_the_calibrated_range(world: Any) -> None:
    nim = world.typed("N-1", "50.0", "0.0001", result=RANGE)
    world.anchor("NIM", "N-1", valid_until=date(2030, 1, 1))
    inside = world.saved("F-1", world.case("a", [world.taken("a", nim, at=60)]), "2024-07-01")
    outside = world.saved("F-2", world.case("a", [world.taken("a", nim, at=60.5)]), "2024-07-01")
    silent = world.saved("F-3", world.case("a", [world.taken("a", nim)]), "2024-07-01")
    assert follow(world.evidence, inside.key).complete
    found = follow(world.evidence, outside.key)
    assert kinds(found) == ["out_of_range"] and found.breaks[0].severity == "error"
    assert dict(found.breaks[0].finding.parameters) | {
        "at": "60.5",
        "lower": "10",
        "upper": "60",
        "unit": "mm",
    } == dict(found.breaks[0].finding.parameters)
    quiet = follow(world.evidence, silent.key)
    assert quiet.complete and [b.kind for b in quiet.notes] == ["point_unknown"]


def test_the_parent_s_influence_is_absent_from_the_budget(world: Any) -> None:
    nim = world.typed("N-1", "50.0", "0.0001")
    world.anchor("NIM", "N-1", valid_until=date(2030, 1, 1))
    last = world.saved("F-1", world.case("a + e", [world.taken("a", nim), world.own("e", 0.0, 1e-4)]), "2024-07-01")
    forgot = world.saved("F-2", world.case("e", [world.own("e", 50.0, 1e-4)]), "2024-07-01")
    claimed = replace(last, archive=forgot.archive)
    found = follow(replace(world.evidence, results=(claimed,)), claimed.key)
    assert kinds(found) == ["influence_absent"] and not found.complete


def test_a_typed_child_below_its_parent(world: Any) -> None:
    world.typed("N-1", "50.0", "0.0002")
    world.anchor("NIM", "N-1", valid_until=date(2030, 1, 1))
    used = [{"name": {"en": "block"}, "certificate": {"issuer": "NIM", "number": "N-1"}}]
    small = world.typed(
        "W-1", "50.0", "0.0001", issuer="Works", equipment=used, ended="2024-05-01", issued="2024-05-01"
    )
    large = world.typed(
        "W-2", "50.0", "0.0009", issuer="Works", equipment=used, ended="2024-05-01", issued="2024-05-01"
    )
    found = follow(world.evidence, small.key)
    assert [(b.kind, b.severity) for b in found.breaks] == [("below_parent", "warning")]
    other = follow(world.evidence, large.key)
    assert other.breaks == () and [b.kind for b in other.notes] == ["not_disclosed"]


def test_a_wrong_digest_and_what_the_child_says_itself(world: Any) -> None:
    world.typed("N-1", "50.0", "0.0001")
    world.anchor("NIM", "N-1", valid_until=date(2030, 1, 1))
    reference = CertificateReference(
        "NIM", "N-1", "sha256", "f" * 64, in_validity_range=False, traceable=False, where="equipment/0"
    )
    child = world.typed("W-1", "50.0", "0.001", issuer="Works", ended="2024-05-01", issued="2024-05-01")
    child = replace(child, equipment=(Equipment({}, certificate=reference),))
    evidence = replace(world.evidence, certificates=(world.evidence.certificates[0], child))
    found = follow(evidence, child.key)
    assert kinds(found) == ["wrong_digest", "out_of_range", "declared_untraceable"]
    assert all(b.finding.where == "Works W-1: equipment/0" for b in found.breaks)


def test_an_anchor_that_ended_and_one_that_was_renewed(world: Any) -> None:
    _, _, last = three(world)
    world.anchor("NIM", "N-1", valid_until=date(2024, 5, 1))
    assert kinds(follow(world.evidence, last.key)) == ["anchor_expired"]
    world.anchor("NIM", "N-1", valid_until=date(2029, 5, 1))
    assert follow(world.evidence, last.key).complete


def test_unknown_validity_is_a_note(world: Any) -> None:
    _, _, last = three(world, valid_until=None)
    world.anchor("NIM", "N-1")
    found = follow(world.evidence, last.key)
    assert found.complete and [b.kind for b in found.notes] == ["validity_unknown", "validity_unknown"]


def test_a_circle_breaks_the_chain(world: Any) -> None:
    a = world.typed(
        "A", "50.0", "0.0001", equipment=[{"name": {"en": "x"}, "certificate": {"issuer": "NIM", "number": "B"}}]
    )
    world.typed(
        "B", "50.0", "0.0001", equipment=[{"name": {"en": "x"}, "certificate": {"issuer": "NIM", "number": "A"}}]
    )
    found = follow(world.evidence, a.key)
    assert "circle" in kinds(found) and not found.complete


def test_an_unknown_name_is_refused(world: Any) -> None:
    with pytest.raises(Refused) as refused:
        follow(world.evidence, ("NIM", "nobody"))
    assert refused.value.findings[0].code == "traceability.node.unknown"
