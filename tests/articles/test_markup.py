import pytest
import time_machine
from hypothesis import example, given
from hypothesis import strategies as st

from articles import losses, markup
from articles.models import Article
from tests.articles.factories import make_article

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
@example("<table>A<caption>B<td>C<th>D<table><td>E")
def test_cleaning_clean_text_changes_nothing(html):
    cleaned = markup.clean(html)
    assert markup.clean(cleaned) == cleaned
    markup.page_of(html)


DOSES = (
    "<table><caption>The first days</caption><tbody><tr><th><p>Day</p></th><th><p>Dose</p></th></tr>"
    '<tr><td><p>1</p></td><td colspan="2"><p>8 mg</p><p>or 16 mg</p></td></tr></tbody></table>'
)


def test_a_table_is_kept_with_what_spans_cells_and_without_its_looks():
    assert markup.clean(DOSES) == DOSES
    styled = DOSES.replace("<table>", '<table border="1" style="width:50%">').replace("<td>", '<td align="right">')
    assert markup.clean(styled) == DOSES
    assert markup.clean("<table><tr><td colspan='999' rowspan='x'>A</td></tr></table>") == (
        "<table><tbody><tr><td>A</td></tr></tbody></table>"
    )


def test_each_cell_is_a_paragraph_of_its_own():
    """A dose is never read as the number of its day: "Day1" and "18 mg" are no words of the table."""
    words = ["The first days", "Day", "Dose", "1", "8 mg", "or 16 mg"]
    assert markup.paragraphs_of(DOSES) == words
    without_paragraphs = DOSES.replace("<p>", "").replace("</p>", " ")
    assert markup.text_of(without_paragraphs).split() == " ".join(words).split()
    assert markup.paragraphs_of(f"<p>A</p>{DOSES}<p>B</p>", tables=False) == ["A", "B"]


def test_a_table_of_a_page_scrolls_in_a_box_with_its_caption_as_name_and_heads_have_scopes():
    page = markup.page_of(DOSES.replace("The first", "The &quot;first&quot;"))
    assert page.html.startswith(
        '<div class="table-box" role="region" tabindex="0" aria-label="The &quot;first&quot; days"><table>'
    )
    assert page.html.endswith("</table></div>")
    assert '<th scope="col"><p>Day</p></th><th scope="col"><p>Dose</p></th>' in page.html
    rows = "<table><tr><th>Methadone</th><td>daily</td></tr></table>"
    named = markup.page_of(rows + rows).html
    assert '<th scope="row">Methadone</th>' in named
    assert [name for name in ("Table 1", "Table 2") if f'aria-label="{name}"' in named] == ["Table 1", "Table 2"]


def test_a_table_in_a_table_closes_what_it_opens():
    page = markup.page_of("<table><tr><th>A<table><tr><td>B</td></tr></table></th><td>C</td></tr></table>")
    assert page.html.count('<div class="table-box"') == page.html.count("</table></div>") == 2
    assert '<th scope="row">A' in page.html


def test_bold_and_italic_of_one_span_are_both_kept_and_struck_words_are_not_said():
    both = '<p><span style="font-weight:700;font-style:italic">A</span></p>'
    assert markup.clean(both) == "<p><strong><em>A</em></strong></p>"
    assert markup.clean("<p>Wait <s>6</s><del>7</del> 12 hours</p>") == "<p>Wait  12 hours</p>"
    assert markup.clean('<p>Wait <span style="text-decoration:line-through">6</span> 12</p>') == "<p>Wait  12</p>"


def test_what_word_says_about_other_scripts_does_not_make_bold_words_plain():
    word = "<p><b style='mso-bidi-font-weight:normal'>First</b></p>"
    assert markup.clean(word) == "<p><strong>First</strong></p>"


@pytest.mark.parametrize(
    "empty", ["<figure></figure>", "<figure><img></figure>", "<ul><li></li></ul>", "<table></table>"]
)
def test_what_shows_nothing_is_dropped(empty):
    assert markup.clean(f"<p>A</p>{empty}<p>B</p>") == "<p>A</p><p>B</p>"


@pytest.mark.parametrize(
    ("html", "said"),
    [
        ('<img src="https://x.example/a.jpg">', "The picture at https://x.example/a.jpg is not on this site"),
        ('<img src="data:image/png;base64,AAAA">', "The picture inside the pasted text is not on this site"),
        ("<figure><img></figure>", "A picture has no file"),
        ('<directory-block preset="casino"></directory-block>', "no block “casino”"),
        ('<a href="javascript:alert(1)">A</a>', "The link to “javascript:alert(1)” cannot be kept"),
        ("<p>Take <del>8 mg</del></p>", "The words “8 mg” are struck out"),
        ("<video src=x>No video</video>", "The text has one video"),
        ("<select><option>Ohio</select>", "The words “Ohio” stand in a form"),
        ("<select><table><td>A</table></select>", "A table cannot be kept"),
    ],
)
def test_what_cleaning_would_take_is_said(html, said):
    assert said in " ".join(losses.lost(html, markup.clean(html)))


@given(st.text(alphabet="<>/\"'= abpihscrtldeov-&;#:x0\n\0", max_size=120))
@example(f"<p>A</p>{PICTURE}<aside><p>B</p></aside>{DOSES}")
@example('<p><a href="/find/detox/">A</a></p><directory-block preset="detox"></directory-block>')
@example("<script>alert(1)</script><style>p {}</style><p><b>A</b></p>")
def test_nothing_is_lost_of_clean_text(html):
    cleaned = markup.clean(html)
    assert losses.lost(cleaned, markup.clean(cleaned)) == []


def test_what_says_nothing_to_a_reader_is_left_out_and_no_loss():
    html = "<script>alert(1)</script><style>p {}</style><p>A</p>"
    assert losses.lost(html, markup.clean(html)) == []
    assert losses.left_out(html) == ["script", "style"]


@pytest.mark.django_db
def test_a_search_finds_the_words_of_a_cell_apart_from_those_of_its_neighbour():
    body = "<table><tbody><tr><td>Methadone</td><td>liquid</td></tr></tbody></table>"
    article = make_article(body=body)
    assert list(Article.objects.search("liquid")) == [article]
    assert list(Article.objects.search("methadoneliquid")) == []
