"""Reading certificates: from bytes to quantities, against bare lxml (parse + schema check) on the same files.

Measured in one run: bare lxml; our four steps (parse, schema check, rows, quantities); `verbs.check` (all that and the
rest of the ladder: rules, units, meaning, chain) and quantities. Files: the public samples of DCC 3.x that are valid
(folder `SUYUAN_REFERENCE`, default `../shared/reference`), and the certificates that the demo issues. Before a time is
printed, every value is compared with an independent XPath. Promise: on the public samples our four steps run at least
at a quarter of the rate of bare lxml. Without a promise beside: `check`, which does more, and the issued certificates,
which carry an archive of all their influences that ours opens and verifies and bare lxml leaves closed.

    python benchmarks/reading.py

CPU seconds of this process (other jobs do not count), medians of interleaved repetitions, one BLAS thread. Without the
folder there are neither samples nor schemas: then only issued certificates are read, without schema check on either
side, and no verdict is given. Exits 1 where an answer differs or the promise is broken.
"""

# ruff: noqa: E402 (the thread count must stand before NumPy is loaded)
from __future__ import annotations

import os

for variable in ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS"):
    os.environ[variable] = "1"

import statistics
import sys
import tempfile
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any

from lxml import etree

from suyuan.certificate.certificate import Certificate
from suyuan.certificate.dcc_read import ROOT, read, version
from suyuan.certificate.quantities import quantities
from suyuan.certificate.schema import VERSIONS, Schemas
from suyuan.certificate.xml import parse
from suyuan.cli.demo import build
from suyuan.verbs.check import check

PROMISE, REPETITIONS, DAY = 0.25, 41, date(2026, 11, 2)
BARE, STEPS = "bare lxml: parse, schema check", "parse, schema check, rows, quantities"
NAMES = {"d": "https://ptb.de/dcc", "s": "https://ptb.de/si"}
REFERENCE = Path(os.environ.get("SUYUAN_REFERENCE") or Path(__file__).resolve().parents[2] / "shared" / "reference")
STATED = etree.XPath(
    "//d:result/d:data//d:quantity[s:real or s:realListXMLList or s:hybrid][not(ancestor::d:measurementMetaData)]",
    namespaces=NAMES,
)
MAIN_FORM = etree.XPath("(s:hybrid/* | s:real | s:realListXMLList)[1]", namespaces=NAMES)
DIGITS = etree.XPath("string(s:value | s:valueXMLList)", namespaces=NAMES)
UNCERTAIN = etree.XPath(
    "boolean(s:expandedUnc | s:expandedUncXMLList | s:coverageInterval | s:measurementUncertaintyUnivariate"
    " | s:measurementUncertaintyUnivariateXMLList)",
    namespaces=NAMES,
)


@dataclass(frozen=True)
class Sample:
    """One certificate: its name, bytes and version."""

    name: str
    data: bytes
    version: str


def samples(schemas: Schemas) -> tuple[list[Sample], list[Sample]]:
    """The valid public samples, and the certificates that the demo issues."""
    public = [sample for path in sorted((REFERENCE / "dcc" / "certificates").glob("*.xml")) if (sample := taken(path))]
    valid = [s for s in public if not schemas.missing(s.version) and not schemas.validate(tree(s), s.version)]
    with tempfile.TemporaryDirectory() as folder:
        store = build(Path(folder), DAY)
        documents = [(entry.digest[:12], store.read(entry.digest)) for entry in store.documents()]
    issued = [Sample(name, data, "3.3.0") for name, data in documents if data.startswith(b"<?xml")]
    return valid, issued


def taken(path: Path) -> Sample | None:
    """A file as a sample if lxml can parse it and it is a DCC of a version that is read."""
    data = path.read_bytes()
    try:
        root = etree.fromstring(data)
    except etree.XMLSyntaxError:
        return None
    return Sample(path.name, data, version(root)) if root.tag == ROOT and version(root).startswith("3.") else None


def tree(sample: Sample) -> etree._ElementTree:
    return etree.fromstring(sample.data).getroottree()


def compiled() -> dict[str, etree.XMLSchema]:
    """The schemas as lxml compiles them by itself, from the files where they lie; by certificate version."""
    paths = {known: REFERENCE / "dcc" / "xsd" / f"v{known}" / "dcc.xsd" for known in VERSIONS}
    return {known: etree.XMLSchema(etree.parse(str(path))) for known, path in paths.items() if path.is_file()}


def four_steps(schemas: Schemas, sample: Sample) -> Certificate:
    """Parse, schema check, rows; the fourth follows in `works`."""
    root, broken = parse(sample.data)
    assert root is not None, broken
    wrong = schemas.validate(root, sample.version)
    assert all(f.severity == "note" for f in wrong), wrong
    certificate, findings = read(sample.data, tree=root)
    assert certificate is not None, findings
    return certificate


def whole_ladder(schemas: Schemas, sample: Sample) -> Certificate:
    """The public way: the verb that everybody checks a certificate with."""
    ladder = check(sample.data, schemas)
    assert ladder.certificate is not None and ladder.at("schema").state != "failed", sample.name
    return ladder.certificate


def differs(sample: Sample, certificate: Certificate) -> str:
    """What is not as an independent XPath has it; «» where all is.

    Every value in order, and as many quantities as there are values with an uncertainty of their own.
    """
    stated: Any = STATED(tree(sample))
    forms = [first(MAIN_FORM(element)) for element in stated]
    digits = [str(DIGITS(form)).split() for form in forms]
    expected = [float(digit) for row in digits for digit in row]
    got = [float(value) for q in certificate.quantities() for value in q.value]
    if got != expected or not got:
        return f"{len(got)} values, {len(expected)} by XPath"
    wanted = sum(len(row) for row, form in zip(digits, forms, strict=True) if UNCERTAIN(form))
    usable = sum(q.size for q in quantities(certificate)[0].values())
    return "" if usable == wanted else f"{usable} values in quantities, {wanted} by XPath"


def first(found: Any) -> etree._Element:
    element: etree._Element = found[0]
    return element


def measured(works: dict[str, Callable[[], None]]) -> dict[str, float]:
    """Median CPU seconds of each, in turn, so that all see the same machine."""
    seconds: dict[str, list[float]] = {name: [] for name in works}
    for _ in range(REPETITIONS):
        for name, work in works.items():
            start = time.process_time()
            work()
            seconds[name].append(time.process_time() - start)
    return {name: statistics.median(row) for name, row in seconds.items()}


def works(files: Sequence[Sample], schemas: Schemas) -> dict[str, Callable[[], None]]:
    """The programs to measure over these files."""
    checkers = compiled()

    def bare() -> None:
        for sample in files:
            document = tree(sample)
            if sample.version in checkers:
                assert checkers[sample.version].validate(document)

    def steps() -> None:
        for sample in files:
            quantities(four_steps(schemas, sample))

    def ladder() -> None:
        for sample in files:
            quantities(whole_ladder(schemas, sample))

    return {BARE: bare, STEPS: steps, "check (whole ladder), quantities": ladder}


def report(title: str, files: Sequence[Sample], schemas: Schemas) -> dict[str, float]:
    """Measure a set of files, print its table, return the rate of each program as a part of the bare one's."""
    times = measured(works(files, schemas))
    kilobytes = sum(len(sample.data) for sample in files) / len(files) / 1000
    print(f"{title}: {len(files)} files, {kilobytes:.0f} kB each")
    for name, value in times.items():
        print(f"  {name:38} {len(files) / value:8.0f} files/s {times[BARE] / value:8.2f} of bare lxml")
    return {name: times[BARE] / value for name, value in times.items()}


def main() -> int:
    """Check the answers, measure, print, judge."""
    schemas, _ = Schemas.of((path.name, path.read_bytes()) for path in sorted((REFERENCE / "dcc").rglob("*.xsd")))
    public, issued = samples(schemas)
    for sample in (*public, *issued):
        for way in (four_steps, whole_ladder):
            wrong = differs(sample, way(schemas, sample))
            if wrong:
                print(f"{sample.name}, {way.__name__}: {wrong}")
                return 1
    print(f"every value as by XPath; lxml {'.'.join(map(str, etree.LXML_VERSION))}")
    if not public:
        print(f"left out: the public samples and the schema check (no reference files at {REFERENCE}); no verdict")
        report("issued by the demo, with archives", issued, schemas)
        return 0
    report("issued by the demo, with archives", issued, schemas)
    part = report("public samples", public, schemas)[STEPS]
    print(
        f"four steps ≥ {PROMISE:g} of bare lxml on public samples: {part:.2f} {'kept' if part >= PROMISE else 'BROKEN'}"
    )
    return 0 if part >= PROMISE else 1


if __name__ == "__main__":
    sys.exit(main())
