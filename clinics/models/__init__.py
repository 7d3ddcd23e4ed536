from clinics.models.calls import AccuracySample, Call, SampleMember
from clinics.models.clinic import Clinic
from clinics.models.codebook import Service, ServiceCategory, ServiceCode
from clinics.models.confirming import ConfirmationMail, ConfirmationRequest
from clinics.models.evidence import Evidence, FactChange
from clinics.models.imports import (
    ImportDifference,
    ImportRejection,
    ImportRun,
    ImportUpload,
    PossibleDuplicate,
    SourceRecord,
)
from clinics.models.places import City, ZipCode
from clinics.models.practitioner import Practitioner
from clinics.models.reports import Correction, DailySalt, RateLimit
from clinics.models.shown import ClinicPhoto, ClinicViews
from clinics.models.trust import Confirmation, FactGroup, Source

__all__ = [
    "AccuracySample",
    "Call",
    "City",
    "Clinic",
    "ClinicPhoto",
    "ClinicViews",
    "Confirmation",
    "ConfirmationMail",
    "ConfirmationRequest",
    "Correction",
    "DailySalt",
    "Evidence",
    "FactChange",
    "FactGroup",
    "ImportDifference",
    "ImportRejection",
    "ImportRun",
    "ImportUpload",
    "PossibleDuplicate",
    "Practitioner",
    "RateLimit",
    "SampleMember",
    "Service",
    "ServiceCategory",
    "ServiceCode",
    "Source",
    "SourceRecord",
    "ZipCode",
]
