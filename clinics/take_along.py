"""What a reader takes along of a page: one text for the phone's share sheet, the clipboard or a message; a QR code.

All of it is made for the page and kept nowhere: whoever shares chooses where it goes.
"""

import io
from dataclasses import dataclass
from urllib.parse import quote

import segno
from django.utils.safestring import SafeString, mark_safe
from django.utils.text import Truncator
from django.utils.translation import gettext as _

from clinics.models import Clinic
from clinics.questions.on_the_phone import FIRST, questions
from clinics.search.rows import warnings_of

# Characters: six clinics stay under 1,000, which a phone sends as seven messages.
LONGEST_NAME = 60
LONGEST_ADDRESS = 55
LOOK = {"border": 3, "dark": "#000", "light": "#fff", "omitsize": True, "lineclass": None}  # of the QR code


@dataclass(frozen=True)
class TakeAlong:
    text: str  # names, numbers, addresses and what to ask
    address: str  # of the page, with the site's host and without the reader's search

    @property
    def sms(self) -> str:
        """The `sms:` address (RFC 5724) of a message with the text; the owner of the phone chooses the recipient.

        `?&` works on iPhones, which want an ampersand, and on others, which want a question mark.
        """
        return f"sms:?&body={quote(self.text, safe='')}"


def take_along(clinics: list[Clinic], address: str) -> TakeAlong:
    """Of one clinic, or of the clinics of a call sheet."""
    lines = [_("To call:")] if len(clinics) > 1 else []
    for clinic in clinics:
        lines += lines_of(clinic)
    ask = _("Ask:")  # what stands inside an f-string is not gathered for translation
    return TakeAlong("\n".join([*lines, f"{ask} {' '.join(questions(FIRST))}"]), address)


def lines_of(clinic: Clinic) -> list[str]:
    """Its name and number on one line, its address on the next."""
    number = clinic.phone_for_new_patients or clinic.first_phone_words or _("number not stated")
    warning = ". ".join(warnings_of(clinic))
    street = ", ".join(filter(None, [clinic.street, clinic.city]))
    return [
        f"{cut(clinic.full_name, LONGEST_NAME)}: {number}{f' ({warning})' if warning else ''}",
        f"{cut(street, LONGEST_ADDRESS)}, {clinic.state} {clinic.zip_code}".strip(),
    ]


def cut(text: str, longest: int) -> str:
    return Truncator(text).chars(longest, truncate="...")


def qr_code(url: str) -> SafeString:
    """The address as a QR code inside a page: an SVG without style attributes, which the site's policy would refuse.

    Black on white on dark pages too, since some cameras read nothing else.
    """
    svg = segno.make(url, error="m", micro=False).svg_inline(svgclass="qr", **LOOK)
    return mark_safe(svg)  # noqa: S308 - lines and numbers; the address is drawn, not quoted


def qr_image(url: str) -> bytes:
    """The same as a file of its own: drawing it takes longer than the page, so only who asks for it waits."""
    file = io.BytesIO()
    segno.make(url, error="m", micro=False).save(file, kind="svg", xmldecl=False, svgclass=None, **LOOK)
    return file.getvalue()
