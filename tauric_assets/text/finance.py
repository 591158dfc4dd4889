"""What analysts' words mean: which financial statement a figure stands in, how filings word it, what XBRL calls it.

Belongs here: the words for statements and figures, written by hand; which of them a question uses; which statement a
page of a filing is. Not here: companies and periods (questions.py), ranking (vectors/).
"""

import re
from dataclasses import dataclass
from typing import Literal, get_args

Statement = Literal["balance sheet", "income statement", "cash flow statement", "comprehensive income", "equity"]
STATEMENTS: tuple[Statement, ...] = get_args(Statement)


@dataclass(frozen=True)
class Figure:
    """One figure people ask for.

    Args:
        name: what to call it.
        pattern: how questions say it.
        statements: where it stands, or what it is computed from.
        words: how filings word the lines.
        concepts: XBRL concepts of us-gaap, the most common first; empty for what is computed.
        unit: of those.
    """

    name: str
    pattern: re.Pattern[str]
    statements: tuple[Statement, ...]
    words: str
    concepts: tuple[str, ...] = ()
    unit: str = "USD"


def _figure(name: str, pattern: str, statements: str, words: str, concepts: str = "", unit: str = "USD") -> Figure:
    places = tuple(_PLACES[letter] for letter in statements)
    return Figure(name, re.compile(rf"\b(?:{pattern})\b", re.IGNORECASE), places, words, tuple(concepts.split()), unit)


_PLACES: dict[str, Statement] = {"B": "balance sheet", "I": "income statement", "C": "cash flow statement"}
_CASH = "CashAndCashEquivalentsAtCarryingValue CashCashEquivalentsRestrictedCashAndRestrictedCashEquivalents"
_REVENUE = "RevenueFromContractWithCustomerExcludingAssessedTax Revenues SalesRevenueNet"

FIGURES = (
    _figure(
        "capital expenditure",
        r"cap(?:ital)?[- ]?ex(?:penditures?)?|capital expenses?|capital[- ]intensive",
        "C",
        "purchases of property, plant and equipment capital expenditures",
        "PaymentsToAcquirePropertyPlantAndEquipment PaymentsToAcquireProductiveAssets",
    ),
    _figure(
        "operating cash flow",
        r"(?:operating|operations) cash flows?|cash (?:flows? )?(?:provided )?(?:from|by) (?:operations|operating "
        r"activities)|cash flows? from operating",
        "C",
        "net cash provided by operating activities",
        "NetCashProvidedByUsedInOperatingActivities",
    ),
    _figure(
        "free cash flow", r"free cash flows?|fcf", "C", "net cash provided by operating activities capital expenditures"
    ),
    _figure(
        "financing and investing",
        r"(?:investing|financing)(?:,? (?:and|or) (?:investing|financing))? (?:activities|cash flows?)",
        "C",
        "net cash used in investing activities financing activities",
    ),
    _figure(
        "depreciation and amortization",
        r"d&a|depreciation(?: (?:and|&) amorti[sz]ation)?|amorti[sz]ation",
        "C",
        "depreciation and amortization",
        "DepreciationDepletionAndAmortization DepreciationAndAmortization",
    ),
    _figure("EBITDA", r"ebitda", "CI", "operating income depreciation and amortization"),
    _figure(
        "dividends paid",
        r"dividends? (?:paid|payments?|payout|distributions?)|cash dividends|payout ratio|retention ratio",
        "C",
        "dividends paid",
        "PaymentsOfDividends PaymentsOfDividendsCommonStock",
    ),
    _figure(
        "share repurchases",
        r"(?:share|stock) (?:repurchases?|buy-?backs?)|buy-?backs?",
        "C",
        "repurchases of common stock treasury stock",
        "PaymentsForRepurchaseOfCommonStock",
    ),
    _figure("revenue", r"revenues?|net sales|sales|top[- ]?line|turnover", "I", "net sales revenue total", _REVENUE),
    _figure(
        "cost of goods sold",
        r"cogs|costs? of (?:goods sold|sales|revenues?|products? sold)",
        "I",
        "cost of sales cost of goods sold cost of revenue",
        "CostOfRevenue CostOfGoodsAndServicesSold CostOfGoodsSold",
    ),
    _figure("gross profit", r"gross (?:profits?|margins?)", "I", "gross profit net sales cost of sales", "GrossProfit"),
    _figure(
        "operating income",
        r"operating (?:incomes?|profits?|margins?|earnings|loss(?:es)?)|ebit",
        "I",
        "operating income income from operations operating profit",
        "OperatingIncomeLoss",
    ),
    _figure(
        "net income",
        r"net (?:incomes?|earnings|profits?|loss(?:es)?)|bottom[- ]line",
        "I",
        "net income net earnings attributable to shareholders",
        "NetIncomeLoss ProfitLoss",
    ),
    _figure(
        "diluted earnings per share",
        r"(?:diluted )?(?:eps|earnings per (?:diluted )?share)",
        "I",
        "earnings per share diluted basic",
        "EarningsPerShareDiluted EarningsPerShareBasicAndDiluted",
        "USD/shares",
    ),
    _figure(
        "research and development",
        r"r&d|research (?:and|&) development",
        "I",
        "research and development expense",
        "ResearchAndDevelopmentExpense",
    ),
    _figure(
        "selling, general and administrative",
        r"sg&a|selling,? general (?:and|&) administrative",
        "I",
        "selling, general and administrative expenses",
        "SellingGeneralAndAdministrativeExpense",
    ),
    _figure("interest expense", r"interest (?:expenses?|coverage)", "I", "interest expense", "InterestExpense"),
    _figure(
        "effective tax rate",
        r"(?:effective )?(?:income )?tax rates?",
        "",
        "effective tax rate provision for income taxes",
    ),
    _figure("total assets", r"total assets", "B", "total assets", "Assets"),
    _figure(
        "current assets",
        r"(?:total )?current assets",
        "B",
        "total current assets",
        "AssetsCurrent",
    ),
    _figure(
        "current liabilities",
        r"(?:total )?current liabilities",
        "B",
        "total current liabilities",
        "LiabilitiesCurrent",
    ),
    _figure("total liabilities", r"total liabilities", "B", "total liabilities", "Liabilities"),
    _figure(
        "working capital",
        r"working capital|(?:quick|current|liquidity|acid[- ]test|cash) ratios?",
        "B",
        "total current assets total current liabilities",
    ),
    _figure(
        "inventories",
        r"inventor(?:y|ies)|dio|cash conversion cycle|ccc",
        "B",
        "inventories total current assets",
        "InventoryNet",
    ),
    _figure(
        "accounts payable",
        r"accounts? payables?|payables|dpo",
        "B",
        "accounts payable total current liabilities",
        "AccountsPayableCurrent",
    ),
    _figure(
        "accounts receivable",
        r"accounts? receivables?|receivables|dso",
        "B",
        "accounts receivable net",
        "AccountsReceivableNetCurrent",
    ),
    _figure(
        "property, plant and equipment",
        r"pp&e|ppn?e|(?:net )?property,? plant,? (?:and|&) equipment|fixed assets?",
        "B",
        "property, plant and equipment net",
        "PropertyPlantAndEquipmentNet",
    ),
    _figure(
        "cash and cash equivalents",
        r"cash (?:and|&) (?:cash )?equivalents|cash (?:balance|position|on hand)",
        "B",
        "cash and cash equivalents",
        _CASH,
    ),
    _figure(
        "long-term debt",
        r"(?:long[- ]term |total )?debt(?! securit)|borrowings",
        "B",
        "long-term debt short-term borrowings current portion",
        "LongTermDebt LongTermDebtNoncurrent",
    ),
    _figure("goodwill", r"goodwill", "B", "goodwill", "Goodwill"),
    _figure(
        "shareholders' equity",
        r"(?:share|stock)holders['’]? equity|book value|liquidated",
        "B",
        "total stockholders equity",
        "StockholdersEquity",
    ),
)

_NAMED_AS: tuple[tuple[Statement, str], ...] = (
    ("balance sheet", r"\bbalance sheets?\b|\bstatements? of financial (?:position|condition)\b"),
    ("cash flow statement", r"\bcash[- ]?flows? statements?\b|\bstatements? of cash[- ]?flows?\b"),
    (
        "income statement",
        r"\bincome statements?\b|\bp\s?&\s?l\b|\bprofit (?:and|&) loss\b|\bstatements? of (?:income|operations|"
        r"earnings)\b",
    ),
    ("comprehensive income", r"\bstatements? of (?:other )?comprehensive (?:income|loss)\b"),
    ("equity", r"\bstatements? of (?:changes in )?(?:share|stock)holders['’]? equity\b"),
)
_NAMED = tuple((statement, re.compile(pattern, re.IGNORECASE)) for statement, pattern in _NAMED_AS)


def figures_in(question: str) -> list[Figure]:
    """The figures a question asks for, in the order of the list; words for a computed one bring its parts' words."""
    return [figure for figure in FIGURES if figure.pattern.search(question)]


def statements_named(question: str) -> list[Statement]:
    """The statements a question names outright."""
    return [statement for statement, pattern in _NAMED if pattern.search(question)]


HEADING_LINES = 14
"""A statement's title stands among so many lines of the top of its page."""
_LINE_CHARACTERS_MAX, _BESIDE_TITLE_MAX = 140, 60
_NUMBERS_MIN, _NUMBERS_PER_WORD_MIN, _TELLING_LINES_MIN = 30, 0.12, 3
_ABOUT_STATEMENTS = re.compile(r"notes?\s+to|see\s+|accompanying|item\s+\d|page|report", re.IGNORECASE)
_NUMBER, _LETTERS = re.compile(r"\(?\d[\d,]*\.?\d*\)?"), re.compile(r"[A-Za-z]{2,}")
_OWNERS = r"(?:(?:share|stock)(?:holders|owners|owner|holder)\W*s?\W*|total\s+|common\s+)?"

# Titles as printed, letters that a text extraction tore apart included, and lines that stand in that statement alone.
_PRINTED_AS: tuple[tuple[Statement, str, str], ...] = (
    (
        "balance sheet",
        r"(?:consolidated\s+)?(?:balance\s*shee\s*ts?|statements?\s+of\s+financial\s+(?:position|condition))",
        r"total\s+(?:current\s+)?assets|total\s+liabilities|accounts\s+payable|retained\s+earnings|"
        r"accumulated\s+other",
    ),
    (
        "cash flow statement",
        r"(?:consolidated\s+)?(?:statements?\s+of\s+cash\s*flow\s*s?|cash\s*flows?\s*statements?)",
        r"operating\s+activities|investing\s+activities|financing\s+activities|beginning\s+of|end\s+of",
    ),
    (
        "comprehensive income",
        r"(?:consolidated\s+)?(?:statements?\s+of\s+(?:other\s+)?comprehensive\s+(?:income|loss|earnings)|"
        r"comprehensive\s+income\s+statements?)",
        r"foreign\s+currency|unrealized|comprehensive|pension",
    ),
    (
        "equity",
        rf"(?:consolidated\s+)?(?:statements?\s+of\s+(?:changes\s+in\s+)?{_OWNERS}(?:equity|investment)|"
        r"(?:share|stock)holders\W+equity\s+statements?)",
        r"balance|treasury|dividends|issued|repurchase",
    ),
    (
        "income statement",
        r"(?:consolidated\s+)?(?:statements?\s+of\s+(?:consolidated\s+)?(?:net\s+)?(?:income|operations|earnings|"
        r"loss)|(?:income|earnings)\s+statements?)",
        r"net\s+(?:income|earnings|loss)|cost\s+of|revenues?|net\s+sales|diluted|basic|"
        r"before\s+(?:income\s+)?taxes|per\s+share|interest\s+expense",
    ),
)
_TITLES = tuple(
    (statement, re.compile(title, re.IGNORECASE), re.compile(lines, re.IGNORECASE))
    for statement, title, lines in _PRINTED_AS
)


def statement_of(page: str) -> Statement | None:
    """Which financial statement a page of a filing is: by its title near the top and lines that only that one has.

    None for prose, for notes and for pages that only speak of a statement.
    """
    numbers, words = len(_NUMBER.findall(page)), len(_LETTERS.findall(page))
    if numbers < _NUMBERS_MIN or numbers < _NUMBERS_PER_WORD_MIN * words:
        return None
    for line in [line for line in map(str.strip, page.splitlines()) if line][:HEADING_LINES]:
        if len(line) > _LINE_CHARACTERS_MAX or _ABOUT_STATEMENTS.search(line):
            continue
        for statement, title, lines in _TITLES:
            found = title.search(line)
            is_title = found is not None and len(line) - len(found[0]) < _BESIDE_TITLE_MAX
            if is_title and len({told.lower() for told in lines.findall(page)}) >= _TELLING_LINES_MIN:
                return statement
    return None
