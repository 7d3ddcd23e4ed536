from allauth.mfa.models import Authenticator
from django.core.management.base import BaseCommand
from django.db import transaction

from core.encryption import renew
from core.second_factors import change_secrets


class Command(BaseCommand):
    help = (
        "Encrypts the secrets of second factors with the present SECRET_KEY: those that are still plain, and those of "
        "a former key, before it is taken away."
    )

    @transaction.atomic
    def handle(self, **options):
        unreadable = change_secrets(Authenticator.objects, renew)
        self.stdout.write("All second factors are encrypted with the present key.")
        if unreadable:
            self.stderr.write(
                f"{unreadable} cannot be read with any key of this site: remove them in the admin, so that "
                "their users can add others."
            )
