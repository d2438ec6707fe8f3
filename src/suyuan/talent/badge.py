"""Badges as Open Badges 3.0 credentials (W3C Verifiable Credentials 2.0), signed by Ed25519 with eddsa-jcs-2022.

A badge says what was achieved, by what criteria, with what result and evidence, from when until when. The proof is a
Data Integrity proof: SHA-256 of the canonical proof options and SHA-256 of the canonical credential, signed together.
Key, ids and times are arguments; nothing is fetched.

Sources: 1EdTech Open Badges 3.0; W3C Verifiable Credentials Data Model 2.0; W3C Data Integrity EdDSA Cryptosuites 1.0;
RFC 8785 (canonical JSON); RFC 8032 (Ed25519).
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

from suyuan.quantity.finding import Finding, Refused, finding
from suyuan.talent.canonical_json import canonical_json

CONTEXTS = ("https://www.w3.org/ns/credentials/v2", "https://purl.imsglobal.org/spec/ob/v3p0/context-3.0.3.json")
SUITE = "eddsa-jcs-2022"
_BASE58 = "123456789ABCDEFGHJKLMNPQRSTUVWXYZabcdefghijkmnopqrstuvwxyz"
_ED25519_PUBLIC = b"\xed\x01"
"""Multicodec of an Ed25519 public key."""


@dataclass(frozen=True, slots=True)
class Achievement:
    """What a badge is given for. id: an IRI; name, description; criteria: what had to be done, in words; kind: a word
    of the specification (Competency, Certification, Assessment, …)."""

    id: str
    name: str
    description: str
    criteria: str
    kind: str = "Competency"


@dataclass(frozen=True, slots=True)
class Badge:
    """A badge to be issued. id: an IRI (urn:uuid:…); issuer: IRI, name; subject: IRI of the person («» for none: then
    the identifier says who); identifier: account or number of the person at the issuer; results: name → value as text;
    evidence: IRI and name; status: of a status list, empty without one."""

    id: str
    issuer: tuple[str, str]
    achievement: Achievement
    valid_from: datetime
    valid_until: datetime | None = None
    subject: str = ""
    identifier: str = ""
    results: Mapping[str, str] = field(default_factory=dict)
    evidence: Sequence[tuple[str, str]] = ()
    status: Mapping[str, str] = field(default_factory=dict)


def credential(badge: Badge) -> dict[str, Any]:
    """The unsigned credential of a badge, as JSON values.

    Raises Refused for what the specification asks for and is not there, or a period that ends before it begins.
    """
    found = _faults(badge)
    if found:
        raise Refused(*found)
    done = badge.achievement
    descriptions = {name: f"{done.id}#result-{i}" for i, name in enumerate(badge.results, 1)}
    achievement: dict[str, Any] = {
        "id": done.id, "type": ["Achievement"], "achievementType": done.kind, "name": done.name,
        "description": done.description, "criteria": {"narrative": done.criteria},
    }  # fmt: skip
    subject: dict[str, Any] = {"type": ["AchievementSubject"], "achievement": achievement}
    if badge.subject:
        subject["id"] = badge.subject
    if badge.identifier:
        subject["identifier"] = [
            {"type": "IdentityObject", "hashed": False, "identityHash": badge.identifier, "identityType": "identifier"}
        ]
    if badge.results:
        achievement["resultDescription"] = [
            {"id": iri, "type": ["ResultDescription"], "name": name, "resultType": "Result"}
            for name, iri in descriptions.items()
        ]
        subject["result"] = [
            {"type": ["Result"], "resultDescription": descriptions[name], "value": value}
            for name, value in badge.results.items()
        ]
    made: dict[str, Any] = {
        "@context": list(CONTEXTS), "id": badge.id, "type": ["VerifiableCredential", "OpenBadgeCredential"],
        "name": done.name, "issuer": {"id": badge.issuer[0], "type": ["Profile"], "name": badge.issuer[1]},
        "validFrom": moment(badge.valid_from), "credentialSubject": subject,
    }  # fmt: skip
    if badge.valid_until is not None:
        made["validUntil"] = moment(badge.valid_until)
    if badge.evidence:
        made["evidence"] = [{"id": iri, "type": ["Evidence"], "name": name} for iri, name in badge.evidence]
    if badge.status:
        made["credentialStatus"] = dict(badge.status)
    return made


def moment(time: datetime) -> str:
    """A time as the data model writes it, in UTC.

    >>> moment(datetime(2026, 1, 2, 3, 4, 5, tzinfo=UTC))
    '2026-01-02T03:04:05Z'
    """
    if time.tzinfo is None:
        raise Refused(finding("contest.badge.field", "time", field="time"))
    return time.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def _faults(badge: Badge) -> list[Finding]:
    done = badge.achievement
    needed = {
        "id": _is_iri(badge.id), "issuer.id": _is_iri(badge.issuer[0]), "issuer.name": bool(badge.issuer[1].strip()),
        "achievement.id": _is_iri(done.id), "achievement.name": bool(done.name.strip()),
        "achievement.description": bool(done.description.strip()), "criteria": bool(done.criteria.strip()),
        "credentialSubject": _is_iri(badge.subject) or (not badge.subject and bool(badge.identifier.strip())),
        "validFrom": badge.valid_from.tzinfo is not None,
        "validUntil": badge.valid_until is None or _later(badge.valid_until, badge.valid_from),
        "evidence": all(_is_iri(iri) for iri, _ in badge.evidence),
        "credentialStatus": not badge.status or bool(badge.status.get("type")),
    }  # fmt: skip
    return [finding("contest.badge.field", name, field=name) for name, good in needed.items() if not good]


def _later(end: datetime, start: datetime) -> bool:
    return end.tzinfo is not None and start.tzinfo is not None and end > start


def _is_iri(text: str) -> bool:
    head, colon, rest = text.partition(":")
    return bool(colon and rest and head.isascii() and head.isalpha() and not any(c.isspace() for c in text))


# ---------------------------------------------------------------- proof


def public_multibase(public: bytes) -> str:
    """An Ed25519 public key of 32 bytes as Multikey text, which stands behind «did:key:»."""
    return "z" + base58(_ED25519_PUBLIC + public)


def did_key(public: bytes) -> str:
    """A public key as an issuer's id that needs no server.

    >>> did_key(bytes(32))[:12]
    'did:key:z6Mk'
    """
    return "did:key:" + public_multibase(public)


def sign(unsigned: Mapping[str, Any], private: bytes, created: datetime, method: str = "") -> dict[str, Any]:
    """The credential with its proof. private: 32 bytes of an Ed25519 key; method: verification method, by default the
    did:key of the public key.

    Raises Refused for a key of another length, and a credential that has no canonical form.
    """
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

    if len(private) != 32:
        raise Refused(finding("contest.badge.field", "key", field="key"))
    key = Ed25519PrivateKey.from_private_bytes(private)
    own = public_multibase(key.public_key().public_bytes_raw())
    document = {name: value for name, value in unsigned.items() if name != "proof"}
    options: dict[str, Any] = {
        "type": "DataIntegrityProof", "cryptosuite": SUITE, "created": moment(created),
        "verificationMethod": method or f"did:key:{own}#{own}", "proofPurpose": "assertionMethod",
    }  # fmt: skip
    if "@context" in document:
        options["@context"] = document["@context"]
    return {**document, "proof": {**options, "proofValue": "z" + base58(key.sign(hashed(document, options)))}}


def hashed(document: Mapping[str, Any], options: Mapping[str, Any]) -> bytes:
    """What is signed: SHA-256 of the canonical proof options, then SHA-256 of the canonical document."""
    return hashlib.sha256(canonical_json(options)).digest() + hashlib.sha256(canonical_json(document)).digest()


def verify(signed: Mapping[str, Any], public: bytes, now: datetime) -> tuple[Finding, ...]:
    """What is wrong with a signed badge: form, signature, key, period; empty where all is well.

    public: 32 bytes of the issuer's key, which the reader knows from elsewhere; now: the moment asked about.
    """
    proof = signed.get("proof")
    if isinstance(proof, list) and len(proof) == 1:
        proof = proof[0]
    if not isinstance(proof, Mapping) or not _is_ours(proof):
        return (finding("contest.badge.proof", "/proof"),)
    found = list(_form(signed))
    own, method = public_multibase(public), str(proof.get("verificationMethod", ""))
    if method.startswith("did:key:") and method.removeprefix("did:key:").partition("#")[0] != own:
        found.append(finding("contest.badge.key", "/proof/verificationMethod", method=method[:80]))
    if not _fits(signed, proof, public):
        found.append(finding("contest.badge.signature", "/proof/proofValue"))
    start, end = (read_moment(signed.get(name)) for name in ("validFrom", "validUntil"))
    if start is not None and now < start:
        found.append(finding("contest.badge.not_yet", "/validFrom", day=moment(start)))
    if end is not None and now > end:
        found.append(finding("contest.badge.expired", "/validUntil", day=moment(end)))
    return tuple(found)


def _is_ours(proof: Mapping[str, Any]) -> bool:
    wanted = {"type": "DataIntegrityProof", "cryptosuite": SUITE, "proofPurpose": "assertionMethod"}
    return isinstance(proof.get("proofValue"), str) and all(proof.get(n) == value for n, value in wanted.items())


def _fits(signed: Mapping[str, Any], proof: Mapping[str, Any], public: bytes) -> bool:
    """Whether the signature is that of the document, whose contexts begin with those of the proof."""
    from cryptography.exceptions import InvalidSignature
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

    options = {name: value for name, value in proof.items() if name != "proofValue"}
    document = {name: value for name, value in signed.items() if name != "proof"}
    if "@context" in options:
        ours, theirs = _listed(options["@context"]), _listed(document.get("@context"))
        if theirs[: len(ours)] != ours:
            return False
        document["@context"] = options["@context"]
    try:
        signature = base58_decoded(str(proof["proofValue"]).removeprefix("z"))
        Ed25519PublicKey.from_public_bytes(public).verify(signature, hashed(document, options))
    except (InvalidSignature, ValueError, Refused):
        return False
    return str(proof["proofValue"]).startswith("z")


def _listed(contexts: Any) -> list[Any]:
    return list(contexts) if isinstance(contexts, list) else [contexts]


def _form(signed: Mapping[str, Any]) -> tuple[Finding, ...]:
    """Whether the fields that the specification asks for are there."""
    subject, issuer = signed.get("credentialSubject"), signed.get("issuer")
    achievement = subject.get("achievement") if isinstance(subject, Mapping) else None
    done = achievement if isinstance(achievement, Mapping) else {}
    types, contexts = _listed(signed.get("type")), _listed(signed.get("@context"))
    issuer_id = issuer.get("id") if isinstance(issuer, Mapping) else issuer
    needed = {
        "@context": contexts[:1] == [CONTEXTS[0]] and any("/ob/v3p0/" in str(c) for c in contexts),
        "type": "VerifiableCredential" in types and bool({"OpenBadgeCredential", "AchievementCredential"} & set(types)),
        "id": isinstance(signed.get("id"), str), "name": isinstance(signed.get("name"), str),
        "issuer": isinstance(issuer_id, str) and _is_iri(issuer_id),
        "validFrom": read_moment(signed.get("validFrom")) is not None,
        "validUntil": "validUntil" not in signed or read_moment(signed["validUntil"]) is not None,
        "credentialSubject": isinstance(subject, Mapping) and ("id" in subject or "identifier" in subject),
        "achievement": all(isinstance(done.get(name), str) for name in ("id", "name", "description")),
        "criteria": isinstance(done.get("criteria"), Mapping) and bool(done.get("criteria")),
    }  # fmt: skip
    return tuple(finding("contest.badge.field", f"/{name}", field=name) for name, good in needed.items() if not good)


def read_moment(text: Any) -> datetime | None:
    """A time with its zone from text, None where it is none."""
    try:
        time = datetime.fromisoformat(text) if isinstance(text, str) else None
    except ValueError:
        return None
    return time if time is not None and time.tzinfo is not None else None


# ---------------------------------------------------------------- base 58


def base58(data: bytes) -> str:
    """Bytes in base 58 (Bitcoin's alphabet).

    >>> base58(b"Hello World!")
    '2NEpo7TZRRrLZSi2U'
    """
    number, text = int.from_bytes(data, "big"), ""
    while number:
        number, rest = divmod(number, 58)
        text = _BASE58[rest] + text
    return "1" * (len(data) - len(data.lstrip(b"\0"))) + text


def base58_decoded(text: str) -> bytes:
    """The bytes of a text in base 58. Raises ValueError for another character.

    >>> base58_decoded("2NEpo7TZRRrLZSi2U")
    b'Hello World!'
    """
    number = 0
    for letter in text:
        number = number * 58 + _BASE58.index(letter)
    zeros = len(text) - len(text.lstrip("1"))
    return b"\0" * zeros + number.to_bytes((number.bit_length() + 7) // 8, "big")
