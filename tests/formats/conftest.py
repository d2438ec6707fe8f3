"""A small valid DCC around the data that a test is about, and the installed schemas."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from suyuan.certificate.schema import Schemas

Build = Callable[..., bytes]

FRAME = """<?xml version="1.0" encoding="UTF-8"?>
<dcc:digitalCalibrationCertificate xmlns:dcc="https://ptb.de/dcc" xmlns:si="https://ptb.de/si"
    schemaVersion="{version}">
  <dcc:administrativeData>
    <dcc:dccSoftware><dcc:software><dcc:name><dcc:content>S</dcc:content></dcc:name><dcc:release>1</dcc:release>
    </dcc:software></dcc:dccSoftware>
    <dcc:coreData>
      <dcc:countryCodeISO3166_1>CN</dcc:countryCodeISO3166_1>
      <dcc:usedLangCodeISO639_1>zh</dcc:usedLangCodeISO639_1>
      <dcc:mandatoryLangCodeISO639_1>zh</dcc:mandatoryLangCodeISO639_1>
      <dcc:uniqueIdentifier>{number}</dcc:uniqueIdentifier>
      <dcc:beginPerformanceDate>2026-03-01</dcc:beginPerformanceDate>
      <dcc:endPerformanceDate>2026-03-02</dcc:endPerformanceDate>
      <dcc:performanceLocation>laboratory</dcc:performanceLocation>{core}
    </dcc:coreData>
    <dcc:items><dcc:item><dcc:name><dcc:content lang="zh">量块</dcc:content></dcc:name>
      <dcc:manufacturer><dcc:name><dcc:content>M</dcc:content></dcc:name></dcc:manufacturer>
      <dcc:identifications><dcc:identification><dcc:issuer>manufacturer</dcc:issuer><dcc:value>8801</dcc:value>
      </dcc:identification></dcc:identifications></dcc:item></dcc:items>
    <dcc:calibrationLaboratory><dcc:contact><dcc:name><dcc:content>Laboratory A</dcc:content></dcc:name>
      <dcc:eMail>a@example.org</dcc:eMail><dcc:location><dcc:city>Beijing</dcc:city></dcc:location></dcc:contact></dcc:calibrationLaboratory>
    <dcc:respPersons><dcc:respPerson><dcc:person><dcc:name><dcc:content>P</dcc:content></dcc:name></dcc:person>
    </dcc:respPerson></dcc:respPersons>
    <dcc:customer><dcc:name><dcc:content>C</dcc:content></dcc:name>
      <dcc:eMail>c@example.org</dcc:eMail><dcc:location><dcc:city>Shenzhen</dcc:city></dcc:location></dcc:customer>{statements}
  </dcc:administrativeData>
  <dcc:measurementResults><dcc:measurementResult>
    <dcc:name><dcc:content>R</dcc:content></dcc:name>{around}
    <dcc:results>{results}</dcc:results>
  </dcc:measurementResult></dcc:measurementResults>
</dcc:digitalCalibrationCertificate>
"""


@pytest.fixture(scope="session")
def build() -> Build:
    """A function: DCC bytes around `data` (the content of one dcc:data) or whole `results`."""

    def build(
        data: str = "",
        *,
        version: str = "3.3.0",
        number: str = "N-1",
        results: str = "",
        core: str = "",
        statements: str = "",
        around: str = "",
    ) -> bytes:
        if not results:
            results = (
                f"<dcc:result><dcc:name><dcc:content>r</dcc:content></dcc:name><dcc:data>{data}</dcc:data></dcc:result>"
            )
        return FRAME.format(
            version=version, number=number, results=results, core=core, statements=statements, around=around
        ).encode()

    return build


@pytest.fixture(scope="session")
def schemas(reference: Path) -> Schemas:
    """The schemas of the reference folder, recognised by digest."""
    files = sorted((reference / "dcc" / "xsd").rglob("*.xsd"))
    return Schemas.of((path.name, path.read_bytes()) for path in files)[0]
