"""The jobs of the articles that run by themselves."""

from core.schedules import EVERY_DAY, Job, declare

# Daily, for what is due: an address is asked monthly, one that failed again on the next day.
declare(Job("check outside links", "articles.link_checks.check_outside_links", EVERY_DAY))
declare(
    Job("publish next versions of articles", "articles.jobs.publish_next_versions", every=1),
    Job("empty the trash of articles", "articles.jobs.empty_trash", EVERY_DAY),
    Job("tell of medical reviews that are due", "articles.notices.tell_of_reviews_due", EVERY_DAY),
    Job("mail what waits for editors", "articles.notices.mail_digests", EVERY_DAY),
)
