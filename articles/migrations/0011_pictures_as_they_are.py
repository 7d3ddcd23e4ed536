from django.db import migrations

COLUMNS = ("id", "name", "width", "height", "alt", "credit", "focus_x", "focus_y")


def note_pictures(apps, schema_editor):
    """The first revision of each picture, so that its first change says what was there before."""
    revision = apps.get_model("articles", "HistoricalPicture")
    pictures = apps.get_model("articles", "Picture").objects.values("uploaded_at", *COLUMNS)
    revision.objects.bulk_create(
        revision(history_date=picture.pop("uploaded_at"), history_type="+", **picture)
        for picture in pictures.iterator()
    )


class Migration(migrations.Migration):
    """The history of pictures begins with what is there."""

    dependencies = [("articles", "0010_links_focus_and_picture_history")]
    operations = [migrations.RunPython(note_pictures, migrations.RunPython.noop)]
