from clinics.models.clinic import Clinic
from clinics.models.codebook import Service, ServiceCategory, ServiceCode
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
from clinics.models.trust import Confirmation, FactGroup, Source

__all__ = [
    "City",
    "Clinic",
    "Confirmation",
    "Correction",
    "DailySalt",
    "FactGroup",
    "ImportDifference",
    "ImportRejection",
    "ImportRun",
    "ImportUpload",
    "PossibleDuplicate",
    "Practitioner",
    "RateLimit",
    "Service",
    "ServiceCategory",
    "ServiceCode",
    "Source",
    "SourceRecord",
    "ZipCode",
]
