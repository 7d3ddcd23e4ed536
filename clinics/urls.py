from django.urls import path

from clinics.views import clinic, locations, pages, search

app_name = "clinics"
urlpatterns = [
    path("", pages.home, name="home"),
    path("clinics/", search.ClinicListView.as_view(), name="clinic_list"),
    path("clinics/<int:pk>/<slug:slug>/", clinic.ClinicDetailView.as_view(), name="clinic_detail"),
    path("clinics/<int:pk>/<slug:slug>/report/", clinic.CorrectionView.as_view(), name="clinic_report"),
    path(
        "clinics/<int:pk>/<slug:slug>/report/thanks/",
        clinic.CorrectionThanksView.as_view(),
        name="clinic_report_thanks",
    ),
    path("find/<slug:slug>/", pages.preset, name="preset"),
    path("locations/", locations.state_list, name="state_list"),
    path("locations/<slug:state>/", locations.city_list, name="city_list"),
    path("locations/<slug:state>/<slug:city>/", locations.city_detail, name="city_detail"),
    path("privacy/", pages.privacy, name="privacy"),
    path("api/", pages.api, name="api"),
    path("robots.txt", pages.robots, name="robots"),
    path("healthz", pages.healthz, name="healthz"),
    path("readyz", pages.readyz, name="readyz"),
    path(".well-known/security.txt", pages.security_txt, name="security_txt"),
]
