"""Damaged and hostile certificates: whatever bytes come, the reader and the ladder answer with findings."""

from __future__ import annotations

import random
import re
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from suyuan.certificate.dcc_read import read
from suyuan.certificate.ladder import NAMES as LADDER
from suyuan.certificate.ladder import Ladder, climb
from suyuan.certificate.schema import Schemas
from suyuan.quantity.finding import errors, sentences

NAMES = (
    "dcclib_valid_signature.xml",
    "pydcc_dcc_gp_temperature_typical_adjustment_v12.xml",
    "pydcc_dcc_gp_temperatur_resistance_v12.xml",
    "xsd-dcc_v3.0.0_siliziumkugel.xml",
)


@pytest.fixture(scope="module")
def samples(reference: Path) -> list[bytes]:
    return [(reference / "dcc" / "certificates" / name).read_bytes() for name in NAMES]


@pytest.fixture(scope="module")
def schemas(reference: Path) -> Schemas:
    return Schemas.of((p.name, p.read_bytes()) for p in (reference / "dcc" / "xsd").rglob("*.xsd"))[0]


def survives(data: bytes, schemas: Schemas) -> Ladder:
    """A rung has failed with an error and passed without one; what gives no certificate says why."""
    ladder = climb(data, schemas)
    assert tuple(rung.name for rung in ladder.rungs) == LADDER
    climbed = [rung for rung in ladder.rungs if rung.state in ("passed", "failed")]
    assert all((rung.state == "failed") == bool(errors(rung.findings)) for rung in climbed)
    assert ladder.certificate is not None or (errors(ladder.findings) and not ladder.usable)
    for one in ladder.findings:
        for language in ("zh", "en"):
            text = sentences(one, language)
            assert text["why"] and "?" not in text["why"], one.code
    return ladder


def test_truncated_anywhere(samples: list[bytes], schemas: Schemas) -> None:
    for data in samples:
        for cut in range(0, len(data), 997):
            ladder = survives(data[:cut], schemas)
            assert ladder.certificate is None and ladder.at("well_formed").state == "failed"


def test_flipped_bytes(samples: list[bytes], schemas: Schemas) -> None:
    draw = random.Random(20260701)
    for data in samples:
        for _ in range(150):
            changed = bytearray(data)
            for _ in range(draw.randint(1, 4)):
                changed[draw.randrange(len(changed))] = draw.randrange(256)
            survives(bytes(changed), schemas)


def test_elements_taken_out_or_doubled(samples: list[bytes], schemas: Schemas) -> None:
    """Well-formed files with pieces missing, doubled, swapped: beyond what a byte flip reaches."""
    draw = random.Random(42)
    leaf = re.compile(rb"<((?:dcc|si):\w+)[^<>/]*>[^<>]*</\1>")
    for data in samples:
        spans = [match.span() for match in leaf.finditer(data)]
        for _ in range(150):
            start, end = draw.choice(spans)
            other = draw.choice(spans)
            piece = draw.choice([b"", data[start:end] * 2, data[slice(*other)], b"<si:unknown/>", b"text"])
            survives(data[:start] + piece + data[end:], schemas)


WORDS = st.one_of(
    st.sampled_from(
        ["", "NaN", "-1", "1e999", "0", "1,5", "\\metre", "\\metre \\second", "1 2", "1 2 3 4 5", "2026-02-30", "true",
         "٣", "１２", "normal", "ab" * 32, "   ", "\\one", "1.0 NaN 2 3 4", "3.3.0"]
    ),
    st.text(st.characters(blacklist_categories=["Cs", "Cc"], blacklist_characters="<>&\ufffe\uffff"), max_size=40),
)  # fmt: skip


@settings(max_examples=250, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(which=st.integers(0, len(NAMES) - 1), edits=st.lists(st.tuples(st.integers(0, 10_000), WORDS), max_size=4))
def test_any_text_anywhere(samples: list[bytes], schemas: Schemas, which: int, edits: list[tuple[int, str]]) -> None:
    data = samples[which]
    for at, word in edits:
        spans = [match.span(1) for match in re.finditer(rb">([^<>]*)</", data)]
        start, end = spans[at % len(spans)]
        data = data[:start] + word.encode() + data[end:]
    survives(data, schemas)


@settings(max_examples=200, deadline=None)
@given(st.binary(max_size=400))
def test_any_bytes(data: bytes) -> None:
    certificate, found = read(data)
    assert certificate is None and found


@pytest.mark.parametrize("tag", ["dcc:list", "dcc:data", "dcc:quantity", "si:list", "si:hybrid", "si:realList"])
def test_nesting_up_to_the_limit(tag: str) -> None:
    inner = f"<{tag}>" * 200 + "<si:value>1</si:value>" + f"</{tag}>" * 200
    for holder in ("{}", "<dcc:quantity>{}</dcc:quantity>", "<dcc:list>{}</dcc:list>"):
        data = (
            '<dcc:digitalCalibrationCertificate xmlns:dcc="https://ptb.de/dcc" xmlns:si="https://ptb.de/si" '
            f'schemaVersion="3.3.0"><dcc:result><dcc:data>{holder.format(inner)}</dcc:data></dcc:result>'
            "</dcc:digitalCalibrationCertificate>"
        )
        certificate, _ = read(data.encode())
        assert certificate is not None and certificate.quantities() == ()


def test_linked_reports_up_to_the_limit() -> None:
    link = "<dcc:linkedReport><dcc:referralID>n</dcc:referralID>"
    data = (
        '<dcc:digitalCalibrationCertificate xmlns:dcc="https://ptb.de/dcc" schemaVersion="3.3.0">'
        "<dcc:measuringEquipment><dcc:certificate>"
        + link * 240 + "</dcc:linkedReport>" * 240
        + "</dcc:certificate></dcc:measuringEquipment></dcc:digitalCalibrationCertificate>"
    )  # fmt: skip
    certificate, _ = read(data.encode())
    assert certificate is not None
    reference, levels = certificate.equipment[0].certificate, 0
    while reference is not None:
        reference, levels = (reference.linked[0] if reference.linked else None), levels + 1
    assert levels == 241
