from django.db import models


class Revision(models.Model):
    """The parts of a revision that lie in other tables than the article."""

    citations = models.JSONField(default=list, editable=False)
    topic_slugs = models.JSONField(default=list, editable=False)

    class Meta:
        abstract = True
