"""Key-comparison files of the BIPM: published degrees of equivalence reproduced, and what cannot be right is told."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from suyuan.quantity.finding import Refused, finding_table, sentences
from suyuan.verbs.cases import answer
from suyuan.verbs.comparison.bipm import read_comparison
from suyuan.verbs.comparison.bipm_recompute import Recomputed, recompute


def of(reference: Path, nuclide: str) -> tuple[Any, tuple[Recomputed, ...]]:
    file = read_comparison((reference / "dcc" / "dsi" / f"bipm-ccri2_{nuclide}_database_FAIR.xml").read_bytes())
    return file, recompute(file)


def codes(found: Any) -> set[str]:
    return {f.code for f in found}


def test_power_moderated_releases_are_reproduced(reference: Path) -> None:
    """Ra-223: all seven published degrees of equivalence to the digit; a KCRV that was rounded down by one unit."""
    file, (first, second) = of(reference, "Ra-223")
    assert file.code == "BIPM.RI(II)-K1.Ra-223" and file.unit.symbol == "kBq"
    assert (first.year, first.kcrv, first.off, first.off_u) == (2021, ("54530", "96"), 1, 0)
    assert (second.year, second.kcrv, second.off, second.off_u) == (2022, ("54670", "140"), 0, 0)
    assert first.contributors == ("LNE-LNHB-2018", "NPL-2014", "PTB-2014") and first.method == "power_moderated_mean"
    rows = [*first.rows, *second.rows]
    assert [(row.off, row.off_U) for row in rows] == [(0, 0)] * 7
    assert rows[3].published == ("0.07", "0.56") and rows[3].unit == "MBq"
    assert codes(file.findings) == {"comparison.bipm.percent"} and not first.findings and not second.findings


def test_a_release_of_the_arithmetic_mean_and_one_without_degrees(reference: Path) -> None:
    """Gd-153: 2003 had the arithmetic mean of two submissions, one of which no longer counts."""
    file, (first, second) = of(reference, "Gd-153")
    assert first.method == "arithmetic_mean" and first.contributors == ("CMI-1989", "NIST-1998") and first.reproduced
    assert [(row.off, row.off_U, row.contributes) for row in first.rows] == [(0, 0, True)] * 2
    assert second.reproduced and second.contributors == ("CMI-1989", "NIST-2020") and not second.rows
    assert "comparison.bipm.no_degrees" in codes(file.findings)


def test_what_a_file_does_not_tell_stays_open(reference: Path) -> None:
    """Tb-161: KCRV in the wrong unit, and two results of one laboratory that became one in a way not in the file."""
    file, (only,) = of(reference, "Tb-161")
    assert codes(file.findings) == {
        "comparison.bipm.several", "comparison.bipm.no_kcrv", "comparison.bipm.kcrv_scale", "comparison.bipm.percent"
    }  # fmt: skip
    assert not only.reproduced and codes(only.findings) == {
        "comparison.bipm.kcrv_differs",
        "comparison.bipm.degree_differs",
    }
    assert [row.U for row in only.rows] == [None, None] and only.rows[0].off == 0


def test_a_recomputed_release_is_a_case(reference: Path) -> None:
    _, (first, _) = of(reference, "Ra-223")
    assert first.case is not None
    got = answer(first.case)["power_moderated_mean"]
    assert got["value"] == pytest.approx(first.value) and got["u"] == pytest.approx(first.u)


# ---------------------------------------------------------------- files of our own

FRAME = """<?xml version="1.0" encoding="UTF-8"?>
<kc:comparison xmlns:kc="KC_Schema" xmlns:dsi="https://ptb.de/si"><kc:generalInformation>
<kc:comparisonCode>X-K1</kc:comparisonCode><kc:pilot><kc:acronym>P</kc:acronym></kc:pilot></kc:generalInformation>
<kc:comparisonData><kc:release><kc:year>2020</kc:year><kc:kcrv>{kcrv}</kc:kcrv><kc:degreesOfEquivalence>{degrees}
</kc:degreesOfEquivalence></kc:release></kc:comparisonData><kc:comparisonMetadata>{entries}</kc:comparisonMetadata>
</kc:comparison>"""


def stated(value: object, u: object, unit: str = "kBq", k: object = 1) -> str:
    return (f"<dsi:value>{value}</dsi:value><dsi:unit>{unit}</dsi:unit><dsi:expandedUnc><dsi:uncertainty>{u}"
            f"</dsi:uncertainty><dsi:coverageFactor>{k}</dsi:coverageFactor></dsi:expandedUnc>")  # fmt: skip


def entry(lab: str, result: str, year: object = 2015) -> str:
    return (f"<kc:submission><kc:laboratory><kc:acronym>{lab}</kc:acronym></kc:laboratory><kc:year>{year}</kc:year>"
            f"<kc:inKCRV>true</kc:inKCRV><kc:bipmMeasurements><kc:bipmMeasurement><kc:equivalentActivity><kc:sirResult>"
            f"{result}</kc:sirResult></kc:equivalentActivity></kc:bipmMeasurement></kc:bipmMeasurements>"
            f"</kc:submission>")  # fmt: skip


def degree(lab: str, result: str) -> str:
    return (f"<kc:degreeOfEquivalence><kc:laboratory><kc:acronym>{lab}</kc:acronym></kc:laboratory><kc:result>{result}"
            f"</kc:result></kc:degreeOfEquivalence>")  # fmt: skip


def made(*entries: str, kcrv: str = stated(1000, "2.0"), degrees: str = "") -> bytes:
    return FRAME.format(kcrv=kcrv, degrees=degrees, entries="".join(entries)).encode()


FOUR = [entry(lab, stated(x, 4)) for lab, x in zip("ABCD", (998, 1001, 1003, 999), strict=True)]


@pytest.mark.parametrize(
    ("data", "code"),
    [
        (made(*FOUR, entry("E", stated(1000, 4, "MBq"))), "comparison.bipm.result_scale"),
        (made(*FOUR, entry("E", stated(1000, 400))), "comparison.bipm.u_scale"),
        (made(*FOUR, entry("E", stated(1000, "0.04"))), "comparison.bipm.u_scale"),
        (made(*FOUR, kcrv=stated(1, "0.002")), "comparison.bipm.kcrv_scale"),
        (made(*FOUR, kcrv=""), "comparison.bipm.no_kcrv"),
        (made(*FOUR), "comparison.bipm.no_degrees"),
        (made(*FOUR, degrees=degree("Z", stated(1, 2, "kBq", 2))), "comparison.bipm.lab_unknown"),
    ],
)  # fmt: skip
def test_what_cannot_be_right_is_told(data: bytes, code: str) -> None:
    file = read_comparison(data)
    assert code in codes(file.findings)
    for item in file.findings:
        assert item.where.startswith("line ")
        assert all("?" not in "".join(sentences(item, language).values()) for language in ("zh", "en"))
    assert recompute(file) is not None


@pytest.mark.parametrize("value", ["0", "-5", "1e308", "1e-308", "1e12"])
def test_a_reference_value_that_is_nonsense_is_not_reproduced(value: str) -> None:
    found = recompute(
        read_comparison(made(*FOUR, kcrv=stated(value, "2.0"), degrees=degree("A", stated(-2, 8, "kBq", 2))))
    )
    assert not found[0].reproduced and "comparison.bipm.kcrv_differs" in codes(found[0].findings)


def test_units_of_results_and_degrees_may_differ() -> None:
    """One result in MBq among kBq converts, and the KCRV is that of the same results in one unit."""
    mixed = recompute(read_comparison(made(*FOUR[:3], entry("D", stated("0.999", "0.004", "MBq")))))[0]
    plain = recompute(read_comparison(made(*FOUR)))[0]
    assert mixed.value == pytest.approx(plain.value) and mixed.u == pytest.approx(plain.u)


@pytest.mark.parametrize(
    ("data", "code"),
    [
        (b"", "certificate.xml.empty"),
        (b"<a/>", "comparison.bipm.not_one"),
        (b"<!DOCTYPE a [<!ENTITY e 'x'>]><a>&e;</a>", "certificate.xml.dtd"),
        (made(), "comparison.bipm.empty"),
        (made(entry("A", stated("12,5", 4))), "comparison.bipm.number"),
        (made(entry("A", stated(1000, 0))), "comparison.bipm.number"),
        (made(entry("A", stated("nan", 4))), "comparison.bipm.number"),
        (made(entry("A", stated(1000, 4, "kilofoo"))), "quantity.unit.unknown"),
        (made(entry("A", stated(1000, 4)), entry("B", stated(1000, 4, "kg"))), "comparison.bipm.unit"),
        (made(entry("A", stated(1000, 4), "soon")), "comparison.bipm.year"),
    ],
)
def test_what_cannot_be_read_is_refused(data: bytes, code: str) -> None:
    with pytest.raises(Refused) as refused:
        read_comparison(data)
    assert [f.code for f in refused.value.findings] == [code] and code in finding_table()
