"""Matters with their events; the acts of the service system; registers, matters, guidelines and files are documents."""

from typing import Any

import django.db.models.deletion
from django.db import migrations, models

SQLITE = (
    "CREATE TRIGGER records_matterevent_no_{verb} BEFORE {VERB} ON records_matterevent "
    "BEGIN SELECT RAISE(ABORT, 'what happened is only added to'); END"
)
POSTGRESQL = (
    "CREATE TRIGGER records_matterevent_fixed BEFORE UPDATE OR DELETE ON records_matterevent "
    "FOR EACH ROW EXECUTE FUNCTION records_log_fixed()"
)


def guard(apps: Any, schema_editor: Any) -> None:
    """The database itself refuses to change or remove an event."""
    if schema_editor.connection.vendor == "sqlite":
        for verb in ("update", "delete"):
            schema_editor.execute(SQLITE.format(verb=verb, VERB=verb.upper()))
    elif schema_editor.connection.vendor == "postgresql":
        schema_editor.execute(POSTGRESQL)


def unguard(apps: Any, schema_editor: Any) -> None:
    if schema_editor.connection.vendor == "sqlite":
        for verb in ("update", "delete"):
            schema_editor.execute(f"DROP TRIGGER records_matterevent_no_{verb}")
    elif schema_editor.connection.vendor == "postgresql":
        schema_editor.execute("DROP TRIGGER records_matterevent_fixed ON records_matterevent")


class Migration(migrations.Migration):
    dependencies = [
        ("records", "0005_documents_of_comparisons"),
    ]

    operations = [
        migrations.AlterModelOptions(
            name="authority",
            options={
                "default_permissions": (),
                "managed": False,
                "permissions": (
                    ("receive", "收证书、录入纸质证书 receive certificates, type paper ones"),
                    ("evaluate", "评定结果、提请签发 evaluate results, submit for issue"),
                    ("issue", "复核并签发 review and issue"),
                    ("declare", "声明溯源终点 declare anchors"),
                    ("withdraw", "登记撤回、采用更正本 record withdrawals, adopt replacements"),
                    ("manage_people", "管理人员 manage people"),
                    ("pilot", "主导比对 pilot comparisons"),
                    ("take_part", "参加比对 take part in comparisons"),
                    ("ask", "提需求、下委托 state needs, place orders"),
                    ("offer", "登记能力与资源、接委托 register capabilities and resources, answer orders"),
                    ("direct", "管中心：登记、申报、年报 run a centre: registers, applications, annual reports"),
                    ("judge", "评审 review"),
                    ("regulate", "受理、批准、发布 accept, decide, publish"),
                    ("authorise", "授权人员 authorise persons"),
                    ("teach", "办培训、出题、阅卷 teach, set and mark tasks"),
                    ("learn", "学习、参赛 learn, take part in contests"),
                    ("steward", "治理登记、开放数据 govern registers, open data"),
                ),
            },
        ),
        migrations.AlterField(
            model_name="document",
            name="kind",
            field=models.CharField(
                choices=[
                    ("dcc", "dcc"),
                    ("typed", "typed"),
                    ("result", "result"),
                    ("anchor", "anchor"),
                    ("statement", "statement"),
                    ("policy", "policy"),
                    ("protocol", "protocol"),
                    ("comparison", "comparison"),
                    ("register", "register"),
                    ("matter", "matter"),
                    ("guideline", "guideline"),
                    ("file", "file"),
                ],
                db_index=True,
                max_length=12,
            ),
        ),
        migrations.CreateModel(
            name="MatterRecord",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("procedure", models.CharField(db_index=True, max_length=40)),
                ("number", models.CharField(max_length=100)),
                ("opening", models.BinaryField()),
                ("digest", models.CharField(db_index=True, max_length=64)),
                ("organisation", models.CharField(db_index=True, max_length=400)),
                ("state", models.CharField(db_index=True, max_length=40)),
                ("since", models.DateTimeField()),
                ("due", models.DateField(db_index=True, null=True)),
                ("keeper", models.CharField(blank=True, max_length=40)),
                ("account", models.CharField(db_index=True, max_length=150)),
                ("public", models.BooleanField(default=False)),
                ("added", models.DateTimeField()),
            ],
            options={
                "ordering": ("-added", "-id"),
                "default_permissions": (),
                "constraints": [models.UniqueConstraint(fields=("procedure", "number"), name="one_matter_a_number")],
            },
        ),
        migrations.CreateModel(
            name="MatterEvent",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("place", models.PositiveIntegerField()),
                ("act", models.CharField(max_length=40)),
                ("time", models.DateTimeField()),
                ("person", models.CharField(blank=True, max_length=150)),
                ("document", models.BinaryField()),
                ("digest", models.CharField(max_length=64)),
                (
                    "matter",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="events", to="records.matterrecord"
                    ),
                ),
            ],
            options={
                "ordering": ("matter", "place"),
                "default_permissions": (),
                "constraints": [models.UniqueConstraint(fields=("matter", "place"), name="one_matter_event_a_place")],
            },
        ),
        migrations.RunPython(guard, unguard),
    ]
