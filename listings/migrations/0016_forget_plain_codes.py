"""Codes of claims are hashed now. Who still has one of before asks for another."""

from django.db import migrations


def forget(apps, schema_editor):
    apps.get_model("listings", "Claim").objects.exclude(code="").update(code="")


class Migration(migrations.Migration):
    dependencies = [("listings", "0015_proofs_and_rivals")]
    operations = [migrations.RunPython(forget, migrations.RunPython.noop, elidable=True)]
