"""The Spanish catalogue: it holds all texts of the source, translated; `make messages` brings it up to date."""

import ast
import re
from io import BytesIO

import pytest
from babel.messages.mofile import read_mo
from django.conf import settings
from django.utils.translation import override

from clinics.models import Service
from clinics.presets import PRESETS
from clinics.questions.registry import FILTERS, REGISTRY
from clinics.search import facets
from clinics.states import state_names
from core import translations

CATALOGUE = translations.read()
ASKS = {"_", "gettext", "gettext_lazy", "ngettext", "ngettext_lazy"}
PLACEHOLDER = re.compile(r"%\(\w+\)s|%[sd%]|</?[a-z][^>]*>")
# Words that no text for readers uses, in either language.
BLAMING = re.compile(r"\b(adict[oa]s?|drogadict\w*|toxic[oó]man\w*|addicts?|abusers?)\b", re.IGNORECASE)
# tú instead of usted.
FAMILIAR = re.compile(
    r"\b(tú|tus?|ti|contigo|eres|tienes|puedes|quieres|necesitas|estás|vives|buscas)\b", re.IGNORECASE
)


def key(message) -> tuple:
    return message.context, translations.texts(message.id)


def in_pairs(catalogue) -> dict:
    return {key(message): translations.texts(message.string) for message in catalogue if message.id}


def every(field: str) -> list[str]:
    return [text for message in CATALOGUE if message.id for text in translations.texts(getattr(message, field))]


def test_the_catalogue_holds_what_the_source_says_and_nothing_else():
    said = {key(message) for message in translations.gather() if message.id}
    known = {key(message) for message in CATALOGUE if message.id}
    assert (said - known, known - said) == (set(), set()), "run `make messages`"
    assert len(said) > 800


def test_no_text_is_asked_for_that_the_catalogue_has_not():
    """Babel gathers none of those inside an f-string: "Ask:" stood in English in Spanish messages."""
    known = set(every("id"))
    asked = [
        (str(path.relative_to(settings.BASE_DIR)), node.args[0].value)
        for app in ("articles", "clinics", "core", "listings")
        for path in (settings.BASE_DIR / app).rglob("*.py")
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8")))
        if isinstance(node, ast.Call)
        and isinstance(node.func, ast.Name)
        and node.func.id in ASKS
        and node.args
        and isinstance(node.args[0], ast.Constant)
    ]
    assert len(asked) > 500
    assert [(path, text) for path, text in asked if text not in known] == []


def test_all_of_it_is_translated_and_nothing_is_guessed_or_left_over():
    assert [message.id for message in translations.missing(CATALOGUE)] == []
    assert list(CATALOGUE.obsolete) == []


def test_a_translation_keeps_the_placeholders_the_links_and_the_number_of_forms():
    for message in CATALOGUE:
        if message.id:
            english, spanish = translations.texts(message.id), translations.texts(message.string)
            assert len(english) == len(spanish), message.id
            for one, other in zip(english, spanish, strict=True):
                assert sorted(PLACEHOLDER.findall(one)) == sorted(PLACEHOLDER.findall(other)), other
                assert one[-1:].isspace() == other[-1:].isspace(), other


def test_the_site_reads_what_the_catalogue_says():
    compiled = read_mo(BytesIO(translations.COMPILED.read_bytes()))
    assert in_pairs(compiled) == in_pairs(CATALOGUE)
    assert compiled.num_plurals == 2


def test_gathering_twice_changes_nothing(tmp_path, monkeypatch):
    before = translations.CATALOGUE.read_bytes(), translations.COMPILED.read_bytes()
    monkeypatch.setattr(translations, "CATALOGUE", tmp_path / "django.po")
    monkeypatch.setattr(translations, "COMPILED", tmp_path / "django.mo")
    translations.CATALOGUE.write_bytes(before[0])
    catalogue = translations.read()
    catalogue.update(translations.gather(), no_fuzzy_matching=True)
    translations.write(catalogue)
    assert (translations.CATALOGUE.read_bytes(), translations.COMPILED.read_bytes()) == before


def test_a_new_sentence_is_named_as_missing_and_a_forgotten_one_as_obsolete():
    catalogue, gathered = translations.read(), translations.gather()
    gathered.add("We moved to the moon.")
    gathered.delete("Find clinics")
    catalogue.update(gathered, no_fuzzy_matching=True)
    assert [message.id for message in translations.missing(catalogue)] == ["We moved to the moon."]
    assert [message.string for message in catalogue.obsolete.values()] == ["Buscar clínicas"]


def test_the_words_are_person_first_and_address_readers_with_usted():
    for text in (*every("string"), *spanish_of_the_questions()):
        assert not BLAMING.search(text), text
        assert not FAMILIAR.search(text), text


def test_a_medicine_has_one_name_in_spanish():
    texts = (*every("string"), *spanish_of_the_questions())
    assert not [text for text in texts if re.search(r"\bmedicinas?\b", text, re.IGNORECASE)]


def spanish_of_the_questions() -> list[str]:
    texts = [(each.question, each.label, each.yes, each.no, each.filter_label, each.ask) for each in REGISTRY]
    choices = [[choice.label for choice in each.choices] for each in REGISTRY]
    return [text.spanish for found in (*texts, *choices) for text in found]


@pytest.mark.django_db
def test_the_code_book_the_filters_the_presets_and_the_states_are_in_spanish():
    wanted = {text for service in Service.objects.all() for text in (service.name, service.explanation) if text}
    wanted |= {str(group.label) for group in facets.GROUPS} | {str(value.label) for value in facets.VALUES.values()}
    wanted -= {str(question.filter_label) for question in FILTERS}  # the registry of questions has both languages
    wanted |= {str(text) for each in PRESETS for text in (each.title, each.summary, each.explanation)}
    wanted |= set(state_names().values())
    assert wanted <= set(every("id"))
    with override("es"):
        assert facets.VALUES["assistance/sliding-scale"].label == "Tarifa según sus ingresos"
        assert state_names()["PA"] == "Pensilvania"


NUMBER = re.compile(
    r"\b(two|three|four|five|six|seven|eight|nine|ten|eleven|twelve|fifteen|twenty|thirty|forty|fifty|hundred"
    r"|thousand|\d+)\b",
    re.IGNORECASE,
)
# Numbers of the world, which no constant of ours holds. Any other number of a sentence comes from its constant.
OF_THE_WORLD = [
    *(
        "911",
        "988",
        "711",
        "“press 2”",
        "CC BY 4.0",
        "10001 suboxone",
        "1-800-662-4357",
        "+18006624357",
        "12-step",
        "people 65 and older",
    ),
    *("An NPI has ten digits", "Ten digits", "five digits", "Five digits", "five and four", "Two letters each"),
    *("status 400", "HSDS 3", "WCAG) 2.2", "3-D Secure", "ZIP+4", "95 %", "count is 0", "number from 1", "from 1;"),
    *("of the two", "about 250 others", "320 pixels", "three stops", "About five minutes", "1 clinic"),
    *("Only for a group: 1 covers", "up to ten days", "$0", "0: free", "0: the same day", "within 48 hours"),
    *("two times", "two ways", "eleven federal holidays", "up to ten clinics", "ten digits", "five business days"),
    *("Twelve short questions", "twelve months", "two weeks", "due in 30 days"),
    # examples of what to type
    *("M-F 9am-5pm or 24/7", "9:00 am and 5:00 pm"),
    *("02139-1234", "02139", "42.37, -71.11", "617-555-0100 x12", "617-555-0100", "06/30/2028", "39.2908, -76.6108"),
    *("39.29080, -76.61080", "10001 suboxone", "CC BY 4.0", "Mon-Fri 9:00-17:00; Sat 9:00-12:30, or 24/7"),
    "Mon-Fri 9:00-17:00; Sat 9:00-12:30",
]


def test_a_number_in_a_sentence_comes_from_its_constant():
    written_out = []
    for sentence in every("id"):
        rest = re.sub(r"%\(\w+\)[sd]|\{\w+\}|&#\d+;", "", sentence)
        for known in OF_THE_WORLD:
            rest = rest.replace(known, "")
        if NUMBER.search(rest):
            written_out.append(sentence)
    assert written_out == []


def test_every_number_of_the_world_is_in_some_sentence():
    assert [known for known in OF_THE_WORLD if not any(known in sentence for sentence in every("id"))] == []
