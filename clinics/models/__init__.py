from clinics.models.calls import AccuracySample, Call, SampleMember
from clinics.models.clinic import Clinic
from clinics.models.closures import Closure, CountyNotice
from clinics.models.credentials import Evidence, FactChange
from clinics.models.imports import (
    ImportDifference,
    ImportRejection,
    ImportRun,
    ImportUpload,
    PossibleDuplicate,
    SourceRecord,
)
from clinics.models.journeys import Journey
from clinics.models.npi_register import RegisteredPlace, RegisteredProvider
from clinics.models.pharmacies import Pharmacy, PharmacyReport
from clinics.models.photos import ClinicPhoto, ClinicViews
from clinics.models.places import City, ZipCode
from clinics.models.points import AddressLookup, AddressPoint, PointQuality
from clinics.models.practitioners import Practitioner
from clinics.models.proposals import ProposedChange
from clinics.models.provenance import Confirmation, FactGroup, Source
from clinics.models.reconfirmation import ConfirmationRequest
from clinics.models.reports import Correction
from clinics.models.rules import Rule
from clinics.models.services import Service, ServiceCategory, ServiceCode
from clinics.models.tonight import Hospital, StateLine
from clinics.models.words import ClinicWord, KnownWord

__all__ = [
    "AccuracySample",
    "AddressLookup",
    "AddressPoint",
    "Call",
    "City",
    "Clinic",
    "ClinicPhoto",
    "ClinicViews",
    "ClinicWord",
    "Closure",
    "Confirmation",
    "ConfirmationRequest",
    "Correction",
    "CountyNotice",
    "Evidence",
    "FactChange",
    "FactGroup",
    "Hospital",
    "ImportDifference",
    "ImportRejection",
    "ImportRun",
    "ImportUpload",
    "Journey",
    "KnownWord",
    "Pharmacy",
    "PharmacyReport",
    "PointQuality",
    "PossibleDuplicate",
    "Practitioner",
    "ProposedChange",
    "RegisteredPlace",
    "RegisteredProvider",
    "Rule",
    "SampleMember",
    "Service",
    "ServiceCategory",
    "ServiceCode",
    "Source",
    "SourceRecord",
    "StateLine",
    "ZipCode",
]
