"""The CMS: one module a screen."""

from articles.admin.articles import ArticleAdmin
from articles.admin.comments import CommentAdmin
from articles.admin.lists import PersonAdmin, PictureAdmin, TopicAdmin

__all__ = ["ArticleAdmin", "CommentAdmin", "PersonAdmin", "PictureAdmin", "TopicAdmin"]
