from django.apps import apps as live_apps
from django.contrib.auth.management import create_permissions
from django.db import migrations

SEE = ["view_article", "view_topic", "view_person", "view_picture", "view_comment"]
WRITE = ["add_article", "change_article", "add_picture", "change_picture", "add_person", "change_person"]
WRITE = [*WRITE, *(f"{act}_citation" for act in ("add", "change", "delete", "view"))]
GROUPS = {
    "writer": [*SEE, *WRITE],
    "reviewer": [*SEE, "change_article", "review_article", "change_citation", "add_citation", "view_citation"],
    "publisher": [
        *(*SEE, *WRITE, "delete_article", "review_article", "publish_article", "change_comment", "delete_comment"),
        *("add_topic", "change_topic", "delete_picture"),
    ],
}


def make_groups(apps, schema_editor):
    """Permissions are made after all migrations, unless somebody needs them sooner."""
    create_permissions(
        live_apps.get_app_config("articles"), verbosity=0, apps=apps, using=schema_editor.connection.alias
    )
    group_model, permission_model = apps.get_model("auth", "Group"), apps.get_model("auth", "Permission")
    for name, codenames in GROUPS.items():
        group, _created = group_model.objects.get_or_create(name=name)
        group.permissions.add(
            *permission_model.objects.filter(content_type__app_label="articles", codename__in=codenames)
        )


class Migration(migrations.Migration):
    """Writer, reviewer and publisher: what each may do with articles."""

    dependencies = [
        ("articles", "0001_articles"),
        ("auth", "0012_alter_user_first_name_max_length"),
        ("contenttypes", "0002_remove_content_type_name"),
    ]
    operations = [migrations.RunPython(make_groups, migrations.RunPython.noop)]
