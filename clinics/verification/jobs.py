"""The jobs that clinics/schedules.py declares: each does what is due, and is safe to run at any time."""

from django.utils import timezone

from clinics.open_data import files
from clinics.verification import accuracy_sample, credentials, reconfirmation, reports


def ask_clinics() -> str:
    """Reconfirmations that are due, and their reminders."""
    return f"{reconfirmation.send_due_mails()} mails sent"


def draw_sample() -> str:
    """This month's sample, if it was not drawn yet."""
    sample = accuracy_sample.draw(timezone.localdate())
    return f"{sample}: {sample.size} listings" if sample else "there is no real clinic to draw"


def match_evidence() -> str:
    """Badges that a register proves, and none that it no longer does."""
    return f"{credentials.match_otp_directory()} clinics are in SAMHSA's OTP directory"


def ask_register() -> str:
    """NPIs that owners named, looked up in NPPES."""
    return credentials.ask_register()


def forget_senders() -> str:
    """Nothing tells the senders of reports apart once their reports no longer count together."""
    return f"{reports.forget_origins()} reports without a sender"


def write_open_data() -> str:
    """The nightly files for everybody."""
    return files.write_all()
