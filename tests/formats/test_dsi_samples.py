"""The D-SI sample files: single elements read by themselves, against an independent XPath."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
from lxml import etree

from suyuan.certificate.dsi_read import Setting, read_dsi
from suyuan.quantity.finding import Finding

NS = {"s": "https://ptb.de/si"}


def elements(reference: Path, pattern: str, xpath: str) -> Iterator[etree._Element]:
    for path in sorted((reference / "dcc" / "dsi").glob(pattern)):
        yield from etree.parse(str(path)).xpath(xpath, namespaces=NS)


def test_every_real_of_the_good_classes_reads(reference: Path) -> None:
    count = 0
    for pattern in ("dsi_PLATINUM*", "dsi_GOLD*", "dsi_SILVER*", "dsi_BRONZE*"):
        for element in elements(reference, pattern, "//s:real[not(parent::s:realList)] | //s:realListXMLList"):
            found: list[Finding] = []
            setting = Setting(found.append)
            stated = read_dsi(element, "0/0", setting)
            if not stated:  # 1.e500 is a number of the grammar that no float holds
                assert [f.code for f in found] == ["certificate.dsi.number"]
                continue
            digits = element.xpath("string(s:value | s:valueXMLList)", namespaces=NS).split()
            values = np.concatenate([q.value for q in stated])
            np.testing.assert_array_equal(values, [float(d) for d in digits])
            width = element.xpath(
                "string(.//s:uncertainty | .//s:uncertaintyXMLList | .//s:valueExpandedMU | .//s:valueExpandedMUXMLList"
                " | .//s:valueStandardMU | .//s:valueStandardMUXMLList | .//s:standardUnc | .//s:standardUncXMLList)",
                namespaces=NS,
            ).split()
            if not width or "NaN" in width:
                continue
            usable = [q.uncertainty for q in stated]
            if any(f.severity == "error" for f in found):
                assert usable == [None] * len(stated)
                continue
            assert all(u is not None for u in usable)
            first = usable[0]
            assert first is not None
            k = element.xpath("string(.//s:coverageFactorXMLList)", namespaces=NS).split()
            divisor = float(k[0]) if first.kind == "standard" and len(set(k)) > 1 else 1.0
            assert first.value[0] == pytest.approx(float(width[0]) / divisor)
            count += 1
    assert count > 20


def test_platinum_intervals_and_new_elements(reference: Path) -> None:
    stated = {}
    for element in elements(reference, "dsi_PLATINUM_2023*", "//s:real | //s:constant"):
        found: list[Finding] = []
        (q, *rest) = read_dsi(element, "0/0", Setting(found.append)) or [None]
        assert not rest
        if q is not None and q.uncertainty is not None:
            stated[element.getparent().get("id")] = q.uncertainty
    assert stated["PTB804"].kind == "standard" and stated["PTB804"].value.tolist() == [0.05]
    assert stated["PTB805"].kind == "expanded" and stated["PTB805"].k == 1.96
    interval = stated["PTB806"]
    assert interval.lower is not None and interval.upper is not None
    assert (interval.lower.tolist(), interval.upper.tolist(), interval.value.tolist()) == ([0.9], [1.2], [0.05])
    assert stated["PTB807"].kind == "standard", "the uncertainty of a constant is a standard one"


def test_a_real_list_with_a_covariance_matrix(reference: Path) -> None:
    """u² = 0.15 and 0.105 bar², covariance −0.003 bar²."""
    (element,) = elements(reference, "dsi_BRONZE*", "//s:realList[s:ellipsoidalRegion]")
    found: list[Finding] = []
    (q,) = read_dsi(element, "0/0", Setting(found.append))
    assert q.uncertainty is not None and q.correlation is not None
    np.testing.assert_allclose(q.uncertainty.value**2, [0.15, 0.105])
    assert q.correlation[0, 1] == pytest.approx(-0.003 / np.sqrt(0.15 * 0.105))


def test_one_matrix_for_each_value_is_not_guessed(reference: Path) -> None:
    for element in elements(
        reference, "dsi_PLATINUM_2023*", "//s:realListXMLList[s:measurementUncertaintyMultivariateXMLList]"
    ):
        found: list[Finding] = []
        (q,) = read_dsi(element, "0/0", Setting(found.append))
        assert q.correlation is None and [f.code for f in found] == ["certificate.dsi.covariance"]


def test_bad_matrices_of_the_improvable_class(reference: Path) -> None:
    bad = 0
    for element in elements(reference, "dsi_IMPROVABLE*", "//s:realList[s:ellipsoidalRegion or s:rectangularRegion]"):
        found: list[Finding] = []
        setting = Setting(found.append)
        stated = read_dsi(element, "0/0", setting)
        if any(f.code == "certificate.dsi.covariance" for f in found):
            assert not setting.joint and all(q.correlation is None for q in stated)
            bad += 1
    assert bad >= 5


def test_improvable_files_never_raise_and_never_lose_a_finding(reference: Path) -> None:
    for element in elements(reference, "dsi_IMPROVABLE*", "/*/*/s:*"):
        found: list[Finding] = []
        stated = read_dsi(element, "0/0", Setting(found.append))
        assert stated or found, f"line {element.sourceline}: neither a quantity nor a finding"


def test_comparison_data_of_bipm(reference: Path) -> None:
    """Real D-SI inside another root: value, unit and U with k, read where they stand."""
    element = next(elements(reference, "bipm-ccri2_Ra-223*", "//*[local-name()='kcrv']"))
    found: list[Finding] = []
    (q,) = read_dsi(element, "0/0", Setting(found.append))
    assert (q.printed, q.unit) == (("54530",), "kBq") and not found
    assert q.uncertainty is not None and (q.uncertainty.printed, q.uncertainty.k) == (("96",), 1.0)
