from django.conf import settings
from django.db import models
from django.utils import timezone

from articles.models.comments import MOST_CHARACTERS, Comment


class PrivateAnswer(models.Model):
    """What an editor answers to the writer of a comment alone.

    It is sent nowhere: it is shown under the comment's own link (articles/own_links.py), which only the writer was
    given. A table of its own, so that no query of what readers see can bring it along.
    """

    comment = models.ForeignKey(Comment, models.CASCADE, related_name="private_answers")
    text = models.TextField(max_length=MOST_CHARACTERS)
    written_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.SET_NULL, null=True, blank=True)
    written_at = models.DateTimeField(default=timezone.now)

    class Meta:
        ordering = ["written_at", "pk"]

    def __str__(self):
        return f"Answer {self.pk} to comment {self.comment_id}"  # never its words: this is what logs and lists show
