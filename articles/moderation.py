"""What the words of a comment tell the moderator. Every comment waits for approval; a flag says why to look twice.

The rules lean toward holding. They are measured on tests/data/comments.csv, part of which they never saw.
"""

import re
import unicodedata

from django.db import models


class Flag(models.TextChoices):
    SELF_HARM = "self-harm", "self-harm or overdose"
    SOURCING = "sourcing", "buying or selling drugs"
    AD = "ad", "advertisement"
    LINK = "link", "link or address"
    PHONE = "phone", "phone number"
    DOSE = "dose", "dose"
    SLUR = "slur", "slur"
    NAME = "name", "name of staff or a patient"


# Of medicines and drugs, official and on the street, in both languages.
DRUG = (
    r"(?:sub(?:s|oxone|utex|locade)?|zubsolv|strips?|tiras?|bupe\w*|buprenor\w*|methad\w*|metadona|done|oxys?|oxi|oxy\w*"
    r"|roxi\w*|roxies|percs?|percos?|perc\w*|blues|fet|fent\w*|fenta\w*|hero[ií]na?|h|tar|dope|xans?|xanax|bars|benzos?"
    r"|klon\w*|addys?|gabap\w*|lyrica|tramadol|vikes?|vicodin|norcos?|pills?|pastillas?|pressed|meds|medicinas?|scripts?"
    r"|take[- ]?homes?|bottles?|kratom|loperamide|\d{1,2}s)"
)
DEAL = (
    r"(?:sell\w*|selling|for sale|buy\w*|purchase|trade|trading|swap\w*|score|pick up|cop|order|ship\w*|mail|deliver\w*"
    r"|cash for|pay|price\w*|extra|part with|let go|leftover|unused|vend\w*|compr\w+|cambi\w+|pago|consig\w+|source for|hook\w*"
    r"|connect|plug|\$\s?\d+)"
)
# Words of the street alone: beside one of these a request or an offer needs fewer words.
STREET = (
    r"(?:subs|strips?|tiras|tabs|films?|bupe|oxys?|oxi\w*|oxycodone|roxi\w*|roxies|percs?|percos|blues|fet|fent\w*|xans?|bars"
    r"|addys?|benzos|kpins?|xann\w*|dope|molly|dones?|takehomes?|norcos?|vikes?|kush|weed|coke|crack|meth"
    r"|pain (?:pills?|meds?)|pain ?killers?|opiates?|shards?|pressies|tramadol|codeine|morphine|dilaudid|opana)"
)
CUE = (
    r"(?:any ?(?:one|1|body)|some ?one|who|where|need\w*|look(?:ing|in'?)|got|get(?:ting)?|cash|meet|left|extra|spare|sell\w*|buy\w*"
    r"|price\w*|pm|dm|hmu|text|without a (?:doctor|script|prescription)|alguien|quien|donde|necesito|busco|tengo|quier\w+|delivery|cheap|for you|available|online|overnight|offers?|discreet|spot me|hook|stock|menu|ounce|gram)"
)
_RULES = {
    Flag.SELF_HARM: (
        r"\bkill(?:ing|s)? (?:my ?self|me)\b",
        r"\bsuicid\w*",
        r"\b(?:want|wanna|going|ready|wish|hope|like) (?:to |i )?(?:die|was dead|were dead|be dead)\b",
        r"\bend(?:ing)? (?:it all|my life|things)\b",
        r"\b(?:don'?t|do not|didn'?t) (?:want|wanna)(?: to)? (?:be (?:here|alive)|live|wake up)\b",
        r"\b(?:don'?t|not|never) wake up\b|\bwon'?t wake up\b|\bcan'?t wake (?:him|her|them|up)\b",
        r"\bno (?:point|reason)\b.{0,20}\b(?:living|going on|life)\b|\bbetter off (?:without me|dead)\b",
        r"\bcan'?t go on\b|\bgoodbye every(?:one|body)\b|\bhang(?:ing)? my ?self\b|\b(?:cutting|hurt(?:ing)?|harm) (?:my ?self|again)\b",
        r"\bover ?dos(?:e|ed|ing)\b.{0,20}\b(?:now|tonight|right|just)\b|\b(?:is|are|am|just|being) overdos(?:ing|ed)\b",
        r"\bnot breathing\b|\bstopped breathing\b|\bgurgling\b|\b(?:lips?|face|skin|he is|she is|is) (?:are |is )?(?:turning |turned |going )?blue\b",
        r"\btook (?:the|a|my) (?:whole|entire|handful|full|bunch)\b",
        r"\b(?:no|ya no) quiero (?:seguir )?(?:vivi\w*|vivir|estar aqui)\b|\bme quiero (?:matar|morir)\b|\bquiero (?:morir\w*|matarme)\b",
        r"\bquitarme la vida\b|\bsobredosis\b.{0,20}\b(?:ahora|esta)\b|\bno respira\b|\bno despierta\b",
    ),
    Flag.SOURCING: (
        rf"\b{DEAL}\b.{{0,40}}\b{DRUG}\b",
        rf"\b{DRUG}\b.{{0,40}}\b{DEAL}\b",
        r"\b(?:need|want|looking for|find|got|have|new|good|hook me|know) (?:me )?(?:a |an |any )?(?:plug|connect|hook ?up|dealer|trapper|source|doctor who writes)\b",
        rf"\b(?:need|looking for|looking to score|anyone know where|any(?:one|body) (?:got|have|has|holding|know)|where (?:can|do) (?:i|u|you\w*))\b.{{0,30}}\b{DRUG}\b",
        rf"\b(?:i have|i got|i've got|we have|got)\b.{{0,25}}\b{DRUG}\b.{{0,40}}\b(?:message|dm|hmu|text|inbox|hit me|pm)\b",
        rf"\b{STREET}\b.{{0,60}}\b{CUE}\b|\b{CUE}\b.{{0,60}}\b{STREET}\b",
        r"\b(?:subs|subutex|zubsolv|strips|bupe|oxys?|roxys?|roxies|percs|xans|xannys?|fent|norcos|addys|pressies|opanas?)\b",
        r"\b(?:share|part with|sell|supply|get you|hook you|whatever you)\b.{0,40}\b(?:prescription|script|need|want|money|meds)\b.{0,30}\b(?:for money|for cash|in [a-z]+|easy|cheap|delivered)\b",
        r"\bpaying (?:top|good|cash)\b|\btop dollar\b|\bcompr\w+ (?:suboxone|metadona|pastillas|buprenorfina)\b|\bhit (?:me|my)\b.{0,12}\b(?:on|up|line)\b|\bmsg me\b",
        r"\b(?:pm|dm)(?: me)?(?: if| for| 4)\b|\bserious (?:people|buyers?|only)\b|\bfirst come\b|\bgood stuff\b|\bcash in hand\b",
        r"\bget(?:ting|s)? (?:their|your|ur|my) (?:stuff|supply|shit)\b|\bhit my line\b|\btap in\b|\bgot you covered\b|\bdelivery available\b",
        r"\b(?:place|spot|where|trying|going|need|want) to (?:cop|score|re-?up)\b|\bspot me\b|\bmake (?:me )?an? offer\b|\bdiscre(?:et|te)\b|\bdope ?sick\b",
        r"\b(?:hablame|escribime|al privado|por privado|por interno)\b|\b(?:in|re)-?stock\b|\bvacuum\b|\bstealth\b|\b(?:cash ?app|venmo|zelle|btc|bitcoin)\b",
        r"\blooking to score\b|\bwho(?:'?s| is) holding\b|\bnot a cop\b|\bno (?:script|prescription|rx)(?: needed| required)?\b|\bsin receta\b",
        rf"\b(?:telegram|wickr|whats ?app|snapchat|your snap|hmu|hit me up|inbox me|dm me|text me|escribeme|mandame)\b|\b{DRUG} for the low\b",
        rf"\b{DRUG} (?:for sale|available|to sell|to trade)\b|\bavailable in\b.{{0,20}}\bhit me\b|\bas many as you want\b",
        rf"\bquien (?:me )?vend\w+|\balguien que vend\w+|\bdonde (?:puedo )?(?:compr\w+|consig\w+).{{0,30}}\b{DRUG}\b|\bte consigo\b",
        # A way to talk elsewhere, by the names of the apps and what people call them.
        r"\b(?:kik|signal|sgnl|wickr|tele ?gram|tg|threema|session|discord|insta(?:gram)?|ig|snap|whats ?app|wa) ?(?:me\b|:|@|[a-z]*\d)|\bunder \w+ on \w+\b|\b(?:add|find|look) (?:me|my \w+)(?: up)?\b.{0,30}\b(?:on|under|insta|kik|snap|discord|signal)\b",
        r"\b(?:hit|hmu|holler|inbox|message|msg|dm|pm|lmk|write|text|email|manden?|escrib\w+)\b(?: at| to)?(?: me| us| a mi)?\b.{0,40}\b(?:if you|what you would|offers?|need|prices?|list|buen precio|mensaje)\b|\bmanden? mensaje\b|\b(?:in|on) my (?:name|page|profile|bio)\b|\blmk\b",
        # Prices for a piece, deals, and how it would come.
        r"\b\d+ (?:each|a pop|apiece|a (?:piece|strip|pill|tab))\b|\b\d+ for \$?\d+\b|\bpay(?:ing)? (?:double|triple|extra|well)\b|\bpago bien\b|\bside money\b|\bsmall donation\b|\b(?:price|menu)(?: list)?\b.{0,15}\b(?:request|on|inside|here|dm|in)\b|\b(?:on|the) menu\b|\bprice ?list\b",
        r"\b(?:overnight|express|tracked|discreet|worldwide|anonymous)\b.{0,20}\b(?:ship|deliver|packag|mail|post)\w*|\btracking (?:number|given)\b|\bcustoms\b|\bno questions\b.{0,15}\b(?:asked|pharmacy|tracking|online)\b|\bonline pharmacy\b|\bsend anywhere\b|\bon deck\b|\bsealed box\b|\bpharma \d",
        # Medicine that is somebody's own, handed on: to share, split, lend or give away.
        rf"\b(?:split|share|part with|sell|lend|loan|front|spot|spare|sort)\b.{{0,30}}\b(?:their|your|my|his|her|a couple|me|you|some|two)\b.{{0,25}}\b(?:{DRUG}|til+|until|same night|copay|around|near)\b|\b(?:front|spot) me\b|\bsort you out\b",
        r"\b(?:someone|somebody|anyone|anybody|any1|whoever|who)\b.{0,40}\b(?:spare|willing to|could spare|front|help a (?:person|guy|girl|brother|sister) out|side money)\b|\ba spare\b|\b(?:sobra|de sobra)\b|\ba surplus\b",
        r"\b(?:my|new|old|good|reliable) dealer\b|\bwhere (?:do|can) (?:folks|people|you|i|we) go\b.{0,20}\bget (?:right|well|straight)\b|\b(?:real|legit) pharma\b|\bnot pressed\b|\bthe (?:white|blue|orange|green|yellow) ones\b|\bsick as a dog\b",
        r"\b(?:doctors?|pharmac\w+|clinic)\b.{0,30}\b(?:just gives?|gives? you what|writes? what|doesn'?t (?:check|ask|care)|no questions)\b|\bpay \$?\d+ for\b|\bcompro\b|\bneed (?:some ?thing|sumthin|smth|sum)\b.{0,15}\b(?:strong|tonight)\b",
        rf"\b(?:necesit\w+|busc\w+|tengo|vend\w+|consig\w+)\b.{{0,25}}\b{DRUG}\b|\bsin receta\b|\bbuen precio\b",
        r"\bwrites? (?:anything|scripts?|whatever)\b.{0,15}\bcash\b|\bsell\w* my (?:script|prescription|meds|strips|subs)\b",
    ),
    Flag.AD: (
        r"(?<!the )(?<!a )\bcall (?:us|our|now|today|me (?:at|on|now|today|if|for))\b|\bcall (?!911|988)\d|\b(?:visit|check out|see) (?:us|www|(?:our|my) (?:\w+ )?(?:site|website|page|blog|store|shop|channel|profile|bio|office|center|clinic|facility))\b|\bcontact us\b|\bemail me\b|\bl?lame(?: ahora)?\b",
        r"\b(?:our|my) (?:facility|center|program|admissions?|agency|ebook|e-book|webinar|blog|website|page|detox|cbd|supplement|gummies|coaching)\b",
        r"\b\d{1,3} ?% (?:off|success)|\bdiscount\b|\bpromo\b|\bcode\b.{0,20}\b[A-Z]{4,}\b|\bcoupon\b|\bdescuento\b|\boferta\b",
        r"\b(?:limited time|best prices?|free (?:consultation|flights?|quote|insurance check|trial)|money back|ships? free|free shipping|worldwide)\b",
        r"\b(?:order|buy|book|apply|sign up|grab|claim|schedule)\b.{0,25}\b(?:now|today|your|here|copy|spot|free)\b",
        r"\b(?:we|they) (?:accept|take) (?:all|most|every)\b|\bbeds? available\b|\binsurance (?:verified|check)\b|\bppo\b|\baceptamos\b",
        r"\b(?:casino|viagra|cialis|crypto|bitcoin|forex|seo|loans?|payday|affiliate|weight loss|lose weight|leads)\b",
        r"\b(?:follow me|link in (?:my )?bio|dm (?:me |for )|click here|my (?:instagram|channel|onlyfans|page)|first one free|from home)\b",
        r"\$ ?\d[\d,.]*(?: a (?:week|month|day))?\b.{0,40}\b(?:only|just|home|week|copy|earn)\b|\b(?:only|just|make|earn|earned) \$ ?\d",
        r"\b(?:kratom|cbd|ibogaine|detox tea|rapid detox|miracle|gummies)\b|\bplacement specialist\b|\bsecret that\b",
        r"\bour (?:\w+ )?(?:counselors?|team|staff|specialists?|experts?|coaches|beds|rates|patients|clients|doctors?|treatment)\b|\bstanding by\b|\b24/7\b",
        r"\bget paid\b|\breferral\b.{0,10}\b(?:link|code|bonus)\b|\bscholarships?\b|\bdiscover\b|\bbook (?:a|your|an)\b|\bi (?:now |also )?offer\b",
        r"\bbest (?:\w+ )?(?:rehab|clinic|program|center|treatment|detox|doctor|price|deal)s? in\b|\bwalk-?ins? welcome\b|\bnew (?:clinic|center|office|location)s? (?:now )?open\b|\bnow open\b",
        r"\binsurances? accepted\b|\bnatural (?:way|cure|remedy|detox)\b|\bin (?:one|a single|just \w+) (?:session|hour)s?\b|\bcures?\b.{0,20}\b(?:cravings?|addiction|withdrawal|dependence)\b",
        r"\bgoogle \w+|\breach out\b.{0,20}\b(?:to|for|today|now|us|me)\b|\blearn more\b|\bdownload\b|\bsubscribe\b|\byoutube\b|\bpodcast\b|\btiktok\b",
        r"\bour (?:app|platform|kit|product|course|method|website|service|company|community|retreat)s?\b|\bno (?:credit|card|obligation|risk)\b|\bdoctors (?:hate|don't want)\b",
        r"\b\d+[- ]day (?:kit|program|detox|plan|challenge|trial)\b|\bi help \w+|\bherbs?\b|\bguaranteed?\b|\bresults in\b|\bapply (?:now|today|online)\b|\bhiring\b",
        r"\benroll\b|\bsave \d+|\bfor hire\b|\bearn (?:money|cash|extra|\$)|\bmessage (?:us|me)? ?for\b|\b(?:link|details) (?:below|above|in bio)\b|\bsupplements?\b|\bvitamins?\b|\bwe ship\b",
        r"\bto your door\b|\badmitting\b|\ball insurances?\b|\bcamas disponibles\b|\bmy profile\b|\bproven\b|\bready to (?:change|quit|start)\?",
        # What is offered for money, and the ways of asking for it.
        r"\b(?:half price|on sale|sale ends|cheap\w*|no deposit|financing|no cost|at no charge|only \d+ a (?:week|month|day)|per session|all inclusive|instant start|seats? (?:are )?limited|limited seats|reply for|ask for rates)\b|\bprimera consulta\b|\bgratis\b.{0,20}\b(?:llam\w+|consulta)\b|\bes gratis\b",
        r"\b(?:ask|write|reply|comment)\b.{0,12}\b(?:me|us|yes|below|info)\b.{0,12}\b(?:for|about|and i|how)\b|\bask for the intake\b|\bcomment yes\b|\b(?:first|free) (?:call|session|class|case review|review) is on me\b|\bon me$|\bfree case review\b|\btak(?:ing|e) on \w+ new\b",
        r"\b(?:certified|licensed|professional) (?:\w+ )?(?:coach|interventionist|hypnotherapist|healer|sponsor)\b|\b(?:my|our) (?:\w+ )?(?:sessions?|clients?|shop|store|book|memoir|course|channel|site|telehealth|team|outpatient|office|sober|practice|linea|centro)\b.{0,40}\b(?:opens?|open|price|month|week|for|at|on|in|seen|prescribe|cheap|new patients|toda la noche)\b",
        r"\b(?:attorneys?|lawyers?|law firm)\b.{0,40}\b(?:claims?|cost|review\w*|case|owed|compensation|free)\b|\bmay be (?:owed|entitled)\b|\bverified (?:reviews?|followers?|accounts?)\b|\b(?:backlinks?|followers|essays?|homework help|rank first|passive income|side hustle|medical card)\b",
        r"\bour (?:\w+ ){0,2}(?:app|platform|kit|product|course|service|clinic|center|practice)s?\b.{0,30}\b(?:free|now has|offers?|tracks?|available|open)\b|\bfirst (?:week|month|session|visit|call|class) (?:is )?(?:on us|on me|free)\b|\bfree for the first\b|\bha(?:s|ve) openings\b|\bopenings this\b",
        r"\b(?:psychics?|compare quotes|life insurance|no experience|earn from|handmade by me|come and see the difference)\b",
        r"\b(?:hypnotherapy|ketamine|red light therapy|infusions?|flush\w* (?:it|everything|your|you)|pass (?:any|a|your|the) (?:drug )?test|healed my|breathing trick|weird trick)\b|\bnew patients (?:seen|welcome|accepted)\b|\b(?:seen|prescrib\w+) (?:within a day|the same day|same day)\b|\bi wrote a (?:book|memoir)\b|\bsober (?:house|living)\b.{0,40}\b(?:rent|beds?|week|in [A-Z]\w+)\b|\bdoctors waiting\b|\bships? (?:overnight|today|free)\b",
        r"\b(?:luxury|beachfront|five star|5 star|same day)\b|\bget you in\b|\bnuestra (?:pagina|clinica)\b|\btodos los seguros\b",
    ),
    Flag.LINK: (
        r"https?:|\bwww\.|\b[\w-]+\.(?:com|net|org|info|biz|io|co|us|ru|xyz|shop|store|online|example|gov|edu)\b",
        r"\b\w+ ?(?:\[?dot\]?|\(dot\)) ?(?:com|net|org|info|io)\b|\S+@\S+|(?<!\w)@\w{3,}",
    ),
    Flag.PHONE: (r"(?<!\d)(?:\+?1[\s.-]?)?\(?\d{3}\)?[\s.-]{0,2}\d{3}[\s.-]{0,2}\d{4}(?!\d)", r"\b\d{3}[\s.-]\d{4}\b"),
    Flag.DOSE: (
        r"\b\d+(?:[.,]\d+)? ?(?:mgs?|milligrams?|miligramos?|mls?|milliliters?|mililitros?|mcgs?|micrograms?|cc)\b",
        r"\b(?:\d+(?:[.,/]\d+)?|half|quarter|one|two|three|four|five|six|a few|dos|tres|media|un[ao]?)(?: (?:and a )?(?:half|quarter))?"
        r"(?: of)?(?: an?| the)? (?:strips?|tabs?|tablets?|pills?|films?|loperamide|tiras?|pastillas?|8s?|bottles?)\b",
        r"\bcut (?:my|the|a) (?:strip|pill|film|tab)\w*|\b\d{1,2}/\d\b.{0,20}\b(?:day|times)\b|\b(?:right|my|best) dose\b",
    ),
    Flag.SLUR: (
        r"\b(?:junk(?:ie|y|ies)s?|crack ?heads?|dope ?(?:heads?|fiends?)|tweakers?|druggies?|meth ?heads?|smack ?heads?|pill ?heads?)\b",
        r"\b(?:retards?|retarded|fag(?:got)?s?|n[i1]gg\w+|sp[i1]cs?|ch[i1]nks?|wetbacks?|kikes?|trann(?:y|ies)|whores?|sluts?|c[u]nts?)\b",
        r"\b(?:drogadict[oa]s? de mierda|yonquis?|maric[oó]n(?:es)?)\b|\bworthless\b|\b(?:scum|trash|vermin)\b",
    ),
}
# Names are told by their capitals, so these are not folded to small letters.
_NAMES = (
    r"\b(?:[Dd]r\.?|[Dd]octora?|[Dd]ra\.?|[Nn]urse|[Cc]ounselor|[Tt]herapist|[Pp]rofessor|[Mm]rs?\.?|[Mm]s\.?|[Ee]nfermer[ao]) [A-Z][a-z]+",
    r"\b(?:counselor|nurse|lady|guy|receptionist|therapist|doctor|manager|director|consejera?|for|named) [A-Z][a-z]{2,}\b",
    r"\b(?!I |The |My |We |Great |Thank |Four |New |San |Los |South |North |West |East |Saint |El )[A-Z][a-z]{2,} (?!Bay|City|Beach|County|York|Jersey|Mexico|Carolina|Dakota|Virginia|Hampshire)[A-Z][a-z]{3,}\b",
)
_COMPILED = {flag: [re.compile(rule, re.IGNORECASE) for rule in rules] for flag, rules in _RULES.items()}
_COMPILED[Flag.NAME] = [re.compile(rule) for rule in _NAMES]
# Letters that are put in place of others to get past a rule: "s3lling", "$uboxone".
_DISGUISE = str.maketrans({"$": "s", "@": "a", "0": "o", "1": "i", "3": "e", "5": "s", "7": "t", "!": "i"})


def flags_of(text: str, name: str = "") -> list[str]:
    """The flags that the words of a comment raise, in the order of the choices of Flag."""
    said = _plain(f"{name}\n{text}")
    versions = {said, _undisguised(said), _undisguised(_closed_up(said))}
    return [
        flag.value for flag in Flag if any(rule.search(version) for rule in _COMPILED[flag] for version in versions)
    ]


def _plain(text: str) -> str:
    """Without accents, odd spaces and invisible characters, with straight apostrophes."""
    text = unicodedata.normalize("NFKD", text.replace("’", "'").replace("‘", "'"))
    text = "".join(each for each in text if not unicodedata.combining(each) and unicodedata.category(each) != "Cf")
    return re.sub(r"[^\S\n]+", " ", text)


def _undisguised(text: str) -> str:
    """Words with letters among digits and signs, read as they are meant; numbers stay numbers."""
    return re.sub(r"\S*[A-Za-z]\S*", lambda match: match[0].translate(_DISGUISE), text)


def _closed_up(text: str) -> str:
    """Single letters and digits with the same sign between them, as one word: "s u b s", "b.l.u.3.s"."""
    return re.sub(
        r"(?<!\w)\w(?:([ .\-_*])\w(?=\1|\W|$))(?:\1\w(?!\w))+", lambda match: re.sub(r"\W|_", "", match[0]), text
    )
