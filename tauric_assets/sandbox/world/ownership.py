"""Forms 3, 4, 5 and 4/A as XML, in the shape of EDGAR's ownership schema X0508.

Specification: EDGAR Ownership XML Technical Specification, version 5.

Belongs here: a `Report` with its prices and running totals, written as an ownershipDocument.
Not here: what is reported (insiders.py), the submission around it (sgml.py).
"""

from datetime import date
from xml.sax.saxutils import escape

from tauric_assets.sandbox.world import insiders, prices
from tauric_assets.sandbox.world.companies import Profile
from tauric_assets.sandbox.world.dice import Dice
from tauric_assets.sandbox.world.eastern import shift_weekdays, week_of
from tauric_assets.sandbox.world.insiders import Line, Report
from tauric_assets.sandbox.world.people import Person

SCHEMA = "X0508"


class Footnotes:
    """Footnotes in the order of their first mention."""

    def __init__(self) -> None:
        self._texts: list[str] = []

    def mark(self, text: str) -> str:
        """The element that points to a footnote of that text."""
        if text not in self._texts:
            self._texts.append(text)
        return f'<footnoteId id="F{self._texts.index(text) + 1}"/>'

    def xml(self) -> str:
        """The list of all footnotes; empty where nothing was marked."""
        if not self._texts:
            return ""
        notes = (f'<footnote id="F{n}">{escape(text)}</footnote>' for n, text in enumerate(self._texts, start=1))
        return f"<footnotes>{''.join(notes)}</footnotes>"


def ownership_xml(seed: int, report: Report) -> str:
    """The ownershipDocument of a report, indented, without a trailing newline."""
    notes = Footnotes()
    owned = owned_before(seed, report)
    plain: list[str] = []
    derivative: list[str] = []
    for number, line in enumerate(report.lines):
        if not line.derivative:
            owned += line.change
            plain.append(_plain_line(seed, report, number, owned, notes))
        else:
            derivative.append(_derivative_line(seed, report, line, notes))
    parts = [
        f"<schemaVersion>{SCHEMA}</schemaVersion>",
        f"<documentType>{report.form}</documentType>",
        f"<periodOfReport>{report.period}</periodOfReport>",
        *([f"<dateOfOriginalSubmission>{report.original.day}</dateOfOriginalSubmission>"] if report.original else []),
        *(["<noSecuritiesOwned>0</noSecuritiesOwned>"] if report.form == "3" else []),
        *(["<notSubjectToSection16>0</notSubjectToSection16>"] if report.form != "3" else []),
        *(["<form3HoldingsReported>0</form3HoldingsReported>"] if report.form == "5" else []),
        *(["<form4TransactionsReported>0</form4TransactionsReported>"] if report.form == "5" else []),
        _issuer(report.profile),
        *(_owner(report.profile, owner) for owner in report.owners),
        *([f"<aff10b5One>{int(report.under_plan)}</aff10b5One>"] if report.form != "3" else []),
        f"<nonDerivativeTable>{''.join(plain)}</nonDerivativeTable>" if plain else "",
        f"<derivativeTable>{''.join(derivative)}</derivativeTable>" if derivative else "",
        notes.xml(),
        f"<remarks>{_remarks(report)}</remarks>" if _remarks(report) else "<remarks/>",
        *(_signature(report, owner) for owner in report.owners),
    ]
    inner = _indented("".join(part for part in parts if part))
    return f'<?xml version="1.0"?>\n<ownershipDocument>\n{inner}\n</ownershipDocument>'


def owned_before(seed: int, report: Report) -> int:
    """Shares the first owner holds directly before the report: what it began with, and every report since."""
    first = report.owners[0]
    if report.form == "3":
        return 0
    owned = first.shares
    for week in range(week_of(report.day) + 4):
        for other in insiders.reports_of_week(seed, week):
            counts = other.form in {"4", "5"} and other.owners[0].cik == first.cik
            original = report.original or report
            if counts and (other.accepted_at, other.key) < (original.accepted_at, original.key):
                owned += sum(line.change for line in other.lines)
    return max(owned, 1_000)


def price_of(seed: int, report: Report, line: Line) -> int:
    """What was paid per share, in cents; 0 where nothing was."""
    if line.code == "M":
        return strike(seed, report.profile, report.owners[0])
    if line.code in {"P", "S", "F"}:
        return prices.price_within(seed, report.profile.ticker, line.day, line.place)
    return 0


def strike(seed: int, profile: Profile, owner: Person) -> int:
    """Exercise price of an owner's options, in cents: well below the first price."""
    return round(profile.price * Dice(seed, "strike", owner.cik).uniform(0.25, 0.6))


def _plain_line(seed: int, report: Report, number: int, owned: int, notes: Footnotes) -> str:
    line = report.lines[number]
    after = line.shares if line.indirect or report.form == "3" else owned
    tail = f"{_after(after)}{_nature(line, notes)}"
    if line.code == "H":
        return f"<nonDerivativeHolding>{_title('Common Stock')}{tail}</nonDerivativeHolding>"
    coding = notes.mark(_plan_note(seed, report)) if report.under_plan else ""
    return (
        f"<nonDerivativeTransaction>{_title('Common Stock')}{_value('transactionDate', str(line.day))}"
        f"{_coding(report, line, coding)}{_amounts(seed, report, line, notes)}{tail}</nonDerivativeTransaction>"
    )


def _derivative_line(seed: int, report: Report, line: Line, notes: Footnotes) -> str:
    granted = line.code == "A"
    cents = (
        prices.price_within(seed, report.profile.ticker, line.day, 0.5)
        if granted
        else strike(seed, report.profile, report.owners[0])
    )
    expiry = line.day.replace(year=line.day.year + (10 if granted else 4), day=min(line.day.day, 28))
    vested = notes.mark(
        "The option vests in four equal annual instalments beginning on the first anniversary of the grant date."
        if granted
        else "The option is fully vested and exercisable."
    )
    left = line.shares if line.code in {"A", "H"} else 2 * line.shares
    underlying = (
        f"<underlyingSecurity>{_value('underlyingSecurityTitle', 'Common Stock')}"
        f"{_value('underlyingSecurityShares', str(line.shares))}</underlyingSecurity>"
    )
    head = _title("Stock Option (Right to Buy)") + _value("conversionOrExercisePrice", _dollars(cents))
    dates = f"<exerciseDate>{vested}</exerciseDate>{_value('expirationDate', str(expiry))}"
    if line.code == "H":
        return f"<derivativeHolding>{head}{dates}{underlying}{_nature(line, notes)}</derivativeHolding>"
    return (
        f"<derivativeTransaction>{head}{_value('transactionDate', str(line.day))}{_coding(report, line, '')}"
        f"{_amounts(seed, report, line, notes)}{dates}{underlying}{_after(left)}{_nature(line, notes)}"
        "</derivativeTransaction>"
    )


def _coding(report: Report, line: Line, note: str) -> str:
    late = "<transactionTimeliness><value>L</value></transactionTimeliness>" if report.form == "5" else ""
    return (
        f"<transactionCoding><transactionFormType>{report.form[0]}</transactionFormType>"
        f"<transactionCode>{line.code}</transactionCode><equitySwapInvolved>0</equitySwapInvolved>{note}"
        f"</transactionCoding>{late}"
    )


def _amounts(seed: int, report: Report, line: Line, notes: Footnotes) -> str:
    cents = 0 if line.derivative else price_of(seed, report, line)
    marks = "".join(notes.mark(text) for text in _price_notes(report, line, cents))
    return (
        f"<transactionAmounts>{_value('transactionShares', str(line.shares))}"
        f"<transactionPricePerShare><value>{_dollars(cents)}</value>{marks}</transactionPricePerShare>"
        f"{_value('transactionAcquiredDisposedCode', 'A' if line.acquired else 'D')}</transactionAmounts>"
    )


def _price_notes(report: Report, line: Line, cents: int) -> list[str]:
    found = []
    if line.code in {"P", "S"} and line.shares >= 2_000:
        low, high = _dollars(round(cents * 0.996)), _dollars(round(cents * 1.004))
        verb = "purchased" if line.code == "P" else "sold"
        found.append(
            f"A weighted average: the shares were {verb} in several trades at prices from ${low} to ${high}, both "
            f"included. The filer will give {report.profile.name} or the Commission the number of shares at each price "
            "on request."
        )
    if line.code == "F":
        found.append("Shares kept back by the company to pay the tax due when restricted stock vested.")
    if line.code == "A" and not line.derivative:
        found.append("Restricted stock units; each is the right to one share and vests over three years.")
    if line.code == "G":
        found.append("A gift to a charitable fund, for which nothing was received.")
    if report.original and line not in report.original.lines:
        found.append("This amendment corrects the price first reported, which was entered in error.")
    return found


def _plan_note(seed: int, report: Report) -> str:
    adopted = shift_weekdays(report.period, -Dice(seed, "plan", report.owners[0].cik).integer(90, 160))
    return (
        "Made under a written plan meant to meet the conditions of Rule 10b5-1(c), adopted by the filer on "
        f"{adopted:%B} {adopted.day}, {adopted.year}."
    )


def _remarks(report: Report) -> str:
    if report.original:
        return "Amends the report first filed on " + _spoken(report.original.day) + "."
    return "Exhibit 24, power of attorney, is on file." if report.form == "3" else ""


def _issuer(profile: Profile) -> str:
    return (
        f"<issuer><issuerCik>{profile.company.cik:010d}</issuerCik><issuerName>{escape(profile.name)}</issuerName>"
        f"<issuerTradingSymbol>{profile.ticker}</issuerTradingSymbol></issuer>"
    )


def _owner(profile: Profile, owner: Person) -> str:
    title = f"<officerTitle>{escape(owner.title)}</officerTitle>" if owner.title else ""
    return (
        f"<reportingOwner><reportingOwnerId><rptOwnerCik>{owner.cik:010d}</rptOwnerCik>"
        f"<rptOwnerName>{escape(owner.filed_name)}</rptOwnerName></reportingOwnerId><reportingOwnerAddress>"
        f"<rptOwnerStreet1>C/O {escape(profile.name.upper())}</rptOwnerStreet1>"
        f"<rptOwnerStreet2>{profile.street}</rptOwnerStreet2><rptOwnerCity>{profile.city}</rptOwnerCity>"
        f"<rptOwnerState>{profile.state}</rptOwnerState><rptOwnerZipCode>{profile.zip_code}</rptOwnerZipCode>"
        "<rptOwnerStateDescription/></reportingOwnerAddress><reportingOwnerRelationship>"
        f"<isDirector>{int(owner.is_director)}</isDirector><isOfficer>{int(owner.is_officer)}</isOfficer>"
        f"<isTenPercentOwner>{int(owner.is_ten_percent_owner)}</isTenPercentOwner><isOther>0</isOther>"
        f"{title}</reportingOwnerRelationship></reportingOwner>"
    )


def _signature(report: Report, owner: Person) -> str:
    name = owner.spoken_name if owner.first else f"{owner.last}, by its general partner"
    return (
        f"<ownerSignature><signatureName>/s/ {escape(name)}</signatureName>"
        f"<signatureDate>{report.day}</signatureDate></ownerSignature>"
    )


def _nature(line: Line, notes: Footnotes) -> str:
    if not line.indirect:
        return f"<ownershipNature>{_value('directOrIndirectOwnership', 'D')}</ownershipNature>"
    mark = notes.mark("Held by a trust for the filer's family; the filer disclaims ownership beyond any own interest.")
    return (
        f"<ownershipNature>{_value('directOrIndirectOwnership', 'I')}<natureOfOwnership><value>{line.indirect}</value>"
        f"{mark}</natureOfOwnership></ownershipNature>"
    )


def _after(shares: int) -> str:
    inner = _value("sharesOwnedFollowingTransaction", str(shares))
    return f"<postTransactionAmounts>{inner}</postTransactionAmounts>"


def _title(text: str) -> str:
    return _value("securityTitle", text)


def _value(element: str, text: str) -> str:
    return f"<{element}><value>{escape(text)}</value></{element}>"


def _dollars(cents: int) -> str:
    return f"{cents // 100}.{cents % 100:02d}" if cents else "0"


def _spoken(day: date) -> str:
    return f"{day:%B} {day.day}, {day.year}"


def _indented(xml: str) -> str:
    """One element a line, four spaces a level; text stays beside its tags."""
    lines: list[str] = []
    depth = 1
    for piece in xml.replace("><", ">\n<").split("\n"):
        closing = piece.startswith("</")
        depth -= closing
        lines.append("    " * depth + piece)
        opens = not closing and not piece.endswith("/>") and "</" not in piece
        depth += opens
    return "\n".join(lines)
