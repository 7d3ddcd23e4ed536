from django.db import models


class Revision(models.Model):
    """What a revision of an article keeps beside its own fields: what lies in other tables."""

    citations = models.JSONField(default=list, editable=False)
    topic_slugs = models.JSONField(default=list, editable=False)

    class Meta:
        abstract = True
