"""Versions that are not read, and other roots: named, and no certificate."""

from __future__ import annotations

import pytest
from tests.formats.conftest import Build

from suyuan.certificate.dcc_read import read
from suyuan.certificate.ladder import climb
from suyuan.certificate.schema import Schemas
from suyuan.quantity.finding import sentences

VALUE = "<dcc:quantity><si:real><si:value>1</si:value><si:unit>\\metre</si:unit></si:real></dcc:quantity>"


@pytest.mark.parametrize("version", ["1.8.4", "2.4.0", "3.4.0", "3.4.0-rc.2", "4.0.0", "30.0.0", "", "three"])
def test_another_version_is_named(build: Build, version: str) -> None:
    certificate, found = read(build(VALUE, version=version))
    assert certificate is None
    assert [f.code for f in found] == ["certificate.dcc.version"]
    assert (version or "?") in sentences(found[0], "zh")["what"]


@pytest.mark.parametrize("version", ["3.0.0", "3.1.2", "3.2.1", "3.3.0", "3.3.1"])
def test_these_are_read(build: Build, version: str) -> None:
    certificate, _ = read(build(VALUE, version=version))
    assert certificate is not None and certificate.version == version


def test_version_from_the_schema_location(build: Build) -> None:
    """DCC 2.2 had no schemaVersion: the address of the schema is all there is."""
    data = build(VALUE).replace(
        b'schemaVersion="3.3.0"',
        b'xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance" '
        b'xsi:schemaLocation="https://ptb.de/dcc https://ptb.de/dcc/v2.2.0/dcc.xsd"',
    )
    assert dict(read(data)[1][0].parameters)["version"] == "2.2.0"


@pytest.mark.parametrize("data", [b"<html/>", b'<a xmlns="https://ptb.de/dcc"/>', b"<digitalRecord xmlns='urn:x'/>"])
def test_another_root(data: bytes) -> None:
    certificate, found = read(data)
    assert certificate is None and [f.code for f in found] == ["certificate.dcc.root"]
    ladder = climb(data, Schemas())
    assert [rung.state for rung in ladder.rungs][:3] == ["passed", "failed", "not_checked"]


def test_the_old_namespace(build: Build) -> None:
    data = build(VALUE).replace(b"https://ptb.de/dcc", b"https://intranet.ptb.de/dcc")
    assert [f.code for f in read(data)[1]] == ["certificate.dcc.version"]
