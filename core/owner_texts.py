"""The one policy for texts that owners write, in English and Spanish: what is refused, and what an editor decides.

Refused are phone numbers, links and addresses of mail (core/contact_texts.py finds them): each has a field that we
check. Claims and words that hurt are no reason to refuse: the owner reads once why a reader may stumble over them, and
may keep them; then an editor decides. Letters in disguise ("B E S T", "gu@ranteed") are read as they are meant.
"""

import re
from typing import NamedTuple

from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from core.contact_texts import contacts_in, leads_elsewhere, readings

MOST_READ = 4_000  # characters
NO_CONTACTS = _("Leave out phone numbers, links and e-mail addresses: each has a field that we check.")
NO_RANKS = _("“%(word)s” ranks you above others, which nobody has measured. Say what you do instead.")
NO_PROMISES = _("“%(word)s” promises a result, which no treatment can. Say how you treat instead.")
NO_STIGMA = _("“%(word)s” may hurt people who look for help. You could write “%(instead)s”.")


class TextWarning(NamedTuple):
    """A word that an editor should see, and the reason, as a sentence."""

    word: str
    sentence: str


# A claim is the first group; what stands around it tells whether it is one: "we do our best" is none.
_OWN = r"(?<!our )(?<!your )(?<!their )(?<!its )(?<!my )(?<!her )(?<!his )(?<!very )(?<!at )"
_PLACE = (
    r"(?:rehab|clinic|center|program|provider|doctor|physician|treatment|team|expert|facilit|practice|hospital)\w*"
)
_NO_RANK_AFTER = r"(?! (?:to|times?|ways?|days?|if|when|reached|number|efforts?|interests?|practices?)\b)"
_NO_RANK_AFTER_ES = r"(?! (?:manera|forma|hora|dia|momento|opcion|posible))"
_A_VISIT = r"(?! (?:\w+ ){0,2}(?:appointment|visit|slot|place|bed)s?\b)"
_A_VISIT_ES = r"(?! (?:\w+ ){0,2}(?:cita|lugar|cama|visita)s?\b)"
_RANKS = (
    rf"{_OWN}\b(best)\b{_NO_RANK_AFTER}",
    r"(#\s?1\b|\b(?:number|no\.?) (?:one|1)\b|\bnumero uno\b|\bn[o°]\.? ?1\b)",
    r"\b(top[- ]rated|highest[- ]rated|world[- ]class|most trusted|premier|finest)\b",
    rf"\b(leading) {_PLACE}",
    rf"\b((?:los|las|el|la|somos|son) mejor(?:es)?)\b{_NO_RANK_AFTER_ES}",
    r"\b(lider(?:es)? en)\b",
)
_PROMISES = (
    rf"\b(guarantee[ds]?)\b{_A_VISIT}",
    rf"\b(?<!cita )(?<!citas )(garantiza(?:do|da|dos|das|mos|n)?|garantia)\b{_A_VISIT_ES}",
    r"(100 ?% (?:\w+ )?(?:success|effective|cure|recovery|results?|exito|efectiv)\w*)",
    r"\b(success rates?|rates? of success|tasas? de exito)\b",
    r"(\d{1,3} ?% (?:of )?(?:our )?(?:patients|clients|people)? ?(?:recover|succeed|stay sober|success))",
    r"(?<!no )(?<!not a )(?<!isn't a )\b(cure[sd]?|curing)\b",
    r"\b(curamos|curan|curar|curado|curada)\b",
    r"\b(miracles?|milagros?|milagroso)\b",
)
_PERSON, _USING = _("people with opioid use disorder"), _("not using")
_INSTEAD = (
    (r"\b((?:drug |opioid |heroin )?addicts?)\b", _PERSON),
    (r"\b((?:drug |substance |opioid )?abusers?|junkies?|druggies?|crackheads?|dope fiends?)\b", _PERSON),
    (r"\b((?:drug|substance|opioid|alcohol) abuse)\b", _("substance use")),
    (r"\b((?:get|got|stay|staying|getting|be|is|are|stays) clean|clean and sober)\b", _USING),
    (r"\b((?:clean|dirty) (?:urine|ua|uas|test|tests|drug screens?))\b", _("a negative or positive test")),
    (r"\b(drogadict[oa]s?|adict[oa]s?|toxicoman[oa]s?)\b", _PERSON),
    (r"\b(abuso de (?:sustancias|drogas))\b", _("substance use")),
    (r"\b((?:estar|mantenerse|quedar) limpi[oa]s?|limpi[oa]s? de drogas)\b", _USING),
)
_CLAIMS = [
    (re.compile(pattern, re.IGNORECASE), reason)
    for patterns, reason in ((_RANKS, NO_RANKS), (_PROMISES, NO_PROMISES))
    for pattern in patterns
]
_STIGMA = [(re.compile(pattern, re.IGNORECASE), instead) for pattern, instead in _INSTEAD]


def refusal(text: str, *, is_read_first: bool = False) -> str:
    """Why a text cannot stay as it is, in a sentence; "" if it can.

    `is_read_first`: an editor reads it before it is live, as a name or an address. What is longer than any field takes
    is refused for its length, and not read.
    """
    if len(text) > MOST_READ:
        return ""
    has_contacts = bool(contacts_in(text, of_address=True)) if is_read_first else leads_elsewhere(text)
    return str(NO_CONTACTS) if has_contacts else ""


def warnings_in(text: str) -> list[TextWarning]:
    """What an editor should decide, each word once."""
    versions = readings(text[:MOST_READ])
    found: dict[str, TextWarning] = {}
    for version in sorted(versions, key=len, reverse=True):
        for pattern, reason in _CLAIMS:
            for match in pattern.finditer(version):
                found.setdefault(match[1].lower(), TextWarning(match[1], str(reason) % {"word": match[1]}))
        for pattern, instead in _STIGMA:
            for match in pattern.finditer(version):
                sentence = str(NO_STIGMA) % {"word": match[1], "instead": instead}
                found.setdefault(match[1].lower(), TextWarning(match[1], sentence))
    return list(found.values())


def length_text(text: str, most: int) -> str:
    """ "1,320 of at most 1,200 characters"."""
    return gettext("%(count)s of at most %(most)s characters") % {"count": f"{len(text):,}", "most": f"{most:,}"}
