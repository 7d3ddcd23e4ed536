from django.conf import settings
from django.core.exceptions import ValidationError
from django.utils.translation import gettext as _

# What somebody who guesses tries here first.
WORDS = ("waypost", "suboxone", "methadone", "naloxone", "narcan", "buprenorphine", "recovery", "clinic", "directory")
REST = 8  # characters that must be left without them


class NoWordsOfTheSite:
    """Refuses a password that is little more than words of this site: "suboxoneclinic1"."""

    def validate(self, password, user=None):
        left = password.casefold()
        for word in (*WORDS, *settings.SITE_NAME.casefold().split()):
            left = left.replace(word, "")
        if len(left) < min(REST, len(password)):
            raise ValidationError(_("This is mostly made of words that belong to this site."), "words_of_the_site")

    def get_help_text(self):
        return _("Your password can’t be made of words that belong to this site.")
