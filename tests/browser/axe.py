"""Runs axe, which checks WCAG 2.2 AA as far as a program can, on a page in a browser."""

from axe_playwright_python.sync_playwright import Axe

WCAG = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa"]
# The results of these two rules depend on the color scheme; all others run once for each width.
SEEN = ["color-contrast", "target-size"]
NARROW, WIDE = {"width": 320, "height": 800}, {"width": 1280, "height": 900}  # 320 is also 1280 at a zoom of 400 %
UNFOLD = "document.querySelectorAll('details').forEach(details => details.open = true)"
# Django's own pages change their colors in a transition; in between they belong to neither scheme.
SETTLE = "Promise.allSettled(document.getAnimations().map(each => each.finished)).then(settled => settled.length)"


AXE = Axe()


def run_axe(page, options) -> dict:
    """Load the script of axe, half a megabyte, once for each page."""
    if not page.evaluate("'axe' in window"):
        page.evaluate(AXE.axe_script)
    return page.evaluate("options => axe.run(document, options)", options)


def wrong_with(page, tags, fully, seen) -> dict:
    """{(width, scheme, rule): (what it asks, the first places)}, everything unfolded.

    `fully` and `seen` are (size, color scheme) pairs: those to ask every rule of `tags`, and those to ask SEEN alone.
    """
    page.evaluate(UNFOLD)
    found = {}
    for rules, looks in ((tags, fully), (SEEN, seen)):
        for size, scheme in looks:
            page.set_viewport_size(size)
            page.emulate_media(color_scheme=scheme)
            page.evaluate(SETTLE)
            answer = run_axe(page, {"runOnly": rules, "resultTypes": ["violations"]})
            assert set(SEEN) <= {rule["id"] for rule in answer["passes"]}
            for violation in answer["violations"]:
                where = [node["target"] for node in violation["nodes"]]
                found[size["width"], scheme, violation["id"]] = (violation["help"], where[:3])
    return found
