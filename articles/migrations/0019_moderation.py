import django.contrib.postgres.fields
import django.db.models.deletion
import django.utils.timezone
from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):
    """Replies of the site, words to hold, and answers that the writer of a comment alone can read."""

    dependencies = [
        ("articles", "0018_groups_moderate"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.AddField(
            model_name="comment",
            name="held_words",
            field=django.contrib.postgres.fields.ArrayField(
                base_field=models.CharField(max_length=80), db_default=[], default=list, editable=False, size=None
            ),
        ),
        migrations.AddField(
            model_name="comment",
            name="is_from_site",
            field=models.BooleanField(
                db_default=False, default=False, editable=False, verbose_name="from the editors"
            ),
        ),
        migrations.AddField(
            model_name="comment",
            name="written_by",
            field=models.ForeignKey(
                blank=True,
                editable=False,
                null=True,
                on_delete=django.db.models.deletion.SET_NULL,
                related_name="site_replies",
                to=settings.AUTH_USER_MODEL,
            ),
        ),
        migrations.AlterField(
            model_name="comment",
            name="flags",
            field=django.contrib.postgres.fields.ArrayField(
                base_field=models.CharField(
                    choices=[
                        ("self-harm", "self-harm or overdose"),
                        ("sourcing", "buying or selling drugs"),
                        ("ad", "advertisement"),
                        ("link", "link or address"),
                        ("phone", "phone number"),
                        ("dose", "dose"),
                        ("slur", "slur"),
                        ("name", "name of staff or a patient"),
                        ("held-words", "held words"),
                    ],
                    max_length=20,
                ),
                default=list,
                editable=False,
                size=None,
            ),
        ),
        migrations.CreateModel(
            name="HeldWord",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                (
                    "word",
                    models.CharField(
                        help_text="Whole words only: list “pill” and “pills” if both matter. A domain is found in all its addresses.",
                        max_length=80,
                        unique=True,
                        verbose_name="word, phrase or domain",
                    ),
                ),
                ("reason", models.CharField(blank=True, help_text="for the other moderators", max_length=200)),
                ("is_active", models.BooleanField(default=True, verbose_name="active")),
                ("added_at", models.DateTimeField(default=django.utils.timezone.now, editable=False)),
                (
                    "added_by",
                    models.ForeignKey(
                        blank=True,
                        editable=False,
                        null=True,
                        on_delete=django.db.models.deletion.SET_NULL,
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
            ],
            options={
                "verbose_name": "word to hold",
                "verbose_name_plural": "words to hold",
                "ordering": ["word"],
            },
        ),
        migrations.CreateModel(
            name="PrivateAnswer",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("text", models.TextField(max_length=2000)),
                ("written_at", models.DateTimeField(default=django.utils.timezone.now)),
                (
                    "comment",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="private_answers",
                        to="articles.comment",
                    ),
                ),
                (
                    "written_by",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.SET_NULL,
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
            ],
            options={
                "ordering": ["written_at", "pk"],
            },
        ),
    ]
