"""The store: a folder that keeps every document by the SHA-256 of its bytes; command line and site share it.

    documents/ab/abcdef…   the bytes, read-only, never changed
    index.jsonl            what is what: derived, rebuilt by `rebuild`
    derived/               what was read from large registers, beside the index: may be thrown away (see `derived`)
    schemas/               schema files that the user installed, recognised by digest
    incoming/, lock        parts of files being written, and the lock of the one writer

A file is there whole or not at all. Several processes may add at the same time.
"""

from __future__ import annotations

import hashlib
import unicodedata
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path

from suyuan.certificate.certificate import Certificate
from suyuan.certificate.schema import Schemas
from suyuan.disk.lock import held
from suyuan.disk.whole import flush_folder, write_whole
from suyuan.quantity.finding import Finding, Refused, errors, finding
from suyuan.store import derived, schema_files
from suyuan.store.gathered import evidence_of, service_of
from suyuan.store.index import Entry, Index, line
from suyuan.store.recognise import Kind, Policy, Recognised, Value, in_file, recognise
from suyuan.traceability.evidence import Evidence
from suyuan.traceability.graph import amends
from suyuan.verbs.snapshot import Documents

LARGEST = 64 * 2**20
_AT_ONCE = 64
_CERTIFICATES: frozenset[Kind] = frozenset(("dcc", "typed"))
_SERVICE: frozenset[Kind] = frozenset(("register", "matter", "guideline"))

# What a document states follows from its bytes, so a process reads each digest once, whatever store it lies in.
_read: dict[str, Recognised] = {}


@dataclass(frozen=True, slots=True)
class Added:
    """What became of one file. digest: «» and kind None where it was refused (then a finding is an error);
    new: False where the same bytes were there already."""

    name: str
    digest: str
    kind: Kind | None
    new: bool
    issuer: str = ""
    number: str = ""
    findings: tuple[Finding, ...] = ()

    @property
    def stored(self) -> bool:
        return self.kind is not None


class Store:
    """The documents in one folder. The folder is made at the first writing; reading an absent one finds nothing."""

    def __init__(self, folder: Path | str, limit: int = LARGEST) -> None:
        self.folder = Path(folder)
        self.limit = limit
        self._index = Index(self.folder / "index.jsonl")
        self._healed = False
        self._evidence: tuple[tuple[str, ...], Evidence, tuple[Finding, ...]] | None = None
        self._service: tuple[tuple[str, ...], Documents] | None = None
        if self.folder.exists() and not self.folder.is_dir():
            raise Refused(finding("store.folder.no_folder", str(folder), folder=folder))

    # ------------------------------------------------------------ adding

    def add(self, data: bytes, name: str = "") -> Added:
        """Keep one document; a file that is none of ours or cannot be read is refused by findings, not kept."""
        return self.add_all([(name, data)])[0]

    def add_all(self, files: Iterable[tuple[str, bytes]]) -> tuple[Added, ...]:
        """Keep a batch of (name, bytes): the good ones go in, the others are findings; in the order given.

        Raises Refused only where the folder itself cannot be written.
        """
        done: list[Added] = []
        waiting: list[tuple[str, bytes]] = []
        for name, data in files:
            waiting.append((plain_name(name), data))
            if len(waiting) == _AT_ONCE:
                done.extend(self._put(waiting))
                waiting = []
        return (*done, *self._put(waiting))

    def add_files(self, paths: Iterable[Path]) -> tuple[Added, ...]:
        """Keep files from the disk; one that cannot be read is a finding, and the others go in."""
        done: list[Added] = []
        waiting: list[tuple[str, bytes]] = []
        for path in paths:
            try:
                with path.open("rb") as file:
                    # One byte more than allowed is enough to see that it is too large.
                    waiting.append((path.name, file.read(self.limit + 1)))
            except OSError as fault:
                done.extend(self.add_all(waiting))
                waiting = []
                item = finding("store.file.unreadable", str(path), file=path, reason=fault.strerror or fault)
                done.append(Added(path.name, "", None, False, findings=(item,)))
            if len(waiting) == _AT_ONCE:
                done.extend(self.add_all(waiting))
                waiting = []
        return (*done, *self.add_all(waiting))

    def _put(self, files: Sequence[tuple[str, bytes]]) -> list[Added]:
        read = [(name, data, self._recognised(data)) for name, data in files]
        if not any(known.kind is not None for _, _, known in read):
            return [_refused(name, known) for name, _, known in read]
        try:
            self.folder.mkdir(parents=True, exist_ok=True)
            with held(self.folder / "lock"):
                done = self._write(read)
        except OSError as fault:
            raise Refused(
                finding("store.folder.unwritable", str(self.folder), folder=self.folder, reason=fault.strerror or fault)
            ) from None
        for added, (_, data, document) in zip(done, read, strict=True):
            if added.new and len(data) >= derived.LEAST:
                derived.keep(self.folder, added.digest, document)
        return done

    def _recognised(self, data: bytes) -> Recognised:
        if len(data) > self.limit:
            return Recognised(None, None, (finding("store.document.large", limit=self.limit),))
        digest = hashlib.sha256(data).hexdigest()
        return _read.get(digest) or recognise(data)

    def _write(self, read: Sequence[tuple[str, bytes, Recognised]]) -> list[Added]:
        """Write what is new; the lock is held."""
        known = dict(self._index.entries())
        same_name: dict[tuple[str, str], list[Entry]] = {}
        for entry in known.values():
            same_name.setdefault((entry.issuer, entry.number), []).append(entry)
        fresh: list[Entry] = []
        done: list[Added] = []
        try:
            for name, data, document in read:
                if document.kind is None:
                    done.append(_refused(name, document))
                    continue
                digest = hashlib.sha256(data).hexdigest()
                path, new = self._path(digest), digest not in known
                if new or not path.exists():
                    write_whole(path, data, self.folder / "incoming", sealed=True)
                _read[digest] = document
                others = same_name.setdefault((document.issuer, document.number), [])
                found = (*in_file(document.findings, name), *self._conflicts(digest, document, name, others))
                if new:
                    known[digest] = _entry(digest, document, len(data), name)
                    fresh.append(known[digest])
                    others.append(known[digest])
                done.append(Added(name, digest, document.kind, new, document.issuer, document.number, found))
        finally:
            # What was moved into place is also indexed, even if a later file of the batch met a full disk.
            if fresh:
                self._index.append(fresh)
        return done

    def _conflicts(self, digest: str, document: Recognised, name: str, others: Iterable[Entry]) -> tuple[Finding, ...]:
        """Documents of the same issuer and number with other content, unless one says that it replaces the other."""
        found = []
        for other in others if document.number else ():
            if other.digest == digest or not _alike(other.kind, document.kind):
                continue
            if self._replaces(document.value, other):
                continue
            found.append(
                finding(
                    "store.document.conflict", name or digest, "warning", issuer=other.issuer, number=other.number,
                    first=f"{other.name or '—'} (sha256 {other.digest[:12]}…)",
                    second=f"{name or '—'} (sha256 {digest[:12]}…)",
                )
            )  # fmt: skip
        return tuple(found)

    def _replaces(self, new: Value | None, other: Entry) -> bool:
        if not isinstance(new, Certificate):
            return False
        old = self._value(other.digest)[0]
        return isinstance(old, Certificate) and (amends(new, old) or amends(old, new))

    # ------------------------------------------------------------ reading

    def documents(self) -> tuple[Entry, ...]:
        """All documents, in the order of adding."""
        if not self._healed:
            self._heal()
        return tuple(self._index.entries().values())

    def read(self, digest: str) -> bytes:
        """The bytes of a document. Raises Refused where it is absent, or where its bytes have changed."""
        path = self._path(digest)
        try:
            data = path.read_bytes()
        except FileNotFoundError:
            raise Refused(finding("store.document.lost", digest, digest=digest[:12])) from None
        if hashlib.sha256(data).hexdigest() != digest:
            raise Refused(finding("store.document.corrupt", str(path), digest=digest[:12], path=path))
        return data

    def evidence(self) -> Evidence:
        """Everything that the graph is built from; see `load`."""
        return self.load()[0]

    def load(self) -> tuple[Evidence, tuple[Finding, ...]]:
        """The evidence of all documents, and a finding for each one that is lost, damaged or no longer readable.

        As long as nothing is added the same value is returned, so its tables are made once.
        """
        entries = self.documents()
        digests = tuple(entry.digest for entry in entries)
        if self._evidence is None or self._evidence[0] != digests:
            values: list[Value] = []
            found: list[Finding] = []
            with derived.uncollected():
                for entry in entries:
                    value, faults = self._value(entry.digest)
                    found.extend(faults)
                    if value is not None:
                        values.append(value)
            self._evidence = (digests, evidence_of(values), tuple(found))
        return self._evidence[1], self._evidence[2]

    def service(self) -> Documents:
        """Registers, matters and guidelines in the order of adding; the same value until a document is added."""
        held = frozenset(entry.digest for entry in self.documents())
        digests = tuple(entry.digest for entry in self.documents() if entry.kind in _SERVICE)
        if self._service is None or self._service[0] != digests:
            with derived.uncollected():
                values = [value for value in (self._value(digest)[0] for digest in digests) if value is not None]
            self._service = (digests, service_of(values))
        if self._service[1].held != held:
            self._service = (digests, replace(self._service[1], held=held))
        return self._service[1]

    def value(self, digest: str) -> Value:
        """What one document states. Raises Refused where it is absent or damaged."""
        value, found = self._value(digest)
        if value is None:
            raise Refused(*found)
        return value

    def policies(self) -> tuple[Policy, ...]:
        """The laboratory's policies, in the order of adding: the last one of a kind counts."""
        found = (self._value(entry.digest)[0] for entry in self.documents() if entry.kind == "policy")
        return tuple(value for value in found if isinstance(value, Mapping))

    def bounds(self) -> str | None:
        """What counts where a certificate leaves correlations open: «larger», «independent» or «together» as the last
        policy with a field `bounds` says; None where none does."""
        chosen = [p["bounds"] for p in self.policies() if isinstance(p, dict) and isinstance(p.get("bounds"), str)]
        return chosen[-1] if chosen else None

    def _value(self, digest: str) -> tuple[Value | None, tuple[Finding, ...]]:
        known = _read.get(digest)
        if known is None:
            try:
                known = self._judged(digest, self.read(digest))
            except Refused as refused:
                return None, refused.findings
            _read[digest] = known
        return known.value, (errors(in_file(known.findings, digest[:12])) if known.value is None else ())

    def _judged(self, digest: str, data: bytes) -> Recognised:
        """What sound bytes state; a large register that was read before is not judged again."""
        large = len(data) >= derived.LEAST
        kept = derived.known(self.folder, digest) if large else None
        if kept is not None:
            return kept
        document = recognise(data)
        if large:
            derived.keep(self.folder, digest, document)
        return document

    # ------------------------------------------------------------ keeping in order

    def rebuild(self) -> tuple[Finding, ...]:
        """Make the index again from the documents themselves; returns what is lost, damaged or unreadable.

        Names and times of adding are kept where the old index still says them.
        """
        if not self.folder.is_dir():
            return ()
        derived.clear(self.folder)
        with held(self.folder / "lock"):
            old = self._index.entries()
            rows: list[Entry] = []
            found: list[Finding] = []
            for digest in (*old, *sorted(set(self._files()) - set(old))):
                entry, faults = self._examined(digest, old.get(digest))
                found.extend(faults)
                if entry is not None:
                    rows.append(entry)
            content = b"".join(line(entry) for entry in rows)
            write_whole(self._index.path, content, self.folder / "incoming", sealed=True)
            self._index.path.chmod(0o644)
            self._clear_incoming()
        return tuple(found)

    def verify(self) -> tuple[Finding, ...]:
        """Read every document again and compare its digest: what is lost or damaged."""
        found: list[Finding] = []
        for entry in self.documents():
            try:
                self.read(entry.digest)
            except Refused as refused:
                found.extend(refused.findings)
        return tuple(found)

    def _examined(self, digest: str, old: Entry | None) -> tuple[Entry | None, tuple[Finding, ...]]:
        try:
            data = self.read(digest)
        except Refused as refused:
            return None, refused.findings
        document = recognise(data)
        if document.kind is None:
            return None, errors(in_file(document.findings, (old.name if old is not None else "") or digest[:12]))
        _read[digest] = document
        fresh = _entry(digest, document, len(data), "")
        return (replace(fresh, name=old.name, added=old.added) if old is not None else fresh), ()

    def _heal(self) -> None:
        """Index documents that a crash left without a line; once for each opening of the store."""
        self._healed = True
        if not (self.folder / "documents").is_dir():
            return
        known = self._index.entries()
        if not set(self._files()) - set(known):
            return
        try:
            with held(self.folder / "lock"):
                known = self._index.entries()
                examined = [self._examined(digest, None)[0] for digest in sorted(set(self._files()) - set(known))]
                rows = [entry for entry in examined if entry is not None]
                if rows:
                    self._index.append(rows)
        except OSError as fault:
            raise Refused(
                finding("store.folder.unwritable", str(self.folder), folder=self.folder, reason=fault.strerror or fault)
            ) from None

    def _files(self) -> Iterator[str]:
        """Digests of all document files."""
        for folder in (self.folder / "documents").glob("[0-9a-f][0-9a-f]"):
            yield from (file.name for file in folder.iterdir() if len(file.name) == 64)

    def _clear_incoming(self) -> None:
        """Parts left by a crash: whoever holds the lock is the only writer, so nobody needs them."""
        incoming = self.folder / "incoming"
        if incoming.is_dir():
            for part in incoming.iterdir():
                part.unlink(missing_ok=True)
            flush_folder(incoming)

    def _path(self, digest: str) -> Path:
        if len(digest) != 64 or not set(digest) <= set("0123456789abcdef"):
            raise Refused(finding("store.document.lost", digest, digest=digest[:12]))
        return self.folder / "documents" / digest[:2] / digest

    # ------------------------------------------------------------ schemas

    def schemas(self) -> Schemas:
        """The schemas installed here."""
        return schema_files.installed(self.folder / "schemas")

    def add_schemas(self, source: Path) -> schema_files.Installed:
        """Install the schema files under `source` that are recognised by their digest."""
        self.folder.mkdir(parents=True, exist_ok=True)
        with held(self.folder / "lock"):
            return schema_files.install(source, self.folder / "schemas", self.folder / "incoming")


def plain_name(name: str) -> str:
    """The last part of a file's name, without control characters, at most 200 characters: for people, never a path."""
    last = unicodedata.normalize("NFC", name).replace("\\", "/").rsplit("/", 1)[-1]
    return "".join(c for c in last if unicodedata.category(c)[0] != "C")[:200]


def _refused(name: str, document: Recognised) -> Added:
    return Added(name, "", None, False, findings=in_file(document.findings, name))


def _alike(a: Kind, b: Kind | None) -> bool:
    """A typed and a digital certificate of one number are two contents of one certificate."""
    return (a == b == "result") or (a in _CERTIFICATES and b in _CERTIFICATES)


def _entry(digest: str, document: Recognised, size: int, name: str) -> Entry:
    assert document.kind is not None
    now = datetime.now(UTC).isoformat(timespec="microseconds")
    return Entry(digest, document.kind, document.issuer, document.number, document.day, size, name, now)
