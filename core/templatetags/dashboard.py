"""The panel on the first page of the admin: what waits, and what does not run."""

from datetime import timedelta

from django import template
from django.utils import timezone

from clinics.models import ImportRun
from core import dashboard

register = template.Library()
OLD = timedelta(days=3)  # nobody should wait longer without an answer


@register.inclusion_tag("admin/_needs_a_human.html")
def needs_a_human(user) -> dict:
    """The queues that `user` may work on, the worst first; and how jobs, mail and imports are doing."""
    rows = []
    for queue in dashboard.HUMAN:
        if user.has_perm(queue.permission):
            count, oldest = queue.waiting()
            is_old = oldest is not None and timezone.now() - oldest > OLD
            words = queue.one if count == 1 else queue.many
            rows.append({"queue": queue, "words": words, "count": count, "oldest": oldest, "is_old": is_old})
    shown = {
        "waiting": [row for row in rows if row["count"]],
        "empty": [row for row in rows if not row["count"]],
        "may_call": user.has_perm("clinics.make_call"),
    }
    if user.has_perm("clinics.view_importrun"):
        shown["jobs"], shown["mails"] = dashboard.Jobs.now(), dashboard.mails_waiting()
        shown["last_run"] = ImportRun.objects.first()
        shown["rejecting_run"] = ImportRun.objects.filter(rejected__gt=0).first()
    return shown
