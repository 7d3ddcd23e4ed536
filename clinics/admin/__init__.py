"""The admin of the directory, built for the person who curates the list every day: one module a screen."""

from django.contrib import admin

from clinics.admin.calls import CallAdmin
from clinics.admin.clinics import ClinicAdmin
from clinics.admin.closures import CountyNoticeAdmin
from clinics.admin.corrections import CorrectionAdmin
from clinics.admin.differences import ImportDifferenceAdmin
from clinics.admin.duplicates import PossibleDuplicateAdmin
from clinics.admin.geocoding import AddressLookupAdmin
from clinics.admin.imports import ImportRejectionAdmin, ImportRunAdmin
from clinics.admin.pharmacies import PharmacyAdmin
from clinics.admin.photos import ClinicPhotoAdmin
from clinics.admin.places import CityAdmin, ZipCodeAdmin
from clinics.admin.proposed_changes import ProposedChangeAdmin
from clinics.admin.rules import HospitalAdmin, RuleAdmin, StateLineAdmin
from clinics.admin.services import ServiceAdmin, ServiceCategoryAdmin, ServiceCodeAdmin
from clinics.admin.uploads import ImportUploadAdmin
from clinics.admin.verification import (
    AccuracySampleAdmin,
    ConfirmationRequestAdmin,
    EvidenceAdmin,
    FactChangeAdmin,
    PractitionerAdmin,
)

__all__ = [
    "AccuracySampleAdmin",
    "AddressLookupAdmin",
    "CallAdmin",
    "CityAdmin",
    "ClinicAdmin",
    "ClinicPhotoAdmin",
    "ConfirmationRequestAdmin",
    "CorrectionAdmin",
    "CountyNoticeAdmin",
    "EvidenceAdmin",
    "FactChangeAdmin",
    "HospitalAdmin",
    "ImportDifferenceAdmin",
    "ImportRejectionAdmin",
    "ImportRunAdmin",
    "ImportUploadAdmin",
    "PharmacyAdmin",
    "PossibleDuplicateAdmin",
    "PractitionerAdmin",
    "ProposedChangeAdmin",
    "RuleAdmin",
    "ServiceAdmin",
    "ServiceCategoryAdmin",
    "ServiceCodeAdmin",
    "StateLineAdmin",
    "ZipCodeAdmin",
]

admin.site.index_title = "The directory"
