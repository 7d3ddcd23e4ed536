import pytest
import time_machine
from hypothesis import example, given
from hypothesis import strategies as st

from articles import markup

GOOGLE_DOCS = (
    '<meta charset="utf-8"><b style="font-weight:normal;" id="docs-internal-guid-1b2c"><h1 dir="ltr">'
    '<span style="font-size:20pt">A call</span></h1><p dir="ltr"><span style="font-weight:700">Bring</span>'
    '<span style="font-weight:400"> a snack, </span><span style="font-style:italic">please</span>.</p></b>'
)
WORD = (
    '<html xmlns:o="urn:schemas-microsoft-com:office:office"><head><style><!-- p.MsoNormal {margin:0} --></style>'
    "</head><body lang=EN-US><!--StartFragment--><p class=MsoNormal><b><span style='font-size:12.0pt'>First</span></b>"
    " call<o:p></o:p></p><p class=MsoNormal><o:p>&nbsp;</o:p></p><!--[if gte mso 9]><xml><w:View>1</w:View></xml>"
    "<![endif]--><!--EndFragment--></body></html>"
)
PICTURE = '<img src="/pictures/0123456789abcdef-1600x900.jpg" alt="A door">'


def test_what_google_docs_puts_on_the_clipboard_keeps_its_meaning():
    cleaned = "<h2>A call</h2><p><strong>Bring</strong> a snack, <em>please</em>.</p>"
    assert markup.clean(GOOGLE_DOCS) == cleaned


def test_what_word_puts_on_the_clipboard_keeps_its_meaning():
    assert markup.clean(WORD) == "<p><strong>First</strong> call</p>"


def test_pictures_are_ours_or_none():
    assert markup.clean(f"<p>{PICTURE}</p>") == f"<p>{PICTURE}</p>".replace("<p>", "<p>")
    for src in (
        "https://else.example/a.jpg",
        "/pictures/../../etc/passwd",
        "data:image/png;base64,AAAA",
        "//x.example/a",
    ):
        assert markup.clean(f'<p>A<img src="{src}" alt="x"></p>') == "<p>A</p>"


def test_blocks_without_a_known_preset_are_dropped():
    block = '<directory-block preset="detox"></directory-block>'
    assert markup.clean(block) == block
    assert markup.clean('<p>A</p><directory-block preset="casino">x</directory-block>') == "<p>A</p>x"


def test_rules_are_embedded_by_a_key():
    block = '<rule-block rule="three-day-rule"></rule-block>'
    assert markup.clean(block) == block
    assert markup.clean("<p>A</p><rule-block>x</rule-block>") == "<p>A</p>x"
    assert markup.clean('<p>A</p><rule-block rule="\'><script>"></rule-block>') == "<p>A</p>"
    assert markup.paragraphs_of(f"<p>A</p>{block}<p>B</p>") == ["A", "B"]


@pytest.mark.django_db
def test_a_page_tells_an_embedded_rule_as_it_stands_today():
    known, unknown = (f'<rule-block rule="{key}"></rule-block>' for key in ("telehealth-first-visit", "unknown"))
    body = f"<p>A</p>{known}{unknown}<p>B</p>"
    with time_machine.travel("2026-12-31 23:59:59 -05:00", tick=False):
        before = markup.page_of(body).html
    with time_machine.travel("2027-01-01 00:00:00 -05:00", tick=False):
        after = markup.page_of(body).html
    assert "Until Dec. 31, 2026." in before
    assert "This rule ended on Dec. 31, 2026" in after
    assert before.startswith("<p>A</p>")
    assert before.endswith("<p>B</p>")
    assert "rule-block" not in before


def test_links_may_point_to_the_web_a_phone_or_mail():
    for href in (
        "javascript:alert(1)",
        "data:text/html,x",
        "vbscript:x",
        " jAvAsCrIpT:alert(1)",
        "java\tscript:alert(1)",
    ):
        assert markup.clean(f'<p><a href="{href}">A</a></p>') == "<p><a>A</a></p>"
    for href in ("/find/detox/", "https://www.cdc.gov/", "tel:988", "#part-1"):
        assert markup.clean(f'<p><a href="{href}">A</a></p>') == f'<p><a href="{href}">A</a></p>'


def test_a_page_has_addresses_for_its_headings_and_both_sizes_of_its_pictures():
    page = markup.page_of(f"<h2>One &lt;b&gt;</h2><aside><p>Note</p></aside>{PICTURE}<h2>Two</h2>")
    assert page.headings == [("part-1", "One <b>"), ("part-2", "Two")]
    assert '<h2 id="part-1">One &lt;b&gt;</h2><div class="callout" role="note"><p>Note</p></div>' in page.html
    assert (
        'srcset="/pictures/0123456789abcdef-640x360.jpg 640w, /pictures/0123456789abcdef-1600x900.jpg 1600w"'
        in page.html
    )
    assert 'width="1600" height="900" alt="A door"' in page.html


def test_markup_in_an_alternative_text_stays_a_text():
    alt = '<h2>"><script>alert(1)</script>'
    body = f"<p>A</p>{PICTURE}".replace("A door", markup.escape(alt))
    page = markup.page_of(body)
    assert page.headings == []
    assert f'alt="{markup.escape(alt)}"' in page.html


def test_blocks_are_rendered_at_their_place_in_the_text():
    body = '<p>A</p><directory-block preset="detox"></directory-block><p>B</p>'
    page = markup.page_of(body, lambda preset, number: f"[{preset} {number}]")
    assert page.html == "<p>A</p>[detox 1]<p>B</p>"
    assert page.presets == ["detox"]


@given(st.text(alphabet="<>/\"'= abpihscrtldeov-&;#:x0\n\0", max_size=120))
@example("<p><a href='/find/detox/'>A <b>b</p>")
@example('<directory-block preset="detox"><p>inside</p>')
@example("<b><p>A</b>B</p>")
def test_cleaning_clean_text_changes_nothing(html):
    cleaned = markup.clean(html)
    assert markup.clean(cleaned) == cleaned
    markup.page_of(html)
