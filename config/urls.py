from django.apps import apps
from django.conf.urls.i18n import i18n_patterns
from django.contrib import admin
from django.contrib.sitemaps.views import index, sitemap
from django.urls import include, path, re_path

from articles.sitemaps import SITEMAPS as ARTICLE_SITEMAPS
from clinics.sitemaps import SITEMAPS as CLINIC_SITEMAPS
from core import views
from core.decorators import read_only
from core.images import NAME as PICTURE_NAME
from core.papers.sitemap import SITEMAPS as PAPER_SITEMAPS
from core.staff_invitations import invitation_page
from listings.billing.webhook import stripe_webhook
from listings.sitemaps import SITEMAPS as LISTING_SITEMAPS

SITEMAPS = CLINIC_SITEMAPS | ARTICLE_SITEMAPS | LISTING_SITEMAPS | PAPER_SITEMAPS
urlpatterns = [
    path("admin/", admin.site.urls),
    # What machines ask for has no language.
    path("healthz", read_only(views.healthz), name="healthz"),
    path("readyz", read_only(views.readyz), name="readyz"),
    path("brand-<slug:version>.css", read_only(views.brand_css), name="brand"),
    path("robots.txt", read_only(views.robots), name="robots"),
    path(".well-known/gpc.json", read_only(views.gpc), name="gpc"),
    path(".well-known/security.txt", read_only(views.security_txt), name="security_txt"),
    path("webhooks/stripe/", stripe_webhook, name="stripe_webhook"),
    path("webhooks/stripe", stripe_webhook),  # a redirect would count as a failure there
    path("sitemap.xml", index, {"sitemaps": SITEMAPS, "sitemap_url_name": "sitemap"}),
    path("sitemap-<slug:section>.xml", sitemap, {"sitemaps": SITEMAPS}, name="sitemap"),
    re_path(rf"^pictures/(?P<name>{PICTURE_NAME.pattern})$", read_only(views.picture), name="picture"),
    # Every page for readers: in English at its address, in Spanish under /es/.
    *i18n_patterns(
        path("", include("core.papers.urls")),
        path("", include("clinics.urls")),
        path("", include("articles.urls")),
        path("", include("listings.urls")),
        path("account/staff/", read_only(invitation_page), name="account_staff_invitation"),
        path("account/", include("allauth.urls")),
        prefix_default_language=False,
    ),
]
if apps.is_installed("listings.fake_stripe"):
    urlpatterns += [
        path("dev-mail/", include("listings.emails.previews")),
        path("fake-stripe/", include("listings.fake_stripe.urls")),
        path("", include("listings.fake_stripe.api_urls")),
    ]
handler400 = "core.views.bad_request"
handler403 = "core.views.forbidden"
handler404 = "core.views.not_found"
handler429 = "core.rate_limits.too_many"  # asked for by allauth
handler500 = "core.views.server_error"
