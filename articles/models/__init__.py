from articles.models.article import Article, Citation, Incomplete, SlugRedirect, WrongStatus
from articles.models.comments import Comment
from articles.models.people import Person
from articles.models.pictures import Picture
from articles.models.topics import Topic

__all__ = [
    "Article",
    "Citation",
    "Comment",
    "Incomplete",
    "Person",
    "Picture",
    "SlugRedirect",
    "Topic",
    "WrongStatus",
]
