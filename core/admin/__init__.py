"""The admin of any site: the screen of the jobs, and what the screens of the other apps are made of."""

from core.admin.accounts import AccountAdmin, AuthenticatorAdmin
from core.admin.base import (
    EVERYTHING,
    QueueAdmin,
    QueueFilter,
    ReadOnly,
    ReadOnlyAdmin,
    ReadOnlyInline,
    admin_url,
    as_text,
    bullets,
    changelist_url,
    key_values,
    link,
    log_each,
    table,
)
from core.admin.form_drafts import KeepsDrafts
from core.admin.jobs import ScheduleAdmin
from core.admin.outgoing_email import OutgoingEmailAdmin
from core.admin.papers import PaperAcceptanceAdmin, PaperAdmin

__all__ = [
    "EVERYTHING",
    "AccountAdmin",
    "AuthenticatorAdmin",
    "KeepsDrafts",
    "OutgoingEmailAdmin",
    "PaperAcceptanceAdmin",
    "PaperAdmin",
    "QueueAdmin",
    "QueueFilter",
    "ReadOnly",
    "ReadOnlyAdmin",
    "ReadOnlyInline",
    "ScheduleAdmin",
    "admin_url",
    "as_text",
    "bullets",
    "changelist_url",
    "key_values",
    "link",
    "log_each",
    "table",
]
