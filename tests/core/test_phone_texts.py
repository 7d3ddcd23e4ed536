"""Telephone numbers with words around them, as lists write them."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.phone_texts import PhoneKind, find_phones, is_told_by
from core.phones import CANONICAL

MAIN, INTAKE, HOTLINE, FAX, TTY, TEXT = PhoneKind


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("", []),
        ("410-555-0100", [("410-555-0100", MAIN, "")]),
        ("803-555-0140-55266", [("803-555-0140 x55266", MAIN, "55266")]),
        ("855-555-0116press2thenpress5", [("855-555-0116", MAIN, "press 2 then press 5")]),
        ("909-555-0164or909-555-0184, ext. 6164", [("909-555-0164", MAIN, ""), ("909-555-0184 x6164", MAIN, "")]),
        ("+1-608-555-0100-x11", [("608-555-0100 x11", MAIN, "")]),
        ("650-555-CALL", [("650-555-2255", MAIN, "")]),
        ("(208) 555-0117 / (208) 555-0118", [("208-555-0117", MAIN, ""), ("208-555-0118", MAIN, "")]),
        ("503.555.0119 ext 12 or 14", [("503-555-0119 x12", MAIN, ""), ("503-555-0119 x14", MAIN, "")]),
        ("9185550120.0", [("918-555-0120", MAIN, "")]),
        ("2.545550125E9", [("254-555-0125", MAIN, "")]),
        ("1 (775) 555-0121 (24 hours)", [("775-555-0121", MAIN, "24 hours")]),
        ("Call 305-555-0122", [("305-555-0122", MAIN, "")]),
        ("801\N{NON-BREAKING HYPHEN}555\N{NON-BREAKING HYPHEN}0123", [("801-555-0123", MAIN, "")]),
        ("478\N{EN DASH}555\N{EN DASH}0124", [("478-555-0124", MAIN, "")]),
        ("410-555-0100 410-555-0101", [("410-555-0100", MAIN, ""), ("410-555-0101", MAIN, "")]),
        ("(802) 555-0100 option 3", [("802-555-0100", MAIN, "option 3")]),
        ("410-555-0100/0101", [("410-555-0100", MAIN, "0101")]),
        (
            "410-555-0100 24/7 crisis line 888-555-0101",
            [("410-555-0100", MAIN, ""), ("888-555-0101", HOTLINE, "24/7 crisis line")],
        ),
        (
            "Intake: 410-555-0100 Ext. 5 Hotline 410-555-0101",
            [("410-555-0100 x5", INTAKE, ""), ("410-555-0101", HOTLINE, "")],
        ),
        ("410-555-0100 (Intake) / 410-555-0101 (Office)", [("410-555-0100", INTAKE, ""), ("410-555-0101", MAIN, "")]),
        ("Intakes: 410-555-0100 410-555-0101", [("410-555-0100", INTAKE, ""), ("410-555-0101", INTAKE, "")]),
        (
            "new patients 410-555-0100; office 410-555-0101",
            [("410-555-0100", INTAKE, "new patients"), ("410-555-0101", MAIN, "")],
        ),
        ("1-800-662-HELP (4357)", [("800-662-4357", MAIN, "")]),
        ("1-888-HOPE-NOW", [("888-467-3669", MAIN, "")]),
        ("1-800 RECOVERY x3", [("800-732-6837 x3", MAIN, "")]),
        ("(888)555-4325 (888)555HEAL", [("888-555-4325", MAIN, "")]),  # one number, written twice
        ("Suite 300 Building 410-555-0100", [("410-555-0100", MAIN, "Suite 300 Building")]),
        ("410-555-0100 ask for Mary", [("410-555-0100", MAIN, "ask for Mary")]),
        ("205-555-0100 x12 or 205 555 0101", [("205-555-0100 x12", MAIN, ""), ("205-555-0101", MAIN, "")]),
        ("205-555-0100 x12, 1 (205) 555-0101", [("205-555-0100 x12", MAIN, ""), ("205-555-0101", MAIN, "")]),
        ("205-555-0100 x12 or 555 0101", [("205-555-0100 x12", MAIN, "or 555 0101")]),
        ("205-555-0100 x12, 24 hours", [("205-555-0100 x12", MAIN, "24 hours")]),
        ("205-555-0100 x12, 24/7", [("205-555-0100 x12", MAIN, "24/7")]),
        ("205-555-0100 x12, 8am", [("205-555-0100 x12", MAIN, "8 am")]),
        ("205-555-0100-24 hours", [("205-555-0100", MAIN, "24 hours")]),
        ("205-555-0100-24/7", [("205-555-0100", MAIN, "24/7")]),
        ("Suite 20 205-555-0100", [("205-555-0100", MAIN, "Suite 20")]),
    ],
)
def test_every_number_is_found_with_what_it_is_for(text, found):
    assert find_phones(text) == found


@pytest.mark.parametrize(
    ("text", "kinds"),
    [
        ("Fax: 410-555-0100", [FAX]),
        ("410-555-0100 fax 410-555-0101", [MAIN, FAX]),
        ("410-555-0100 main, 410-555-0101 fax", [MAIN, FAX]),
        ("410-555-0100 voice 410-555-0101 fax", [MAIN, FAX]),
        ("(main) 410-555-0100 (fax) 410-555-0101", [MAIN, FAX]),
        ("Phone: 410-555-0100 (intake) / 410-555-0101 (fax)", [INTAKE, FAX]),
        ("410-555-0100 (fax) 410-555-0101 (voice)", [FAX, MAIN]),
        ("fax for referrals 410-555-0100", [FAX]),
        ("TTY: 410-555-0100; voice: 410-555-0102", [TTY, MAIN]),
        ("text 410-555-0100", [TEXT]),
        ("call or text 410-555-0100", [MAIN]),
        ("205-555-0101 (F) / 205-555-0100 (P)", [FAX, MAIN]),
        ("205-555-0101 (F), 205-555-0100 (P)", [FAX, MAIN]),
        ("205-555-0100 (P) 205-555-0101 (F)", [MAIN, FAX]),
        ("(p) 205-555-0100 (f) 205-555-0101", [MAIN, FAX]),
        ("(T) 205-555-0100 / (F) 205-555-0101", [MAIN, FAX]),
        ("P 205-555-0100 F 205-555-0101", [MAIN, FAX]),
        ("P: 205-555-0100 F: 205-555-0101", [MAIN, FAX]),
        ("205-555-0100 P, 205-555-0101 F", [MAIN, FAX]),
        ("205-555-0100 / F 205-555-0101", [MAIN, FAX]),
        ("205-555-0100 P / F 205-555-0101", [MAIN, FAX]),
        ("205-555-0100 T/F 800-555-0101", [MAIN, MAIN]),  # toll-free
        ("Building F 205-555-0100", [MAIN]),
        ("205-555-0100 M, W, F", [MAIN]),
        ("205-555-0100 Telefax 205-555-0101", [MAIN, FAX]),
        ("205-555-0100 efax 205-555-0101", [MAIN, FAX]),
        ("205-555-0100 e-fax: 205-555-0101", [MAIN, FAX]),
        ("205-555-0100 facs. 205-555-0101", [MAIN, FAX]),
        ("205-555-0100 press 2 for fax", [MAIN]),
        ("205-555-0100 (do not fax)", [MAIN]),
        ("205-555-0100 press 2 fax 205-555-0101", [MAIN, FAX]),
        ("Tel/Fax: 205-555-0100", [MAIN]),
        ("205-555-0100 (voice/TTY)", [MAIN]),
        ("Phone (and fax by request) 205-555-0100", [MAIN]),
        ("Office fax 205-555-0100", [FAX]),
        ("no phone, fax 205-555-0100", [FAX]),
        ("Phone and Fax: 205-555-0100, 205-555-0101 fax", [MAIN, FAX]),
        ("205-555-0100 phone & fax 205-555-0101", [MAIN, FAX]),
    ],
)
def test_what_does_not_answer_a_voice_is_told_apart(text, kinds):
    assert [phone.kind for phone in find_phones(text)] == kinds


@pytest.mark.parametrize(
    "text",
    [
        "211",
        "970-013-2818",  # no exchange starts with 0
        "(203) 129-9632",  # stands so in SAMHSA's list of 2020
        "410-273-10300",
        "2.54555E9",  # a spreadsheet rounded it: the last digits are lost
        "+44 207 946 0958",
        "011 44 207 946 0958",
        "52-664-555-0100",
        "52 (664) 555-0100",
        "888-888-8888",  # stands so in SAMHSA's lists where a cell wanted something
        "300 BUILDING",
        "see website",
    ],
)
def test_what_cannot_be_dialled_is_no_number(text):
    assert find_phones(text) == []


def test_the_kind_of_a_column_holds_where_no_word_says_otherwise():
    assert find_phones("410-555-0100", INTAKE) == [("410-555-0100", INTAKE, "")]
    assert find_phones("fax 410-555-0100", INTAKE)[0].kind == FAX


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("(208) 555-0117 / (208) 555-0118", True),
        ("Intake: 410-555-0100", True),
        ("410-555-0100 press 2", False),
        ("410-555-0100 fax 410-555-0101", False),
        ("803-555-0140-55266", False),  # whether these digits are an extension is a guess
        ("211", False),
        ("see website", True),
        ("888-888-8888", True),
        ("", True),
    ],
)
def test_what_the_numbers_alone_do_not_say_is_known(text, told):
    assert is_told_by(text, find_phones(text)) is told


PHONES = st.from_regex(r"[2-9][0-9]{2}-[2-9][0-9]{2}-[0-9]{4}", fullmatch=True).filter(
    lambda phone: len(set(phone)) > 2 and CANONICAL.fullmatch(phone)
)
WRITTEN = st.sampled_from(
    ["{0}-{1}-{2}", "({0}) {1}-{2}", "({0}){1}-{2}", "{0}.{1}.{2}", "1-{0}-{1}-{2}", "{0}{1}{2}", "+1 {0} {1} {2}"]
)
AROUND = st.sampled_from(
    [
        " or ",
        "or ",
        " / ",
        "; ",
        ", ",
        " Intake: ",
        " Hotlines: ",
        " (24 hours) ",
        " press 2 then ",
        " \N{EN DASH} ",
        " fax ",
        " ext. 12 or ",
        "\n",
        " & ",
    ]
)


@given(st.lists(st.tuples(PHONES, WRITTEN, AROUND), min_size=1, max_size=5), AROUND)
def test_words_around_numbers_never_lose_one(parts, first):
    text = first + "".join(form.format(*phone.split("-")) + around for phone, form, around in parts)
    found = {phone.number.partition(" ")[0] for phone in find_phones(text)}
    assert found == {phone for phone, _form, _around in parts}


@given(st.text(max_size=300))
def test_any_text_is_read(text):
    for phone in find_phones(text):
        assert CANONICAL.fullmatch(phone.number)
