"""The schemas of certificates: recognised, held, compiled once, applied.

The schema files are not ours to ship; the user installs them. A file is recognised by the SHA-256 of its bytes
after its `schemaLocation` attributes are taken out (every copy rewrites them), against our own table below. While
compiling, an import is answered only by another recognised file, by namespace and never by its address, so nothing
can be fetched and nothing unrecognised can slip in.
"""

from __future__ import annotations

import hashlib
import re
import threading
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Any

from lxml import etree

from suyuan.quantity.finding import Finding, finding

Name = tuple[str, str]
"""Kind («dcc», «dsi», «qudt», «xmldsig») and version."""

_DIGESTS: Mapping[str, Name] = MappingProxyType(
    {
        "3552e9566cc20bf62b2912ebd1624d9368f11d1b8a99f07731baaf6dae2634a3": ("dcc", "2.2.0"),
        "bc134f1ebc3e24a363f4a6cada028e9ec0b039aa4e1aef56e7d76a3c59f9aeb9": ("dcc", "2.3.0"),
        "db638e6e7f122417d826113710e2b87e2bcf5669a9ffe2b982b43e67dc61af0e": ("dcc", "2.4.0"),
        "99fe5371b3348a3d88cb642885954e62cdb518bb28f04e267e1fe423d72e166c": ("dcc", "3.0.0"),
        "d0c126c441f03401b888382fd7998988d969222a30b2296a9587000b0995f805": ("dcc", "3.1.0"),
        "a07dea871ddbd6419e27472f2ee0b5e2486182527c66fd21a87305903c19c738": ("dcc", "3.1.1"),
        "dc497c53df97e0a83c60828caf2ae1f09fc951a26fde91fb17114c13c2b7033d": ("dcc", "3.1.2"),
        "4f1cfa207602f7cd5843042dfd7273ee06814db6af111139d2eee03961eaef7f": ("dcc", "3.2.0"),
        "d434d57b86a381419d8f6b2641655896eb6a97be7490eb6a1cef83290e4beae8": ("dcc", "3.2.1"),
        "ddd2db349a4ed3815c42fc1be6c21d410c5c7668eeb24bc3db3008b8a1da9a29": ("dcc", "3.3.0"),
        "0339688efc78164e9ee11f55de0d7996fb5fff52a13ba0e34971379540e2f115": ("dsi", "1.0.1"),
        "ab66397840da12b8c1f6d557369f8cdb3f9bc708cac45ecf934bb3a75976b479": ("dsi", "1.3.0"),
        "f0d6aac1b5b43e8e7f11ad724eb008589b8b64213484e3d666598bdef03d09b3": ("dsi", "1.3.1"),
        "a264f1d292595b3dfc242fe963507eb027bef12260fd9b2d3df707e87a768da3": ("dsi", "2.0.0"),
        "962a9669ee219b94cc8f05c7ec7e74f93d7f38fc04133780bc3c52ff7e2c7091": ("dsi", "2.1.0"),
        "f7510a40a5823469a0e9202b1bb5622ff6b5b1bbb93146dc41ff52b1b072f2c7": ("dsi", "2.2.1"),
        "7fe0038a3c423ca26c07618667e11266473df777315a8d560f72869520dcf199": ("qudt", "2.2.1"),
        "b44ee18f3cbf818c09b07f9e1fecd2009d1a580b9fc62776dc5ad6ce7eccedcf": ("xmldsig", "1"),
    }
)

_NAMESPACES = {
    "https://ptb.de/dcc": "dcc",
    "https://ptb.de/si": "dsi",
    "http://qudt.org/vocab/": "qudt",
    "http://www.w3.org/2000/09/xmldsig#": "xmldsig",
}

_IMPORTS: Mapping[Name, tuple[Name, ...]] = MappingProxyType(
    {
        ("dcc", "2.2.0"): (("dsi", "1.3.0"),),
        ("dcc", "2.3.0"): (("dsi", "1.3.0"),),
        ("dcc", "2.4.0"): (("dsi", "1.3.1"),),
        ("dcc", "3.0.0"): (("dsi", "2.0.0"),),
        ("dcc", "3.1.0"): (("dsi", "2.1.0"),),
        ("dcc", "3.1.1"): (("dsi", "2.1.0"),),
        ("dcc", "3.1.2"): (("dsi", "2.1.0"),),
        ("dcc", "3.2.0"): (("dsi", "2.1.0"), ("xmldsig", "1")),
        ("dcc", "3.2.1"): (("dsi", "2.1.0"), ("xmldsig", "1")),
        ("dcc", "3.3.0"): (("dsi", "2.2.1"), ("xmldsig", "1")),
        ("dsi", "2.2.1"): (("qudt", "2.2.1"),),
    }
)

VERSIONS = tuple(version for kind, version in _IMPORTS if kind == "dcc")
"""The certificate versions whose schemas are known by digest."""

_LOCATION = re.compile(rb"\s+schemaLocation\s*=\s*(?:\"[^\"]*\"|'[^']*')")
_IMPORT = re.compile(rb"<xs:import\b[^>]*?namespace\s*=\s*\"([^\"]*)\"[^>]*>")
_MOST = 100


def normalised(data: bytes) -> bytes:
    """A schema's bytes without byte order mark, carriage returns and `schemaLocation` attributes.

    >>> normalised(b'<xs:import namespace="a"\\r\\n  schemaLocation="b.xsd"/>')
    b'<xs:import namespace="a"/>'
    """
    return _LOCATION.sub(b"", data.removeprefix(b"\xef\xbb\xbf").replace(b"\r\n", b"\n"))


def recognise(data: bytes) -> Name | None:
    """Kind and version of a schema file, None for a file that is not in the table."""
    return _DIGESTS.get(hashlib.sha256(normalised(data)).hexdigest())


@dataclass(frozen=True, slots=True)
class Schemas:
    """The installed schema files by (kind, version); build it with `Schemas.of`, which lets only recognised ones in.

    Compiled schemas are kept inside, one per certificate version; validating from several threads is safe.
    """

    files: Mapping[Name, bytes] = field(default_factory=dict)
    _compiled: dict[str, _Compiled] = field(default_factory=dict, init=False, repr=False, compare=False)
    _lock: threading.Lock = field(default_factory=threading.Lock, init=False, repr=False, compare=False)

    @classmethod
    def of(cls, files: Iterable[tuple[str, bytes]]) -> tuple[Schemas, tuple[Finding, ...]]:
        """The recognised ones among (file name, bytes), and a finding for each that is not."""
        known: dict[Name, bytes] = {}
        unknown: list[Finding] = []
        for name, data in files:
            which = recognise(data)
            if which is None:
                digest = hashlib.sha256(normalised(data)).hexdigest()
                unknown.append(finding("certificate.schema.unrecognised", name, "warning", name=name, digest=digest))
            else:
                known[which] = data
        return cls(known), tuple(unknown)

    def missing(self, version: str) -> tuple[Name, ...]:
        """Which files are still needed to check certificates of this version; () if the check can be made."""
        return tuple(sorted(name for name in _needed(("dcc", version)) if name not in self.files))

    def versions(self) -> tuple[str, ...]:
        """The certificate versions that can be checked."""
        return tuple(version for version in VERSIONS if not self.missing(version))

    def validate(self, tree: etree._ElementTree, version: str) -> tuple[Finding, ...]:
        """Check a certificate against the schema of its version.

        tree: from `xml.parse`; version: e.g. «3.3.0». Returns a finding for each violation, with line and XPath
        (`certificate.schema.…`), at most 100; where the schema is not installed or not known, one note that says so.
        """
        if version not in VERSIONS:
            return (finding("certificate.schema.unknown_version", "line 1", "note", f"DCC {version}", version=version),)
        ready = self._compiled.get(version)
        if ready is not None:
            return ready.validate(tree)
        missing = self.missing(version)
        if missing:
            names = ", ".join(" ".join(name) for name in missing)
            code, rule = "certificate.schema.not_installed", f"DCC {version} XSD"
            return (finding(code, "line 1", "note", rule, version=version, missing=names),)
        return self._of(version).validate(tree)

    def _of(self, version: str) -> _Compiled:
        with self._lock:
            if version not in self._compiled:
                self._compiled[version] = _Compiled(version, self.files)
            return self._compiled[version]


class _Compiled:
    """One compiled schema with its lock: lxml keeps the error log of the last run on the schema itself."""

    def __init__(self, version: str, files: Mapping[Name, bytes]) -> None:
        self.version = version
        parser = etree.XMLParser(resolve_entities=False, no_network=True, load_dtd=False)
        parser.resolvers.add(_Installed(files))
        self.schema = etree.XMLSchema(etree.fromstring(_located(("dcc", version), files), parser))
        self.lock = threading.Lock()

    def validate(self, tree: etree._ElementTree) -> tuple[Finding, ...]:
        with self.lock:
            try:
                if self.schema.validate(tree):
                    return ()
            except etree.XMLSchemaError as error:  # the validator itself gave up, e.g. out of memory
                return (finding("certificate.schema.violation", "line 1", detail=str(error)[:400], element=""),)
            log: Any = self.schema.error_log
            entries: list[etree._LogEntry] = list(log)
        rule = f"DCC {self.version} XSD"
        found = [_violation(entry, rule) for entry in entries[:_MOST]]
        if len(entries) > _MOST:
            found.append(finding("certificate.schema.more", "line 1", rule=rule, count=len(entries) - _MOST))
        return tuple(found)


class _Installed(etree.Resolver):
    """Answers the addresses that `_located` wrote; any other address has no answer, hence an error, never a fetch."""

    def __init__(self, files: Mapping[Name, bytes]) -> None:
        super().__init__()
        self.files = files

    def resolve(self, system_url: str, public_id: str, context: Any) -> Any:  # type: ignore[override]
        kind, _, version = system_url.removeprefix("suyuan-schema:").partition("/")
        if (kind, version) in self.files:
            return self.resolve_string(_located((kind, version), self.files), context)  # type: ignore[call-arg]
        return self.resolve_string("", context)  # type: ignore[call-arg]


def _needed(name: Name) -> tuple[Name, ...]:
    return (name, *(further for direct in _IMPORTS.get(name, ()) for further in _needed(direct)))


def _located(name: Name, files: Mapping[Name, bytes]) -> bytes:
    """The schema's bytes with each import pointing at the installed file for its namespace."""
    targets = {kind: f"suyuan-schema:{kind}/{version}".encode() for kind, version in _IMPORTS.get(name, ())}

    def point(match: re.Match[bytes]) -> bytes:
        kind = _NAMESPACES.get(match[1].decode("utf-8", "replace"), "")
        target = targets.get(kind, b"suyuan-schema:none")
        return b'<xs:import namespace="%b" schemaLocation="%b"/>' % (match[1], target)

    return _IMPORT.sub(point, normalised(files[name]))


_BRACED = re.compile(r"\{([^}]*)\}")
_PREFIX = {"https://ptb.de/dcc": "dcc:", "https://ptb.de/si": "si:", "http://www.w3.org/2000/09/xmldsig#": "ds:"}
_ELEMENT = re.compile(r"Element '([^']*)'")
_EXPECTED = re.compile(r"Expected is (?:one of )?\( ?(.*?) ?\)")
_VALUE = re.compile(r"'([^']*)' is not (?:accepted|a valid value|an element of the set)|The value '([^']*)'")


def _violation(entry: etree._LogEntry, rule: str) -> Finding:
    """One line of the validator's log as a finding: code by the kind of fault, its words kept as `detail`."""
    message = _BRACED.sub(lambda match: _PREFIX.get(match[1], ""), entry.message)
    element = match[1] if (match := _ELEMENT.search(message)) else ""
    where = f"line {entry.line} {entry.path or ''}".rstrip()
    expected = match[1] if (match := _EXPECTED.search(message)) else ""
    if "not expected" in message:
        code = "certificate.schema.unexpected"
    elif "Missing child" in message:
        code = "certificate.schema.missing_child"
    elif "is required but missing" in message:
        code = "certificate.schema.missing_attribute"
    elif match := _VALUE.search(message):
        value = (match[1] or match[2] or "")[:80]
        return finding("certificate.schema.value", where, rule=rule, element=element, value=value, detail=message[:400])
    else:
        code = "certificate.schema.violation"
    return finding(code, where, rule=rule, element=element, expected=expected[:200] or "—", detail=message[:400])
