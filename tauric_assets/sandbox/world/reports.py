"""Annual and quarterly reports (10-K, 10-Q) as HTML: real item headings, contents, tables that agree with the story.

Specification: Forms 10-K and 10-Q, general instructions (order and titles of items).

Belongs here: composing a report from figures, reasons and phrases.
Not here: the sentences (phrases.py), markup (pages.py), current reports (current.py).
"""

from collections.abc import Callable, Sequence
from datetime import date, timedelta

from tauric_assets.sandbox.world import calendar, fiscal, phrases
from tauric_assets.sandbox.world.calendar import Event
from tauric_assets.sandbox.world.companies import Profile
from tauric_assets.sandbox.world.dice import Dice
from tauric_assets.sandbox.world.fiscal import Figures
from tauric_assets.sandbox.world.pages import centred, contents, heading, page, paragraph, subheading, table
from tauric_assets.sandbox.world.releases import reason, release
from tauric_assets.sandbox.world.wording import Voice, cell, change, chief, million, per_share, spoken

ANNUAL: tuple[tuple[str, str], ...] = (
    ("", "PART I"),
    ("1", "Business"),
    ("1A", "Risk Factors"),
    ("1B", "Unresolved Staff Comments"),
    ("1C", "Cybersecurity"),
    ("2", "Properties"),
    ("3", "Legal Proceedings"),
    ("4", "Mine Safety Disclosures"),
    ("", "PART II"),
    (
        "5",
        "Market for Registrant's Common Equity, Related Stockholder Matters and Issuer Purchases of Equity Securities",
    ),
    ("6", "[Reserved]"),
    ("7", "Management's Discussion and Analysis of Financial Condition and Results of Operations"),
    ("7A", "Quantitative and Qualitative Disclosures About Market Risk"),
    ("8", "Financial Statements and Supplementary Data"),
    ("9", "Changes in and Disagreements With Accountants on Accounting and Financial Disclosure"),
    ("9A", "Controls and Procedures"),
    ("9B", "Other Information"),
    ("", "PART III"),
    ("10", "Directors, Executive Officers and Corporate Governance"),
    ("11", "Executive Compensation"),
    ("12", "Security Ownership of Certain Beneficial Owners and Management and Related Stockholder Matters"),
    ("13", "Certain Relationships and Related Transactions, and Director Independence"),
    ("14", "Principal Accountant Fees and Services"),
    ("", "PART IV"),
    ("15", "Exhibits and Financial Statement Schedules"),
    ("16", "Form 10-K Summary"),
)
QUARTERLY: tuple[tuple[str, str], ...] = (
    ("", "PART I - FINANCIAL INFORMATION"),
    ("1", "Financial Statements"),
    ("2", "Management's Discussion and Analysis of Financial Condition and Results of Operations"),
    ("3", "Quantitative and Qualitative Disclosures About Market Risk"),
    ("4", "Controls and Procedures"),
    ("", "PART II - OTHER INFORMATION"),
    ("1", "Legal Proceedings"),
    ("1A", "Risk Factors"),
    ("2", "Unregistered Sales of Equity Securities and Use of Proceeds"),
    ("5", "Other Information"),
    ("6", "Exhibits"),
)
SHORT: dict[str, str] = {
    "Unresolved Staff Comments": "None.",
    "Mine Safety Disclosures": "Not applicable.",
    "[Reserved]": "",
    "Changes in and Disagreements With Accountants on Accounting and Financial Disclosure": "None.",
    "Other Information": "No director or officer adopted or ended a Rule 10b5-1 trading plan in the last quarter, "
    "except as reported on Form 4.",
    "Form 10-K Summary": "None.",
    "Unregistered Sales of Equity Securities and Use of Proceeds": "None.",
}
REFERRED = "The information is incorporated by reference from the proxy statement for the next annual meeting."


def periodic_report(seed: int, profile: Profile, form: str, serial: int, day: date) -> str:
    """The 10-K or 10-Q of a quarter, as an HTML page; `day` is the day it is filed."""
    report = _Report(seed, profile, form, serial, day)
    blocks = report.cover()
    items = ANNUAL if form == "10-K" else QUARTERLY
    blocks.append(
        contents(
            [(_item(number), title, f"i{n}" if number else "", 3 + 2 * n) for n, (number, title) in enumerate(items)]
        )
    )
    for n, (number, title) in enumerate(items):
        if not number:
            blocks.append(centred(title, bold=True))
            continue
        blocks.append(heading(f"{_item(number)} {title}", f"i{n}"))
        blocks += report.body(title)
    return page(f"{profile.name} {form}", [*blocks, *report.signature()])


class _Report:
    """One report being written: its figures, and a voice that is its own."""

    def __init__(self, seed: int, profile: Profile, form: str, serial: int, day: date) -> None:
        self._seed, self._profile, self._form, self._serial, self._day = seed, profile, form, serial, day
        self._voice = Voice(Dice(seed, "report", profile.ticker, serial), profile)
        self._annual = form == "10-K"
        self._now, self._before = self._period(serial, fiscal.figures), self._period(serial - 4, fiscal.restated)
        self._quarter = fiscal.quarter(profile, serial)

    def cover(self) -> list[str]:
        """The cover page."""
        profile, quarter = self._profile, self._quarter
        kind = "ANNUAL" if self._annual else "QUARTERLY"
        ended = "fiscal year" if self._annual else "quarterly period"
        return [
            centred("UNITED STATES"),
            centred("SECURITIES AND EXCHANGE COMMISSION", bold=True),
            centred("Washington, D.C. 20549"),
            centred(f"FORM {self._form}", bold=True),
            centred(f"{kind} REPORT PURSUANT TO SECTION 13 OR 15(d) OF THE SECURITIES EXCHANGE ACT OF 1934"),
            centred(f"For the {ended} ended {spoken(quarter.end)}"),
            centred(f"Commission file number {profile.file_number}"),
            centred(profile.name.upper(), bold=True),
            centred(f"{profile.street.title()}, {profile.city.title()}, {profile.state} {profile.zip_code}"),
            table(
                [
                    ["Title of each class", "Trading symbol", "Name of each exchange"],
                    ["Common Stock, $0.01 par value", profile.ticker, profile.company.exchange],
                ]
            ),
            paragraph(f"Shares of common stock outstanding on {spoken(self._day)}: {profile.shares:,.1f} million."),
        ]

    def body(self, title: str) -> list[str]:
        """The paragraphs and tables under a heading."""
        if title in SHORT:
            return [paragraph(SHORT[title])] if SHORT[title] else []
        writers: dict[str, Callable[[], list[str]]] = {
            "Business": lambda: self._prose(phrases.BUSINESS, 5, 3),
            "Risk Factors": self._risks,
            "Cybersecurity": lambda: self._prose(phrases.SECURITY, 3, 1),
            "Properties": lambda: self._prose(phrases.PROPERTIES, 3, 1),
            "Legal Proceedings": self._proceedings,
            "Controls and Procedures": lambda: self._prose(phrases.CONTROLS, 3, 1),
            "Quantitative and Qualitative Disclosures About Market Risk": lambda: self._prose(
                phrases.MARKET_RISK, 3, 1
            ),
            "Financial Statements": self._statements,
            "Financial Statements and Supplementary Data": self._statements,
            "Exhibits": self._exhibits,
            "Exhibits and Financial Statement Schedules": self._exhibits,
        }
        if title.startswith("Management's Discussion"):
            return self._discussion()
        if title.startswith("Quantitative"):
            return self._prose(phrases.MARKET_RISK, 3, 1)
        if title.startswith("Market for Registrant's"):
            return self._common_equity()
        return writers[title]() if title in writers else [paragraph(REFERRED)]

    def signature(self) -> list[str]:
        """The closing page."""
        return [
            centred("SIGNATURES", bold=True),
            paragraph(
                "Pursuant to the requirements of the Securities Exchange Act of 1934, the registrant has had this "
                "report signed on its behalf by the undersigned, duly authorized."
            ),
            paragraph(f"{self._profile.name.upper()}    Date: {spoken(self._day)}"),
            paragraph(f"/s/ {chief(self._seed, self._profile, self._day)}, Chief Executive Officer"),
        ]

    def _period(self, serial: int, told: Callable[[int, Profile, int], Figures]) -> dict[str, int]:
        """Income of the year, or of the quarter, up to a quarter, as `told`; in tenths of a million."""
        serials = range(serial - 3, serial + 1) if self._annual else [serial]
        quarters = [told(self._seed, self._profile, each) for each in serials]
        names = ("revenue", "cost", "gross_profit", "research", "overhead", "operating_income", "tax", "net_income")
        return {name: sum(getattr(each, name) for each in quarters) for name in (*names, "eps")}

    def _prose(self, templates: Sequence[str], sentences: int, paragraphs: int) -> list[str]:
        """Paragraphs of that many sentences, none said twice."""
        chosen = self._voice.dice.shuffled(templates)[: sentences * paragraphs]
        parts = (chosen[start : start + sentences] for start in range(0, len(chosen), sentences))
        return [paragraph(" ".join(self._voice.say(template) for template in part)) for part in parts]

    def _risks(self) -> list[str]:
        dice, blocks = self._voice.dice, []
        if not self._annual:
            blocks.append(paragraph("The risks described in our last annual report still apply; these have grown."))
        for title, sentences in dice.shuffled(phrases.RISKS)[: 14 if self._annual else 3]:
            blocks.append(subheading(self._voice.say(title)))
            closing = self._voice.pick(phrases.RISK_CLOSINGS)
            blocks.append(paragraph(f"{self._voice.several(sentences, 4)} {closing}"))
            if self._annual:
                blocks.append(paragraph(self._voice.several(phrases.EFFECTS, 4)))
        return blocks

    def _discussion(self) -> list[str]:
        now, before = self._now, self._before
        span = "year" if self._annual else "quarter"
        why = reason(self._seed, self._profile, self._serial)
        latest = fiscal.figures(self._seed, self._profile, self._serial)
        lately = "in the last quarter of the year" if self._annual else "in the quarter"
        return [
            subheading("Overview"),
            paragraph(
                f"Revenue for the {span} {change(now['revenue'], before['revenue'])} to {million(now['revenue'])}, "
                f"from {million(before['revenue'])} a year earlier; {lately}, {why}. Net income was "
                f"{million(now['net_income'])}, or {per_share(now['eps'])} a share."
            ),
            *self._prose(phrases.BUSINESS, 3, 1),
            *self._developments(),
            subheading("Results of Operations"),
            self._income(),
            paragraph(self._voice.several(phrases.REVENUE, 4)),
            paragraph(
                f"Gross profit was {million(now['gross_profit'])}, "
                f"{100 * now['gross_profit'] / now['revenue']:.1f}% of revenue, against "
                f"{100 * before['gross_profit'] / before['revenue']:.1f}%. {self._voice.several(phrases.MARGIN, 4)}"
            ),
            paragraph(
                f"Research and development expense {change(now['research'], before['research'])} to "
                f"{million(now['research'])}. {self._voice.several(phrases.EXPENSES, 3)}"
            ),
            subheading("Liquidity and Capital Resources"),
            paragraph(
                f"Cash was {million(latest.cash)} and debt {million(latest.debt)} at {spoken(latest.quarter.end)}. "
                f"{self._voice.several(phrases.LIQUIDITY, 4)}"
            ),
            subheading("Outlook"),
            paragraph(f"The order backlog was {million(latest.backlog)}. {self._voice.several(phrases.OUTLOOK, 3)}"),
            subheading("Critical Accounting Estimates"),
            *self._prose(phrases.POLICIES, 4, 1),
        ]

    def _developments(self) -> list[str]:
        """What the company announced in the period, apart from results."""
        told = [event for event in self._events() if event.kind != "earnings"]
        if not told:
            return []
        lines = [f"On {spoken(event.day)}: {release(self._seed, event).summary}" for event in told]
        return [subheading("Recent Developments"), *(paragraph(line) for line in lines)]

    def _proceedings(self) -> list[str]:
        probes = [event for event in self._events() if event.kind in {"probe", "settlement"}]
        lines = [f"As reported on {spoken(event.day)}, {release(self._seed, event).paragraphs[0]}" for event in probes]
        return [*(paragraph(line) for line in lines), *self._prose(phrases.LEGAL, 2, 1)]

    def _events(self) -> list[Event]:
        """The company's events in the year or quarter before the day of filing."""
        start = self._day - timedelta(days=365 if self._annual else 91)
        found = calendar.events_between(self._seed, start, self._day)
        return [event for event in found if event.profile is self._profile]

    def _income(self) -> str:
        now, before = self._now, self._before
        head = "Fiscal year" if self._annual else "Quarter"
        year = self._quarter.fiscal_year
        rows = [[f"{head}, in millions of dollars except per share", str(year), str(year - 1)]]
        labels = {
            "Revenue": "revenue",
            "Cost of revenue": "cost",
            "Gross profit": "gross_profit",
            "Research and development": "research",
            "Selling, general and administrative": "overhead",
            "Operating income": "operating_income",
            "Income taxes": "tax",
            "Net income": "net_income",
        }
        rows += [[label, cell(now[name]), cell(before[name])] for label, name in labels.items()]
        return table([*rows, ["Earnings per share", per_share(now["eps"]), per_share(before["eps"])]])

    def _statements(self) -> list[str]:
        latest = fiscal.figures(self._seed, self._profile, self._serial)
        earlier = fiscal.figures(self._seed, self._profile, self._serial - 4)
        return [
            subheading("Condensed Consolidated Statements of Income"),
            self._income(),
            subheading("Condensed Consolidated Balance Sheets"),
            _balance(latest, earlier),
            subheading("Notes to the Financial Statements"),
            *self._prose(phrases.NOTES + phrases.POLICIES, 4 if self._annual else 3, 2),
        ]

    def _common_equity(self) -> list[str]:
        profile = self._profile
        return [
            paragraph(
                f"Our common stock is listed on {profile.company.exchange} under the symbol {profile.ticker}. On "
                f"{spoken(self._day)} there were about {self._voice.dice.integer(12, 90)} hundred holders of record."
            ),
            *self._prose(phrases.LIQUIDITY, 2, 1),
        ]

    def _exhibits(self) -> list[str]:
        return [
            table(
                [
                    ["Number", "Description"],
                    ["31.1", "Certification of the chief executive officer under Section 302"],
                    ["31.2", "Certification of the chief financial officer under Section 302"],
                    ["32.1", "Certification under Section 906"],
                ]
            )
        ]


def _balance(now: Figures, before: Figures) -> str:
    rows = [["In millions of dollars", spoken(now.quarter.end), spoken(before.quarter.end)]]
    for label, name in {"Cash": "cash", "Receivables": "receivables", "Stocks": "inventory", "Debt": "debt"}.items():
        rows.append([label, cell(getattr(now, name)), cell(getattr(before, name))])
    return table(rows)


def _item(number: str) -> str:
    return f"Item {number}." if number else ""
