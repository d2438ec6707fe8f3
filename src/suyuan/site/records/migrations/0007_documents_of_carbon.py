"""The year of a unit and its carbon claim are documents."""

from __future__ import annotations

from django.db import migrations, models

KINDS = (
    "dcc", "typed", "result", "anchor", "statement", "policy", "protocol", "comparison", "register", "matter",
    "guideline", "file", "plant", "claim",
)  # fmt: skip


class Migration(migrations.Migration):
    """Two more kinds."""

    dependencies = [("records", "0006_service")]
    operations = [
        migrations.AlterField(
            "document", "kind", models.CharField(choices=[(kind, kind) for kind in KINDS], db_index=True, max_length=12)
        )
    ]
