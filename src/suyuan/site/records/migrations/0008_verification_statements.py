"""A verifier's statement on a carbon claim is a document."""

from __future__ import annotations

from django.db import migrations, models

KINDS = (
    "dcc", "typed", "result", "anchor", "statement", "policy", "protocol", "comparison", "register", "matter",
    "guideline", "file", "plant", "claim", "verification",
)  # fmt: skip


class Migration(migrations.Migration):
    """One more kind."""

    dependencies = [("records", "0007_documents_of_carbon")]
    operations = [
        migrations.AlterField(
            "document", "kind", models.CharField(choices=[(kind, kind) for kind in KINDS], db_index=True, max_length=12)
        )
    ]
