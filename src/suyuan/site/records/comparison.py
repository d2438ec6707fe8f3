"""Rounds of comparisons: what was agreed, what happened, what was sealed, what came out.

The truth is in the bytes: protocol, events, envelopes and reports are canonical documents that are added and never
changed. The columns beside them are an index. An envelope holds ciphertext only; before closing no table holds a value.
"""

from __future__ import annotations

from django.db import models

from suyuan.site.records.added import Added

PHASES = ("prepared", "invited", "open", "closed", "draft_a", "draft_b", "final")
STAGES = ("draft_a", "draft_b", "final")


class Round(models.Model):
    """One round. number: of its protocol; phase, closes, public: an index over its events and its protocol; account: of
    the pilot; protocol: document of the version that holds; digest: SHA-256 of it."""

    number = models.CharField(max_length=100, unique=True)
    version = models.PositiveIntegerField()
    protocol = models.BinaryField()
    digest = models.CharField(max_length=64, db_index=True)
    phase = models.CharField(max_length=10, choices=[(p, p) for p in PHASES], db_index=True)
    closes = models.DateTimeField(db_index=True)
    public = models.BooleanField(default=False)
    account = models.CharField(max_length=150, db_index=True)
    added = models.DateTimeField()

    class Meta:
        ordering = ("-added", "-id")
        default_permissions = ()

    def __str__(self) -> str:
        return f"{self.number} {self.phase}"


class ProtocolVersion(Added):
    """Every version of a protocol, as it was saved before the round opened."""

    round = models.ForeignKey(Round, on_delete=models.PROTECT, related_name="versions")
    version = models.PositiveIntegerField()
    document = models.BinaryField()
    digest = models.CharField(max_length=64)
    time = models.DateTimeField()
    person = models.CharField(max_length=150)

    class Meta:
        ordering = ("version", "id")
        default_permissions = ()


class RoundEvent(Added):
    """One event, in the order in which they happened. document: its canonical form with the digest of the one before;
    digest: of that form. kind, time and member are an index."""

    round = models.ForeignKey(Round, on_delete=models.PROTECT, related_name="events")
    place = models.PositiveIntegerField()
    kind = models.CharField(max_length=12)
    time = models.DateTimeField()
    member = models.CharField(max_length=100, blank=True)
    document = models.BinaryField()
    digest = models.CharField(max_length=64)

    class Meta:
        ordering = ("round", "place")
        default_permissions = ()
        constraints = (models.UniqueConstraint(fields=("round", "place"), name="one_event_a_place"),)


class SealedEnvelope(Added):
    """A sealed submission. document: the envelope as `comparison.round.seal` writes it: ciphertext, commitment, and the
    key wrapped by the key of the house, or none where the member keeps its opening code."""

    round = models.ForeignKey(Round, on_delete=models.PROTECT, related_name="envelopes")
    member = models.CharField(max_length=100)
    commitment = models.CharField(max_length=64, db_index=True)
    time = models.DateTimeField()
    document = models.BinaryField()
    own_code = models.BooleanField()

    class Meta:
        ordering = ("round", "time", "id")
        default_permissions = ()


class RoundReport(Added):
    """A draft or the final report. document: as `comparison.round.report` writes it; digest: SHA-256 of it."""

    round = models.ForeignKey(Round, on_delete=models.PROTECT, related_name="reports")
    stage = models.CharField(max_length=10, choices=[(s, s) for s in STAGES])
    document = models.BinaryField()
    digest = models.CharField(max_length=64, db_index=True)
    time = models.DateTimeField()

    class Meta:
        ordering = ("round", "time", "id")
        default_permissions = ()
