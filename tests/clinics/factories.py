"""What belongs to clinics: imports and their records, reports, decisions, calls and credentials."""

from datetime import date, datetime, timedelta

import factory
from django.utils import timezone
from factory.django import DjangoModelFactory

from clinics.models import (
    AccuracySample,
    Call,
    Clinic,
    ClinicPhoto,
    Closure,
    Confirmation,
    ConfirmationRequest,
    Correction,
    CountyNotice,
    Evidence,
    FactChange,
    FactGroup,
    Hospital,
    ImportDifference,
    ImportRejection,
    ImportRun,
    ImportUpload,
    Pharmacy,
    PharmacyReport,
    PossibleDuplicate,
    ProposedChange,
    Rule,
    Source,
    SourceRecord,
    StateLine,
)
from clinics.models.closures import local_day, midnight
from tests.factories import TOWSON, ClinicFactory, UserFactory

OFFERED = ["methadone", "opioid-treatment-program", "medicaid"]


class RuleFactory(DjangoModelFactory):
    """An invented rule that began with 2026 and has no end."""

    class Meta:
        model = Rule

    key = factory.Sequence(lambda n: f"invented-{n}")
    title_en, title_es = "An invented rule", "Una regla inventada"
    text_en, text_es = "It holds.", "Está vigente."
    valid_from = date(2026, 1, 1)
    source, source_url = "Nobody", "https://rules.example/"
    checked_on, review_by = date(2026, 11, 1), date(2027, 6, 30)


class StateLineFactory(DjangoModelFactory):
    class Meta:
        model = StateLine

    key = factory.Sequence(lambda n: f"invented-{n}")
    state = "MD"
    name = "An invented line"
    phone = factory.Sequence(lambda n: f"800-555-{n:04}")
    hours_en, hours_es = "day and night", "día y noche"
    source, source_url, as_of, valid_until = "Nobody", "https://lines.example/", "2026", date(2027, 12, 31)


class ClosureFactory(DjangoModelFactory):
    """Of an owner, from now to the end of the day in New York."""

    class Meta:
        model = Closure

    class Params:
        days = 1

    clinic = factory.SubFactory(ClinicFactory)
    source = Closure.Source.OWNER
    time_zone = "America/New_York"
    starts_at = factory.LazyFunction(timezone.now)
    ends_at = factory.LazyAttribute(lambda span: end_of_day(span.time_zone, span.days))


class CountyNoticeFactory(DjangoModelFactory):
    """A storm in the city of Baltimore, from now on for two days."""

    class Meta:
        model = CountyNotice

    class Params:
        days = 2

    kind = CountyNotice.Kind.STORM
    state, counties = "MD", ["Baltimore city"]
    time_zone = "America/New_York"
    starts_at = factory.LazyFunction(timezone.now)
    ends_at = factory.LazyAttribute(lambda span: end_of_day(span.time_zone, span.days))
    source, source_url = "National Weather Service", "https://weather.example/"


def end_of_day(time_zone: str, days: int) -> datetime:
    """The end of today, or of a later day."""
    return midnight(local_day(time_zone) + timedelta(days=days), time_zone)


class HospitalFactory(DjangoModelFactory):
    class Meta:
        model = Hospital

    facility_id = factory.Sequence(lambda n: f"{990000 + n}")
    name, street, city, state, zip_code = "Clover Kite Hospital", "1 Gazebo Way", "Baltimore", "MD", "21201"
    phone = "410-555-0101"
    latitude, longitude = 39.29, -76.61
    source, source_url = "CMS, Hospital General Information", "https://data.cms.gov/"
    as_of, valid_until = "2026-10-15", date(2028, 10, 15)


class PharmacyFactory(DjangoModelFactory):
    """One in Baltimore that an editor has checked."""

    class Meta:
        model = Pharmacy

    name, street, city, state, zip_code = "Gazebo Pharmacy", "2 Gazebo Way", "Baltimore", "MD", "21201"
    phone = factory.Sequence(lambda n: f"410-557-{n:04}")
    checked_on = date(2026, 11, 1)


class PharmacyReportFactory(DjangoModelFactory):
    """A reader of their own says that it was filled today."""

    class Meta:
        model = PharmacyReport

    pharmacy = factory.SubFactory(PharmacyFactory)
    filled_on = factory.LazyFunction(timezone.localdate)
    said_by = PharmacyReport.SaidBy.READER
    reporter_hash = factory.Sequence(lambda n: f"reader {n}")


class ImportRunFactory(DjangoModelFactory):
    """An applied import that took 42 seconds and had something to report."""

    class Meta:
        model = ImportRun

    file_name = "directory_2024.csv.gz"
    layout = "facilities"
    source = Source.SAMHSA_DIRECTORY
    edition = "2024"
    status = ImportRun.Status.APPLIED
    rows = 12
    created = 6
    unchanged = 4
    rejected = 2
    finished_at = factory.LazyFunction(lambda: timezone.now() + timedelta(seconds=42))
    messages = factory.LazyFunction(lambda: ["unknown column: fax2", "unknown code ZZZ, 3 times"])
    rules = factory.LazyFunction(lambda: {"same key": 4})


class ImportRejectionFactory(DjangoModelFactory):
    class Meta:
        model = ImportRejection

    run = factory.SubFactory(ImportRunFactory)
    line = factory.Sequence(lambda n: n + 1)
    reason = "no city"
    text = "Sample Clinic | MD"


class ImportUploadFactory(DjangoModelFactory):
    class Meta:
        model = ImportUpload

    original_name = factory.Sequence(lambda n: f"directory {n}.csv")


class SourceRecordFactory(DjangoModelFactory):
    """The line of an import that states the name and the city of the clinic."""

    class Meta:
        model = SourceRecord

    clinic = factory.SubFactory(ClinicFactory)
    run = factory.SubFactory(ImportRunFactory)
    source = Source.SAMHSA_DIRECTORY
    edition = "2024"
    line = factory.Sequence(lambda n: 1000 + n)  # above every line that a test states
    record_key = factory.LazyAttribute(lambda record: f"key {record.line}")
    content_hash = "hash"
    name_key = "name"
    street_key = "street"
    row = factory.LazyAttribute(
        lambda record: {
            "name": record.clinic.name,
            "city": record.clinic.city,
            "codes": ["BU", "METH"],
            "website": "",
            "notes": [],
        }
    )


class ConfirmationFactory(DjangoModelFactory):
    class Meta:
        model = Confirmation

    clinic = factory.SubFactory(ClinicFactory)
    fact_group = FactGroup.CONTACT
    source = Source.SAMHSA_DIRECTORY
    edition = "2024"


class CorrectionFactory(DjangoModelFactory):
    class Meta:
        model = Correction

    clinic = factory.SubFactory(ClinicFactory)
    problem = Correction.Problem.WRONG_NUMBER
    note = "The line is <b>dead</b>."


class BusyClinicFactory(ClinicFactory):
    """A clinic with all that belongs to one: a source record, confirmations and a report."""

    class Meta:
        skip_postgeneration_save = True

    name = factory.Sequence(lambda n: f"Harbor Recovery {n}")
    services = OFFERED
    record = factory.RelatedFactory(SourceRecordFactory, "clinic")
    confirmed_contact = factory.RelatedFactory(ConfirmationFactory, "clinic", fact_group=FactGroup.CONTACT)
    confirmed_services = factory.RelatedFactory(ConfirmationFactory, "clinic", fact_group=FactGroup.SERVICES)
    confirmed_payment = factory.RelatedFactory(ConfirmationFactory, "clinic", fact_group=FactGroup.PAYMENT)
    correction = factory.RelatedFactory(CorrectionFactory, "clinic")


class PossibleDuplicateFactory(DjangoModelFactory):
    """Two clinics with like names."""

    class Meta:
        model = PossibleDuplicate

    one = factory.SubFactory(ClinicFactory, name="Hope Clinic", services=["methadone"])
    other = factory.SubFactory(
        ClinicFactory, name="Hope Clinics", at=TOWSON, phone="410-555-0101", services=["outpatient"]
    )
    reason = "same street, like names"
    similarity = 0.9


class ImportDifferenceFactory(DjangoModelFactory):
    """The newest directory states another phone number than the one shown."""

    class Meta:
        model = ImportDifference

    clinic = factory.SubFactory(ClinicFactory)
    run = factory.SubFactory(ImportRunFactory)
    source = Source.SAMHSA_DIRECTORY
    edition = "2025"
    fact_group = FactGroup.CONTACT
    field = "phone"
    ours = "410-555-0100"
    theirs = "410-555-0199"


class AccuracySampleFactory(DjangoModelFactory):
    class Meta:
        model = AccuracySample

    month = factory.Sequence(lambda n: date(2026 + n // 12, n % 12 + 1, 1))
    seed = 1
    population = 1
    population_sha256 = ""
    size = 1


class CallFactory(DjangoModelFactory):
    class Meta:
        model = Call

    clinic = factory.SubFactory(ClinicFactory)
    caller = factory.SubFactory(UserFactory)
    number_called = "410-555-0100"


class ClinicPhotoFactory(DjangoModelFactory):
    """One that waits for an editor; its files are in no storage."""

    class Meta:
        model = ClinicPhoto

    clinic = factory.SubFactory(ClinicFactory)
    name = factory.Sequence(lambda n: f"{n:016x}-1600x900.jpg")
    width, height = 1600, 900
    alt = "The entrance"


class ConfirmationRequestFactory(DjangoModelFactory):
    class Meta:
        model = ConfirmationRequest

    clinic = factory.SubFactory(ClinicFactory)
    email = "a@b.example"


class EvidenceFactory(DjangoModelFactory):
    class Meta:
        model = Evidence

    clinic = factory.SubFactory(ClinicFactory)
    kind = "npi"
    number = "1234567893"
    issuer = "NPPES"
    proof = "NPI 1234567893"


class FactChangeFactory(DjangoModelFactory):
    class Meta:
        model = FactChange

    clinic = factory.SubFactory(ClinicFactory)
    field = "phone"
    old = "410-555-0100"
    new = "410-555-0199"
    changed_at = factory.LazyFunction(timezone.now)


class ProposedChangeFactory(DjangoModelFactory):
    class Meta:
        model = ProposedChange

    clinic = factory.SubFactory(ClinicFactory)
    writer = "link"
    facts = factory.Sequence(lambda n: {"phone": ["410-555-0100", f"410-555-{n % 100 + 100:04}"]})


def make_run(**fields) -> ImportRun:
    return ImportRunFactory(**fields)


def make_record(clinic: Clinic, run: ImportRun, line: int, **fields) -> SourceRecord:
    return SourceRecordFactory(clinic=clinic, run=run, line=line, **fields)


def make_busy_clinic() -> Clinic:
    return BusyClinicFactory()


def make_correction(clinic: Clinic | None = None, **fields) -> Correction:
    return CorrectionFactory(clinic=clinic or ClinicFactory(), **fields)


def make_pair(**fields) -> PossibleDuplicate:
    """Two clinics with like names; the first has a source record."""
    pair = PossibleDuplicateFactory(**fields)
    SourceRecordFactory(clinic=pair.one)
    return pair


def make_difference(**fields) -> ImportDifference:
    return ImportDifferenceFactory(**fields)
