"""Credentials: a register is read, the clinic is found in it, and what it says is stored with the day.

A number that a clinic or a list merely states is a claim. It becomes a credential only when the register has it at
this clinic's own place, and the database refuses a credential without what the register said.
"""

import time
from collections import defaultdict
from collections.abc import Iterable
from datetime import date, timedelta

from django.conf import settings
from django.db import connection, transaction
from django.db.models import Exists, OuterRef
from django.utils import timezone

from clinics.imports.normalization import address_of, street_key
from clinics.models import Clinic, Evidence, ImportRun, Practitioner, Source, SourceRecord
from clinics.npi import is_npi
from clinics.verification.nppes import Practice, ask_api

NPI_LOOKUP = "https://npiregistry.cms.hhs.gov/provider-view/{}"
OTP_REGISTER = "SAMHSA"
RECHECK_AFTER_DAYS = 30
LOOKUPS_A_DAY = 500
PAUSE_SECONDS = 0.2  # between two lookups: it is a public service with other users

# The newest whole edition of the directory, and in it the one row of each clinic that was read last.
MATCH_OTP = """
    INSERT INTO clinics_evidence AS e (clinic_id, kind, number, issuer, proof, proof_url, source_record_id, checked_on)
    SELECT DISTINCT ON (r.clinic_id) r.clinic_id, 'otp', '', %(issuer)s,
           concat_ws(', ', r.row->>'name', nullif(r.row->>'street', ''), r.row->>'city', r.row->>'state')
           || '; SAMHSA OTP directory ' || r.edition || ', line ' || r.line,
           '', r.id, %(today)s
    FROM clinics_sourcerecord r WHERE r.source = %(source)s AND r.edition = %(edition)s
    ORDER BY r.clinic_id, r.line
    ON CONFLICT (clinic_id, kind, number) DO UPDATE
    SET proof = excluded.proof, source_record_id = excluded.source_record_id, checked_on = excluded.checked_on
"""


def match_otp_directory() -> int:
    """Give the credential to the clinics of the newest whole OTP directory, and to no other; returns how many."""
    runs = ImportRun.objects.filter(source=Source.SAMHSA_OTP, is_complete=True, status=ImportRun.Status.APPLIED)
    newest = runs.order_by("-edition").values_list("edition", flat=True).first()
    credentials = Evidence.objects.filter(kind=Evidence.Kind.OTP)
    with transaction.atomic():
        if newest:
            values: dict[str, str | date] = {
                "issuer": OTP_REGISTER,
                "today": timezone.localdate(),
                "source": Source.SAMHSA_OTP.value,
                "edition": newest,
            }
            with connection.cursor() as cursor:
                cursor.execute(MATCH_OTP, values)
        credentials.exclude(source_record__in=SourceRecord.objects.filter(edition=newest or "")).delete()
    return credentials.count()


def claimed_npis() -> dict[str, set[int]]:
    """{NPI: the clinics for which an owner or a list states it}, only those with a valid check digit."""
    claims = defaultdict(set)
    rows = SourceRecord.objects.filter(row__npis__isnull=False).exclude(row__npis=[])
    for clinic_id, npis in rows.values_list("clinic_id", "row__npis"):
        for npi in npis:
            if is_npi(npi):
                claims[npi].add(clinic_id)
    for npi, clinic_id in named_by_owners().values_list("npi", "clinic"):
        claims[npi].add(clinic_id)
    return claims


def named_by_owners():
    """The practitioners whom listed practices name; the form refuses an NPI whose check digit is wrong."""
    return Practitioner.objects.filter(clinic__is_listed=True, clinic__is_demo=False)


def look_up_npis() -> str:
    """Look up, over the network, the NPIs that owners named and that no lookup of RECHECK_AFTER_DAYS has proved.

    A credential is deleted if the register no longer has the NPI at this clinic. Raises NppesUnavailable.
    """
    since = timezone.localdate() - timedelta(days=RECHECK_AFTER_DAYS)
    known = Evidence.objects.filter(clinic=OuterRef("clinic"), kind=Evidence.Kind.NPI, number=OuterRef("npi"))
    due = named_by_owners().exclude(Exists(known.filter(checked_on__gt=since))).order_by("?")[:LOOKUPS_A_DAY]
    looked_up = proved = 0
    for person in due.select_related("clinic").defer("clinic__position") if settings.NPPES_URL else ():
        practices = ask_api(person.npi)
        looked_up += 1
        if prove_npi(person.clinic, person.npi, practices):
            proved += 1
        else:
            person.clinic.evidence.filter(kind=Evidence.Kind.NPI, number=person.npi).delete()
        time.sleep(PAUSE_SECONDS)
    return f"{looked_up} NPIs looked up, {proved} are at their clinic"


def check_npis(practices: Iterable[Practice]) -> int:
    """Store a credential for each claimed NPI that these practice locations prove; returns how many.

    One that the register has deactivated, and not reactivated since, is a credential no longer.
    """
    claims, proved = claimed_npis(), 0
    credentials = Evidence.objects.filter(kind=Evidence.Kind.NPI)
    held = set(credentials.values_list("number", flat=True))
    for practice in practices:
        if not practice.is_active:
            if practice.npi in held:
                credentials.filter(number=practice.npi).delete()
            continue
        for clinic in Clinic.objects.defer("position").filter(pk__in=claims.get(practice.npi, ())):
            proved += prove_npi(clinic, practice.npi, [practice]) is not None
    return proved


def prove_npi(clinic: Clinic, npi: str, practices: list[Practice]) -> Evidence | None:
    """Store the credential if the register has this NPI at the clinic's own street or telephone; else None."""
    if not is_npi(npi):
        return None
    for practice in practices:
        if practice.npi == npi and practice.is_active and is_at(clinic, practice):
            statement: dict[str, str | date] = {"issuer": "NPPES", "proof": str(practice)}
            statement |= {"proof_url": NPI_LOOKUP.format(npi), "checked_on": timezone.localdate()}
            return clinic.evidence.update_or_create(kind=Evidence.Kind.NPI, number=npi, defaults=statement)[0]
    return None


def is_at(clinic: Clinic, practice: Practice) -> bool:
    """The same street and ZIP code, or the same telephone in the same state."""
    if clinic.street and practice.street and clinic.zip_code == practice.zip_code:
        ours, theirs = (address_of(street_key(street, "")) for street in (clinic.street, practice.street))
        if ours and ours == theirs:
            return True
    same_phone = practice.phone and practice.phone == clinic.phone.split(" x")[0]
    return bool(same_phone and clinic.state == practice.state)
