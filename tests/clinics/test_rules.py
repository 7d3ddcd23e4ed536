"""Rules of law and medicine: what a page says on each side of every midnight, and how editors keep them."""

import csv
import io
import re
from datetime import date, timedelta

import pytest
import time_machine
from django.core.exceptions import ValidationError
from django.core.management import call_command
from django.db import IntegrityError
from django.utils.html import strip_tags
from django.utils.translation import override

from clinics import rules, shipped
from clinics.models import Rule
from clinics.models.rules import WARNED_DAYS, Standing
from clinics.presets import PAGES
from core.dashboard import queues
from tests.clinics.factories import RuleFactory

pytestmark = pytest.mark.django_db
SHIPPED = list(csv.DictReader(io.StringIO(rules.FILE.read_text(encoding="utf-8"))))


@pytest.fixture(autouse=True)
def nothing_remembered():
    rules.forget()
    yield
    rules.forget()


def text_of(html: str) -> str:
    return " ".join(strip_tags(html).split())


def make_rule(key="invented", **facts) -> Rule:
    return RuleFactory(key=key, **facts)


# Midnight is that of the site's clock (America/New_York): five hours behind UTC in winter, four in summer.
@pytest.mark.parametrize(
    ("moment", "said", "not_said"),
    [
        ("2025-12-31 23:59:59 -05:00", "As of Jan. 1, 2026. It holds.", "ended"),
        ("2026-01-01 00:00:00 -05:00", "It holds. Until Dec. 31, 2026.", "As of"),
        ("2026-12-31 23:59:59 -05:00", "It holds. Until Dec. 31, 2026.", "ended"),
        ("2027-01-01 00:00:00 -05:00", "This rule ended on Dec. 31, 2026; we are checking", "It holds"),
    ],
)
def test_a_rule_says_what_it_is_on_both_sides_of_each_midnight(moment, said, not_said):
    make_rule(valid_until=date(2026, 12, 31))
    with time_machine.travel(moment, tick=False):
        text = text_of(rules.rules_html("invented"))
    assert said in text
    assert not_said not in text
    assert "Source: Nobody, read on Nov. 1, 2026." in text


def test_a_rule_says_that_its_source_was_not_read_again_in_time():
    make_rule(review_by=date(2026, 12, 15))
    with time_machine.travel("2026-12-15 23:59:59 -05:00", tick=False):
        assert "may have changed" not in text_of(rules.rules_html("invented"))
    with time_machine.travel("2026-12-16 00:00:00 -05:00", tick=False):
        text = text_of(rules.rules_html("invented"))
    assert "It holds." in text
    assert "We wanted to read it again by Dec. 15, 2026 and have not: it may have changed." in text


@pytest.mark.parametrize(
    ("key", "day", "standing"),
    [
        ("telehealth-first-visit", "2026-12-31", Standing.HOLDS),
        ("telehealth-first-visit", "2027-01-01", Standing.ENDED),
        ("telehealth-six-months", "2027-01-01", Standing.HOLDS),
        ("medicaid-work", "2026-12-31", Standing.COMING),
        ("medicaid-work", "2027-01-01", Standing.HOLDS),
        ("opioid-treatment-programs", "2024-10-01", Standing.COMING),
        ("opioid-treatment-programs", "2024-10-02", Standing.HOLDS),
        ("three-day-rule", "2023-08-07", Standing.COMING),
        ("three-day-rule", "2023-08-08", Standing.HOLDS),
        ("no-waiver", "2022-12-29", Standing.HOLDS),
        ("naloxone-without-a-prescription", "2023-03-29", Standing.HOLDS),
    ],
)
def test_the_shipped_rules_hold_on_their_days(key, day, standing):
    assert Rule.objects.get(key=key).standing(date.fromisoformat(day)) is standing


def test_every_shipped_rule_has_a_source_and_words_in_both_languages():
    assert len(SHIPPED) >= 7
    for row in SHIPPED:
        assert row["source_url"].startswith("https://"), row["key"]
        assert row["text_en"] != row["text_es"], row["key"]
        assert "mg" not in re.findall(r"[a-z]+", row["text_en"] + row["text_es"]), row["key"]
        with override("es"):
            assert row["text_es"] in rules.rules_html(row["key"], today=date(2027, 1, 1)) or row["valid_until"]


def test_every_rule_that_a_page_names_is_there():
    named = {key for preset in PAGES.values() for key in preset.rules} | {*rules.OF_TELEHEALTH, rules.OF_THREE_DAYS}
    assert named <= {row["key"] for row in SHIPPED}


def test_a_rule_of_one_state_is_told_there_alone():
    make_rule(states=["NY", "NJ"])
    assert rules.keys_of_state("NY") == ["invented"]
    assert rules.keys_of_state("CT") == []
    assert "It holds." in rules.rules_html("invented", state="NJ")
    assert rules.rules_html("invented", state="CT") == ""
    assert rules.rules_html("invented") == "", "of a reader whose state nobody knows"


def test_what_nobody_knows_is_left_out():
    assert rules.rules_html("there-is-no-such-rule") == ""


def test_words_of_editors_are_escaped():
    make_rule(text_en="<script>alert(1)</script>", title_en="<b>", source="<i>", source_url="https://x.example/?a=1&b")
    html = rules.rules_html("invented")
    assert "<script>" not in html
    assert "<b>" not in html
    assert "<i>" not in html


def test_pages_tell_the_rules_of_their_kind(client):
    with time_machine.travel("2026-11-29 12:00 -05:00", tick=False):
        telehealth = text_of(client.get("/find/telehealth/").content.decode())
        spanish = text_of(client.get("/es/find/telehealth/").content.decode())
        state = text_of(client.get("/locations/mt/telehealth/").content.decode())
    assert "A first visit by phone or video." in telehealth
    assert "Until Dec. 31, 2026." in telehealth
    assert "Hasta el 31 de diciembre de 2026." in spanish
    assert "Rules for visits by phone or video" in state
    with time_machine.travel("2027-01-01 12:00 -05:00", tick=False):
        telehealth = text_of(client.get("/find/telehealth/").content.decode())
    assert "This rule ended on Dec. 31, 2026" in telehealth
    assert "Buprenorphine by phone or video for six months." in telehealth


def test_editors_are_warned_sixty_days_before():
    Rule.objects.all().delete()
    make_rule("ends", valid_until=date(2026, 12, 31), review_by=date(2028, 1, 1))
    make_rule("to-read", valid_until=None, review_by=date(2026, 12, 31))
    first_day = date(2026, 12, 31) - timedelta(days=WARNED_DAYS)
    assert list(Rule.objects.to_check(first_day - timedelta(days=1))) == []
    assert {rule.key for rule in Rule.objects.to_check(first_day)} == {"ends", "to-read"}
    [queue] = [queue for queue in queues() if queue.name == "rule"]
    with time_machine.travel("2026-11-29 12:00 -05:00", tick=False):
        assert queue.waiting()[0] == 2


def test_loading_twice_changes_nothing_and_an_editors_words_stay():
    out = io.StringIO()
    call_command("load_rules", stdout=out)
    assert f"Rules: 0 created, 0 updated, 0 removed, {len(SHIPPED)} unchanged;" in out.getvalue()
    Rule.objects.filter(key="no-waiver").update(text_en="Ours.", is_shipped=False)
    Rule.objects.filter(key="three-day-rule").update(text_en="Of an older release.")
    Rule.objects.filter(key="do-not-mix").delete()
    RuleFactory(key="withdrawn", is_shipped=True)
    RuleFactory(key="of-an-editor")
    assert rules.load() == (1, 1, 1, len(SHIPPED) - 3, ("no-waiver",))
    assert Rule.objects.get(key="no-waiver").text_en == "Ours."
    assert Rule.objects.filter(key="of-an-editor").exists()
    call_command("load_rules", stdout=out)
    assert "edited here, so not changed: no-waiver" in out.getvalue()


@pytest.mark.parametrize(
    ("column", "value", "sentence"),
    [
        ("valid_from", "tomorrow", "rules.csv line 2: valid_from"),
        ("valid_until", "2020-01-01", "The last day is before the first."),
        ("states", "NY XX", "There is no state XX."),
        ("source_url", "javascript:alert(1)", "rules.csv line 2: source_url"),
        ("text_es", "", "rules.csv line 2: text_es"),
    ],
)
def test_a_bad_row_is_refused_with_a_sentence_and_nothing_is_written(tmp_path, column, value, sentence):
    before = list(Rule.objects.values())
    bad = SHIPPED[0] | {"key": "new", "valid_from": "2026-01-01", "valid_until": ""} | {column: value}
    path = tmp_path / "rules.csv"
    with path.open("w", newline="") as file:
        writer = csv.DictWriter(file, rules.COLUMNS)
        writer.writeheader()
        writer.writerow(bad)
    with pytest.raises(shipped.Unreadable, match=re.escape(sentence)):
        rules.load(path)
    assert list(Rule.objects.values()) == before


def test_a_file_that_cannot_be_read_is_one_sentence(tmp_path):
    (tmp_path / "rules.csv").write_text("key,title_en\n")
    with pytest.raises(shipped.Unreadable, match="lacks the column checked_on"):
        rules.load(tmp_path / "rules.csv")
    with pytest.raises(shipped.Unreadable, match="cannot be read"):
        rules.load(tmp_path / "absent.csv")


def test_an_end_before_the_beginning_is_refused_by_the_table_too():
    with pytest.raises(IntegrityError):
        make_rule(valid_until=date(2025, 12, 31))
    with pytest.raises(ValidationError):
        Rule(key="x", states=["XX"]).clean()


def test_an_editor_changes_a_rule_and_readers_see_it_at_once(admin_client, client, django_capture_on_commit_callbacks):
    rule = Rule.objects.get(key="no-waiver")
    address = f"/admin/clinics/rule/{rule.pk}/change/"
    assert "No special permission" in client.get("/find/doctors/").content.decode()
    form = admin_client.get(address).context["adminform"].form
    data = {name: form[name].value() or "" for name in form.fields}
    data |= {"states": "", "text_en": "Nobody needs the X-waiver.", "reviewer": ""}
    with django_capture_on_commit_callbacks(execute=True):
        answer = admin_client.post(address, data)
    assert answer.status_code == 302
    assert "Nobody needs the X-waiver." in client.get("/find/doctors/").content.decode()
    rule.refresh_from_db()
    assert not rule.is_shipped
    assert rule.reviewer == ""
    admin_client.post(address, data | {"checked_on": "2026-12-01"})
    rule.refresh_from_db()
    assert (rule.reviewer, rule.checked_on) == ("admin", date(2026, 12, 1))
    listed = admin_client.get("/admin/clinics/rule/?to_check=yes").content.decode()
    assert "ends or is to be read again soon" in listed


def test_who_only_read_the_source_again_leaves_the_rule_to_the_next_release(admin_client):
    rule = Rule.objects.get(key="no-waiver")
    address = f"/admin/clinics/rule/{rule.pk}/change/"
    form = admin_client.get(address).context["adminform"].form
    data = {name: form[name].value() or "" for name in form.fields} | {"states": ""}
    admin_client.post(address, data | {"checked_on": "2026-12-01", "review_by": "2027-12-01"})
    rule.refresh_from_db()
    assert rule.is_shipped
    assert (rule.checked_on, rule.reviewer) == (date(2026, 12, 1), "admin")
    assert rules.load().unchanged == len(SHIPPED)
    rule.refresh_from_db()
    assert (rule.checked_on, rule.review_by) == (date(2026, 12, 1), date(2027, 12, 1)), "the reading is kept"
    Rule.objects.filter(pk=rule.pk).update(checked_on=date(2020, 1, 1))
    assert rules.load().updated == 1, "the project read it later"


def test_a_rule_of_a_state_says_of_which_where_an_article_embeds_it():
    make_rule(states=["NY", "NJ"])
    assert "An invented rule (New Jersey, New York)." in text_of(rules.rules_html("invented", state=None))


def test_rules_that_were_not_loaded_are_a_problem_of_the_deployment():
    assert not rules.not_loaded()
    Rule.objects.filter(key="no-waiver").delete()
    assert rules.not_loaded()
    rules.forget()
    assert rules.unknown(["no-waiver", "do-not-mix"]) == ["no-waiver"]
