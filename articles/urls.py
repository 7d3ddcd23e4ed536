from django.urls import path

from articles.feeds import ArticleFeed
from articles.views import comments, reading
from core.decorators import read_only, shared_page

app_name = "articles"
urlpatterns = [
    path("articles/", read_only(shared_page(reading.article_list)), name="article_list"),
    path("articles/feed/", read_only(ArticleFeed()), name="feed"),
    path("articles/preview/", read_only(reading.preview), name="preview"),
    path("articles/topics/", read_only(shared_page(reading.topic_list)), name="topic_list"),
    path("articles/comments/yours/", read_only(comments.own_comment), name="own_comment"),
    path("articles/topics/<slug:slug>/", read_only(shared_page(reading.topic_detail)), name="topic_detail"),
    path("articles/<slug:slug>/", read_only(shared_page(reading.article_detail)), name="article_detail"),
    path("articles/<slug:slug>/comments/", read_only(comments.comment_list), name="comment_list"),
    path("articles/<slug:slug>/comment/", comments.CommentView.as_view(), name="comment"),
    path("articles/<slug:slug>/comment/<int:parent>/", comments.CommentView.as_view(), name="reply"),
    path("articles/<slug:slug>/comment/thanks/", read_only(comments.thanks), name="comment_thanks"),
    path(
        "articles/<slug:slug>/comment/thanks/help/", read_only(comments.thanks), {"danger": True}, name="comment_help"
    ),
    path("articles/<slug:slug>/comment/reported/", read_only(comments.report_thanks), name="report_thanks"),
    path("articles/<slug:slug>/comment/<int:pk>/report/", comments.ReportView.as_view(), name="report"),
]
