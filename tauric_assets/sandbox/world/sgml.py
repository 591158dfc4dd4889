"""The full submission text file: EDGAR's SGML header and the documents after it.

Specification: EDGAR Public Dissemination Service, technical specification; acceptance is US Eastern wall time.

Belongs here: header blocks and the wrapping of documents.
Not here: the documents' own contents.
"""

from dataclasses import dataclass
from datetime import date

from tauric_assets.sandbox.world.companies import Profile
from tauric_assets.sandbox.world.eastern import eastern_time
from tauric_assets.sandbox.world.institutions import Manager
from tauric_assets.sandbox.world.people import Person
from tauric_assets.sandbox.world.plans import Plan

ITEM_TITLES = {
    "1.01": "Entry into a Material Definitive Agreement",
    "2.02": "Results of Operations and Financial Condition",
    "5.02": "Departure of Directors or Certain Officers; Election of Directors; Appointment of Certain Officers: "
    "Compensatory Arrangements of Certain Officers",
    "7.01": "Regulation FD Disclosure",
    "8.01": "Other Events",
    "9.01": "Financial Statements and Exhibits",
}
_MONTH_ENDS = (31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31)


@dataclass(frozen=True)
class Part:
    """One document of a submission."""

    form: str
    name: str
    description: str
    body: str

    @property
    def is_xml(self) -> bool:
        """Whether it is wrapped in `<XML>`."""
        return self.name.endswith(".xml")


def submission_text(plan: Plan, parts: tuple[Part, ...], period: date, items: tuple[str, ...]) -> str:
    """The whole text file, ending with `</SEC-DOCUMENT>` and a newline."""
    number, stamp = plan.accession_number, f"{plan.dated:%Y%m%d}"
    lines = [
        f"<SEC-DOCUMENT>{number}.txt : {stamp}",
        f"<SEC-HEADER>{number}.hdr.sgml : {stamp}",
        f"<ACCEPTANCE-DATETIME>{eastern_time(plan.accepted_at):%Y%m%d%H%M%S}",
        f"ACCESSION NUMBER:\t\t{number}",
        f"CONFORMED SUBMISSION TYPE:\t{plan.form}",
        f"PUBLIC DOCUMENT COUNT:\t\t{len(parts)}",
        f"CONFORMED PERIOD OF REPORT:\t{period:%Y%m%d}",
        *(f"ITEM INFORMATION:\t\t{ITEM_TITLES[item]}" for item in items),
        f"FILED AS OF DATE:\t\t{stamp}",
        f"DATE AS OF CHANGE:\t\t{stamp}",
    ]
    lines += _parties(plan)
    lines.append("</SEC-HEADER>")
    for sequence, part in enumerate(parts, start=1):
        lines += _document(part, sequence)
    return "\n".join([*lines, "</SEC-DOCUMENT>", ""])


def _parties(plan: Plan) -> list[str]:
    if plan.stake is not None:
        manager = _manager(plan.stake.manager, plan)
        if plan.stake.is_table:
            return ["", "FILER:", *manager]
        return ["", "SUBJECT COMPANY:", *_company(plan.profile, plan), "", "FILED BY:", *manager]
    if plan.report is None:
        return ["", "FILER:", *_company(plan.profile, plan)]
    owners = [line for owner in plan.report.owners for line in ("", "REPORTING-OWNER:", *_owner(owner, plan))]
    return [*owners, "", "ISSUER:", *_company(plan.profile, None)]


def _manager(manager: Manager, plan: Plan) -> list[str]:
    return [
        "",
        "\tCOMPANY DATA:\t",
        f"\t\tCOMPANY CONFORMED NAME:\t\t\t{manager.name}",
        f"\t\tCENTRAL INDEX KEY:\t\t\t{manager.cik:010d}",
        f"\t\tSTATE OF INCORPORATION:\t\t\t{manager.state}",
        "\t\tFISCAL YEAR END:\t\t\t1231",
        *_filing_values(plan, manager.file_number),
        "",
        "\tBUSINESS ADDRESS:\t",
        f"\t\tSTREET 1:\t\t{manager.street}",
        f"\t\tCITY:\t\t\t{manager.city}",
        f"\t\tSTATE:\t\t\t{manager.state}",
        f"\t\tZIP:\t\t\t{manager.zip_code}",
    ]


def _document(part: Part, sequence: int) -> list[str]:
    opening, closing = (["<XML>"], ["</XML>"]) if part.is_xml else ([], [])
    return [
        "<DOCUMENT>",
        f"<TYPE>{part.form}",
        f"<SEQUENCE>{sequence}",
        f"<FILENAME>{part.name}",
        f"<DESCRIPTION>{part.description}",
        "<TEXT>",
        *opening,
        part.body,
        *closing,
        "</TEXT>",
        "</DOCUMENT>",
    ]


def _company(profile: Profile, plan: Plan | None) -> list[str]:
    address = [
        f"\t\tSTREET 1:\t\t{profile.street}",
        f"\t\tCITY:\t\t\t{profile.city}",
        f"\t\tSTATE:\t\t\t{profile.state}",
        f"\t\tZIP:\t\t\t{profile.zip_code}",
    ]
    month = profile.fiscal_year_end
    lines = [
        "",
        "\tCOMPANY DATA:\t",
        f"\t\tCOMPANY CONFORMED NAME:\t\t\t{profile.name}",
        f"\t\tCENTRAL INDEX KEY:\t\t\t{profile.company.cik:010d}",
        f"\t\tSTANDARD INDUSTRIAL CLASSIFICATION:\t{profile.sic}",
        f"\t\tORGANIZATION NAME:           \t{profile.office}",
        f"\t\tEIN:\t\t\t\t{990_000_000 + profile.company.cik % 1_000_000}",
        "\t\tSTATE OF INCORPORATION:\t\t\tDE",
        f"\t\tFISCAL YEAR END:\t\t\t{month:02d}{_MONTH_ENDS[month - 1]}",
    ]
    if plan is not None:
        lines += _filing_values(plan, profile.file_number)
    lines += ["", "\tBUSINESS ADDRESS:\t", *address, f"\t\tBUSINESS PHONE:\t\t{profile.phone}"]
    lines += ["", "\tMAIL ADDRESS:\t", *address]
    for former in profile.company.former_names:
        lines += ["", "\tFORMER COMPANY:\t", f"\t\tFORMER CONFORMED NAME:\t{former}"]
        lines.append(f"\t\tDATE OF NAME CHANGE:\t{profile.company.renamed_on:%Y%m%d}")
    return lines


def _owner(owner: Person, plan: Plan) -> list[str]:
    profile = plan.profile
    return [
        "",
        "\tOWNER DATA:\t",
        f"\t\tCOMPANY CONFORMED NAME:\t\t\t{owner.filed_name}",
        f"\t\tCENTRAL INDEX KEY:\t\t\t{owner.cik:010d}",
        "\t\tORGANIZATION NAME:           \t",
        *_filing_values(plan, profile.file_number),
        "",
        "\tMAIL ADDRESS:\t",
        f"\t\tSTREET 1:\t\tC/O {profile.name.upper()}",
        f"\t\tSTREET 2:\t\t{profile.street}",
        f"\t\tCITY:\t\t\t{profile.city}",
        f"\t\tSTATE:\t\t\t{profile.state}",
        f"\t\tZIP:\t\t\t{profile.zip_code}",
    ]


def _filing_values(plan: Plan, file_number: str) -> list[str]:
    film = f"{plan.dated:%y}{int(plan.accession_number[-6:]) % 1_000_000:06d}"
    return [
        "",
        "\tFILING VALUES:",
        f"\t\tFORM TYPE:\t\t{plan.form}",
        "\t\tSEC ACT:\t\t1934 Act",
        f"\t\tSEC FILE NUMBER:\t{file_number}",
        f"\t\tFILM NUMBER:\t\t{film}",
    ]
