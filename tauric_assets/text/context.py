"""What stands around a name in a text: whether it is spoken of as a company, and as whom.

Belongs here: the words of finance before and behind a name. Not here: names themselves, who they belong to.
"""

import re

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
    |settles|sues|sued|hires|teams|partners|selected|selects|presents|presented|form|13[dg]|8-k|10-[kq]|notes?
    |provides|updates|highlights|responds|comments|spokesperson|employees|subsidiary|products?|unit|preannounces)\b""",
    re.IGNORECASE | re.VERBOSE,
)
_BEFORE = re.compile(
    r"""(?:\b(?:upgrades?|upgraded|downgrades?|downgraded|downgrading|upgrading|initiates|initiated|initiating
        |coverage\s+(?:on|of|for)|shares\s+of|stake\s+in|position\s+in|acquires?|acquired|acquire|buys?|owns
        |rating\s+(?:on|for|of)|(?:buy|sell|hold|neutral|overweight|underweight|outperform|underperform|perform|weight
        |accumulate|reduce|add|positive|negative)\s+(?:rating\s+)?(?:on|for|at|to)|(?:pt|target|estimates?|coverage
        |pts|targets)\s+(?:on|for|of|to)|earnings\s+(?:preview|scheduled)?\s*(?:for|of)|preview|recap|outlook\s+for
        |ahead\s+of|bullish\s+on|bearish\s+on|reiterates|maintains|starts|resumes|assumes|covers|named|hearing|ceo\s+of
        |deal\s+with|agreement\s+with|partners?\s+with|ex-dividend|comments\s+on|positive\s+on|watch:?)
    |\b(?:q[1-4]|fy\d\d|\d{4})\s+earnings:?|(?:update|brief|report|exclusive|breaking|correction|hearing):)\s+
    (?:the\s+)?['"“‘]?$""",
    re.IGNORECASE | re.VERBOSE,
)
_RATES = re.compile(
    r"""['’]?[\s,]*(?:(?:capital|markets?|securities|research|analysts?|equity|equities|&\s?co\.?|partners|group|bank
        |lynch|secs\.?|sachs|inc\.?|ag|financial|investment|global|usa|u\.s\.|brothers|also|today|['’]s|still
        |[A-Z]\w+['’]s\s+\w+)\s+){0,4}
    (?:upgrad\w*|downgrad\w*|maintains|initiat(?:es|ed|ing)\s+(?:coverage|on|at|an?|with|\w+\s+(?:with|at|on))\b
    |initiates\s+(?!quarterly|share|rest)\w+
    |reiterat\w*|reinstat\w*|resumes?\s+\w+|assum\w*|starts\s+\w+\s+(?:at|with)|(?:starts|begins)\s+coverage
    |(?:rais|lower|cut|boost|hik|increas|reduc|adjust|trim|slash|lift|mov|tweak|up|rema|keep)\w*
       \s+(?:\w+['’]?s?\s+){0,4}?(?:pts?|price|target|targets|estimates?|ests?|rating|ratings|to\s+(?:buy|sell|hold|neutral))
       \b
    |comment(?:s|ed|ing)\s+on|(?:on|sees|says|removes|adds|names|likes|takes|expects|previews|weighs|recommends|defends
       |prefers|bullish|bearish|positive|negative|cautious|discusses|offers\s+(?:color|comments))\b(?!\s+(?:q|fy)\d))""",
    re.IGNORECASE | re.VERBOSE,
)
_SURE_RATES = re.compile(r"(?i)upgrad|downgrad|maintain|initiat|reiterat|reinstat|pts?\b|price|target|estimate|rating|comment")
_RATED_BY = re.compile(
    r"(?i)\b(?:upgraded|downgraded|initiated|cut|raised|lowered|reiterated|maintained|started|added|removed|rated|"
    r"resumed|tweaked|coverage|rating|upgrade|downgrade|conference|target|list)\b.{0,60}\b(?:by|at|from)\s+(?:the\s+)?$"
)

_REACH = 60
"""Characters before and behind a name that are looked at."""


def speaks_of_a_company(text: str, start: int, end: int) -> bool:
    """Whether the words around `text[start:end]` are those that stand around companies' names."""
    before = text[max(0, start - _REACH) : start]
    if re.search(r"(?i)\b(?:price|pt|52-week)\s+$", before):
        return False
    return bool(_BEHIND.match(text, end, end + _REACH) or _BEFORE.search(before))


def is_the_analyst(text: str, start: int, end: int) -> bool:
    """Whether `text[start:end]` is who rates somebody (`Wells Fargo Upgrades Target`), not who is rated."""
    rates = _RATES.match(text, end, end + 2 * _REACH)
    if rates and (_SURE_RATES.search(rates[0]) or text[rates.end() : rates.end() + 30].strip()):
        return True
    return bool(_RATED_BY.search(text[max(0, start - 2 * _REACH) : start]))
