"""What the words of a comment tell the moderator. Every comment waits for approval; a flag says why to look twice.

The rules are rows of data/moderation_rules.csv: a flag, a regular expression, a sentence that it catches and one that
it spares. `{drug}` in an expression stands for any word of that list in data/moderation_words.csv. To add a rule, add
a row: the tests hold each row to its two sentences and all of them to tests/data/comments.csv.

Phone numbers, links and addresses of mail are found by core/contact_texts.py, which owners' texts use too. The rules
lean towards holding a comment.
"""

import csv
import re
from collections import defaultdict
from dataclasses import dataclass
from pathlib import Path

from django.db import models

from core.contact_texts import Kind, contacts_of, readings

DATA = Path(__file__).parent / "data"


class Flag(models.TextChoices):
    SELF_HARM = "self-harm", "self-harm or overdose"
    SOURCING = "sourcing", "buying or selling drugs"
    AD = "ad", "advertisement"
    LINK = "link", "link or address"
    PHONE = "phone", "phone number"
    DOSE = "dose", "dose"
    SLUR = "slur", "slur"
    NAME = "name", "name of staff or a patient"
    HELD_WORDS = "held-words", "held words"  # of the list that moderators edit: articles/models/held_words.py


CONTACTS = {Kind.PHONE: Flag.PHONE, Kind.LINK: Flag.LINK, Kind.EMAIL: Flag.LINK}


@dataclass(frozen=True)
class Rule:
    flag: str
    pattern: re.Pattern[str]
    caught: str
    spared: str

    def matches(self, text: str, name: str = "") -> bool:
        return any(self.pattern.search(version) for version in readings(f"{name}\n{text}"))


def read_rules() -> list[Rule]:
    """The rows of moderation_rules.csv, compiled, in the order of the file."""
    words = defaultdict(list)
    for row in _rows("moderation_words.csv"):
        words[row["list"]].append(row["word"])
    return [
        Rule(Flag(row["flag"]).value, _compiled(row["flag"], row["pattern"], words), row["caught"], row["spared"])
        for row in _rows("moderation_rules.csv")
    ]


def flags_of(text: str, name: str = "") -> list[str]:
    """The flags that the words of a comment raise, in the order of the choices of Flag."""
    versions = readings(f"{name}\n{text}")
    contacts = {CONTACTS[kind] for kind in contacts_of(versions)}
    return [
        flag.value
        for flag in Flag
        if flag in contacts or any(pattern.search(version) for pattern in _PATTERNS[flag] for version in versions)
    ]


def _rows(file_name: str) -> list[dict[str, str]]:
    with (DATA / file_name).open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def _compiled(flag: str, pattern: str, words: dict[str, list[str]]) -> re.Pattern[str]:
    for name, listed in words.items():
        pattern = pattern.replace(f"{{{name}}}", f"(?:{'|'.join(listed)})")
    return re.compile(pattern, 0 if flag == Flag.NAME else re.IGNORECASE)  # capitals are what makes a name


RULES = read_rules()
_PATTERNS = {flag: [rule.pattern for rule in RULES if rule.flag == flag] for flag in Flag}
