"""Where a code may be sent that proves a claim: at a domain and to a number that stood before anybody claimed.

Whoever can change the website or the phone of a clinic could else send the code to themselves.
"""

import re
from datetime import timedelta
from urllib.parse import urlsplit

from django.utils import timezone

from clinics.models import Clinic
from core.phones import CANONICAL

STANDING_DAYS = 30
# Anybody can have an address or a page at these hosts, so it proves nothing.
SHARED_HOSTS = (
    *("gmail.com", "googlemail.com", "yahoo.com", "outlook.com", "hotmail.com", "aol.com", "icloud.com", "live.com"),
    *("proton.me", "protonmail.com", "comcast.net", "msn.com", "facebook.com", "google.com", "wixsite.com"),
    *("weebly.com", "squarespace.com", "wordpress.com", "godaddysites.com", "linkedin.com", "business.site"),
)
PREMIUM = ("900",)  # area codes: the caller pays
TOLL_FREE = re.compile(r"8(00|33|44|55|66|77|88)-")  # such a number gets no text messages


def own_domain(clinic: Clinic) -> str:
    """The clinic's own domain, at which an e-mail address is proof; "" if there is none.

    A domain that only an owner states proves nothing before it has stood for STANDING_DAYS.
    """
    host = _host_of(clinic.website)
    shared = any(host == name or host.endswith(f".{name}") for name in SHARED_HOSTS)
    if shared or "." not in host:
        return ""
    since = clinic.website_from_owner_on
    if since is None or since <= timezone.localdate() - timedelta(days=STANDING_DAYS):
        return host
    of_lists = (record.row.get("website") or "" for record in clinic.source_records.all())
    return host if host in map(_host_of, of_lists) else ""


def _host_of(website: str) -> str:
    return (urlsplit(website).hostname or "").removeprefix("www.")


def standing_phone(clinic: Clinic) -> str:
    """The number that a program may call for a proof, such as 410-555-0100; "" if there is none.

    It is the listed one, or, if that was changed within STANDING_DAYS and no list states it, the one before. A program
    cannot dial an extension, and nobody is charged by the minute.
    """
    since = timezone.now() - timedelta(days=STANDING_DAYS)
    changes = clinic.fact_changes.filter(field="phone", changed_at__gt=since).order_by("changed_at", "pk")
    former = changes.values_list("old", flat=True).first()
    phone = clinic.phone
    if former is not None and phone not in {record.row.get("phone") for record in clinic.source_records.all()}:
        phone = former
    parts = CANONICAL.fullmatch(phone)
    return phone if parts and not parts[4] and parts[1] not in PREMIUM else ""


def takes_texts(phone: str) -> bool:
    return not TOLL_FREE.match(phone)
