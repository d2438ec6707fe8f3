"""Protocols and reports of comparisons are documents too."""

from django.db import migrations, models

KINDS = ("dcc", "typed", "result", "anchor", "statement", "policy", "protocol", "comparison")


class Migration(migrations.Migration):
    dependencies = [("records", "0004_comparisons")]
    operations = [
        migrations.AlterField(
            model_name="document",
            name="kind",
            field=models.CharField(choices=[(k, k) for k in KINDS], db_index=True, max_length=12),
        ),
    ]
