from django.conf import settings
from django.core.exceptions import ValidationError
from django.utils.translation import gettext as _

CHARACTERS_LEFT = 8


class NoWordsOfTheSite:
    """Refuses a password that is little more than `words`, and those of the site's name: "suboxoneclinic1"."""

    def __init__(self, words: list[str]):
        self.words = words

    def validate(self, password, user=None):
        left = password.casefold()
        for word in (*self.words, *settings.SITE_NAME.casefold().split()):
            left = left.replace(word, "")
        if len(left) < min(CHARACTERS_LEFT, len(password)):
            raise ValidationError(_("This is mostly made of words that belong to this site."), "words_of_the_site")

    def get_help_text(self):
        return _("Your password can’t be made of words that belong to this site.")
