"""What a clinic can hang up and put on its own website: a poster with a QR code, and a badge that loads nothing."""

from django.conf import settings
from django.contrib.auth.decorators import login_required
from django.http import Http404
from django.shortcuts import render
from django.utils.html import format_html
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET

from clinics.models import Clinic
from clinics.take_along import qr_code
from listings.models import Listing
from listings.shortcuts import get_listing

# Styles stand in the snippet, since their site has none of ours; the drawing is the mark of this site.
SNIPPET = (
    '<a href="{url}" style="display:inline-flex;gap:.5em;align-items:center;padding:.5em .8em;'
    "border:1px solid #0b6b5d;border-radius:.4em;background:#fff;color:#0b6b5d;"
    'font:600 16px/1.3 sans-serif;text-decoration:none">'
    '<svg viewBox="0 0 32 32" width="20" height="20" aria-hidden="true">'
    '<path d="M4 8h17l7 6-7 6H4z" fill="currentColor"/>'
    '<path d="M11 20v9" stroke="currentColor" stroke-width="4"/></svg>{words}</a>'
)


def _live(request, pk: int) -> tuple[Listing, Clinic]:
    """Raises Http404 where readers see no page that a poster could lead to."""
    listing = get_listing(request.user, pk)
    if listing.clinic is None or not listing.is_live:
        raise Http404
    return listing, listing.clinic


def badge(url: str) -> str:
    """HTML for a website of somebody else: a link with a drawing, no script and nothing that is loaded from here."""
    return format_html(SNIPPET, url=url, words=_("Listed on %(site)s") % {"site": settings.SITE_NAME})


@login_required
@require_GET
def publicity(request, pk):
    """The badge, and the way to the poster."""
    listing, clinic = _live(request, pk)
    url = request.build_absolute_uri(clinic.get_absolute_url())
    return render(request, "listings/publicity.html", {"listing": listing, "url": url, "badge": badge(url)})


@login_required
@require_GET
def poster(request, pk):
    """One printed sheet."""
    listing, clinic = _live(request, pk)
    url = request.build_absolute_uri(clinic.get_absolute_url())
    context = {"listing": listing, "clinic": clinic, "url": url, "qr_code": qr_code(url)}
    return render(request, "listings/poster.html", context)
