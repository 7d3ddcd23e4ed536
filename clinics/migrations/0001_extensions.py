from django.contrib.postgres.operations import CreateExtension, TrigramExtension
from django.db import migrations


class Migration(migrations.Migration):
    """Extensions of PostgreSQL's own contrib: `cube` for the search by distance, `pg_trgm` for names misspelt."""

    dependencies = []
    operations = [CreateExtension("cube"), TrigramExtension()]
