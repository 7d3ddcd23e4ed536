"""Every label of the code book and of the filters can be read in the eighth grade, in English and in Spanish.

A label is no sentence: it is measured as the end of one, as a clinic's page says it, together with its explanation.
"""

import csv

import pytest
from django.utils.translation import gettext, override

from clinics.search import facets
from clinics.translations import CODE_BOOK
from tests.reading import english_grade, english_syllables, spanish_ease, spanish_syllables

HIGHEST_GRADE, LEAST_EASE = 8, 60
ENGLISH, SPANISH = "At this place you can get", "En este lugar a usted le dan"
# What counts as a word of two syllables, however long: its name is the thing that a reader looks for, or knows it by.
MEDICINES = """
    abilify acamprosate antabuse aripiprazole asenapine brexpiprazole buprenorphine campral cariprazine chlorpromazine
    clonidine clozapine clozaril disulfiram droperidol fanapt fluoxetine fluphenazine geodon haldol haloperidol
    iloperidone invega latuda lofexidine loxapine lucemyra lurasidone methadone naloxone naltrexone olanzapine
    paliperidone perphenazine pimozide prochlorperazine quetiapine rexulti risperdal risperidone saphris seroquel
    sublocade suboxone symbyax thioridazine thiothixene trifluoperazine vivitrol vraylar ziprasidone zyprexa
    acamprosato buprenorfina clonidina lofexidina metadona naloxona naltrexona antipsicótico
"""
SUBSTANCES_AND_ILLNESSES = """
    alcohol benzodiazepine benzodiazepines cocaine fentanyl heroin hepatitis methamphetamine opioid opioids opioide
    opioides desintoxicación
"""
INSURERS_AND_OFFICES = """
    aids ccbhc carf cbt coa dea dbt ect emdr fqhc hfap hiv lgbtq medicaid medicare ncqa otp ptsd rebt samhsa telehealth
    tricare va veterans affairs
"""
LANGUAGES_AND_PEOPLES = """
    alaska american arabic cantonese indian italian japanese lakota mandarin native navajo ojibwa portuguese tagalog
    vietnamese
"""
EASY = dict.fromkeys(
    f"{MEDICINES} {SUBSTANCES_AND_ILLNESSES} {INSURERS_AND_OFFICES} {LANGUAGES_AND_PEOPLES}".split(), 2
)


def labels() -> list[tuple[str, str, str]]:
    """(where it stands, label, explanation)."""
    with CODE_BOOK.open(encoding="utf-8", newline="") as file:
        services = [(row["slug"], row["name"], row["explanation"]) for row in csv.DictReader(file)]
    filters = [(value.key, value.label, "") for value in (*facets.VALUES.values(), *facets.TREATS.values)]
    with override("en"):
        return services + [(key, str(label), "") for key, label, _none in filters]


@pytest.mark.parametrize(
    ("word", "syllables"), [("medication", 4), ("placed", 1), ("table", 2), ("houses", 2), ("media", 3)]
)
def test_syllables_of_english_words(word, syllables):
    assert english_syllables(word) == syllables


@pytest.mark.parametrize(
    ("word", "syllables"), [("ayuda", 3), ("médico", 3), ("cuida", 2), ("día", 2), ("quien", 1), ("poeta", 3)]
)
def test_syllables_of_spanish_words(word, syllables):
    assert spanish_syllables(word) == syllables


def test_what_is_hard_to_read_is_told_from_what_is_easy():
    assert english_grade("You can see a doctor here.", {}) < 3
    assert english_grade("Comprehensive psychosocial rehabilitation utilizing evidence-based methodologies.", {}) > 15
    assert spanish_ease("Aquí le ve un médico.", {}) > 80
    assert (
        spanish_ease("Rehabilitación psicosocial multidisciplinaria, conforme a metodologías establecidas.", {}) < 10
    )


def test_every_label_can_be_read_in_the_eighth_grade():
    grades = [
        (round(english_grade(f"{ENGLISH} {label}. {explanation}", EASY), 1), where, label, explanation)
        for where, label, explanation in labels()
    ]
    assert [found for found in grades if found[0] > HIGHEST_GRADE] == []


def test_and_so_can_its_spanish():
    with override("es"):
        eases = [
            (round(spanish_ease(f"{SPANISH} {gettext(label)}. {text and gettext(text)}", EASY)), where, gettext(label))
            for where, label, text in labels()
        ]
    assert [found for found in eases if found[0] < LEAST_EASE] == []


def test_the_allow_list_names_nothing_that_no_label_says():
    with override("es"):
        said = " ".join(
            f"{label} {text} {gettext(label)} {text and gettext(text)}" for _where, label, text in labels()
        )
    assert [word for word in EASY if word not in said.lower()] == []
