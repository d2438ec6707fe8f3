"""Documents as rows: an index over the store's files, which can be thrown away and made again from them.

Nothing here is a truth of its own: a row is what one file says, and what follows from all files together (its chain,
what rests on it). What depends on the day is computed when asked for.
"""

from __future__ import annotations

from datetime import date

from django.db import models
from django.db.models import Case, F, Q, Value, When

CERTIFICATES = ("dcc", "typed")
KINDS = (
    *CERTIFICATES, "result", "anchor", "statement", "policy", "protocol", "comparison", "register", "matter",
    "guideline", "file", "plant", "claim", "verification", "factor",
)  # fmt: skip
STATES = ("withdrawn", "superseded", "not_yet", "expired", "due", "unknown", "valid")
DUE_DAYS = 90


class Documents(models.QuerySet["Document"]):
    """All rows, with the questions that pages ask."""

    def certificates(self) -> Documents:
        """Certificates, digital and typed."""
        return self.filter(kind__in=CERTIFICATES)

    def on(self, day: date, due: date) -> Documents:
        """With `state` on a day: the first that holds of withdrawn, superseded, not yet, expired, due (runs out by
        `due`), unknown (no end stated), valid; «» for documents that have no validity."""
        return self.annotate(
            state=Case(
                When(~Q(kind__in=(*CERTIFICATES, "anchor")), then=Value("")),
                When(withdrawn_on__lte=day, then=Value("withdrawn")),
                When(superseded_on__lte=day, then=Value("superseded")),
                When(used_from__gt=day, then=Value("not_yet")),
                When(valid_until__lt=day, then=Value("expired")),
                When(valid_until__lte=due, then=Value("due")),
                When(valid_until=None, then=Value("unknown")),
                default=Value("valid"),
                output_field=models.CharField(),
            )
        )


class Document(models.Model):
    """One document of the store.

    issued to valid_until: days as stated, None where not; used_from: the first day on which it may be used;
    withdrawn_on, superseded_on: effect of a statement about it; chain: complete, broken, unknown, «» where it has none;
    touches: how many certificates and results rest on it; breaks: faults of its own uses, as findings; rungs: state of
    each climbed rung of the ladder; errors, warnings: findings of these rungs; search: what the find box looks through.
    """

    digest = models.CharField(max_length=64, primary_key=True)
    kind = models.CharField(max_length=12, choices=[(k, k) for k in KINDS], db_index=True)
    issuer = models.CharField(max_length=4000, blank=True)
    number = models.CharField(max_length=4000, blank=True, db_index=True)
    act = models.CharField(max_length=20, blank=True)
    name_zh = models.TextField(blank=True)
    name_en = models.TextField(blank=True)
    began = models.DateField(null=True)
    ended = models.DateField(null=True)
    issued = models.DateField(null=True)
    valid_until = models.DateField(null=True, db_index=True)
    used_from = models.DateField(null=True)
    withdrawn_on = models.DateField(null=True)
    superseded_on = models.DateField(null=True)
    size = models.PositiveBigIntegerField()
    filename = models.CharField(max_length=200, blank=True)
    added = models.DateTimeField(db_index=True)
    received_by = models.CharField(max_length=150, blank=True)
    chain = models.CharField(max_length=8, blank=True, db_index=True)
    touches = models.PositiveIntegerField(default=0)
    breaks = models.JSONField(default=list)
    rungs = models.JSONField(default=dict)
    errors = models.PositiveIntegerField(default=0)
    warnings = models.PositiveIntegerField(default=0)
    search = models.TextField(blank=True)

    objects = Documents.as_manager()

    class Meta:
        ordering = (F("issued").desc(nulls_last=True), "number", "digest")
        default_permissions = ()

    def __str__(self) -> str:
        return f"{self.issuer} {self.number}".strip() or self.digest[:12]

    @property
    def name(self) -> dict[str, str]:
        """What it is about, in the languages that it is said in."""
        return {k: v for k, v in (("zh", self.name_zh), ("en", self.name_en)) if v}

    @property
    def is_certificate(self) -> bool:
        return self.kind in CERTIFICATES


class Stated(models.Model):
    """One quantity that a document states: what the list filters by. dimension: exponents of the seven base units as
    text, «» where the unit is not known; low, high: smallest and largest value as stated; printed, spread: digits of a
    single value and of its uncertainty, whose kind is spread_kind (expanded, standard, half_width, interval, «»)."""

    document = models.ForeignKey(Document, on_delete=models.CASCADE, related_name="stated")
    place = models.CharField(max_length=200)
    name_zh = models.TextField(blank=True)
    name_en = models.TextField(blank=True)
    unit = models.CharField(max_length=200)
    dimension = models.CharField(max_length=80, db_index=True)
    count = models.PositiveIntegerField()
    low = models.FloatField(null=True)
    high = models.FloatField(null=True)
    printed = models.CharField(max_length=60, blank=True)
    spread = models.CharField(max_length=60, blank=True)
    spread_kind = models.CharField(max_length=12, blank=True)

    class Meta:
        ordering = ("id",)
        default_permissions = ()
