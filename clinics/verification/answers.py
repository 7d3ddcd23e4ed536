"""The filters follow the age of answers: a clinic whose answer is no longer known is found by none."""

from django.db.models import F

from clinics.models import Clinic
from clinics.models.expressions import HasAnyBit
from clinics.questions import stated

BATCH = 500


def age() -> int:
    """Bring the filters into line with what is known today; returns how many clinics changed. Safe to run again."""
    names = ("pk", "treatment_bits", "availability_bits", *stated.COLUMNS)
    filtered = Clinic.objects.filter(HasAnyBit("availability_bits", stated.BITS)).only(*names)
    aged = []
    for clinic in filtered.iterator(chunk_size=BATCH):
        lost = clinic.availability_bits & stated.BITS & ~stated.bits(clinic)
        if lost:
            # In SQL, so that an answer that is given at this moment keeps its own bit.
            rows = Clinic.objects.filter(pk=clinic.pk, **{name: getattr(clinic, name) for name in stated.COLUMNS})
            aged.append(rows.update(availability_bits=F("availability_bits").bitand(~lost)))
    return sum(aged)
