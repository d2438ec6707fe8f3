"""The graph: what links what, what a reference means, closures against a plain walk, circles."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from suyuan.certificate.certificate import Certificate, CertificateReference, Condition, Equipment
from suyuan.quantity.finding import Refused
from suyuan.traceability.arcs import Arcs, circles
from suyuan.traceability.evidence import Evidence
from suyuan.traceability.graph import build
from suyuan.traceability.resolve import resolve


def bare(number: str, digest: str = "", **more: Any) -> Certificate:
    return Certificate("typed", "Lab", number, digest or f"{number:0>64}", "1", **more)


def uses(*references: CertificateReference) -> tuple[Equipment, ...]:
    return tuple(Equipment({}, certificate=r, where=f"equipment/{i}") for i, r in enumerate(references))


def to(certificate: Certificate) -> CertificateReference:
    return CertificateReference(certificate.issuer, certificate.number, "sha256", certificate.digest)


def test_links_come_from_case_equipment_condition_and_previous(world: Any) -> None:
    nim = world.typed("N-1", "50.0", "0.0001")
    thermometer, before = bare("T-1"), bare("C-0")
    world.add(thermometer, before)
    issued = world.issued("City", "C-1", world.case("ref", [world.taken("ref", nim, at=50)]))
    whole = replace(
        issued,
        conditions=(Condition({}, certificate=to(thermometer)),),
        previous=(to(before),),
        digest="c" * 64,
    )
    graph = build(Evidence((nim, thermometer, before, whole)))
    found = {(link.parent, link.kind): link for link in graph.parents("c" * 64)}
    assert set(found) == {
        (nim.digest, "case"),
        (thermometer.digest, "condition"),
        (before.digest, "previous"),
    }, "the equipment reference to the same certificate is one link with the case's"
    assert found[nim.digest, "case"].inputs == ("ref",)
    assert {n.id for n in graph.upstream("c" * 64)} == {nim.digest, thermometer.digest}, "history is not a use"
    assert [n.id for n in graph.downstream(nim.digest)] == ["c" * 64]


def test_a_digest_is_followed_before_a_number(world: Any) -> None:
    first, second = bare("7", "a" * 64), bare("7", "b" * 64)
    child = bare("8", equipment=uses(to(second)))
    graph = build(Evidence((first, second, child)))
    (link,) = graph.parents(child.digest)
    assert (link.parent, link.state) == ("b" * 64, "resolved")


def test_same_number_other_content_names_both() -> None:
    first, second = bare("7", "a" * 64), bare("7", "b" * 64)
    child = bare("8", equipment=uses(CertificateReference("Lab", "7")))
    graph = build(Evidence((first, second, child)))
    (conflict,) = graph.findings
    told = dict(conflict.parameters)
    assert conflict.code == "traceability.certificate.conflict"
    assert "aaaaaaaaaaaa" in told["first"] and "bbbbbbbbbbbb" in told["second"]
    (link,) = graph.parents(child.digest)
    assert link.state == "ambiguous" and graph.node(link.parent).kind == "missing"
    with pytest.raises(Refused) as refused:
        graph.named(("Lab", "7"))
    assert refused.value.findings[0].code == "traceability.node.ambiguous"
    assert graph.named("a" * 8).id == "a" * 64


def test_a_correction_that_says_so_is_no_conflict() -> None:
    first = bare("7", "a" * 64)
    second = bare("7", "b" * 64, substitutes=(to(first),))
    assert build(Evidence((first, second))).findings == ()


def test_a_wrong_digest_is_told_and_not_silently_taken() -> None:
    parent = bare("7")
    child = bare("8", equipment=uses(CertificateReference("Lab", "7", "sha256", "f" * 64)))
    (link,) = build(Evidence((parent, child))).parents(child.digest)
    assert (link.state, link.parent) == ("wrong_digest", parent.digest)


def test_what_is_missing_may_still_say_where_it_came_from() -> None:
    top = bare("1")
    gone = CertificateReference("Other", "9", "sha256", "9" * 64, linked=(to(top),))
    child = bare("8", equipment=uses(gone))
    graph = build(Evidence((top, child)))
    assert [(n.kind, n.number) for n in graph.upstream(child.digest)] == [("missing", "9"), ("certificate", "1")]


def test_a_number_alone_is_enough_where_no_issuer_stands() -> None:
    parent = bare("7")
    assert resolve(Evidence((parent,)), CertificateReference("", "7")).certificate is parent
    assert resolve(Evidence((parent,)), CertificateReference()).state == "empty"


def test_a_circle_is_a_finding_and_no_endless_walk() -> None:
    a = bare("a", equipment=uses(CertificateReference("Lab", "c")))
    b = bare("b", equipment=uses(CertificateReference("Lab", "a")))
    c = bare("c", equipment=uses(CertificateReference("Lab", "b")))
    own = bare("d", equipment=uses(CertificateReference("Lab", "d")))
    below = bare("e", equipment=uses(CertificateReference("Lab", "c")))
    graph = build(Evidence((a, b, c, own, below)))
    assert [f.code for f in graph.findings] == ["traceability.graph.circle"] * 2
    members = dict(graph.findings[0].parameters)["members"]
    assert {"Lab a", "Lab b", "Lab c"} == set(members.split(", "))
    assert len(graph.order) == 5 and [n.number for n in graph.downstream(c.digest)] == ["e"]


@st.composite
def dags(draw: st.DrawFn) -> tuple[list[int], list[int], int]:
    count = draw(st.integers(1, 25))
    pairs = draw(st.lists(st.tuples(st.integers(0, count - 1), st.integers(0, count - 1)), max_size=60))
    ordered = [(min(p), max(p)) for p in pairs if p[0] != p[1]]
    return [p for p, _ in ordered], [c for _, c in ordered], count


@given(dags(), st.data())
@settings(max_examples=150, deadline=None)
def test_closures_agree_with_a_plain_walk(dag: tuple[list[int], list[int], int], data: st.DataObject) -> None:
    parent, child, count = dag
    arcs = Arcs.between(parent, child, count)
    seed = data.draw(st.integers(0, count - 1))

    def walk(start: list[int], end: list[int]) -> set[int]:
        seen: set[int] = set()
        stack = [seed]
        while stack:
            at = stack.pop()
            for s, e in zip(start, end, strict=True):
                if s == at and e not in seen:
                    seen.add(e)
                    stack.append(e)
        return seen - {seed}

    down = arcs.downstream([seed]).tolist()
    assert set(down) == walk(parent, child) and len(down) == len(set(down))
    assert set(arcs.upstream([seed]).tolist()) == walk(child, parent)
    position = {node: i for i, node in enumerate(arcs.order.tolist())}
    assert all(position[p] < position[c] for p, c in zip(parent, child, strict=True))
    assert not circles(parent, child, count)[0].any()


def test_a_million_arcs_close_completely() -> None:
    """800 000 nodes in layers, 25 % with a second parent; everything hangs on node 0."""
    random = np.random.default_rng(1)
    count = 800_000
    child = np.arange(1, count)
    parent = (child * random.random(count - 1) ** 3).astype(np.int32)
    second = random.integers(1, count, 200_000)
    arcs = Arcs.between(
        np.concatenate([parent, (second * random.random(200_000)).astype(np.int32)]),
        np.concatenate([child, second]), count,
    )  # fmt: skip
    assert len(arcs.downstream([0])) == count - 1  # its speed is measured in benchmarks/graph.py
