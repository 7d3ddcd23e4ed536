"""The words of the mails to the staff about articles: one sentence an event, in a mail of its own and in a digest."""

from django.conf import settings
from django.core.mail import EmailMultiAlternatives
from django.template.loader import render_to_string
from django.urls import reverse
from django.utils import timezone

from articles.models import Article, Notice, NoticeChoice
from articles.notices import DIGEST, is_so
from core.email import NotWanted
from core.models import OutgoingEmail

Event = NoticeChoice.Event
SUBJECTS = {
    Event.HANDED_IN: "Handed in for review: {title}",
    Event.SENT_BACK: "Sent back: {title}",
    Event.APPROVED: "Approved: {title}",
    Event.PUBLISHED: "Published: {title}",
    Event.REVIEW_DUE: "Medical review due: {title}",
    Event.DEAD_LINK: "Dead link: {title}",
    Event.DANGER: "A comment may come from somebody in danger",
}
SENTENCES = {
    Event.HANDED_IN: "{by} handed in “{title}” for review.",
    Event.SENT_BACK: "{by} sent “{title}” back to you.",
    Event.APPROVED: "{by} approved “{title}”.",
    Event.PUBLISHED: "{by} published “{title}”. Readers see it {when}.",
    Event.REVIEW_DUE: "The medical review of “{title}” is due on {due}.",
    Event.DEAD_LINK: "A link in “{title}” leads nowhere any more:",
    Event.DANGER: "A comment that may come from somebody in danger waits to be read.",
}


def compose(mail: OutgoingEmail) -> EmailMultiAlternatives:
    """Raises NotWanted if none of it is so any more, or the person may not be told any more."""
    rows = Notice.objects.filter(pk__in=mail.context["notices"]).select_related("user", "article", "comment")
    notices = [notice for notice in rows if is_so(notice)]
    if not notices:
        raise NotWanted
    context = {"items": [item_of(notice) for notice in notices], "site_name": settings.SITE_NAME}
    context["choices_url"] = address(reverse("admin:articles_notices"))
    name = "digest" if mail.template == DIGEST else "notice"
    text = render_to_string(f"admin/articles/mail/{name}.txt", context)
    subject = f"What waits for you at {settings.SITE_NAME}" if name == "digest" else subject_of(notices[0])
    return EmailMultiAlternatives(subject, text.strip() + "\n", to=[mail.to])


def subject_of(notice: Notice) -> str:
    title = " ".join(notice.article.title.split()) if notice.article else ""
    return SUBJECTS[Event(notice.event)].format(title=title)


def item_of(notice: Notice) -> dict:
    """What the templates say of it. Of a comment nothing but that it waits: its words stay on the site."""
    article = notice.article
    if article is None:
        return {
            "sentence": SENTENCES[Event.DANGER],
            "url": address(reverse("admin:articles_comment_changelist")),
            "is_danger": True,
        }
    facts = {"title": " ".join(article.title.split()), "by": notice.by or "Somebody", "when": _when(article)}
    facts["due"] = f"{article.review_due_on:%B %-d, %Y}" if article.review_due_on else ""
    is_link = notice.event == Event.DEAD_LINK
    return {
        "sentence": SENTENCES[Event(notice.event)].format(**facts),
        "link": notice.words if is_link else "",
        "by": facts["by"],
        "words": "" if is_link else notice.words.strip(),
        "open_notes": article.notes.open().count() if notice.event == Event.SENT_BACK else 0,
        "url": address(reverse("admin:articles_article_change", args=[article.pk])),
    }


def _when(article: Article) -> str:
    if article.is_public or article.publish_at is None:
        return "now"
    return f"from {timezone.localtime(article.publish_at):%B %-d, %Y, %H:%M} on"


def address(path: str) -> str:
    return f"{settings.SITE_URL}{path}"
