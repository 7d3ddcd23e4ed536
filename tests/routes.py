"""Every route of the URLconf, and its addresses with something typed in each part: for the tests and the canary."""

import itertools
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from uuid import UUID

from django.urls import LocalePrefixPattern, Resolver404, get_resolver, resolve
from django.utils.regex_helper import normalize

from core.models import Paper
from tests.needles import NO_ZIP, POINT, WORDS, ZIP

# What is put into a part of an address; the last two have the shape of an order's number and of a picture's name.
TYPED = (ZIP, NO_ZIP, WORDS, POINT, str(UUID(f"{ZIP:0>32}")), f"{ZIP:0>16}-{ZIP}x{ZIP}.jpg")
# The row that a part of an address names, by the address up to that part, so that pages behind it can be reached.
# None: no page is behind what was typed there, because the part is a key, a place, or one of a few names.
ROWS: dict[str, str | None] = {
    "sitemap-%(section)s": None,
    "brand-%(version)s": None,
    "pictures/%(name)s": None,
    "t/%(near)s": None,
    "clinics/%(pk)s": "clinic",
    "clinics/%(pk)s/%(slug)s": "slug of the clinic",
    "clinics/%(pk)s/confirm/%(token)s": None,
    "reports/%(key)s": "report",
    "find/%(slug)s": "preset",
    "locations/%(state)s": "state",
    "locations/%(state)s/%(city)s": "city",
    "data/%(name)s": None,
    **{f"{address}/%(version)s": None for address in Paper.ADDRESSES.values()},
    "articles/topics/%(slug)s": "topic",
    "articles/%(slug)s": "article",
    "articles/%(slug)s/comment/%(parent)s": "comment",
    "articles/%(slug)s/comment/%(pk)s": "comment",
    "list-your-practice/claim/%(pk)s": "clinic",
    "account/shared/%(part)s": None,
    "account/billing/%(pk)s": None,
    "account/billing/%(pk)s/payers/%(payer)s": None,
    "account/billing/plans/%(pk)s": None,
    "account/claims/%(pk)s": None,
    "account/2fa/webauthn/keys/%(pk)s": None,
    "account/invitations/%(token)s": None,
    "account/monthly-mail/%(token)s": None,
    "account/listings/%(pk)s": "listing",
    "account/listings/%(pk)s/form/%(slug)s": "step",
    "account/listings/%(pk)s/photos/%(photo)s": None,
    "account/listings/%(pk)s/changes/%(change)s": None,
    "account/listings/%(pk)s/people/%(member)s": None,
    "account/listings/%(pk)s/people/invitations/%(invitation)s": None,
    "account/listings/%(pk)s/claims/%(claim)s": None,
    "account/orders/%(pk)s": None,
    "account/confirm-email/%(key)s": None,
    "account/password/reset/key/%(uidb36)s": None,
    "account/password/reset/key/%(uidb36)s-%(key)s": None,
}
# Of staff, and of development: each part names a row or is free, and no page of a reader is behind it.
WITHOUT_ROWS = ("admin/", "dev-mail/", "fake-stripe/", "v1/")
CLOSED = ("admin/%(app_label)s",)  # one of our own names: nothing can be typed there
OWN_NAMES = ("clinics",)  # for those
PART = re.compile(r"%\((\w+)\)s")


@dataclass(frozen=True)
class Route:
    pattern: str  # as in the URLconf, and as the log has it: clinics/<int:pk>/
    template: str  # clinics/%(pk)s/
    has_language: bool  # it is also below /es/

    @property
    def parts(self) -> dict[str, str]:
        """{name of a part: the template up to it}."""
        return {found[1]: self.template[: found.end()] for found in PART.finditer(self.template)}

    def typed(self, rows: Mapping[str, object]) -> dict[str, list[str]]:
        """For each part the addresses with something typed there, and with known `rows` in the other parts."""
        return {name: list(self._typed_into(name, rows)) for name in self.parts}

    def _typed_into(self, name: str, rows: Mapping[str, object]) -> Iterator[str]:
        choices = {other: [*self._row(start, rows), *TYPED, *OWN_NAMES] for other, start in self.parts.items()}
        for typed in TYPED:
            for values in itertools.product(*(choices | {name: [typed]}).values()):
                address = "/" + self.template % dict(zip(choices, values, strict=True))
                if self.is_of(address):
                    yield address
                    break

    @staticmethod
    def _row(start: str, rows: Mapping[str, object]) -> list[object]:
        kind = ROWS.get(start)
        return [rows[kind]] if kind in rows else []

    def real(self, rows: Mapping[str, object]) -> str | None:
        """The address with a known row in every part; None if a part has none."""
        values = {name: self._row(start, rows) for name, start in self.parts.items()}
        if not all(values.values()):
            return None
        return "/" + self.template % {name: value for name, [value] in values.items()}

    def is_of(self, address: str) -> bool:
        try:
            return resolve(address).route == self.pattern
        except Resolver404:
            return False


def routes() -> list[Route]:
    """Each route of the resolver, those of the admin, of accounts and of development included."""
    found = []

    def walk(patterns, pattern="", template="", has_language=False):
        for each in patterns:
            own = str(each.pattern)
            own = own.removeprefix("^") if pattern else own  # as Django joins them
            here = pattern + own, template + normalize(each.pattern.regex.pattern)[0][0]
            below = has_language or isinstance(each.pattern, LocalePrefixPattern)
            if hasattr(each, "url_patterns"):
                walk(each.url_patterns, *here, below)
            else:
                found.append(Route(*here, has_language))

    walk(get_resolver().url_patterns)
    return list(dict.fromkeys(found))


def typed_addresses(rows: Mapping[str, object], most: int = len(TYPED)) -> Iterator[tuple[Route, str]]:
    """Each route with something typed: into each part, behind its end, without its last slash, and into the query.

    Of what is typed, the first `most` that fit. Behind the end of an address of the admin there is always a part of
    another one.
    """
    for route in routes():
        parts = route.typed(rows)
        addresses = [address for found in parts.values() for address in found[:most]]
        plain = [address] if (address := route.real(rows)) else addresses[:1]
        for address in () if route.template.startswith("admin/") else plain:
            addresses += [f"{address.rstrip('/')}/{typed}{end}" for typed in (ZIP, WORDS)[:most] for end in ("/", "")]
            addresses += [f"{address}?near={ZIP}&q={WORDS}&next=/{NO_ZIP}/&x={POINT}"]
        for prefix in ("", "/es") if route.has_language else ("",):
            yield from ((route, prefix + address) for address in addresses)
