from django.apps import AppConfig


class ArticlesConfig(AppConfig):
    name = "articles"
    reads_from_replicas = True

    def ready(self):
        from simple_history.signals import pre_create_historical_record

        from articles import dashboard, stamps  # noqa: F401 - core uses what they register
        from articles.models import Article
        from articles.models.article import snapshot

        pre_create_historical_record.connect(snapshot, sender=Article.history.model)
