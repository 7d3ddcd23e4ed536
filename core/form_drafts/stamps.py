"""Which columns are set back after the clock was ahead (core/clock.py)."""

from core import clock
from core.form_drafts.models import FormDraft, OpenForm

clock.stamped(FormDraft, "kept_at", "begun_at")
clock.stamped(OpenForm, "seen_at", "opened_at")
