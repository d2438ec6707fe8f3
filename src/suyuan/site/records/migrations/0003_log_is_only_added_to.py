"""The database itself refuses to change or remove a line of the log."""

from typing import Any

from django.db import migrations

SQLITE = (
    "CREATE TRIGGER records_log_no_{verb} BEFORE {VERB} ON records_log "
    "BEGIN SELECT RAISE(ABORT, 'the log is only added to'); END"
)
POSTGRESQL = (
    "CREATE OR REPLACE FUNCTION records_log_fixed() RETURNS trigger AS $$ "
    "BEGIN RAISE EXCEPTION 'the log is only added to'; END $$ LANGUAGE plpgsql",
    "CREATE TRIGGER records_log_fixed BEFORE UPDATE OR DELETE ON records_log "
    "FOR EACH ROW EXECUTE FUNCTION records_log_fixed()",
)


def guard(apps: Any, schema_editor: Any) -> None:
    if schema_editor.connection.vendor == "sqlite":
        for verb in ("update", "delete"):
            schema_editor.execute(SQLITE.format(verb=verb, VERB=verb.upper()))
    elif schema_editor.connection.vendor == "postgresql":
        for statement in POSTGRESQL:
            schema_editor.execute(statement)


def unguard(apps: Any, schema_editor: Any) -> None:
    if schema_editor.connection.vendor == "sqlite":
        for verb in ("update", "delete"):
            schema_editor.execute(f"DROP TRIGGER records_log_no_{verb}")
    elif schema_editor.connection.vendor == "postgresql":
        schema_editor.execute("DROP TRIGGER records_log_fixed ON records_log")


class Migration(migrations.Migration):
    dependencies = [("records", "0002_documents")]
    operations = [migrations.RunPython(guard, unguard)]
