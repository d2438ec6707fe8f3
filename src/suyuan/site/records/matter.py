"""Matters: what goes through states (a challenge, an order, a project, a centre's life cycle), with its events.

The truth is in the bytes: opening and events are canonical documents that are added and never changed. The columns
beside them are an index.
"""

from __future__ import annotations

from django.db import models

from suyuan.site.records.added import Added


class MatterRecord(models.Model):
    """One matter. opening: canonical form of procedure, number, title, organisation, fields and roles, as fixed when it
    was opened; state, since, due, keeper: an index over its events; account: who opened it; public: whether everybody
    may see it."""

    procedure = models.CharField(max_length=40, db_index=True)
    number = models.CharField(max_length=100)
    opening = models.BinaryField()
    digest = models.CharField(max_length=64, db_index=True)
    organisation = models.CharField(max_length=400, db_index=True)
    state = models.CharField(max_length=40, db_index=True)
    since = models.DateTimeField()
    due = models.DateField(null=True, db_index=True)
    keeper = models.CharField(max_length=40, blank=True)
    account = models.CharField(max_length=150, db_index=True)
    public = models.BooleanField(default=False)
    added = models.DateTimeField()

    class Meta:
        ordering = ("-added", "-id")
        default_permissions = ()
        constraints = (models.UniqueConstraint(fields=("procedure", "number"), name="one_matter_a_number"),)

    def __str__(self) -> str:
        return f"{self.procedure} {self.number} {self.state}"


class MatterEvent(Added):
    """One event, in the order in which they happened. document: its canonical form with the digest of the one before;
    digest: of that form. act and time are an index."""

    matter = models.ForeignKey(MatterRecord, on_delete=models.PROTECT, related_name="events")
    place = models.PositiveIntegerField()
    act = models.CharField(max_length=40)
    time = models.DateTimeField()
    person = models.CharField(max_length=150, blank=True)
    document = models.BinaryField()
    digest = models.CharField(max_length=64)

    class Meta:
        ordering = ("matter", "place")
        default_permissions = ()
        constraints = (models.UniqueConstraint(fields=("matter", "place"), name="one_matter_event_a_place"),)
