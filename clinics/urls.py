from django.urls import path

from clinics.views import (
    accuracy,
    call_sheet,
    clinic,
    confirm,
    locations,
    maps,
    pages,
    pharmacies,
    plain_text,
    presets,
    search,
    tonight,
)
from core.decorators import read_only, same_origin_form, shared_page

app_name = "clinics"
urlpatterns = [
    path("", read_only(shared_page(pages.home)), name="home"),
    path("clinics/", read_only(search.ClinicListView.as_view()), name="clinic_list"),
    path("clinics/compare/", read_only(call_sheet.clinic_compare), name="clinic_compare"),
    path("t/<str:near>", read_only(plain_text.list_as_text), name="list_as_text"),
    path("clinics/map/", read_only(maps.clinic_map), name="clinic_map"),
    path("clinics/map/tiles/", read_only(maps.tile_map), name="tile_map"),
    path(
        "clinics/<int:pk>/<slug:slug>/",
        read_only(shared_page(clinic.ClinicDetailView.as_view())),
        name="clinic_detail",
    ),
    path(
        "clinics/<int:pk>/<slug:slug>/code.svg", read_only(shared_page(clinic.CodeView.as_view())), name="clinic_code"
    ),
    path("clinics/<int:pk>/<slug:slug>/report/", clinic.CorrectionView.as_view(), name="clinic_report"),
    path(
        "clinics/<int:pk>/<slug:slug>/evidence/",
        read_only(shared_page(clinic.CredentialsView.as_view())),
        name="clinic_credentials",
    ),
    path(
        "clinics/<int:pk>/<slug:slug>/report/thanks/",
        read_only(clinic.CorrectionThanksView.as_view()),
        name="clinic_report_thanks",
    ),
    path("reports/<slug:key>/", read_only(clinic.correction_detail), name="correction_detail"),
    path("clinics/<int:pk>/confirm/<str:token>/", confirm.ConfirmView.as_view(), name="clinic_confirm"),
    path("find/<slug:slug>/", read_only(shared_page(presets.PresetView.as_view())), name="preset"),
    path("tonight/", read_only(shared_page(tonight.tonight)), name="tonight"),
    path("pharmacies/", read_only(shared_page(pharmacies.pharmacy_list)), name="pharmacy_list"),
    path("pharmacies/report/", same_origin_form(pharmacies.PharmacyReportView.as_view()), name="pharmacy_report"),
    path("pharmacies/report/thanks/", read_only(pharmacies.pharmacy_report_thanks), name="pharmacy_report_thanks"),
    path("locations/", read_only(shared_page(locations.state_list)), name="state_list"),
    path("locations/<slug:state>/", read_only(shared_page(locations.city_list)), name="city_list"),
    path(
        "locations/<slug:state>/telehealth/",
        read_only(shared_page(locations.telehealth_list)),
        name="telehealth_list",
    ),
    path("locations/<slug:state>/<slug:city>/", read_only(shared_page(locations.city_detail)), name="city_detail"),
    path("accuracy/", read_only(accuracy.accuracy), name="accuracy"),
    path("accuracy/accuracy.csv", read_only(accuracy.accuracy_csv), name="accuracy_csv"),
    path("data/<str:name>", read_only(accuracy.open_data_file), name="open_data"),
    path("privacy/", read_only(pages.privacy), name="privacy"),
    path("accessibility/", read_only(pages.accessibility), name="accessibility"),
    path("api/", read_only(pages.api), name="api"),
]
