"""The jobs of listings and payments that run by themselves."""

from core.schedules import EVERY_DAY, Job, declare

declare(
    Job("sweep the payments", "listings.billing.sync.sweep", every=15),
    Job("warn of licenses that end", "listings.emails.notifications.warn_of_licenses", EVERY_DAY),
    Job("follow the answers of owners", "listings.accounts.reconfirmation.follow_answers", EVERY_DAY),
)
