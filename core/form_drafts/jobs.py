"""The job that forgets."""

from datetime import timedelta

from django.utils import timezone

from core.clock import waits_for_the_clock
from core.form_drafts.models import FormDraft, OpenForm


@waits_for_the_clock
def delete_old() -> str:
    """Delete drafts that nobody came back for, and who had which page open on another day."""
    OpenForm.objects.filter(seen_at__lt=timezone.now() - timedelta(days=1)).delete()
    count, _by_model = FormDraft.objects.old().delete()
    return f"{count} drafts of forms deleted"
