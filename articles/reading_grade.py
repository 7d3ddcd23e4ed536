"""How easy a text is to read, by the formula that is used for texts for patients in each language."""

import re

EASY_GRADE = 8  # of US schools; half of all adults read at this grade or below
EASY_SCORE = 55  # of INFLESZ: what its authors ask of a text for patients
SENTENCE = re.compile(r"[^.!?]+[.!?]*")
WORD = re.compile(r"[^\W\d_]+(?:['’-][^\W\d_]+)*")
SYLLABLE = re.compile(r"[aeiouyáéíóúü]+", re.IGNORECASE)
# The bands of Barrio-Cantalejo and others (2008), each from its score on.
BANDS = ((80, "very easy"), (65, "fairly easy"), (55, "normal"), (40, "somewhat difficult"), (-1000, "very difficult"))
# Spanish: vowels in one syllable or in two.
SILENT_U = re.compile(r"(q)u|(g)u(?=[eiéí])")  # que, guerra; of agua and pingüino it is heard
SILENT_H = re.compile(r"(?<=[aeiouáéíóú])h(?=[aeiouáéíóú])")
FINAL_Y = re.compile(r"y\b")  # muy, hoy; in "ayuda" it is no vowel
VOWELS = re.compile(r"[aeiouáéíóúü]+")
STRONG = re.compile(r"[aeoáéóíú]")


def grade_sentence(paragraphs: list[str], language: str) -> str:
    """For the writer: how easy it is, and what to aim for."""
    if language == "es":
        score = inflesz(paragraphs)
        band = next(words for least, words in BANDS if round(score) >= least)
        aim = "" if round(score) >= EASY_SCORE else f" Aim for {EASY_SCORE} or more, with shorter sentences and words."
        return f"Reading ease in Spanish (INFLESZ): {band}, {round(score)}.{aim}"
    grade = max(1, round(reading_grade(paragraphs)))
    if grade <= EASY_GRADE:
        return f"Reading grade {grade}: easy enough."
    return f"Reading grade {grade}: aim for {EASY_GRADE} or less, with shorter sentences and shorter words."


def counts(paragraphs: list[str], syllables) -> tuple[int, int, int]:
    """How many sentences, words and syllables."""
    sentences = [text for paragraph in paragraphs for text in SENTENCE.findall(paragraph) if WORD.search(text)]
    words = [word for sentence in sentences for word in WORD.findall(sentence)]
    return len(sentences), len(words), sum(map(syllables, words))


def reading_grade(paragraphs: list[str]) -> float:
    """The grade of US schools that understands the text (Flesch-Kincaid, 1975); for English."""
    sentences, words, syllables = counts(paragraphs, syllables_in_english)
    return 0.39 * words / sentences + 11.8 * syllables / words - 15.59 if words else 0


def inflesz(paragraphs: list[str]) -> float:
    """0 to 100, the easier the higher (Szigriszt-Pazos, 1993); for Spanish."""
    sentences, words, syllables = counts(paragraphs, syllables_in_spanish)
    return 206.835 - 62.3 * syllables / words - words / sentences if words else 0


def syllables_in_english(word: str) -> int:
    """About as many as it has."""
    count = len(SYLLABLE.findall(word))
    silent_e = word.lower().endswith("e") and not word.lower().endswith("le") and count > 1
    return max(1, count - silent_e)


def syllables_in_spanish(word: str) -> int:
    """As many as it has: two strong vowels, or an accented í or ú beside one, stand in two syllables."""
    text = SILENT_H.sub("", SILENT_U.sub(r"\1\2", FINAL_Y.sub("i", word.lower())))
    return max(1, sum(max(1, len(STRONG.findall(group))) for group in VOWELS.findall(text)))
