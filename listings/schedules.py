"""The jobs of listings and payments that run by themselves."""

from core.schedules import EVERY_DAY, Job, declare

declare(
    Job("sweep the payments", "listings.billing.sweep.sweep", every=15),
    Job("tell the gateway billing contacts", "listings.billing.contacts.tell_gateway", every=15),
    Job("remind of yearly renewals", "listings.emails.reminders.remind_of_renewals", EVERY_DAY),
    Job("remind of cards that end", "listings.emails.reminders.remind_of_cards", EVERY_DAY),
    Job("compare plans with the payment gateway", "listings.billing.invariant.prove", EVERY_DAY),
    Job("end given plans", "listings.billing.desk.end_given_plans", EVERY_DAY),
    Job("strip old payment messages", "listings.billing.stripping.strip_events", EVERY_DAY),
    Job("warn of licenses that end", "listings.emails.notifications.warn_of_licenses", EVERY_DAY),
    Job("mail the totals of a month", "listings.emails.monthly.mail_monthly_totals", EVERY_DAY),
    Job("follow the answers of owners", "listings.accounts.reconfirmation.follow_answers", EVERY_DAY),
)
