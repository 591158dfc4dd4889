"""What stands around a name in a text: whether it is spoken of as a company, and as whom.

Belongs here: the words of finance before and behind a name. Not here: names themselves, who they belong to.
"""

import re

from tauric_assets.text.names import WORD, folded
from tauric_assets.text.words import BROKERS, FIRST_NAMES, PLACES

_BEHIND = re.compile(
    r"""(?:['’]s?)?[\s,:–-]*(?:\b(?:inc|corp|co|ltd|plc)\b\.?[\s,]*)?(?:\([^)]{1,20}\)[\s:–-]*)?
    (?:to\s+(?:buy|acquire|sell|report|pay|cut|launch|offer|present|announce|merge|split|replace|appeal|hold|release
      |open|close|invest|raise|join|present|resume|begin|add|host|participate|webcast|restate|spin)
    |(?:adj\.?\s+)?(?:fy|f?[1234]?q[1234]?|first|second|third|fourth)[\s-]?(?:\d{2,4}|quarter)?\s*['’]?\d*\s*
      (?:gaap|non|adj|eps|earnings|results|sales|revenue|rev|profit|loss|net|conference|preview|outlook|report|prelim)
    |shares?|stock|reports?|reported|reporting|announces?|announced|announcing|sees|eps|earnings|guidance|ceo|cfo|coo
    |chairman|files?|filed|says|said|declares?|declared|prices?\s+(?:offering|\d|\$)|names|appoints?|acquires?|buys
    |affirms?|reaffirms?|upgraded|downgraded|initiated|initiates\s+(?:quarterly|share|restructuring)|receives?
    |received|wins?|awarded|beats|misses|completes?|completed|enters|signs|launches|unveils|launched|offers
    |discloses?|confirms?|posts|posted|delivers|falls|rises|surges|jumps|slides|drops|plunges|soars|rallies|gains
    |tumbles|sinks|slips|climbs|dips|issues|issued|agrees|plans|expects?|executives?|management|board|director
    |analysts?|investors|shareholders|holders?|spikes|option|options|calls|puts|volatility|dividend|trading|traders
    |achieves?|authorizes?|gives|adds|opens|releases|introduces|revises|settles|sues|sued|hires|teams|partners|selected|selects|presents|presented|form|13[dg]|8-k|10-[kq]|notes?
    |provides|updates|highlights|responds|comments|spokesperson|employees|subsidiary|products?|unit|preannounces
    |price\s+target|pt|po|conference\s+call|stores|supplier)\b""",
    re.IGNORECASE | re.VERBOSE,
)
_ACTS = re.compile(
    r"""\s+(?:to\s+[a-z]{3,}|will|has|had|may|might|can|could|is|was|earlier|again|set\s+to|near|up\s+\d|down\s+\d|higher|lower
    |[a-z]+(?:ed|ing)\s+(?:to|by|for|at|from|its|in|on|with)
    |(?:approve|award|bet|boost|close|commence|conclude|cut|defend|deliver|den(?:y|ie)|develop|double|elect|eliminate
      |enter|exceed|expand|explore|extend|face|finalize|form|guide|halt|hike|hit|increase|initiate|ink|invest|join|land
      |lead|lift|look|lose|lower|maintain|make|miss|move|near|need|obtain|outperform|plan|prevail|promote|pull|purchase
      |push|raise|rebound|recall|receive|reduce|refinance|remain|repay|resume|return|schedule|secure|seek|show|slash
      |suspend|take|tap|target|test|trade|turn|unload|upsize|use|warn|weigh|withdraw|work)(?:s|es)
    |(?:stockholders?|pilots|workers|lawsuit|deal|merger|offer|bid|takeover|spin-?off|conference|call|q[1-4]))\b""",
    re.IGNORECASE | re.VERBOSE,
)
"""What companies do, and others too: enough behind a name of several words or initials."""
_LINKED_BY = re.compile(r"(?i)\b(?:in|of|for|on|at|by|from|with|to|and|against|says|sees|&)\s+(?:the\s+)?$|,\s*$")
"""What may stand before a name of common words that is not a part of another."""
_CLAUSE = re.compile(r"""(?i)(?:^|[:;.?!-]\s|\n)[\s'"“‘]*(?:the\s+)?['"“‘]?$""")
_DEALT_WITH = re.compile(r"(?i)\b(?:by|from|with|against|at)\s+(?:the\s+)?$")
"""Before a name of several words or initials: with whom, by whom it is done."""
_BEFORE = re.compile(
    r"""(?:\b(?:upgrades?|upgraded|downgrades?|downgraded|downgrading|upgrading|initiates|initiated|initiating
        |coverage\s+(?:on|of|for)|shares\s+of|stake\s+in|position\s+in|acquires?|acquired|acquire|buys?|owns
        |rating\s+(?:on|for|of)|(?:buy|sell|hold|neutral|overweight|underweight|outperform|underperform|perform|weight
        |accumulate|reduce|add|positive|negative)\s+(?:rating\s+)?(?:on|for|at|to)|(?:pt|target|estimates?|coverage
        |pts|targets)\s+(?:on|for|of|to)|earnings\s+(?:preview|scheduled)?\s*(?:for|of)|preview|recap|outlook\s+for
        |ahead\s+of|bullish\s+on|bearish\s+on|reiterates|maintains|starts|resumes|assumes|covers|named|hearing|ceo\s+of
        |(?:deal|agreement|partners?|partnership|collaboration|talks|merger|contract)\s+with|ex-dividend
        |(?:filing|8-k|13[dfg]|10-[kq]|s-[14]|release|letter|royalties|approval)\s+(?:from|by|on|to|for)
        |(?:interest|stakes?|positions?)\s+in|keeps|removes|adds|recommends|prefers
        |(?:\$[\d.]+|idea|buy|sell|hold|neutral)\s+(?:on|for)|(?:upgrade|downgrade)\s+to\s+\w+|comments\s+on|positive\s+on|watch:?)
    |\b(?:q[1-4]|fy\d\d|\d{4})\s+earnings:?|(?:update|brief|report|exclusive|breaking|correction|hearing|alert):)\s+
    (?:the\s+)?['"“‘]?$""",
    re.IGNORECASE | re.VERBOSE,
)
_RATINGS = r"""(?:buy|sell|hold|neutral|overweight|underweight|equal[\s-]?weight|outperform|underperform|perform
    |accumulate|positive|negative|conviction|rating|ratings|coverage|pts?|price\s+target|targets?)"""
_RATES = re.compile(
    rf"""['’]?\s*(?:(?:capital|markets?|securities|research|analyst|equity|equities|&\s?co\.?|partners|group|bank
        |merrill|lynch|secs\.?|sachs|inc\.?|ag|financial|investment|global|usa|u\.s\.|brothers|also|today|['’]s|still)\s+){{0,4}}
    (?:upgrad(?:es?|ing)\b|downgrad(?:es?|ing)\b|(?:maintains|initiat(?:es|ing)|resumes?|assum(?:es|ing))\b(?=.{{0,70}}\b{_RATINGS}\b)
    |reiterat(?:es|ing)\b|reinstat(?:es|ing)\b|starts\s+\w+\s+(?:at|with)\b
    |(?:starts|begins)\s+coverage
    |(?:rais|lower|cut|boost|hik|increas|reduc|adjust|trim|slash|lift|mov|tweak|up|remain|keep|remov)(?:e?s|ing|ting)?
       \s+(?:\w+['’]?s?\s+){{0,4}}?
       (?:pts?|po|price|target|targets|ests?|rating|ratings|bullish|bearish|positive|negative|cautious
         |to\s+(?:buy|sell|hold|neutral))\b
    |comment(?:s|ing)?\s+on\b|(?:likes|previews|recommends|defends|prefers|bullish|bearish|cautious|discusses
       |continues\s+to\s+(?:like|prefer|recommend|see))\b
    |top\s+(?:picks?|\d+)\b|(?:pts?|price\s+targets?|target|rating)\s+changes)""",
    re.IGNORECASE | re.VERBOSE,
)
_SPEAKS_ON = re.compile(r"\s+[Oo]n(?=\s+[A-Z])")
"""`Morgan Stanley On Nova`, as a house of analysts does; of others it begins a date: `Nova On Monday Said`."""
_RATED_BY = re.compile(
    r"(?i)\b(?:upgraded|downgraded|initiated|cut|raised|lowered|reiterated|maintained|started|added|removed|rated|"
    r"resumed|coverage|rating|upgrade|downgrade|conference|target|list)\b.{0,60}\b(?:by|at|from)\s+(?:the\s+)?$"
)
_IS_RATED = re.compile(
    r"(?i)\b(?:upgrades?|downgrades?|initiates|initiated|upgrading|downgrading|coverage\s+(?:on|of)|reiterates|"
    r"(?:on|for|to|of))\s+(?:the\s+)?['\"“‘]?$"
)
_DIGEST = re.compile(
    r"""(?:\band\s+(?:more|others?)\b|\bmarket\s+(?:update|wrap|minute|minutes|round-?up|primer|recap|overview|stats|
    movers|summary)|\bmarkets?\s+in\s+\d+\s+minutes|\bweek\s+(?:ahead|in\s+(?:re|pre)view)|\bm&a\s+chatter
    |\bpicks\s+and\s+pans|\bfast\s+money\s+picks|conference\s+(?:begins|continues|concludes)|\b(?:stocks|companies|tickers|names|picks)\s+(?:to\s+watch|moving|that|which|trading|hitting
    |making|on\s+the\s+move)|lightning\s+round|\bpeek\s+into|\bpulse\b|(?:biggest|top)\s+(?:\#?\w+[\s-]){0,3}
    (?:movers|gainers|losers|decliners|performers|upgrades|downgrades|initiations|picks)|earnings\s+(?:scheduled
    |expectations|calendar)|\bround-?up\b|\btop\s+\d+\b|\b(?:these|other)\s+(?:\w+\s+)?stocks|morning\s+brief)""",
    re.IGNORECASE | re.VERBOSE,
)

_OWN_BUSINESS = re.compile(
    r"""\b(?:earnings|eps|profits?|q[1-4]|quarter|quarterly|dividend|ceo|cfo|chief|president|shares?|stock|results|revenues?
    |settle\w*|fine[ds]?|sue[ds]?|lawsuit|charge[ds]?|layoffs?|jobs|acquires?|acquisition|hires?|appoints?|names|trading|buyback
    |misses|beats|offering|probe|10-[kq]|8-k|ipo|deal|stake|unit|business|to\s+(?:cut|buy|acquire|pay|sell|hire|close))\b""",
    re.IGNORECASE | re.VERBOSE,
)
_FUNDS = re.compile(r"\bETFs?\b")
_DIGEST_SAYS_SO_WITHIN = 70
"""Characters in which a digest says what it is; behind, `top 10` and the like are part of what is told of somebody."""

_REACH = 60
"""Characters before and behind a name that are looked at."""


_ANOTHERS = re.compile(
    r"\s+(?:Minerals?|Resources?|Mining|Mines|Gold|Silver|Energy|Oil|Petroleum|Bank|Bancorp|Financial|Capital|Ventures"
    r"|Therapeutics|Pharmaceuticals?|Pharma|Biosciences?|Medical|Technologies|Systems|Networks?|Wireless|Realty"
    r"|Properties|Insurance|Foods?|Airlines?|Communications|Holdings?|Partners(?!\s+(?:[Tt]o|[Ww]ith)\b)|Exploration|Healthcare|University|Foundation|County|Cup|Biotech|Investments|Funds?)\b"
)


_POSSESSIVE = re.compile(r"['’]s\b|(?<=s)['’](?=\s)")
_JOINED_BEFORE = re.compile(r"[a-z]-$")  # Merriam-Webster
_PERSON = re.compile(
    r"(?:(?P<office>(?i:\b(?:mr|mrs|ms|dr|sen|rep|gov|judge|chair(?:man|woman)?|president|secretary|senator|governor"
    r"|minister|analyst|founder)\b\.?))|\b(?P<first>[A-Z][a-z]+))\s+(?:[A-Z]\.\s+)?$"
)


def is_part_of_another_name(text: str, start: int, end: int, *, plain: bool) -> bool:
    """Whether a name of one word, or of common ones, is a part of another: `Nautilus` of `Nautilus Minerals`, `Knowles`
    of `Dennis Knowles`, `Brunswick` of `New Brunswick`.

    Args:
        plain: whether the words are common ones, which a capital before them makes a part.
    """
    if _ANOTHERS.match(text, end) or _JOINED_BEFORE.search(text, max(0, start - 2), start):
        return True
    word_before = re.search(r"(\w+)\s+$", text[max(0, start - _REACH) : start])
    if word_before and (word_before[1].lower(), text[start:end].lower()) in PLACES:
        return True
    person = _PERSON.search(text[max(0, start - _REACH) : start])
    if person and (person["office"] or person["first"].lower() in FIRST_NAMES):
        return True
    before = re.sub(r"(?i)\bthe\s+$", "", text[max(0, start - _REACH) : start])
    if not plain or not re.search(r"\w[\s'\"“‘]*$", before) or _BEFORE.search(before):
        return False
    return " " not in text[start:end] or not _LINKED_BY.search(before)


def speaks_of_a_company(text: str, start: int, end: int, *, telling: bool = False) -> bool:
    """Whether the words around `text[start:end]` are those that stand around companies' names.

    Args:
        telling: whether what stands there is hardly anything but a company's name, so that a possessive, any deed
            behind it, or that something is done with it, is enough.
    """
    before = text[max(0, start - _REACH) : start]
    if re.search(r"(?i)\b(?:price|pt|52-week)\s+$", before):
        return False
    if telling and (_ACTS.match(text, end, end + _REACH) or _POSSESSIVE.match(text, end) or _DEALT_WITH.search(before)):
        return True
    return bool(_BEHIND.match(text, end, end + _REACH) or _BEFORE.search(before))


def begins_or_owns(text: str, start: int, end: int) -> bool:
    """Whether `text[start:end]` begins the text or a clause, or something is said to be its own."""
    return bool(_CLAUSE.search(text[max(0, start - _REACH) : start]) or _POSSESSIVE.match(text, end))


def is_the_analyst(text: str, start: int, end: int) -> bool:
    """Whether `text[start:end]` is who rates somebody (`Wells Fargo Upgrades Target`), not who is rated.

    A house that rates others is so wherever no word of its own business is near (`Nomura Sees Oil Higher`).
    """
    before = text[max(0, start - 2 * _REACH) : start]
    if before and _RATED_BY.search(before):
        return True
    if before and _IS_RATED.search(before):
        return False
    if _RATES.match(text, end, end + 2 * _REACH):
        return True
    if tuple(map(folded, WORD.findall(text[start:end]))) not in BROKERS:
        return False
    around = text[max(0, start - _REACH) : start], text[end : end + _REACH]
    return bool(_SPEAKS_ON.match(text, end)) or not any(map(_OWN_BUSINESS.search, around))


def is_a_digest(text: str) -> bool:
    """Whether the first line is that of a list of many companies: movers, market updates, stocks to watch."""
    return bool(_DIGEST.search(text.split("\n", 1)[0][:_DIGEST_SAYS_SO_WITHIN]))


def speaks_of_funds(text: str, place: int) -> bool:
    """Whether what stands before `place` is of funds, whose tickers are no companies'."""
    return bool(_FUNDS.search(text, max(0, place - _REACH), place))
