"""Whether a practice is listed already: what its owner searches for, and what their answers resemble."""

import re

from django.contrib.postgres.search import TrigramSimilarity
from django.db.models import Q

from clinics.imports.normalization import street_key
from clinics.models import Clinic
from listings.wizard.steps import Step

# Similarity of names (pg_trgm, 0 to 1).
DUPLICATE_SIMILARITY = 0.35  # at one ZIP code
FOUND_SIMILARITY = 0.3
COMPARED = ("practice", "phones", "practitioners")  # steps


def likely_duplicates(forms: dict[str, Step], exclude: Clinic | None = None) -> list[Clinic]:
    """Clinics with the same phone, a similar name in the ZIP code, the same door, or the NPI of a practitioner.

    `forms`: those of the answers, by slug.
    """
    cleaned = {name: form.cleaned_data for name, form in forms.items() if name in COMPARED and form.is_valid()}
    practice, phones = cleaned.get("practice", {}), cleaned.get("phones", {})
    same = Q(pk__in=[])
    if phones.get("phone"):
        number = phones["phone"].split(" x")[0]
        same |= Q(phone__startswith=number) | Q(intake_phones__contains=[phones["phone"]])
    if practice:
        same |= Q(zip_code=practice["zip_code"][:5], similarity__gte=DUPLICATE_SIMILARITY)
        same |= Q(pk__in=_at_the_door(practice))
    npis = [person["npi"] for person in cleaned.get("practitioners", {}).get("practitioners", [])]
    if npis:
        same |= Q(practitioners__npi__in=npis)
    found = Clinic.objects.filter(merged_into=None).annotate(
        similarity=TrigramSimilarity("name", practice.get("name", ""))
    )
    pks = found.filter(same).exclude(pk=exclude.pk if exclude else None).values_list("pk", flat=True)
    return list(Clinic.objects.filter(pk__in=list(pks)).defer("position")[:10])


def _at_the_door(practice: dict) -> list[int]:
    """The clinics with the same address, however it is spelled: "Suite 4B" is "Ste 4b"."""
    door = street_key(practice["street"], practice["street_detail"])
    clinics = Clinic.objects.filter(zip_code=practice["zip_code"][:5]).exclude(street="")
    rows = clinics.values_list("pk", "street", "street_detail") if door else []
    return [pk for pk, street, detail in rows if street_key(street, detail) == door]


def find_practice(text: str) -> list[Clinic]:
    """Clinics by name, phone, ZIP code or the NPI of a practitioner, the most similar first."""
    digits = re.sub(r"[^0-9]", "", text)
    clinics = Clinic.objects.listed().defer("position")
    if re.fullmatch(r"[0-9() .+-]+", text):
        if len(digits) == 5:
            return list(clinics.filter(zip_code=digits).order_by("name")[:50])
        found = clinics.filter(practitioners__npi=digits)
        ten = digits.removeprefix("1") if len(digits) == 11 else digits
        phone = f"{ten[:3]}-{ten[3:6]}-{ten[6:]}"
        numbers = Q(phone__startswith=phone) | Q(intake_phones__contains=[phone]) if len(ten) == 10 else Q(pk__in=[])
        return list((found | clinics.filter(numbers)).distinct()[:50])
    similarity = TrigramSimilarity("name", text)
    found = clinics.annotate(similarity=similarity).filter(
        Q(similarity__gte=FOUND_SIMILARITY) | Q(name__icontains=text)
    )
    return list(found.order_by("-similarity", "name")[:30])
