"""The filters follow the age of answers: a clinic whose answer is no longer known is found by none."""

from django.db.models import F

from clinics.models import Clinic
from clinics.models.expressions import HasAnyBit
from clinics.questions import stated

BATCH = 500


def age() -> int:
    """Bring the filters into line with what is known today; returns how many clinics changed. Safe to run again.

    Also where a clinic has become one of whom a question is asked, or was written by a process of an older release.
    """
    names = ("pk", "treatment_bits", "availability_bits", *stated.COLUMNS)
    answering = Clinic.objects.exclude(answers={}) | Clinic.objects.filter(HasAnyBit("availability_bits", stated.BITS))
    changed = 0
    for clinic in answering.only(*names).iterator(chunk_size=BATCH):
        known = stated.bits(clinic)
        if clinic.availability_bits & stated.BITS != known:
            # In SQL, and only if nobody has answered since: that wrote its own bits.
            rows = Clinic.objects.filter(pk=clinic.pk, **{name: getattr(clinic, name) for name in stated.COLUMNS})
            others = F("availability_bits").bitand(~stated.BITS)
            changed += rows.update(availability_bits=others.bitor(known))
    return changed
