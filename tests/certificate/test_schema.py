"""Schemas: recognised by digest, held by value, compiled without any address being followed."""

from __future__ import annotations

import threading
from pathlib import Path

import pytest

from suyuan.certificate.schema import VERSIONS, Schemas, normalised, recognise
from suyuan.certificate.xml import parse
from suyuan.quantity.finding import sentences


@pytest.fixture(scope="module")
def files(reference: Path) -> dict[str, bytes]:
    folder = reference / "dcc" / "xsd"
    return {str(path.relative_to(folder)): path.read_bytes() for path in sorted(folder.rglob("*.xsd"))}


@pytest.fixture(scope="module")
def schemas(files: dict[str, bytes]) -> Schemas:
    return Schemas.of(files.items())[0]


def test_every_published_file_is_recognised(files: dict[str, bytes]) -> None:
    schemas, unknown = Schemas.of(files.items())
    assert not unknown and schemas.versions() == VERSIONS
    assert recognise(files["v3.3.0/dcc.xsd"]) == ("dcc", "3.3.0")
    assert recognise(files["dsi/v2.1.0.xsd"]) == ("dsi", "2.1.0")


def test_a_copy_with_other_addresses_is_the_same(files: dict[str, bytes]) -> None:
    data = files["v3.3.0/dcc.xsd"]
    web = data.replace(b'"../dsi/v2.2.1.xsd"', b"'https://ptb.de/si/v2.2.1/SI_Format.xsd'")
    assert web != data and recognise(web) == recognise(data) == ("dcc", "3.3.0")
    assert recognise(data.replace(b"\n", b"\r\n")) == ("dcc", "3.3.0")
    assert recognise(b"\xef\xbb\xbf" + data) == ("dcc", "3.3.0")
    assert normalised(web) == normalised(data)


def test_one_changed_byte_is_another_file(files: dict[str, bytes]) -> None:
    changed = files["v3.3.0/dcc.xsd"].replace(b'minOccurs="0"', b'minOccurs="1"', 1)
    schemas, unknown = Schemas.of([("dcc.xsd", changed), ("x", b"")])
    assert not schemas.files and [f.code for f in unknown] == ["certificate.schema.unrecognised"] * 2
    assert unknown[0].where == "dcc.xsd"


def test_without_the_files_the_check_is_not_made(files: dict[str, bytes]) -> None:
    tree, _ = parse(b'<dcc:x xmlns:dcc="https://ptb.de/dcc"/>')
    assert tree is not None
    (note,) = Schemas().validate(tree, "3.3.0")
    assert note.code == "certificate.schema.not_installed" and note.severity == "note"
    assert "schemas add" in sentences(note, "en")["remedy"]
    part, _ = Schemas.of([("dcc.xsd", files["v3.3.0/dcc.xsd"])])
    assert part.missing("3.3.0") == (("dsi", "2.2.1"), ("qudt", "2.2.1"), ("xmldsig", "1"))
    assert dict(part.validate(tree, "3.3.0")[0].parameters)["missing"] == "dsi 2.2.1, qudt 2.2.1, xmldsig 1"
    assert Schemas().validate(tree, "9.9.9")[0].code == "certificate.schema.unknown_version"
    assert Schemas().missing("9.9.9"), "an unknown version can never be checked"


@pytest.mark.parametrize("version", VERSIONS)
def test_compiles_and_refuses_a_foreign_root(schemas: Schemas, version: str) -> None:
    tree, _ = parse(b"<html/>")
    assert tree is not None
    (found,) = schemas.validate(tree, version)
    assert found.code == "certificate.schema.violation" and found.rule == f"DCC {version} XSD"


def test_addresses_in_a_certificate_are_not_followed(schemas: Schemas) -> None:
    tree, _ = parse(
        b'<dcc:digitalCalibrationCertificate xmlns:dcc="https://ptb.de/dcc" '
        b'xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance" '
        b'xsi:schemaLocation="https://ptb.de/dcc file:///etc/passwd" schemaVersion="3.3.0"/>'
    )
    assert tree is not None
    (found,) = schemas.validate(tree, "3.3.0")
    assert found.code == "certificate.schema.missing_child" and "passwd" not in str(found)


def test_a_violation_names_line_path_and_value(reference: Path, schemas: Schemas) -> None:
    tree, _ = parse((reference / "dcc" / "certificates" / "dcclib_invalid_schema.xml").read_bytes())
    assert tree is not None
    first, second = schemas.validate(tree, "3.3.0")
    assert first.code == "certificate.schema.value"
    assert first.where.startswith("line 17 /") and first.where.endswith("dcc:uniqueIdentifier")
    assert dict(second.parameters)["element"] == "dcc:manufacturer"
    assert dict(second.parameters)["expected"] == "dcc:name"


def test_many_violations_are_cut_short(schemas: Schemas) -> None:
    many = "".join(f'<dcc:usedLangCodeISO639_1 id="{i}">xyz</dcc:usedLangCodeISO639_1>' for i in range(300))
    tree, _ = parse(
        (
            '<dcc:digitalCalibrationCertificate xmlns:dcc="https://ptb.de/dcc" schemaVersion="3.3.0">'
            "<dcc:administrativeData><dcc:coreData><dcc:countryCodeISO3166_1>CN</dcc:countryCodeISO3166_1>"
            f"{many}</dcc:coreData></dcc:administrativeData></dcc:digitalCalibrationCertificate>"
        ).encode()
    )
    assert tree is not None
    found = schemas.validate(tree, "3.3.0")
    assert len(found) == 101 and found[-1].code == "certificate.schema.more"


def test_threads_do_not_mix_their_findings(reference: Path, schemas: Schemas) -> None:
    folder = reference / "dcc" / "certificates"
    good, _ = parse((folder / "dcclib_valid.xml").read_bytes())
    bad, _ = parse((folder / "dcclib_invalid_schema.xml").read_bytes())
    assert good is not None and bad is not None
    wrong: list[int] = []

    def work(expected: int, data: bytes) -> None:
        tree, _ = parse(data)
        assert tree is not None
        wrong.extend(len(f) for f in (schemas.validate(tree, "3.3.0") for _ in range(100)) if len(f) != expected)

    threads = [
        threading.Thread(target=work, args=(expected, (folder / name).read_bytes()))
        for expected, name in ((0, "dcclib_valid.xml"), (2, "dcclib_invalid_schema.xml")) * 4
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert not wrong
