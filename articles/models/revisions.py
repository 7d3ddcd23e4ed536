from django.db import models

LONGEST_REASON = 100  # characters of why a revision was made


class Revision(models.Model):
    """The parts of a revision that lie in other tables than the article."""

    citations = models.JSONField(default=list, editable=False)
    topic_slugs = models.JSONField(default=list, editable=False)

    class Meta:
        abstract = True
