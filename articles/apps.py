from django.apps import AppConfig


class ArticlesConfig(AppConfig):
    name = "articles"
    reads_from_replicas = True

    def ready(self):
        from django.db.models.signals import post_delete, post_save
        from simple_history.signals import pre_create_historical_record

        from articles import dashboard, schedules, stamps  # noqa: F401 - core uses what they register
        from articles.models import Article, Comment
        from articles.models.article import snapshot
        from articles.models.embedded_rules import rule_changed
        from articles.notice_mails import compose
        from articles.notices import comment_saved
        from clinics.models import Rule
        from core import email

        email.register("articles", email.Sender(compose))
        post_save.connect(comment_saved, sender=Comment)
        post_save.connect(rule_changed, sender=Rule)
        post_delete.connect(rule_changed, sender=Rule)
        pre_create_historical_record.connect(snapshot, sender=Article.history.model)
