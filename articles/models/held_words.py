"""Words, phrases and domains for which a comment is looked at apart; moderators edit the list in the admin.

They are found as the other rules find theirs: in the text as written and as meant (core/contact_texts.py), by whole
words. Nobody types an expression, so that the cost is bounded: it depends on the length of the comment, hardly on how
many words are listed.
"""

import re
from collections.abc import Iterable
from functools import lru_cache

from django.conf import settings
from django.core.exceptions import ValidationError
from django.db import models
from django.utils import timezone

from core.contact_texts import readings

MOST_WORDS = 1000  # of the list: each is read again for each comment
LONGEST_PHRASE = 8  # words
SHORTEST = 2  # characters: one letter would stand in every comment
TOKEN = re.compile(r"[^\W_]+")
DOMAIN = re.compile(r"(?:https?://)?(?:www\.)?([\w-]+(?:\.[\w-]+)+)(?:[/?#]\S*)?\Z")
SPOKEN_DOTS = (" dot ", " punto ")


class HeldWordQuerySet(models.QuerySet):
    def active(self):
        return self.filter(is_active=True)

    def found_in(self, text: str) -> list[str]:
        """The active words that stand in `text`, in the order of the alphabet."""
        return words_in(text, self.active().values_list("word", flat=True))


class HeldWord(models.Model):
    """A word, a phrase or a domain that a moderator wants to see before a comment with it is approved."""

    word = models.CharField(
        "word, phrase or domain",
        max_length=80,
        unique=True,
        help_text="Whole words only: list “pill” and “pills” if both matter. A domain is found in all its addresses.",
    )
    reason = models.CharField(max_length=200, blank=True, help_text="for the other moderators")
    is_active = models.BooleanField("active", default=True)
    added_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.SET_NULL, null=True, blank=True, editable=False)
    added_at = models.DateTimeField(default=timezone.now, editable=False)

    objects = HeldWordQuerySet.as_manager()

    class Meta:
        ordering = ["word"]
        verbose_name = "word to hold"
        verbose_name_plural = "words to hold"

    def __str__(self):
        return self.word

    def clean(self):
        self.word = as_listed(self.word)
        forms = forms_of(self.word)
        if len(self.word) < SHORTEST or not any(forms):
            raise ValidationError({"word": "Write a word of at least two letters or digits."})
        if max(map(len, forms)) > LONGEST_PHRASE:
            raise ValidationError({"word": f"A phrase has at most {LONGEST_PHRASE} words."})
        if self._state.adding and HeldWord.objects.count() >= MOST_WORDS:
            raise ValidationError(f"The list has {MOST_WORDS} words. Take one out before you add another.")


def as_listed(typed: str) -> str:
    """A word or phrase in small letters; of an address, its domain."""
    word = " ".join(typed.split()).casefold()
    found = DOMAIN.match(word)
    return found[1] if found else word


@lru_cache(maxsize=2 * MOST_WORDS)
def forms_of(word: str) -> frozenset[tuple[str, ...]]:
    """The words one after the other by which it is recognised; of a domain, also with its dots spoken."""
    spoken = [word.replace(".", dot) for dot in SPOKEN_DOTS] if DOMAIN.match(word) else []
    return frozenset(tuple(_tokens(version)) for each in [word, *spoken] for version in readings(each))


def words_in(text: str, words: Iterable[str]) -> list[str]:
    """Those of `words` that stand in `text`, in the order of the alphabet."""
    by_form = {form: word for word in words for form in forms_of(word) if form}
    lengths = {len(form) for form in by_form}
    found = set()
    for version in readings(text) if by_form else ():
        tokens = _tokens(version)
        for start in range(len(tokens)):
            found |= {by_form.get(tuple(tokens[start : start + length]), "") for length in lengths}
    return sorted(found - {""})


def _tokens(reading: str) -> list[str]:
    return TOKEN.findall(reading.casefold())
