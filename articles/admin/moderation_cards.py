"""Comments to decide: one a card, with what is needed to decide it, and one key for each decision.

Everything is a plain POST to one address, answered by a page. A page that runs static/admin-extra/moderation.js asks
for JSON instead and stays where it is.
"""

from dataclasses import asdict, dataclass, field
from datetime import datetime
from itertools import zip_longest

from django.contrib import admin, messages
from django.contrib.admin.models import LogEntry
from django.contrib.contenttypes.models import ContentType
from django.core.exceptions import PermissionDenied
from django.db import transaction
from django.http import HttpResponseRedirect, JsonResponse
from django.template.response import TemplateResponse
from django.urls import path, reverse
from django.utils.text import Truncator
from django.utils.timesince import timesince

from articles.checker import check
from articles.models import Comment, PrivateAnswer
from articles.models.comments import HANDLE, MOST_CHARACTERS
from core.admin import admin_url, log_each

CARDS = 50  # on a page
MOST_AT_ONCE = 500  # of the spam that one button rejects
DECISIONS = {"approve": Comment.Status.APPROVED, "reject": Comment.Status.REJECTED}
UNDO = "decisions on comments"  # in the moderator's session: numbers and times, no text
MOST_UNDONE, MOST_ROWS_UNDONE = 10, 1000


@dataclass
class Outcome:
    """What came of a POST, as a sentence and for the script of the page."""

    sentence: str
    status: int = 200
    gone: list[int] = field(default_factory=list)  # comments that wait no longer
    back: list[int] = field(default_factory=list)  # that wait again
    advice: list[str] = field(default_factory=list)  # on words that were typed; nothing was sent
    name: str = ""  # that is shown now
    answer: str = ""  # that its writer can read now


class ModerationCards(admin.ModelAdmin):
    """For the admin of comments: the page of the cards, and what its buttons do."""

    def get_urls(self):
        own = path("decide/", self.admin_site.admin_view(self.cards), name="articles_comment_decide")
        return [own, *super().get_urls()]

    def cards(self, request):
        if request.method != "POST":
            if not self.has_view_permission(request):
                raise PermissionDenied
            return self._page(request, _cards())
        if not self.has_change_permission(request):
            raise PermissionDenied
        outcome = self._act(request, request.POST.get("decision", ""))
        if request.headers.get("Accept") == "application/json":
            left = Comment.objects.waiting().count()
            return JsonResponse(asdict(outcome) | {"left": left}, status=outcome.status)
        level = messages.SUCCESS if outcome.status == 200 else messages.WARNING
        self.message_user(request, outcome.sentence, level)
        if outcome.status == 422:
            return self._write_again(request, outcome)
        return HttpResponseRedirect(self._next_address(request))

    def change_view(self, request, object_id, form_url="", extra_context=None):
        comment = self.get_object(request, object_id)
        card = {"comment": comment} if comment and not comment.is_from_site else {}
        return super().change_view(request, object_id, form_url, {**(extra_context or {}), **card})

    # The page

    def _page(self, request, comments, *, status=200, **context):
        waiting = Comment.objects.waiting()
        context = {
            **self.admin_site.each_context(request),
            "title": "Comments to decide",
            "opts": self.opts,
            "media": self.media,
            "has_change_permission": self.has_change_permission(request),
            "cards": list(zip_longest(comments, comments[1:])),  # each with the next one
            "waiting": waiting.count(),
            "rest": [each for each in comments if not each.flags and not each.reports],
            "spam": list(waiting.spam()[:MOST_AT_ONCE]),
            "undoable": len(request.session.get(UNDO, [])),
            **context,
        }
        return TemplateResponse(request, "admin/articles/comment/cards.html", context, status=status)

    def _write_again(self, request, outcome):
        """The card alone, with what was typed and why it was not sent."""
        card = _cards(pk=_number(request.POST.get("comment", "")))
        act = request.POST["decision"]
        again = {"act": act, "text": _typed(request, act), "sentence": outcome.sentence, "advice": outcome.advice}
        return self._page(request, card, status=422, again=again, rest=[], spam=[])

    def _next_address(self, request) -> str:
        if (pk := request.POST.get("page", "")).isdigit() and (comment := Comment.objects.filter(pk=pk).first()):
            return admin_url(comment)
        following = request.POST.get("next", "")
        return reverse("admin:articles_comment_decide") + (f"#card-{following}" if following.isdigit() else "")

    # What the buttons do

    def _act(self, request, decision: str) -> Outcome:
        if decision == "undo":
            return self._undo(request)
        if decision in DECISIONS:
            return self._decide(request, DECISIONS[decision])
        comment = Comment.objects.filter(pk=_number(request.POST.get("comment", "")), is_from_site=False).first()
        act = {"reply": self._reply, "answer": self._answer, "hide-name": self._hide_name}.get(decision)
        if comment is None or act is None:
            return Outcome("That comment is no longer there. Nothing was changed.", 409, gone=_numbers(request))
        return act(request, comment)

    def _decide(self, request, status) -> Outcome:
        done = Comment.objects.decide(request.POST.getlist("comment"), status, request.user)
        if done.comments:
            log_each(request, done.comments, f"{status.label.capitalize()}.")
            _remember(request, done)
        return self._told(request, done, status.label.capitalize())

    def _told(self, request, done, verb: str) -> Outcome:
        if not done.comments:
            return Outcome(_late(done.late), 409, gone=_numbers(request))
        late = f" {len(done.late)} decided by somebody else meanwhile: left as they are." if done.late else ""
        what = f"“{Truncator(done.comments[0].text).chars(50)}”" if len(done.comments) == 1 else len(done.comments)
        return Outcome(f"{verb}: {what}.{late}", gone=_numbers(request))

    @transaction.atomic
    def _reply(self, request, comment) -> Outcome:
        """A reply approves the comment that it answers: under one that nobody sees, it would say nothing."""
        text = _typed(request, "reply")
        if refused := _refused(request, comment, text):
            return refused
        done = Comment.objects.decide([request.POST["comment"]], Comment.Status.APPROVED, request.user)
        if not done.comments:
            return Outcome(_late(done.late), 409, gone=_numbers(request))
        reply = comment.reply_as_site(text, request.user)
        log_each(request, done.comments, f"Approved, with reply {reply.pk} of the site.")
        log_each(request, [reply], "Written as the site.")
        _remember(request, done, reply)
        return self._told(request, done, "Approved and replied")

    def _answer(self, request, comment) -> Outcome:
        """To its writer alone. The comment still waits, and the log of the admin does not hold the words."""
        text = _typed(request, "answer")
        if comment.link_has_ended:
            return Outcome("The link of this comment has ended: nobody would see an answer.", 409)
        if refused := _refused(request, comment, text):
            return refused
        PrivateAnswer.objects.create(comment=comment, text=text, written_by=request.user)
        log_each(request, [comment], "Its writer was answered, under the comment's own link.")
        return Outcome("The writer finds your answer under the link of the comment.", answer=text)

    def _hide_name(self, request, comment) -> Outcome:
        if not comment.name:
            return Outcome("The name is hidden already.", 409)
        comment.hide_name()
        log_each(request, [comment], "The name that its writer chose was taken off.")
        # What was logged under earlier releases names the row by name and text.
        entries = LogEntry.objects.filter(content_type=ContentType.objects.get_for_model(Comment))
        entries.filter(object_id=str(comment.pk)).update(object_repr=str(comment))
        return Outcome(f"The name is gone; readers see “{comment.shown_name}”.", name=comment.shown_name)

    @transaction.atomic
    def _undo(self, request) -> Outcome:
        kept = request.session.get(UNDO, [])
        if not kept:
            return Outcome("There is nothing to undo.", 409)
        *earlier, last = kept
        request.session[UNDO] = earlier
        restored = Comment.objects.undo(last["before"], datetime.fromisoformat(last["at"]))
        if restored and last["reply"]:
            Comment.objects.filter(pk=last["reply"], is_from_site=True).delete()
        log_each(request, restored, "The last decision was taken back.")
        if not restored:
            return Outcome("Somebody has decided on it again meanwhile: nothing was undone.", 409)
        one = f"“{Truncator(restored[0].text).chars(50)}”" if len(restored) == 1 else f"{len(restored)} comments"
        waiting = [comment.pk for comment in restored if comment.is_waiting]
        return Outcome(f"Undone: {one} {'waits' if len(restored) == 1 else 'wait'} again.", back=waiting)


def _cards(**only) -> list[Comment]:
    comments = Comment.objects.filter(**only) if only else Comment.objects.waiting()
    comments = comments.select_related("article", "parent").prefetch_related("private_answers__written_by")
    return list(comments.defer("article__body", "article__vector")[:CARDS])


def _number(handle: str) -> int:
    """0, which no row has, of what is no handle."""
    found = HANDLE.match(handle)
    return int(found[1]) if found else 0


def _numbers(request) -> list[int]:
    return [pk for handle in request.POST.getlist("comment") if (pk := _number(handle))]


def _typed(request, name: str) -> str:
    return request.POST.get(name, "").replace("\r\n", "\n").strip()


def _late(late: list[Comment]) -> str:
    """Why nothing came of a decision."""
    if not late:
        return "That comment is no longer there. Nothing was changed."
    if len(late) > 1:
        return f"All {len(late)} were decided by somebody else meanwhile. Nothing was changed."
    [comment] = late
    if comment.decided_at is None:
        return "A decision on this comment was taken back meanwhile. Nothing was changed."
    who, ago = comment.decided_by or "somebody whose account is gone", timesince(comment.decided_at)
    return f"Already {comment.get_status_display()} by {who}, {ago} ago. Nothing was changed."


def _refused(request, comment: Comment, text: str) -> Outcome | None:
    """Why a text is not sent: there is none, it is too long, or, once, words that may hurt."""
    if not text:
        return Outcome("Write a text first.", 422)
    if len(text) > MOST_CHARACTERS:
        return Outcome(f"At most {MOST_CHARACTERS} characters. Yours has {len(text)}.", 422)
    advice = [each.text for each in check("", text, "", comment.article.language) if each.kind == "words"]
    if advice and _typed(request, "advised") != text:
        return Outcome("Not sent yet: some words may hurt. Change them, or send it as it is.", 422, advice=advice)
    return None


def _remember(request, done, reply: Comment | None = None) -> None:
    """Keep what `undo` needs in the session, the newest decisions only."""
    newest = {"before": done.before, "at": done.at.isoformat(), "reply": reply and reply.pk}
    kept = [*request.session.get(UNDO, []), newest][-MOST_UNDONE:]
    while len(kept) > 1 and sum(len(each["before"]) for each in kept) > MOST_ROWS_UNDONE:
        kept.pop(0)
    request.session[UNDO] = kept
