from django.apps import apps as live_apps
from django.contrib.auth.management import create_permissions
from django.db import migrations

GROUPS = ("reviewer", "publisher")
CODENAMES = [f"{act}_{kept}" for kept in ("countynotice", "pharmacy") for act in ("view", "add", "change")]


def give_permissions(apps, schema_editor):
    """Permissions are made after all migrations, unless somebody needs them sooner."""
    create_permissions(
        live_apps.get_app_config("clinics"), verbosity=0, apps=apps, using=schema_editor.connection.alias
    )
    group_model, permission_model = apps.get_model("auth", "Group"), apps.get_model("auth", "Permission")
    given = permission_model.objects.filter(content_type__app_label="clinics", codename__in=CODENAMES)
    for group in group_model.objects.filter(name__in=GROUPS):
        group.permissions.add(*given)


class Migration(migrations.Migration):
    """Reviewers and publishers tell of storms and fires, and check pharmacies."""

    dependencies = [
        ("articles", "0006_groups_keep_rules"),
        ("clinics", "0036_closures"),
        ("auth", "0012_alter_user_first_name_max_length"),
        ("contenttypes", "0002_remove_content_type_name"),
    ]
    operations = [migrations.RunPython(give_permissions, migrations.RunPython.noop)]
