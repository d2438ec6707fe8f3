"""A determined emission factor is a document."""

from __future__ import annotations

from django.db import migrations, models

KINDS = (
    "dcc", "typed", "result", "anchor", "statement", "policy", "protocol", "comparison", "register", "matter",
    "guideline", "file", "plant", "claim", "verification", "factor",
)  # fmt: skip


class Migration(migrations.Migration):
    """One more kind."""

    dependencies = [("records", "0008_verification_statements")]
    operations = [
        migrations.AlterField(
            "document", "kind", models.CharField(choices=[(kind, kind) for kind in KINDS], db_index=True, max_length=12)
        )
    ]
