from django.db import models

PLACEHOLDERS = ("Sample author", "Sample reviewer")  # whom the starter articles named once: nobody


class Person(models.Model):
    """An author or a medical reviewer, as readers see them."""

    name = models.CharField(max_length=120, unique=True)
    credentials = models.CharField(max_length=120, blank=True, help_text="shown after the name, such as “MD, FASAM”")
    about = models.CharField(max_length=300, blank=True, help_text="one sentence about this person's work")

    class Meta:
        ordering = ["name"]
        verbose_name_plural = "people"

    def __str__(self):
        return f"{self.name}, {self.credentials}" if self.credentials else self.name

    @property
    def is_placeholder(self) -> bool:
        return self.name in PLACEHOLDERS
