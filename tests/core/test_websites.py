"""The one rule for addresses of the web: owners, links of mails, editors and imports use it."""

import pytest
from django.core.exceptions import ValidationError

from clinics.imports.readers.cells import read_website
from core.forms import WebsiteField
from core.websites import is_public_website

PUBLIC = [
    "https://clinic.example/",
    "http://www.clinic.example/a/b?c=d#e",
    "https://clinic.example:443/",
    "http://clinic.example:80",
    "https://clínica.example/",
    "https://xn--clnica-6va.example/",
]
REFUSED = [
    "ftp://clinic.example/",
    "javascript:alert(1)",
    "https://user:secret@clinic.example/",
    "https://clinic.example@broker.example/",
    "https://clinic.example:8443/",
    "https://clinic.example:0/",
    'https://clinic.example/"><script>',
    "https://clinic.example/a b",
    "https://clinic.example\\@broker.example/",
    "https://clinic.example/\nset",
    "http://localhost/",
    "http://127.0.0.1/",
    "http://2130706433/",
    "http://0x7f.1/",
    "http://10.0.0.5/",
    "http://[::1]/",
    "http://printer.local/",
    "http://db.internal/",
    "http://router.home.arpa/",
    "https://clinic/",
    "https://clinic.example:port/",
]


@pytest.mark.parametrize("address", PUBLIC)
def test_a_public_website_is_taken_from_a_form_and_from_a_list(address):
    notes = []
    assert WebsiteField().clean(address) == address
    assert (read_website(address, notes), notes) == (address, [])


@pytest.mark.parametrize("address", REFUSED)
def test_any_other_address_is_refused_by_all(address):
    assert not is_public_website(address)
    with pytest.raises(ValidationError):
        WebsiteField().clean(address)
    if "\\" not in address and "\n" not in address:  # a list is repaired where it is clear what was meant
        assert read_website(address, []) == ""
