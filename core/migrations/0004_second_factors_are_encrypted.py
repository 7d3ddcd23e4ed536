"""The seeds of apps and recovery codes were readable in allauth's table. Only Python has the key.

The former release goes on until the restart, and adds plain ones: `encrypt_second_factors` comes after it.
"""

from django.db import migrations

from core.encryption import decrypt, renew
from core.second_factors import change_secrets


def encrypt_all(apps, schema_editor):
    change_secrets(apps.get_model("mfa", "Authenticator").objects, renew)


def decrypt_all(apps, schema_editor):
    change_secrets(apps.get_model("mfa", "Authenticator").objects, decrypt)


class Migration(migrations.Migration):
    dependencies = [
        ("core", "0003_staff_invitations"),
        ("mfa", "0003_authenticator_type_uniq"),
    ]

    operations = [migrations.RunPython(encrypt_all, decrypt_all)]
