import pytest
from django.core.exceptions import ValidationError

from clinics.models.practitioners import validate_npi
from clinics.npi import is_npi


@pytest.mark.parametrize("npi", ["1003081399", "1013055110", "1234567893"])
def test_the_last_digit_checks_the_others(npi):
    assert is_npi(npi)
    assert not is_npi(npi[:-1] + str((int(npi[-1]) + 1) % 10))


@pytest.mark.parametrize("text", ["", "123456789", "12345678930", "10030813９9", "1003081399\n"])
def test_an_npi_is_ten_digits(text):
    assert not is_npi(text)


@pytest.mark.parametrize("npi", ["0003081391", "3003081395"])
def test_a_form_and_a_file_refuse_the_same_numbers(npi):
    """The check digit fits, but CMS gives out no number that starts with anything but 1 or 2."""
    assert not is_npi(npi)
    with pytest.raises(ValidationError, match="last digit"):
        validate_npi(npi)
