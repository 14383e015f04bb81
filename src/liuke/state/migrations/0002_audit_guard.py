"""Database triggers that refuse to change or remove audit rows, whoever asks."""

from django.db import migrations
from django.db.backends.base.schema import BaseDatabaseSchemaEditor

_WORDS = "audit rows are never changed or removed"
SQLITE = [
    f"CREATE TRIGGER state_audit_no_{verb.lower()} BEFORE {verb} ON state_auditentry "
    f"BEGIN SELECT RAISE(ABORT, '{_WORDS}'); END"
    for verb in ("UPDATE", "DELETE")
]
POSTGRESQL = [
    "CREATE FUNCTION state_audit_refuse() RETURNS trigger LANGUAGE plpgsql AS "
    f"$$ BEGIN RAISE EXCEPTION '{_WORDS}' USING ERRCODE = 'integrity_constraint_violation'; END $$",
    "CREATE TRIGGER state_audit_no_change BEFORE UPDATE OR DELETE ON state_auditentry "
    "FOR EACH ROW EXECUTE FUNCTION state_audit_refuse()",
    "CREATE TRIGGER state_audit_no_truncate BEFORE TRUNCATE ON state_auditentry "
    "FOR EACH STATEMENT EXECUTE FUNCTION state_audit_refuse()",
]
UNDO = {
    "sqlite": ["DROP TRIGGER state_audit_no_update", "DROP TRIGGER state_audit_no_delete"],
    "postgresql": [
        "DROP TRIGGER state_audit_no_truncate ON state_auditentry",
        "DROP TRIGGER state_audit_no_change ON state_auditentry",
        "DROP FUNCTION state_audit_refuse()",
    ],
}


def guard(apps: object, editor: BaseDatabaseSchemaEditor) -> None:
    for statement in {"sqlite": SQLITE, "postgresql": POSTGRESQL}.get(editor.connection.vendor, []):
        editor.execute(statement)


def unguard(apps: object, editor: BaseDatabaseSchemaEditor) -> None:
    for statement in UNDO.get(editor.connection.vendor, []):
        editor.execute(statement)


class Migration(migrations.Migration):
    dependencies = [("state", "0001_first")]
    operations = [migrations.RunPython(guard, unguard)]
