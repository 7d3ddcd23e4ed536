"""The CMS: one module a screen."""

from articles.admin.articles import ArticleAdmin
from articles.admin.comments import CommentAdmin
from articles.admin.held_words import HeldWordAdmin
from articles.admin.links import OutsideLinkAdmin
from articles.admin.people import PersonAdmin
from articles.admin.pictures import PictureAdmin
from articles.admin.reviews import ReviewAdmin
from articles.admin.topics import TopicAdmin

__all__ = [
    "ArticleAdmin",
    "CommentAdmin",
    "HeldWordAdmin",
    "OutsideLinkAdmin",
    "PersonAdmin",
    "PictureAdmin",
    "ReviewAdmin",
    "TopicAdmin",
]
