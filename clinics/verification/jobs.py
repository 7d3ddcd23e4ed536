"""The jobs that clinics/schedules.py declares: each does what is due and is safe to run again."""

from django.utils import timezone

from clinics.open_data import files
from clinics.verification import accuracy_sample, answers, credentials, reconfirmation, reports
from core.clock import waits_for_the_clock


@waits_for_the_clock
def send_reconfirmations() -> str:
    """Send the mails that ask clinics to reconfirm, and their reminders."""
    return f"{reconfirmation.send_due_mails()} mails sent"


@waits_for_the_clock
def draw_sample() -> str:
    """Draw the sample of this month, unless it was drawn already."""
    sample = accuracy_sample.draw(timezone.localdate())
    return f"{sample}: {sample.size} listings" if sample else "there is no real clinic to draw"


def match_credentials() -> str:
    """Store the credentials that a register proves; delete those that it no longer does."""
    return f"{credentials.match_otp_directory()} clinics are in SAMHSA's OTP directory"


def look_up_npis() -> str:
    """Look up in NPPES the NPIs that owners named."""
    return credentials.look_up_npis()


def age_answers() -> str:
    """Take clinics out of the filters whose answers are no longer known; pages leave these out by themselves."""
    return f"{answers.age()} clinics have answers that are too old for a filter"


@waits_for_the_clock
def delete_reporter_hashes() -> str:
    """Delete the codes of reporters once their reports no longer count together."""
    return f"{reports.delete_reporter_hashes()} reports without a code"


def write_open_data() -> str:
    """Write the nightly files of open data."""
    return files.write_all()
