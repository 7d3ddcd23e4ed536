"""What the words of a comment tell the moderator. Every comment waits for approval; a flag says why to look twice.

The rules are rows of data/moderation_rules.csv: a flag, a regular expression, a sentence that it catches and one that
it spares. `{drug}` in an expression stands for any word of that list in data/moderation_words.csv. To add a rule, add
a row: the tests hold each row to its two sentences and all of them to tests/data/comments.csv.

The rules lean towards holding a comment.
"""

import csv
import re
import unicodedata
from collections import defaultdict
from dataclasses import dataclass
from pathlib import Path

from django.db import models

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


@dataclass(frozen=True)
class Rule:
    flag: str
    pattern: re.Pattern[str]
    caught: str
    spared: str

    def matches(self, text: str, name: str = "") -> bool:
        return any(self.pattern.search(version) for version in readings(text, name))


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
    versions = readings(text, name)
    return [
        flag.value
        for flag in Flag
        if any(pattern.search(version) for pattern in _PATTERNS[flag.value] for version in versions)
    ]


def readings(text: str, name: str = "") -> set[str]:
    """A comment as it is written, and as it is meant where letters are disguised."""
    plain = _plain(f"{name}\n{text}")
    return {plain, _undisguised(plain), _undisguised(_closed_up(plain))}


def _rows(file_name: str) -> list[dict[str, str]]:
    with (DATA / file_name).open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def _compiled(flag: str, pattern: str, words: dict[str, list[str]]) -> re.Pattern[str]:
    for name, listed in words.items():
        pattern = pattern.replace(f"{{{name}}}", f"(?:{'|'.join(listed)})")
    return re.compile(pattern, 0 if flag == Flag.NAME else re.IGNORECASE)  # capitals are what makes a name


RULES = read_rules()
_PATTERNS = {flag.value: [rule.pattern for rule in RULES if rule.flag == flag] for flag in Flag}
# Letters that are put in place of others to get past a rule: "s3lling", "$uboxone".
_DISGUISE = str.maketrans({"$": "s", "@": "a", "0": "o", "1": "i", "3": "e", "5": "s", "7": "t", "!": "i"})


def _plain(text: str) -> str:
    """Without accents, odd spaces and invisible characters, with straight apostrophes."""
    text = unicodedata.normalize("NFKD", text.replace("’", "'").replace("‘", "'"))
    text = "".join(each for each in text if not unicodedata.combining(each) and unicodedata.category(each) != "Cf")
    return re.sub(r"[^\S\n]+", " ", text)


def _undisguised(text: str) -> str:
    """Words that mix letters with digits and signs, read as they are meant; numbers stay numbers."""
    return re.sub(r"\S*[A-Za-z]\S*", lambda match: match[0].translate(_DISGUISE), text)


def _closed_up(text: str) -> str:
    """Single letters and digits with the same sign between them, as one word: "s u b s", "b.l.u.3.s"."""
    return re.sub(
        r"(?<!\w)\w(?:([ .\-_*])\w(?=\1|\W|$))(?:\1\w(?!\w))+", lambda match: re.sub(r"\W|_", "", match[0]), text
    )
