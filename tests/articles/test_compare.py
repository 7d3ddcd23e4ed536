"""What differs between two versions is named: words, and formatting too."""

import pytest

from articles.admin.compare import formatting, text_difference, tokens_of

PICTURE = '<img src="/pictures/{}-64x48.jpg" alt="A door">'


@pytest.mark.parametrize(
    ("before", "after", "sentence"),
    [
        (
            "<p>Call one person.</p>",
            "<h2>Call one person.</h2>",
            "“Call one person.” is now a heading; it was a paragraph.",
        ),
        ("<p>Call one person.</p>", "<p>Call <strong>one person.</strong></p>", "“one person.” is now bold."),
        ("<p><strong>Call</strong> one.</p>", "<p>Call one.</p>", "“Call” is no longer bold."),
        ("<p>Call one.</p>", "<p><em>Call</em> one.</p>", "“Call” is now italic."),
        ("<p>Call one.</p>", '<p><a href="/find/detox/">Call</a> one.</p>', "“Call” now leads to /find/detox/."),
        (
            '<p><a href="https://a.example/">Call</a></p>',
            '<p><a href="https://b.example/{x}">Call</a></p>',
            "“Call” now leads to https://b.example/{x}; it led to https://a.example/.",
        ),
        (
            '<p><a href="https://a.example/">Call</a></p>',
            "<p>Call</p>",
            "“Call” no longer leads to https://a.example/.",
        ),
        ("<ul><li>One</li></ul>", "<ol><li>One</li></ol>", "“One” is now a numbered point; it was a point of a list."),
        ("<p>One</p>", "<ul><li><p>One</p></li></ul>", "“One” is now a point of a list; it was a paragraph."),
        ("<p>One</p>", "<aside><p>One</p></aside>", "“One” is now a box; it was a paragraph."),
        (
            PICTURE.format("0123456789abcdef"),
            PICTURE.format("fedcba9876543210"),
            "“[picture: A door]” shows another file.",
        ),
    ],
)
def test_a_change_of_formatting_is_named(before, after, sentence):
    assert list(formatting(tokens_of(before), tokens_of(after))) == [sentence]
    assert "<del>" not in text_difference(before, after)


def test_pictures_blocks_and_ends_of_paragraphs_are_words_of_the_text():
    difference = text_difference(
        "<p>One two.</p>", f"<p>One</p><p>two.</p><figure>{PICTURE.format('0' * 16)}</figure>"
    )
    assert difference.count("<ins>") == 2
    assert "<ins>¶</ins>" in difference
    assert "<ins>[picture: A door]</ins>" in difference
    added = text_difference("<p>A</p>", '<p>A</p><directory-block preset="detox"></directory-block>')
    assert "<ins>[directory-block: detox]</ins>" in added


def test_words_and_formatting_that_changed_together_are_both_shown():
    difference = text_difference(
        "<p>Call one person today.</p>", "<p>Call <strong>two</strong> people <em>today.</em></p>"
    )
    assert "<del>one person</del>" in difference
    assert "<ins>two people</ins>" in difference
    assert "<li>“today.” is now italic.</li>" in difference


def test_nothing_in_a_text_becomes_markup_of_the_page():
    difference = text_difference("<p>A</p>", "<p>&lt;script&gt; {0} A</p>")
    assert "<script>" not in difference
    assert "&lt;script&gt; {0}" in difference


def test_the_same_text_differs_in_nothing():
    assert text_difference("<p>A</p>", "<p>A</p>") == ""
    assert "reads and looks the same" in text_difference("<p>A <br>b</p>", "<p>A b</p>")
