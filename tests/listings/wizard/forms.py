"""The controls of a page of the form, as a browser would send them; those in a fold apart."""

from html.parser import HTMLParser

from django.test import Client
from django.urls import reverse

UNCOUNTED = ("hidden", "submit", "search")


class Controls(HTMLParser):
    """Of the last form that is posted on a page."""

    def __init__(self, html: str):
        super().__init__()
        self.sent: dict[str, list[str]] = {}
        self.open_count = self.folded_count = self.folds = 0
        self.name, self.in_form, self.text = "", False, None
        self.feed(html[html.index("<main") :])

    def handle_starttag(self, tag, attrs):
        given = dict(attrs)
        if tag == "form":
            self.in_form = given.get("method") == "post"
        if not self.in_form:
            return
        name, kind = given.get("name") or "", given.get("type", "text")
        if tag == "details":
            self.folds += 1
        elif tag == "option":
            if "selected" in given:
                self.sent[self.name] = [given.get("value", "")]
        elif tag in ("input", "select", "textarea"):
            self._count(kind)
            self.name = name
            if tag == "select":
                self.sent.setdefault(name, [""])
            elif tag == "textarea":
                self.text = ""
            elif kind not in ("checkbox", "radio"):
                self.sent[name] = [given.get("value", "")]
            elif "checked" in given:
                self.sent.setdefault(name, []).append(given.get("value", "on"))

    def _count(self, kind: str) -> None:
        if kind not in UNCOUNTED:
            self.folded_count += bool(self.folds)
            self.open_count += not self.folds

    def handle_data(self, data):
        if self.text is not None:
            self.text += data

    def handle_endtag(self, tag):
        if tag == "details" and self.in_form:
            self.folds -= 1
        elif tag == "textarea" and self.text is not None:
            self.sent[self.name], self.text = [self.text.strip()], None
        elif tag == "form":
            self.in_form = False


def page(client: Client, listing, slug: str, query: str = "") -> Controls:
    answer = client.get(reverse("listings:step", args=[listing.pk, slug]) + query)
    assert answer.status_code == 200
    return Controls(answer.content.decode())


def save(client: Client, listing, slug: str, query: str = "", **changes):
    """Send a page as it is shown, with these changes."""
    sent = page(client, listing, slug, query).sent | changes
    return client.post(reverse("listings:step", args=[listing.pk, slug]) + query, sent)
