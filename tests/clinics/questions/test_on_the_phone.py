"""What to ask on the phone: each question is written once."""

from django.utils.translation import override

from clinics.questions.on_the_phone import FIRST, OF_A_SHEET, TO_ASK, questions


def test_questions_come_in_the_order_in_which_a_desk_can_answer():
    assert questions(reversed(FIRST)) == ["Do you take new patients?", "Can I get the medicine at the first visit?"]
    assert questions(OF_A_SHEET) == [str(TO_ASK[name]) for name in OF_A_SHEET]


def test_they_are_in_the_language_of_the_reader():
    english = questions(TO_ASK)
    with override("es"):
        assert not set(english) & set(questions(TO_ASK))
