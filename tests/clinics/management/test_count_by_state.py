from io import StringIO

import pytest
from django.core.management import call_command

from tests.factories import make_clinic

pytestmark = pytest.mark.django_db


def test_the_clinics_of_each_state_are_counted_by_what_they_say_of_opioid_use():
    make_clinic(services=["methadone"])
    make_clinic(services=["opioid-treatment-program"])
    make_clinic(services=["no-medication-for-opioid-use-disorder"])
    make_clinic(services=["does-not-treat-opioid-use-disorder"], state="AK")
    make_clinic(gives_medicine=False, state="AK")
    make_clinic(is_listed=False)
    output = StringIO()
    call_command("count_by_state", stdout=output)
    assert output.getvalue().splitlines()[2:] == [
        "| AK | 2 | 0 | 1 | 1 | 0 |",
        "| MD | 3 | 2 | 1 | 0 | 1 |",
        "| all | 5 | 2 | 2 | 1 | 1 |",
    ]
