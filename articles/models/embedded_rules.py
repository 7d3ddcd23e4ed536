"""What a changed rule of law means for the articles that show it."""

from articles import markup
from articles.models.article import Article
from clinics import rules


def rule_changed(sender, instance, **kwargs):
    """Send what is to come with this rule back to review if its words are others. Connected to save and deletion."""
    with rules.as_stored():
        embedding = Article.objects.filter(body__contains=f'<{markup.RULE_BLOCK} rule="{instance.key}"')
        user = getattr(instance, "_history_user", None)
        embedding.send_back_unreviewed("Back to review: a rule in it changed", user)
