from django.apps import apps as live_apps
from django.contrib.auth.management import create_permissions
from django.db import migrations

GIVEN = {
    "moderator": ["view_comment", "change_comment", "view_article"],
    **{name: ["view_review"] for name in ("writer", "reviewer", "publisher")},
}


def give_permissions(apps, schema_editor):
    """Permissions are made after all migrations, unless somebody needs them sooner."""
    create_permissions(
        live_apps.get_app_config("articles"), verbosity=0, apps=apps, using=schema_editor.connection.alias
    )
    group_model, permission_model = apps.get_model("auth", "Group"), apps.get_model("auth", "Permission")
    group_model.objects.get_or_create(name="moderator")
    for name, codenames in GIVEN.items():
        given = permission_model.objects.filter(content_type__app_label="articles", codename__in=codenames)
        for group in group_model.objects.filter(name=name):
            group.permissions.add(*given)


class Migration(migrations.Migration):
    """Moderators decide on comments and change nothing else; who writes and publishes sees the reviews."""

    dependencies = [
        ("articles", "0017_reviews_recorded_before"),
        ("auth", "0012_alter_user_first_name_max_length"),
        ("contenttypes", "0002_remove_content_type_name"),
    ]
    operations = [migrations.RunPython(give_permissions, migrations.RunPython.noop)]
