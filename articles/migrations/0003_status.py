from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("articles", "0002_groups")]
    operations = [
        migrations.RenameField("article", "state", "status"),
        migrations.RenameField("historicalarticle", "state", "status"),
        migrations.RenameField("comment", "state", "status"),
        # PostgreSQL renames a column in its indexes too: only what Django remembers of them is left to change.
        migrations.SeparateDatabaseAndState(
            state_operations=[
                migrations.RemoveIndex("article", "article_readers"),
                migrations.AddIndex(
                    "article", models.Index(fields=["language", "status", "-publish_at"], name="article_readers")
                ),
                migrations.RemoveIndex("comment", "comments_of_article"),
                migrations.AddIndex(
                    "comment", models.Index(fields=["article", "status", "created_at"], name="comments_of_article")
                ),
                migrations.RemoveIndex("comment", "comment_queue"),
                migrations.AddIndex(
                    "comment", models.Index(fields=["status", "priority", "created_at"], name="comment_queue")
                ),
            ]
        ),
    ]
