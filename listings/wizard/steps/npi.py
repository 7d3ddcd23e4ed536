"""The first question: an NPI or a name, and what the register of NPIs fills in for an owner to confirm or change."""

import json
from dataclasses import asdict

from django import forms
from django.core.exceptions import ValidationError
from django.utils.translation import gettext_lazy as _

from clinics.models import Service
from clinics.models.practitioners import validate_npi
from clinics.postal_codes import POSTAL_CODES
from clinics.states import state_names
from clinics.verification.npi_lookup import NPI, Match
from core.forms import OneLineField
from listings.wizard import derived
from listings.wizard.steps.base import Step

PAGES_OF = {"services": ("medicines", "setting")}  # of a step whose pages have other names
# {field of the form: what of a match goes there}
OF_PRACTICE = ("name", "street", "street_detail", "city", "state", "zip_code")
OF_PERSON = {
    "name": "name",
    "credentials": "credentials",
    "npi": "npi",
    "license_state": "license_state",
    "license_number": "license_number",
}


class NpiStep(Step):
    """Its answers fill other steps and are no facts of the clinic: nothing of them is published."""

    slug, title = "npi", _("Your NPI or name")
    npi_or_name = OneLineField(
        label=_("NPI, or the name of the practice"),
        max_length=200,
        required=False,
        help_text=_("The NPI of the practice or of a practitioner: ten digits."),
    )
    npi_state = forms.ChoiceField(
        label=_("State"),
        required=False,
        choices=lambda: [("", _("Any")), *sorted(state_names().items(), key=lambda item: item[1])],
    )

    @classmethod
    def facts(cls):
        return ()

    def clean_npi_or_name(self):
        text = self.cleaned_data["npi_or_name"]
        if len(text) == 10 and text.isascii() and text.isdigit():
            validate_npi(text)
        elif text.isdigit():
            raise ValidationError(_("An NPI has ten digits."), "invalid")
        return text

    def to_store(self):
        """With what an earlier match filled in."""
        return self.answers.get(self.slug, {}) | self.typed()


def with_matches(answers: dict, found: list[Match]) -> dict:
    """The answers with what the register found, to choose from; kept, so that the page asks nobody again."""
    return answers | {"npi": answers.get("npi", {}) | {"matches": [json.dumps([asdict(match) for match in found])]}}


def matches(answers: dict) -> list[Match]:
    [*_, found] = answers.get("npi", {}).get("matches") or ["[]"]
    return [Match(**each) for each in json.loads(found)]


def filled(answers: dict, match: Match) -> dict:
    """The answers with what the register says. What an owner typed stays; what an earlier match filled in does not."""
    last = answers.get("npi", {}).get("filled", ["{}"])
    fills, before = _of_match(match), json.loads(last[-1])
    result, unseen = dict(answers), set(to_confirm(answers))
    for step, fields in fills.items():
        typed = dict(answers.get(step, {}))
        for name, values in fields.items():
            if not any(typed.get(name, [])) or typed[name] == before.get(step, {}).get(name):
                typed[name] = values
                unseen.update(PAGES_OF.get(step, (step,)))
        result[step] = typed
    own = {"filled": [json.dumps(fills)], "to_confirm": sorted(unseen), "npi": [match.npi]}
    result["npi"] = answers.get("npi", {}) | own
    return result


def filled_by_hand(answers: dict) -> dict:
    """Without a register: a typed name is that of the practice, a state its state."""
    typed = {name: (answers.get("npi", {}).get(name) or [""])[-1].strip() for name in ("npi_or_name", "npi_state")}
    practice = dict(answers.get("practice", {}))
    if typed["npi_or_name"] and not NPI.fullmatch(typed["npi_or_name"]) and not any(practice.get("name", [])):
        practice["name"] = [typed["npi_or_name"]]
    if typed["npi_state"] in POSTAL_CODES and not any(practice.get("state", [])):
        practice["state"] = [typed["npi_state"]]
    return answers | {"practice": practice} if practice else answers


def _of_match(match: Match) -> dict[str, dict[str, list[str]]]:
    """{step: {field: [value]}} of what the register says."""
    found = {"practice": {name: [getattr(match, name)] for name in OF_PRACTICE if getattr(match, name)}}
    if match.is_person:
        found["practice"].pop("name", None)  # of a person: the practice has a name of its own
        person = {f"people-0-{field}": [getattr(match, name)] for field, name in OF_PERSON.items()}
        found["practitioners"] = {"people-TOTAL_FORMS": ["1"], "people-INITIAL_FORMS": ["0"]} | person
    if match.phone:
        found["phones"] = {"phone": [match.phone]}
    if slugs := derived.OF_TAXONOMY.get(match.taxonomy):
        codes = derived.with_ticks(derived.STARTS, derived.with_ticks(derived.PLACES, (), slugs), slugs)
        services: dict[str, list[str]] = {}
        for pk, group in Service.objects.filter(slug__in=codes).values_list("pk", "group"):
            services.setdefault(group, []).append(str(pk))
        found["services"] = services
    return found


def confirmed(answers: dict, page: str) -> dict:
    """The answers once the owner has saved a page that was filled in for them."""
    if page not in (unseen := to_confirm(answers)):
        return answers
    return answers | {"npi": answers["npi"] | {"to_confirm": [each for each in unseen if each != page]}}


def to_confirm(answers: dict) -> list[str]:
    """The pages that the register filled in and nobody has confirmed yet."""
    return answers.get("npi", {}).get("to_confirm", [])
