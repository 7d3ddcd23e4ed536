"""How hard a text is to read: the school grade of English (Flesch-Kincaid), the ease of Spanish (Fernández-Huerta)."""

import re
from collections.abc import Callable

SENTENCE_END = re.compile(r"[.!?:;]+(?:\s|$)")
WORD = re.compile(r"[^\W\d_]+(?:['’][^\W\d_]+)?")
VOWELS = re.compile(r"[aeiouy]+")
SPOKEN_APART = re.compile(r"[^tscg]i[ao]|eo|ua|[^q]uity|creat|react|ying")  # di-a-be-tes, med-i-a
SILENT_E = re.compile(r"[^aeiouyl]e$|[aeiouy]le$|[^aeiouytd]ed$|[^aeiouyscxzg]es$")
STRONG = "aeoáéóíú"


def english_syllables(word: str) -> int:
    """By the vowels that are heard: right for nine words of ten, and as many too high as too low."""
    word = re.sub(r"['’].*", "", word.lower())
    count = len(VOWELS.findall(word)) + len(SPOKEN_APART.findall(word)) - len(SILENT_E.findall(word))
    return max(1, count)


def spanish_syllables(word: str) -> int:
    """Vowels side by side are one syllable, unless both are strong: po-e-ta, dí-a, but cui-da."""
    word = re.sub(r"[qg]u([eéií])", r"q\1", word.lower())
    count = 0
    for run in re.findall(r"[aeiouáéíóúüy]+", re.sub(r"y(?=[aeiouáéíóú])", "j", word)):
        strong = sum(letter in STRONG for letter in run)
        count += max(1, strong)
    return max(1, count)


def figures(text: str, syllables: Callable[[str], int], easy: dict[str, int]) -> tuple[float, float]:
    """Words a sentence, and syllables a word; a word of `easy` counts as many syllables as stand there."""
    words = WORD.findall(text)
    sentences = max(1, len([part for part in SENTENCE_END.split(text) if WORD.search(part)]))
    counted = sum(easy[word.lower()] if word.lower() in easy else syllables(word) for word in words)
    return len(words) / sentences, counted / len(words)


def english_grade(text: str, easy: dict[str, int]) -> float:
    """The school grade at which it is understood (Flesch and Kincaid, 1975)."""
    words, syllables = figures(text, english_syllables, easy)
    return 0.39 * words + 11.8 * syllables - 15.59


def spanish_ease(text: str, easy: dict[str, int]) -> float:
    """0 to 100, the easier the higher (Fernández-Huerta, 1959); from 60 on it is read in the eighth grade."""
    words, syllables = figures(text, spanish_syllables, easy)
    return 206.84 - 60 * syllables - 1.02 * words
