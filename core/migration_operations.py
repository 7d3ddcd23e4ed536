"""Operations that the migrations of several apps share."""

from django.db import migrations

GRANT_VIEW = """
    INSERT INTO django_content_type (app_label, model) VALUES ('core', 'outgoingemail')
        ON CONFLICT (app_label, model) DO NOTHING;
    INSERT INTO auth_permission (content_type_id, codename, name)
        SELECT id, 'view_outgoingemail', 'Can view outgoing email' FROM django_content_type
        WHERE app_label = 'core' AND model = 'outgoingemail'
        ON CONFLICT (content_type_id, codename) DO NOTHING;
    {grants}
"""
GRANT_TO_HOLDERS = """
    INSERT INTO {table} ({holder}, permission_id)
        SELECT held.{holder}, present.id FROM {table} held
        JOIN auth_permission former ON former.id = held.permission_id AND former.codename = '{codename}'
        JOIN django_content_type kind ON kind.id = former.content_type_id AND kind.app_label = '{app_label}'
        JOIN auth_permission present ON present.codename = 'view_outgoingemail'
        ON CONFLICT ({holder}, permission_id) DO NOTHING;
"""
HOLDERS = {"auth_user_user_permissions": "user_id", "auth_group_permissions": "group_id"}
# Of an operation that writes permissions.
PERMISSION_TABLES = [
    ("auth", "0012_alter_user_first_name_max_length"),
    ("contenttypes", "0002_remove_content_type_name"),
]


def lock(table: str) -> str:
    """SQL that keeps everybody from `table` until the transaction ends: it comes before rows move to another table.

    Without it, what another transaction has written and not committed is not copied: DROP waits for it and removes it.
    """
    return f"LOCK TABLE {table} IN ACCESS EXCLUSIVE MODE"


def let_view_outgoing_email(app_label: str, codename: str) -> migrations.RunSQL:
    """Whoever had this permission, as a user or by a group, may see outgoing mails.

    Django makes permissions after all migrations, so this one is made here if it is missing.
    """
    grants = "".join(
        GRANT_TO_HOLDERS.format(table=table, holder=holder, app_label=app_label, codename=codename)
        for table, holder in HOLDERS.items()
    )
    return migrations.RunSQL(GRANT_VIEW.format(grants=grants), migrations.RunSQL.noop)
