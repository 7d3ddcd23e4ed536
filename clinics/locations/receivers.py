"""What is to be placed again when models change, which know nothing of placing."""

from typing import Any

from django.dispatch import receiver

from clinics.locations.placing import place_clinics
from clinics.models import Clinic
from clinics.models.merging import clinics_merged


@receiver(clinics_merged)
def place_both(sender: type[Clinic], clinic_ids: list[int], **_options: Any) -> None:
    place_clinics(clinic_ids)
