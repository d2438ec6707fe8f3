"""DCC 3.3 with D-SI 2.2: the newer uncertainty elements, quantity kinds, metadata of single quantities, files."""

from __future__ import annotations

import base64
import math

import pytest
from tests.formats.conftest import Build

from suyuan.certificate.dcc_read import read
from suyuan.certificate.ladder import climb
from suyuan.certificate.schema import Schemas

REAL = "<si:real><si:value>{value}</si:value><si:unit>\\metre</si:unit>{more}</si:real>"
EXPANDED = """<si:expandedMU><si:valueExpandedMU>0.10</si:valueExpandedMU><si:coverageFactor>2.0</si:coverageFactor>
<si:coverageProbability>0.95</si:coverageProbability><si:distribution>normal</si:distribution></si:expandedMU>"""
STANDARD = "<si:standardMU><si:valueStandardMU>0.05</si:valueStandardMU></si:standardMU>"
INTERVAL = """<si:coverageIntervalMU><si:valueStandardMU>0.05</si:valueStandardMU><si:intervalMin>0.90</si:intervalMin>
<si:intervalMax>1.20</si:intervalMax><si:coverageProbability>0.95</si:coverageProbability></si:coverageIntervalMU>"""


def real(more: str = "", value: str = "1.00", attributes: str = "", after: str = "") -> str:
    return f"<dcc:quantity{attributes}>{REAL.format(value=value, more=more)}{after}</dcc:quantity>"


def univariate(inner: str) -> str:
    return f"<si:measurementUncertaintyUnivariate>{inner}</si:measurementUncertaintyUnivariate>"


def test_expanded(build: Build, schemas: Schemas) -> None:
    ladder = climb(build(real(univariate(EXPANDED))), schemas)
    assert ladder.at("schema").state == "passed", ladder.at("schema").findings
    assert ladder.certificate is not None
    stated = ladder.certificate.quantities()[0].uncertainty
    assert stated is not None
    assert (stated.kind, stated.printed, stated.k, stated.p) == ("expanded", ("0.10",), 2.0, 0.95)


def test_standard(build: Build, schemas: Schemas) -> None:
    ladder = climb(build(real(univariate(STANDARD))), schemas)
    assert ladder.at("schema").state == "passed"
    assert ladder.certificate is not None
    stated = ladder.certificate.quantities()[0].uncertainty
    assert stated is not None and (stated.kind, stated.value.tolist(), stated.k) == ("standard", [0.05], None)


def test_interval_keeps_its_ends_and_its_standard_uncertainty(build: Build, schemas: Schemas) -> None:
    ladder = climb(build(real(univariate(INTERVAL))), schemas)
    assert ladder.at("schema").state == "passed"
    assert ladder.certificate is not None
    stated = ladder.certificate.quantities()[0].uncertainty
    assert stated is not None and stated.lower is not None and stated.upper is not None
    assert (stated.kind, stated.value.tolist(), stated.k, stated.p) == ("interval", [0.05], 1.0, 0.95)
    assert (stated.lower.tolist(), stated.upper.tolist()) == ([0.9], [1.2])


def test_the_misspelt_element_is_read(build: Build, schemas: Schemas) -> None:
    """Inside a realList, D-SI 2.2.1 itself writes «Univaraite»."""
    inner = f"<si:measurementUncertaintyUnivaraite>{EXPANDED}</si:measurementUncertaintyUnivaraite>"
    member = f"<si:real><si:value>1.0</si:value><si:unit>\\metre</si:unit>{inner}</si:real>"
    ladder = climb(
        build(f"<dcc:quantity><si:list><si:realList>{member}</si:realList></si:list></dcc:quantity>"), schemas
    )
    assert ladder.at("schema").state == "passed", ladder.at("schema").findings
    assert ladder.certificate is not None
    stated = ladder.certificate.quantities()[0].uncertainty
    assert stated is not None and stated.printed == ("0.10",)


def test_old_elements_in_a_new_certificate(build: Build, schemas: Schemas) -> None:
    old = """<si:expandedUnc><si:uncertainty>0.1</si:uncertainty><si:coverageFactor>2</si:coverageFactor>
    <si:coverageProbability>0.95</si:coverageProbability></si:expandedUnc>"""
    ladder = climb(build(real(old) + real(univariate(EXPANDED))), schemas)
    assert ladder.at("schema").state == "passed"
    assert ladder.certificate is not None
    one, other = (q.uncertainty for q in ladder.certificate.quantities())
    assert one is not None and other is not None and one.kind == other.kind == "expanded"
    assert one.value.tolist() == other.value.tolist() == [0.1]


def test_new_list_with_kind_and_correlation(build: Build, schemas: Schemas) -> None:
    """V = [[0.04, 0.03], [0.03, 0.09]]: u = 0.2 and 0.3, r = 0.5; a column as n cells or as one list."""
    cells = "".join(
        "<si:columnXMLList>" + "".join(
            f"<si:covarianceXMLList><si:valueXMLList>{v}</si:valueXMLList>"
            "<si:unitXMLList>\\metre\\tothe{2}</si:unitXMLList></si:covarianceXMLList>" for v in column
        ) + "</si:columnXMLList>" for column in (("0.04", "0.03"), ("0.03", "0.09"))
    )  # fmt: skip
    lists = cells.replace("0.04</si", "0.04 0.03</si", 1)
    whole = "".join(
        f"<si:columnXMLList><si:covarianceXMLList><si:valueXMLList>{column}</si:valueXMLList>"
        "<si:unitXMLList>\\metre\\metre</si:unitXMLList></si:covarianceXMLList></si:columnXMLList>"
        for column in ("0.04 0.03", "0.03 0.09")
    )
    frame = """<dcc:quantity><si:realListXMLList><si:quantityTypeQUDTXMLList>Length</si:quantityTypeQUDTXMLList>
    <si:valueXMLList>1 2</si:valueXMLList><si:unitXMLList>\\metre</si:unitXMLList>
    <si:measurementUncertaintyMultivariateXMLList><si:ellipsoidalRegionMUXMLList>
    <si:covarianceMatrixXMLList>{matrix}</si:covarianceMatrixXMLList>
    <si:coverageFactorXMLList>NaN</si:coverageFactorXMLList>
    <si:coverageProbabilityXMLList>NaN</si:coverageProbabilityXMLList>
    </si:ellipsoidalRegionMUXMLList></si:measurementUncertaintyMultivariateXMLList></si:realListXMLList></dcc:quantity>"""
    for matrix in (cells, whole):
        data = build(frame.format(matrix=matrix).replace("Length", "length"))
        ladder = climb(data, schemas)
        assert ladder.at("schema").state == "passed", ladder.at("schema").findings
        assert ladder.certificate is not None
        (q,) = ladder.certificate.quantities()
        assert q.quantity_kind == "length"
        assert q.uncertainty is not None and q.uncertainty.value.tolist() == pytest.approx([0.2, 0.3])
        assert q.correlation is not None and q.correlation[0, 1] == pytest.approx(0.5)
    certificate, found = read(build(frame.format(matrix=lists)))
    assert certificate is not None and certificate.quantities()[0].correlation is None
    assert [f.code for f in found] == ["certificate.dsi.covariance"]


@pytest.mark.parametrize(
    ("cells", "unit"),
    [
        (("0.04", "0.3", "0.3", "0.09"), "\\metre\\metre"),  # |r| > 1
        (("0.04", "0.01", "0.02", "0.09"), "\\metre\\metre"),  # not symmetric
        (("-0.04", "0", "0", "0.09"), "\\metre\\metre"),  # negative variance
        (("0.04", "0.01", "0.01", "0.09"), "\\metre"),  # a unit that is no product
    ],
)
def test_a_matrix_in_doubt_gives_no_correlation(build: Build, cells: tuple[str, ...], unit: str) -> None:
    columns = "".join(
        "<si:column>" + "".join(
            f"<si:covariance><si:value>{v}</si:value><si:unit>{unit}</si:unit></si:covariance>" for v in pair
        ) + "</si:column>" for pair in (cells[:2], cells[2:])
    )  # fmt: skip
    certificate, found = read(
        build(f"""<dcc:quantity><si:realListXMLList><si:valueXMLList>1 2</si:valueXMLList>
        <si:unitXMLList>\\metre</si:unitXMLList><si:ellipsoidalRegionXMLList>
        <si:covarianceMatrix>{columns}</si:covarianceMatrix><si:coverageFactor>2</si:coverageFactor>
        <si:coverageProbability>0.95</si:coverageProbability></si:ellipsoidalRegionXMLList>
        </si:realListXMLList></dcc:quantity>""")
    )
    assert certificate is not None
    (q,) = certificate.quantities()
    assert q.uncertainty is None and q.correlation is None
    assert [f.code for f in found] == ["certificate.dsi.covariance"]


def test_range_dof_and_class_of_one_quantity(build: Build, schemas: Schemas) -> None:
    def number(value: str, unit: str, kind: str = "") -> str:
        attribute = f' refType="{kind}"' if kind else ""
        inner = f"<si:value>{value}</si:value><si:unit>{unit}</si:unit>"
        return f"<dcc:quantity{attribute}><si:real>{inner}</si:real></dcc:quantity>"

    about = f"""<dcc:measurementMetaData>
    <dcc:metaData refType="basic_validityRange"><dcc:data>{number("10", chr(92) + "kelvin", "basic_validityRangeMin")}
      {number("20", chr(92) + "kelvin", "basic_validityRangeMax")}</dcc:data></dcc:metaData>
    <dcc:metaData refType="suyuan_degreesOfFreedom"><dcc:data>{number("12", chr(92) + "one")}</dcc:data></dcc:metaData>
    <dcc:metaData refType="basic_conformity"><dcc:norm>JJG 146</dcc:norm><dcc:conformity>pass</dcc:conformity>
    </dcc:metaData></dcc:measurementMetaData>"""
    ladder = climb(build(real(univariate(EXPANDED), after=about)), schemas)
    assert ladder.at("schema").state == "passed", ladder.at("schema").findings
    assert ladder.certificate is not None
    (q,) = ladder.certificate.quantities()
    assert (q.lower, q.upper, q.range_unit) == (10.0, 20.0, "\\kelvin")
    assert q.uncertainty is not None and q.uncertainty.dof == 12.0
    (said,) = ladder.certificate.statements
    assert (said.conformity, said.norm, said.about) == ("pass", "JJG 146", "0/0")

    limit = EXPANDED.replace("2.0", repr(math.sqrt(3))).replace("0.95", "1")
    row = """<dcc:measurementMetaData><dcc:metaData refType="suyuan_accuracyClass">
    <dcc:reference>w-E1</dcc:reference></dcc:metaData></dcc:measurementMetaData>"""
    certificate, _ = read(build(real(univariate(limit), after=row)))
    assert certificate is not None
    (q,) = certificate.quantities()
    assert q.class_row == "w-E1" and q.uncertainty is not None and q.uncertainty.kind == "half_width"


def test_statements_of_the_whole_certificate(build: Build, schemas: Schemas) -> None:
    statements = """<dcc:statements>
    <dcc:statement refType="basic_recalibration"><dcc:declaration><dcc:content lang="zh">有效期至</dcc:content>
      </dcc:declaration><dcc:date>2027-03-01</dcc:date></dcc:statement>
    <dcc:statement refType="suyuan_legalVerification"><dcc:declaration><dcc:content>legal</dcc:content>
      </dcc:declaration></dcc:statement>
    <dcc:statement refType="basic_conformity"><dcc:convention>simple acceptance</dcc:convention>
      <dcc:norm>JJG 146</dcc:norm><dcc:conformity>fail</dcc:conformity></dcc:statement></dcc:statements>"""
    ladder = climb(build(real(), statements=statements), schemas)
    assert ladder.at("schema").state == "passed", ladder.at("schema").findings
    certificate = ladder.certificate
    assert certificate is not None
    assert str(certificate.valid_until) == "2027-03-01" and certificate.act == "legal_verification"
    assert certificate.statements[0].text == {"zh": "有效期至"}
    assert (certificate.statements[2].conformity, certificate.statements[2].decision_rule) == (
        "fail",
        "simple acceptance",
    )


def test_correlation_of_two_scalars_of_one_result(build: Build, schemas: Schemas) -> None:
    around = """<dcc:measurementMetaData><dcc:metaData refType="suyuan_correlation" refId="a b"><dcc:data><dcc:quantity>
    <si:real><si:value>-0.93</si:value><si:unit>\\one</si:unit></si:real></dcc:quantity></dcc:data></dcc:metaData>
    </dcc:measurementMetaData>"""
    data = build(real(attributes=' id="a"') + real(attributes=' id="b"')).replace(
        b"</dcc:results>", b"</dcc:results>" + around.encode()
    )
    ladder = climb(data, schemas)
    assert ladder.at("schema").state == "passed", ladder.at("schema").findings
    assert ladder.certificate is not None
    assert ladder.certificate.results[0].joint == (("0/0", "0/1", -0.93),)
    broken = data.replace(b'refId="a b"', b'refId="a"')
    assert [f.code for f in read(broken)[1]] == ["certificate.dcc.correlation"]


def test_files_wherever_they_stand(build: Build, schemas: Schemas) -> None:
    content = b"\x00\x01archive"
    encoded = base64.b64encode(content).decode()
    named = "<dcc:fileName>archive.json</dcc:fileName><dcc:mimeType>application/json</dcc:mimeType>"
    parts = f"{named}<dcc:dataBase64>{encoded[:5]}\n  {encoded[5:]}</dcc:dataBase64>"
    method = f"""<dcc:usedMethods><dcc:usedMethod refType="suyuan_attachments"><dcc:name><dcc:content>m</dcc:content>
    </dcc:name><dcc:description><dcc:content>d</dcc:content><dcc:file refType="suyuan_archive">{parts}</dcc:file>
    </dcc:description></dcc:usedMethod></dcc:usedMethods>"""
    data = build(real() + f"<dcc:byteData>{parts}</dcc:byteData>", around=method).replace(
        b"</dcc:digitalCalibrationCertificate>",
        f"<dcc:document>{parts}</dcc:document></dcc:digitalCalibrationCertificate>".encode(),
    )
    ladder = climb(data, schemas)
    assert ladder.at("schema").state == "passed", ladder.at("schema").findings
    assert ladder.certificate is not None
    archive, _, document = ladder.certificate.attachments
    assert archive.content == content and archive.ref_types == ("suyuan_archive",)
    assert (archive.name, archive.media_type, document.where) == ("archive.json", "application/json", "document")
    broken = data.replace(encoded[:5].encode(), b"%%%%%")
    certificate, found = read(broken)
    assert certificate is not None and certificate.attachments == ()
    assert {f.code for f in found} == {"certificate.dcc.file"}


def test_places_count_quantities_and_lists_only(build: Build) -> None:
    text = "<dcc:text><dcc:content>t</dcc:content></dcc:text>"
    inner = f"<dcc:list>{real()}<dcc:list>{real()}{real()}</dcc:list></dcc:list>"
    result = "<dcc:result><dcc:name><dcc:content>r</dcc:content></dcc:name><dcc:data>{}</dcc:data></dcc:result>"
    both = result.format(text + real() + text + inner) + result.format(inner + real())
    certificate, _ = read(build(results=both))
    assert certificate is not None
    places = [q.place for q in certificate.quantities()]
    assert places == ["0/0", "0/1/0", "0/1/1/0", "0/1/1/1", "1/0/0", "1/0/1/0", "1/0/1/1", "1/1"]


def test_relative_uncertainty_is_told_not_used(build: Build, schemas: Schemas) -> None:
    relative = """<dcc:relativeUncertainty><dcc:relativeUncertaintySingle><si:value>0.01</si:value>
    <si:unit>\\one</si:unit></dcc:relativeUncertaintySingle></dcc:relativeUncertainty>"""
    ladder = climb(build(real(after=relative)), schemas)
    assert ladder.at("schema").state == "passed"
    assert ladder.certificate is not None and ladder.certificate.quantities()[0].uncertainty is None
    assert ("certificate.dcc.relative", "warning") in [(f.code, f.severity) for f in ladder.findings]


def test_numbers_in_words_are_told(build: Build) -> None:
    data = build(
        "<dcc:quantity><dcc:noQuantity><dcc:content>12.5 mm</dcc:content></dcc:noQuantity></dcc:quantity>"
        "<dcc:quantity><dcc:charsXMLList>1 2 3</dcc:charsXMLList></dcc:quantity>"
        "<dcc:quantity><dcc:charsXMLList>a b c</dcc:charsXMLList></dcc:quantity>"
        "<dcc:formula><dcc:latex>x=1</dcc:latex></dcc:formula>" + real()
    )
    certificate, found = read(data)
    assert certificate is not None and [q.place for q in certificate.quantities()] == ["0/3"]
    assert [f.code for f in found] == ["certificate.dcc.number_as_text"] * 2 + ["certificate.dcc.construct"]
