from articles.models.answers import PrivateAnswer
from articles.models.article import Article, Citation, SlugRedirect
from articles.models.comments import Comment
from articles.models.held_words import HeldWord
from articles.models.links import OutsideLink
from articles.models.notes import Note
from articles.models.notices import Notice, NoticeChoice
from articles.models.people import Person
from articles.models.pictures import Picture
from articles.models.refusals import Incomplete, Outdated, WrongStatus
from articles.models.reviews import Refused, Review, Standing
from articles.models.topics import Topic
from articles.models.translations import Translation

__all__ = [
    "Article",
    "Citation",
    "Comment",
    "HeldWord",
    "Incomplete",
    "Note",
    "Notice",
    "NoticeChoice",
    "Outdated",
    "OutsideLink",
    "Person",
    "Picture",
    "PrivateAnswer",
    "Refused",
    "Review",
    "SlugRedirect",
    "Standing",
    "Topic",
    "Translation",
    "WrongStatus",
]
