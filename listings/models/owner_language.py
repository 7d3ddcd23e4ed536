from django.conf import settings
from django.db import models
from django.utils.translation import get_language


class OwnerLanguage(models.Model):
    """The language in which somebody last used their account: their mails are written in it."""

    user = models.OneToOneField(settings.AUTH_USER_MODEL, models.CASCADE, related_name="owner_language")
    language = models.CharField(max_length=5, choices=settings.LANGUAGES)

    def __str__(self):
        return f"{self.user}: {self.language}"

    @classmethod
    def remember(cls, user) -> None:
        """Store the language of the page that `user` is using."""
        cls.objects.update_or_create(user=user, defaults={"language": get_language() or settings.LANGUAGE_CODE})

    @classmethod
    def of(cls, address: str) -> str:
        """The language of the account with this e-mail address; without one that of the page, or English."""
        known = cls.objects.filter(user__email__iexact=address).values_list("language", flat=True).first()
        return known or get_language() or settings.LANGUAGE_CODE
