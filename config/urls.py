from django.contrib import admin
from django.contrib.sitemaps.views import index, sitemap
from django.urls import include, path

from clinics.sitemaps import SITEMAPS

urlpatterns = [
    path("", include("clinics.urls")),
    path("admin/", admin.site.urls),
    path("sitemap.xml", index, {"sitemaps": SITEMAPS, "sitemap_url_name": "sitemap"}),
    path("sitemap-<slug:section>.xml", sitemap, {"sitemaps": SITEMAPS}, name="sitemap"),
]
handler400 = "clinics.views.pages.bad_request"
handler403 = "clinics.views.pages.forbidden"
handler404 = "clinics.views.pages.not_found"
handler500 = "clinics.views.pages.server_error"
