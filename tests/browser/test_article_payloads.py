"""Hostile text in every field that takes text: nothing runs, with our escaping alone and with the policy alone."""

from pathlib import Path

import pytest
from playwright.sync_api import expect

from tests.browser.article_rows import REMOVE_PAYLOADS, STORE_PAYLOADS, log_in, make_editor, run_on
from tests.browser.follow import follow

FILE = Path(__file__).resolve().parents[1] / "data" / "xss.txt"
PAYLOADS = FILE.read_text(encoding="utf-8").splitlines()
WATCH = (
    "window.ran = []; for (const name of ['alert', 'confirm', 'prompt', 'print']) window[name] = () => ran.push(name)"
)
# What could run later, after a touch or a click.
COULD_RUN_LATER = """() => [...document.querySelectorAll('*')].flatMap(each => [
    ...[...each.attributes].filter(({ name }) => name.startsWith('on')).map(({ name }) => `${each.tagName} ${name}`),
    ...['href', 'src', 'action', 'formaction', 'data', 'xlink:href'].map(name => each.getAttribute(name) ?? '')
        .filter(text => /^[\\s\\u0000-\\u0020]*(javascript|vbscript|data:(?!image)|feed:|view-source:)/i.test(text)),
    ...(each.matches(
        'main :is(script, style, iframe, object, embed, svg:not(.locate > svg), '
        + 'math, form[action^=j], link, meta, base)'
    ) ? [each.tagName] : []),
])"""
PASTE = """([element, html]) => {
    const clipboard = new DataTransfer()
    clipboard.setData('text/html', html)
    element.dispatchEvent(new ClipboardEvent('paste', { clipboardData: clipboard, bubbles: true, cancelable: true }))
}"""


@pytest.fixture(scope="module")
def stored(site):
    run_on(site, STORE_PAYLOADS, PAYLOADS)
    yield
    run_on(site, REMOVE_PAYLOADS, None)


def watched(new_page, **options):
    page = new_page(java_script_enabled=True, **options)
    page.add_init_script(WATCH)  # no routes: with one the browser fetches every style sheet anew
    return page


def test_there_are_at_least_a_hundred_different_payloads():
    assert len(set(PAYLOADS)) == len(PAYLOADS) >= 100


def test_no_stored_payload_runs_even_without_the_policy(new_page, site, stored):
    page = watched(new_page, bypass_csp=True)
    found = {}
    for number, payload in enumerate(PAYLOADS):
        for path in (f"/articles/payload-{number}/", f"/articles/payload-{number}/comments/"):
            answer = page.goto(path)
            assert answer.status == 200, path
            if ran := page.evaluate("ran") + page.evaluate(COULD_RUN_LATER):
                found[payload] = ran
    assert found == {}


def test_no_payload_runs_in_lists_forms_and_the_admin(new_page, site, stored):
    make_editor(site, "payload-editor", "publisher")
    page = watched(new_page, bypass_csp=True)
    pages = -(-len(PAYLOADS) // 20)
    for path in [f"/articles/?page={number + 1}" for number in range(pages)] + ["/articles/payload-0/comment/", "/"]:
        page.goto(path)
        assert page.evaluate("ran") + page.evaluate(COULD_RUN_LATER) == [], path
    log_in(page, "payload-editor")
    rows = site.rows("SELECT id FROM articles_article WHERE slug LIKE 'payload-%%' ORDER BY id")
    for path in ["/admin/articles/article/", "/admin/articles/comment/?status=all&all="]:
        page.goto(path)
        assert page.evaluate("ran") == [], path
    for (pk,) in rows[::8]:
        page.goto(f"/admin/articles/article/{pk}/change/")
        expect(page.locator(".ProseMirror")).to_be_visible()
        assert page.evaluate("ran") == [], pk
        page.goto(f"/admin/articles/article/{pk}/history/")
        assert page.evaluate("ran") == [], pk


def test_no_pasted_payload_runs_in_the_editor(new_page, site):
    make_editor(site, "paste-editor", "writer")
    page = watched(new_page, bypass_csp=True)
    log_in(page, "paste-editor")
    page.goto("/admin/articles/article/add/")
    text = page.locator(".ProseMirror")
    expect(text).to_be_visible()
    for payload in PAYLOADS:
        text.evaluate("(element, html) => (%s)([element, html])" % PASTE, payload)  # noqa: UP031 - a script, not a text
        assert page.evaluate("ran") == [], payload
    page.get_by_label("Title:").fill("Pasted")
    page.get_by_label("Summary:").fill("All of them")
    follow(page.get_by_role("button", name="Save and continue editing"))
    [[body]] = site.rows("SELECT body FROM articles_article WHERE slug = 'pasted'")
    page.set_content(body)
    assert page.evaluate(COULD_RUN_LATER) == []


def test_the_policy_alone_would_stop_an_inline_script(new_page, site, stored):
    page = watched(new_page)
    page.goto("/articles/payload-0/")
    page.evaluate(
        "() => { const script = document.createElement('script'); script.textContent = 'ran.push(1)';"
        " document.body.append(script)"
        "; document.body.insertAdjacentHTML('beforeend', '<img src=x onerror=ran.push(2)>') }"
    )
    page.wait_for_function("() => [...document.images].every(each => each.complete)")
    assert page.evaluate("ran") == []
