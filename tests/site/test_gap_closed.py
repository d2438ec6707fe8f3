"""The gap that the demo closes: both sides with their certificates on the list, at the challenge and at the project."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from tests.site.matter_play import Clients, matters, words


@pytest.fixture
def people(stocked: Path, client: Clients) -> Iterator[Clients]:
    with matters():
        yield client


@pytest.mark.parametrize("address", ["/gaps", "/matters/challenge/CH-DEMO-004", "/matters/research/RS-DEMO-002"])
def test_a_closed_gap_shows_both_sides_with_their_certificates(people: Clients, address: str) -> None:
    answer = people("regulator").get(address)
    said = words(answer)
    closed = said[said.index("已填补") :]
    before, after = closed.index("DEMO-NMI-M-0610"), closed.index("DEMO-NMI-M-0611")
    assert closed.index("测不准") < before < closed.index("能测", before) < after
    assert "1.8" in closed[:before] and "0.62" in closed[before:after]
    assert len(re.findall(r'href="/certificates/[0-9a-f]{64}"', answer.content.decode())) >= 2


def test_the_specification_reuses_an_example_that_recomputes(people: Clients) -> None:
    said = words(people("regulator").get("/matters/conversion/CV-DEMO-001"))
    assert "重算一致" in said and "T/DEMO 001-2026" in said and "已发布" in said
