from django.apps import apps as live_apps
from django.contrib.auth.management import create_permissions
from django.db import migrations

GROUPS = ("reviewer", "publisher")
CODENAMES = ["view_clinicphoto", "change_clinicphoto"]


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
    """Reviewers and publishers look at the photos of owners."""

    dependencies = [
        ("articles", "0008_previews_are_withdrawn"),
        ("clinics", "0041_review_photos"),
        ("auth", "0012_alter_user_first_name_max_length"),
        ("contenttypes", "0002_remove_content_type_name"),
    ]
    operations = [migrations.RunPython(give_permissions, migrations.RunPython.noop)]
