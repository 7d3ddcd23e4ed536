"""Make typo_names.csv and names_2024.csv.gz: `python -m tests.data.make_typo_names`, once; the seed is fixed.

Names and cities are those of SAMHSA's directory of 2024, which is in the public domain. Each sampled name is changed
as hands, ears and memories change it, one rule after the other; where more clinics carry a name than the first few of
an answer can show, the city is typed too, as people do.
"""

import csv
import gzip
import io
import random
import re
from collections import Counter
from collections.abc import Callable
from pathlib import Path

from clinics.imports.readers import open_directory
from clinics.imports.rows import FacilityRow

HERE = Path(__file__).parent
DIRECTORY = HERE.parents[2] / "shared/data/samhsa/national_directory_2024_facilities.csv.gz"
SEED, SAMPLED, SHOWN = 2024, 100, 3
# What an ear writes for what was said; the first that occurs is changed.
HEARD = [("ph", "f"), ("psych", "sych"), ("behavioral", "behavorial"), ("ck", "k"), ("ie", "ei"), ("tion", "shun")]
HEARD += [
    ("center", "senter"),
    ("counsel", "council"),
    ("ll", "l"),
    ("ss", "s"),
    ("ea", "ee"),
    ("or", "er"),
    ("c", "k"),
]
SHORT = {"center": "ctr", "services": "svcs", "treatment": "tx", "recovery": "rec", "health": "hlth", "county": "co"}
SHORT |= {"behavioral": "bh", "medical": "med", "community": "comm", "associates": "assoc", "saint": "st"}
SHORT |= {"counseling": "couns", "program": "prog", "hospital": "hosp", "clinic": "cl", "outpatient": "op"}
SMALL = {"of", "the", "and", "for", "in", "at", "inc", "llc", "a"}


def long_words(words: list[str]) -> list[int]:
    """The places of the words in which a slip is a slip and not another word, the longest first."""
    return sorted((n for n, word in enumerate(words) if len(word) >= 4), key=lambda n: -len(words[n]))[:3]


def in_a_word(change: Callable[[str, random.Random], str]) -> Callable[[list[str], random.Random], list[str]]:
    def changed(words: list[str], chance: random.Random) -> list[str]:
        n = chance.choice(long_words(words))
        return [*words[:n], change(words[n], chance), *words[n + 1 :]]

    return changed


def missing_letter(word: str, chance: random.Random) -> str:
    at = chance.randrange(1, len(word))
    return word[:at] + word[at + 1 :]


def doubled_letter(word: str, chance: random.Random) -> str:
    at = chance.randrange(1, len(word))
    return word[: at + 1] + word[at:]


def swapped_letters(word: str, chance: random.Random) -> str:
    at = chance.choice([n for n in range(len(word) - 1) if word[n] != word[n + 1]])
    return word[:at] + word[at + 1] + word[at] + word[at + 2 :]


def neighbor_key(word: str, chance: random.Random) -> str:
    rows = ("qwertyuiop", "asdfghjkl", "zxcvbnm")
    at = chance.randrange(1, len(word))
    row = next((row for row in rows if word[at] in row), "")
    if not row:
        return missing_letter(word, chance)
    place = row.index(word[at])
    return word[:at] + row[place - 1 if place else place + 1] + word[at + 1 :]


def as_heard(words: list[str], chance: random.Random) -> list[str]:
    for n in long_words(words):
        for said, written in HEARD:
            if said in words[n]:
                return [*words[:n], words[n].replace(said, written, 1), *words[n + 1 :]]
    return in_a_word(missing_letter)(words, chance)


def missing_word(words: list[str], chance: random.Random) -> list[str]:
    if len(words) < 3:
        return in_a_word(swapped_letters)(words, chance)
    n = chance.randrange(1, len(words))
    return [*words[:n], *words[n + 1 :]]


def abbreviated(words: list[str], chance: random.Random) -> list[str]:
    changed = [SHORT.get(word, word) for word in words]
    return changed if changed != words else in_a_word(doubled_letter)(words, chance)


def other_order(words: list[str], chance: random.Random) -> list[str]:
    return [*words[1:], words[0]] if len(words) > 1 else in_a_word(missing_letter)(words, chance)


def run_together(words: list[str], chance: random.Random) -> list[str]:
    return [words[0] + words[1], *words[2:]] if len(words) > 2 else in_a_word(swapped_letters)(words, chance)


def only_the_start(words: list[str], chance: random.Random) -> list[str]:
    return words[: max(2, (len(words) + 1) // 2)]


RULES: dict[str, Callable[[list[str], random.Random], list[str]]] = {
    "missing letter": in_a_word(missing_letter),
    "doubled letter": in_a_word(doubled_letter),
    "swapped letters": in_a_word(swapped_letters),
    "neighbor key": in_a_word(neighbor_key),
    "as heard": as_heard,
    "missing word": missing_word,
    "abbreviated": abbreviated,
    "other order": other_order,
    "run together": run_together,
    "only the start": only_the_start,
}


def plain_words(text: str) -> list[str]:
    """As typed on a phone: lower case, without apostrophes and other signs."""
    return re.findall(r"[a-z0-9]+", text.lower().replace("'", ""))


def facilities() -> list[FacilityRow]:
    found = {}
    for row in open_directory(DIRECTORY):
        if isinstance(row, FacilityRow) and "substance-use" in row.treats:
            found.setdefault((row.name, row.name_detail, row.city, row.state), row)
    return list(found.values())


def typos(rows: list[FacilityRow]) -> list[tuple[str, str, str, str, str]]:
    """(kind, what is typed, name, city, state)."""
    chance = random.Random(SEED)
    carried = Counter(row.name.casefold() for row in rows)
    in_city = Counter((row.name.casefold(), row.city) for row in rows)
    fit = [
        row for row in rows if long_words(plain_words(row.name)) and in_city[row.name.casefold(), row.city] <= SHOWN
    ]
    sample = chance.sample(fit, SAMPLED)
    found = []
    for n, row in enumerate(sample):
        kind = list(RULES)[n % len(RULES)]
        words = RULES[kind](plain_words(row.name), chance)
        if kind == "only the start" or carried[row.name.casefold()] > SHOWN:
            words = [*words, *plain_words(row.city)]
        found.append((kind, " ".join(words), row.name, row.city, row.state))
    return found


def main() -> None:
    rows = facilities()
    with (HERE / "typo_names.csv").open("w", encoding="utf-8", newline="") as file:
        csv.writer(file, lineterminator="\n").writerows([("kind", "typed", "name", "city", "state"), *typos(rows)])
    text = io.StringIO()
    csv.writer(text, lineterminator="\n").writerows(
        sorted((row.name, row.name_detail, row.city, row.state) for row in rows)
    )
    (HERE / "names_2024.csv.gz").write_bytes(gzip.compress(text.getvalue().encode(), 9, mtime=0))


if __name__ == "__main__":
    main()
