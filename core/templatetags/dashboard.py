"""The panel on the first page of the admin: what waits for a person, and whether the jobs run."""

from datetime import datetime, timedelta

from django import template
from django.template.loader import render_to_string
from django.utils import timezone

from core import dashboard

register = template.Library()
OLD = timedelta(days=3)  # nobody should wait longer for an answer


@register.inclusion_tag("admin/_work_queues.html")
def work_queues(user) -> dict:
    """What waits for `user` alone; their queues, the most urgent first; and the notes below them."""
    own = [(line, line.rows(user).count()) for line in dashboard.own() if line.is_for(user)]
    rows = []
    for queue in dashboard.queues():
        if user.has_perm(queue.permission):
            count, oldest = queue.waiting()
            is_old = oldest is not None and _is_old(oldest, queue.is_deadline)
            words = queue.one if count == 1 else queue.many
            rows.append({"queue": queue, "words": words, "count": count, "oldest": oldest, "is_old": is_old})
    return {
        "own": [
            {"line": line, "words": line.one if count == 1 else line.many, "count": count}
            for line, count in own
            if count
        ],
        "has_own": bool(own),
        "waiting": [row for row in rows if row["count"]],
        "empty": [row for row in rows if not row["count"]],
        "notes": [
            render_to_string(note.template, note.context())
            for note in dashboard.notes()
            if user.has_perm(note.permission)
        ],
    }


def _is_old(moment: datetime, is_deadline: bool) -> bool:
    """Whether somebody has waited too long, or a deadline is near or missed."""
    now = timezone.now()
    return moment - now < OLD if is_deadline else now - moment > OLD
