"""The CMS: one module a screen."""

from articles.admin.articles import ArticleAdmin
from articles.admin.comments import CommentAdmin
from articles.admin.people import PersonAdmin
from articles.admin.pictures import PictureAdmin
from articles.admin.topics import TopicAdmin

__all__ = ["ArticleAdmin", "CommentAdmin", "PersonAdmin", "PictureAdmin", "TopicAdmin"]
