from django.apps import apps as live_apps
from django.contrib.auth.management import create_permissions
from django.db import migrations

GROUPS = ("writer", "reviewer", "publisher")


def give_permissions(apps, schema_editor):
    """Permissions are made after all migrations, unless somebody needs them sooner."""
    create_permissions(
        live_apps.get_app_config("articles"), verbosity=0, apps=apps, using=schema_editor.connection.alias
    )
    group_model, permission_model = apps.get_model("auth", "Group"), apps.get_model("auth", "Permission")
    given = permission_model.objects.filter(content_type__app_label="articles", codename="view_outsidelink")
    for group in group_model.objects.filter(name__in=GROUPS):
        group.permissions.add(*given)


class Migration(migrations.Migration):
    """Writers, reviewers and publishers see the dead links of articles."""

    dependencies = [
        ("articles", "0011_pictures_as_they_are"),
        ("auth", "0012_alter_user_first_name_max_length"),
        ("contenttypes", "0002_remove_content_type_name"),
    ]
    operations = [migrations.RunPython(give_permissions, migrations.RunPython.noop)]
