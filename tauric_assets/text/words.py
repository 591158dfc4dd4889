"""Lists of English words: those that say nothing about a text, and those that are no company by themselves.

Belongs here: word lists, written by hand, and the one of English words that occur in names (data/common.txt).
Not here: tickers, names, anything learnt from data.
"""

from importlib.resources import files


def words_of(text: str) -> frozenset[str]:
    """The words of a text without punctuation, as a set."""
    return frozenset(text.split())


def phrases_of(text: str) -> frozenset[tuple[str, ...]]:
    """Phrases separated by semicolons, each as its words."""
    return frozenset(tuple(phrase.split()) for phrase in text.split(";"))


STOP_WORDS = words_of(
    """
    a about above after again against all also am an and any are as at be because been before being below between both
    but by can could did do does doing down during each few for from further had has have having he her here hers him
    his how i if in into is it its itself just may me might more most must my no nor not of off on once one only or
    other our ours out over own s same shall she should so some such t than that the their theirs them then there these
    they this those through to too two under until up upon us very was we were what when where which while who whom
    whose why will with within without would you your yours
    """
)
"""Words that nearly every text has: articles, pronouns, prepositions, auxiliaries, question words."""

COMMON_WORDS = STOP_WORDS | words_of(
    """
    action active advance advanced agree air alert alliance allied alpha america american analysis apex arch arrow asia
    associated atlantic atlas aurora banc bank banks beacon bell best beyond big bill block blue bond boston box bridge
    bright build business canada capital care cars case cash central century certain charge chart chase china choice
    citizens city clean clear close cloud coast common community compass concrete connect consolidated consumer core
    credit crown data day deal delta digital direct discovery diversified dollar dream dynamic eagle earth east eastern
    edge element energy engine enterprise equity euro europe evolution express extra fair federal fidelity finance
    financial first five focus force forward fossil four fox franchise freedom frontier fund funds future game gap gas
    general genius global gold golden good grand graphite great green grid group growth guardian harbor health heritage
    high home honest hope house icon ideal image impact independence independent index industrial infinity information
    insight inspired insurance integrated inter interest invest investment investors iron january journey june key
    knowledge labs land leader legacy level liberty life light limit line link liquid live local logic london loop main
    march mark market markets master match materials matter matters maximum media medical men mercury metal minerals
    midland mission mobile model modern momentum moon motion national natural nasdaq network new news next north
    northern northwest now nuclear oil old one open optimum option orange orbit origin outlook pacific paragon partner
    patrick patriot peak perfect performance phoenix pioneer planet platform plus point popular post power premier
    president prime pro product progress progressive property prospect public pulse pure quality quest quick range rapid
    reading real red reform region regional reliance research reserve resolute resource resources ring rise river rock
    root round royal rush safe sage sale sales scholar science sea select senior sense service services seven shares
    signal signature silver simply smart snap social solar solid sound source south southern southwest special spirit
    spring sprout square standard star stars state steel stem stock stocks stone store strategic strategy street strong
    summit sun super supreme sure surge target tech technology telecom ten terminal texas three titan total toll trade
    trading transaction travel trend tri triumph true trust twin ultra union unit united unity universal universe
    upland urban utah valley value vector velocity venture verge veritas vertex victory viking village virtual visa
    vision vista vital wave way web well west western white wild wind wing women work works world yellow york zero
    """
)
"""Words that are names of companies too, but far more often just words: alone they name nobody."""

_CALENDAR = words_of(
    """
    monday tuesday wednesday thursday friday saturday sunday january february march april may june july august september
    october november december quarter quarterly annual fiscal week month year daily weekly monthly today tomorrow
    yesterday morning afternoon evening spring summer autumn fall winter christmas thanksgiving easter
    """
)

_PEOPLES = words_of(
    """
    africa african alabama alaska alexandria america american americas argentina arizona arkansas asia asian atlanta
    australia australian austria baltimore beijing belgium boston brazil brazilian britain british brooklyn california
    californian canada canadian carolina chicago chile china chinese cleveland colombia colorado columbia connecticut
    cuba dakota dallas delaware denmark denver detroit dubai dutch egypt england english europe european finland finnish
    florida france french georgia german germany greece greek hawaii holland houston idaho illinois india indian indiana
    indonesia iowa iran iraq ireland irish israel israeli italian italy japan japanese kansas kentucky korea korean
    latin london louisiana maine malaysia manhattan maryland massachusetts memphis mexican mexico miami michigan
    milwaukee minneapolis minnesota mississippi missouri montana montreal moscow nashville nebraska nevada nigeria
    norway norwegian ohio oklahoma oregon orlando oxford pakistan palestine paris pennsylvania persian peru philadelphia
    philippines pittsburgh poland portland portugal quebec russia russian sacramento saudi scandinavia scotland scottish
    seattle shanghai singapore spain spanish sweden swedish swiss switzerland sydney taiwan tennessee texas thailand
    tokyo toronto turkey turkish ukraine utah vancouver venezuela vermont vietnam virginia washington wisconsin wyoming
    zurich
    """
)

_ENGLISH = words_of(
    " ".join(
        line
        for line in files("tauric_assets.text").joinpath("data", "common.txt").read_text(encoding="utf-8").splitlines()
        if not line.startswith("#")
    )
)

_HOUSEHOLD = words_of(
    """
    adobe alphabet apple blackberry canon caterpillar corning oracle sap staples starbucks twitter whirlpool yelp
    """
)

PLAIN_WORDS = (COMMON_WORDS | _ENGLISH | _CALENDAR | _PEOPLES) - _HOUSEHOLD
"""Words that do not tell a company by themselves: English words, days, places, peoples. A few names that are words too
are known in every household as companies, and are none of these."""

NEVER_ALONE = words_of(
    """
    best care first here last live time hydro wireless esports more news next now one open second select special still
    today tomorrow top total
    bancorp bitcoin blockchain cannabis crypto global holdings group international technologies pharmaceuticals energy
    trump biden obama bush clinton powell yellen bernanke greenspan draghi lagarde carney merkel macron putin johnson
    """
)
"""Words so common in headlines that not even the context of a company makes one of them (Now, First, News), kinds of
company, and people whose office puts them into headlines (Powell of the Federal Reserve, not Powell Industries)."""

FIRST_NAMES = words_of(
    """
    adam alan albert alex alexander alice amy andrew angela anna anthony arthur barbara ben benjamin bernie bill bob
    brad brian bruce carl carlos carol catherine charles charlie chris christine christopher craig cynthia dan daniel
    david dean deborah dennis diane donald doug douglas ed eddie edward elizabeth emily eric evan frank fred gary george
    gerald glenn greg gregory harold harry heather helen henry howard ian jack jacob jacqueline james jamie jan jane
    janet jason jay jeff jeffrey jennifer jeremy jerome jerry jesse jessica jim joan joe joel john jonathan jordan
    joseph josh joshua juan judy julia julie justin karen kate kathleen katherine keith kelly ken kenneth kevin kim kyle
    larry laura lauren lawrence lee linda lisa louis luke margaret maria mario mark martha martin mary matt matthew
    megan melissa michael michelle mike mitch nancy nathan neil nicholas nick nicole olivia pam patricia patrick paul
    peter phil philip rachel ralph randy ray rebecca richard rick rob robert robin roger ron ronald roy russell ruth
    ryan sam samuel sandra sara sarah scott sean sharon shawn stephanie stephen steve steven stuart sue susan ted terry
    theresa thomas tim timothy todd tom tony tracy tyler vincent walter warren wayne wendy william zachary
    """
)
"""First names common in the United States: what follows one is a person's."""

PLACES = phrases_of(
    """
    new york;los angeles;las vegas;san francisco;san diego;san jose;hong kong;north america;south america;latin america;
    new jersey;new england;new zealand;new mexico;north carolina;south carolina;north dakota;south dakota;new orleans;
    west virginia;el paso;wall street;united states;united kingdom;saudi arabia;south africa;south korea;puerto rico;
    great britain;middle east;silicon valley;british columbia;new brunswick;nova scotia;costa rica;sri lanka;st louis;
    rhode island;new hampshire;salt lake;long island;white house;real estate
    """
)
"""Places of several words: the beginnings of many names, themselves no company."""

BROKERS = phrases_of(
    """
    bank of america;barclays;bmo;bofa;citi;citigroup;cowen;credit suisse;deutsche bank;evercore;goldman;goldman sachs;
    hsbc;jefferies;jpmorgan;j p morgan;jp morgan;macquarie;morgan stanley;nomura;oppenheimer;piper;piper jaffray;
    raymond james;rbc;scotiabank;stifel;ubs;wells fargo
    """
)
"""Listed houses that rate other companies: general knowledge. Their names in headlines are mostly who speaks."""
