"""EDGAR documents made by hand for tests: submissions, ownership XML, indexes, submission lists.

Belongs here: builders with few knobs. Not here: recordings, anything a test asserts.
"""

import json
from collections.abc import Sequence
from dataclasses import dataclass, field

COMPANY = "\tCOMPANY DATA:\t\n\t\tCOMPANY CONFORMED NAME:\t\t\tNova Corp\n\t\tCENTRAL INDEX KEY:\t\t\t0001000001\n"
ISSUER = f"\nISSUER:\n\n{COMPANY}"
OWNER = (
    "\nREPORTING-OWNER:\n\n\tOWNER DATA:\t\n\t\tCOMPANY CONFORMED NAME:\t\t\tDoe Jane\n"
    "\t\tCENTRAL INDEX KEY:\t\t\t0002000002\n\n\tFILING VALUES:\n\t\tFORM TYPE:\t\t4\n\t\tSEC ACT:\t\t\n"
)
FILER = (
    f"\nFILER:\n\n{COMPANY}"
    "\n\tFORMER COMPANY:\t\n\t\tFORMER CONFORMED NAME:\tOld Nova Inc\n\t\tDATE OF NAME CHANGE:\t20010203\n"
    "\n\tFORMER COMPANY:\t\n\t\tFORMER CONFORMED NAME:\tOlder Nova Inc\n\t\tDATE OF NAME CHANGE:\t19990203\n"
)


def inner(kind: str, name: str, body: str, sequence: int = 1) -> str:
    """One `<DOCUMENT>`."""
    return (
        f"<DOCUMENT>\n<TYPE>{kind}\n<SEQUENCE>{sequence}\n<FILENAME>{name}\n<DESCRIPTION>ABOUT {name}\n"
        f"<TEXT>\n{body}\n</TEXT>\n</DOCUMENT>\n"
    )


def submission(
    number: str = "0001000001-26-000001",
    form: str = "8-K",
    documents: Sequence[str] = (),
    accepted: str = "20260105160730",
    filed: str = "20260105",
    parties: str = FILER,
    more: str = "",
) -> bytes:
    """A full submission file; `more` are further header lines."""
    acceptance = f"<ACCEPTANCE-DATETIME>{accepted}\n" if accepted else ""
    return (
        f"<SEC-DOCUMENT>{number}.txt : {filed}\n<SEC-HEADER>{number}.hdr.sgml : {filed}\n{acceptance}"
        f"ACCESSION NUMBER:\t\t{number}\nCONFORMED SUBMISSION TYPE:\t{form}\n"
        f"PUBLIC DOCUMENT COUNT:\t\t{len(documents)}\n"
        f"CONFORMED PERIOD OF REPORT:\t20260104\n{more}FILED AS OF DATE:\t\t{filed}\n{parties}</SEC-HEADER>\n"
        f"{''.join(documents)}</SEC-DOCUMENT>\n"
    ).encode()


def transaction(
    day: str = "2026-01-02", shares: str = "<value>1503.25</value>", price: str = "<value>12.5</value>", code: str = "P"
) -> str:
    """A non-derivative transaction."""
    return f"""<nonDerivativeTransaction>
  <securityTitle><value>Common Stock</value></securityTitle>
  <transactionDate><value>{day}</value></transactionDate>
  <transactionCoding><transactionFormType>4</transactionFormType><transactionCode>{code}</transactionCode>
    <equitySwapInvolved>0</equitySwapInvolved><footnoteId id="F1"/></transactionCoding>
  <transactionAmounts><transactionShares>{shares}</transactionShares>
    <transactionPricePerShare>{price}</transactionPricePerShare>
    <transactionAcquiredDisposedCode><value>A</value></transactionAcquiredDisposedCode></transactionAmounts>
  <postTransactionAmounts><sharesOwnedFollowingTransaction><value>20000</value></sharesOwnedFollowingTransaction>
  </postTransactionAmounts>
  <ownershipNature><directOrIndirectOwnership><value>D</value></directOrIndirectOwnership></ownershipNature>
</nonDerivativeTransaction>"""


HOLDING = """<derivativeHolding>
  <securityTitle><value>Stock Option (Right to Buy)</value></securityTitle>
  <conversionOrExercisePrice><value>3.74</value></conversionOrExercisePrice>
  <exerciseDate><footnoteId id="F2"/></exerciseDate>
  <expirationDate><value>2028-04-14</value></expirationDate>
  <underlyingSecurity><underlyingSecurityTitle><value>Common Stock</value></underlyingSecurityTitle>
    <underlyingSecurityShares><value>134018.0</value></underlyingSecurityShares></underlyingSecurity>
  <ownershipNature><directOrIndirectOwnership><value>I</value></directOrIndirectOwnership>
    <natureOfOwnership><value>By trust</value></natureOfOwnership></ownershipNature>
</derivativeHolding>"""


def ownership(rows: str = "", derivative: str = "", form: str = "4", head: str = "", period: str = "2026-01-02") -> str:
    """An ownership document with two owners and two footnotes."""
    return f"""<?xml version="1.0"?>
<ownershipDocument>
<schemaVersion>X0508</schemaVersion>
<documentType>{form}</documentType>
<periodOfReport>{period}</periodOfReport>
{head}<issuer><issuerCik>0001000001</issuerCik><issuerName>Nova Corp</issuerName>
<issuerTradingSymbol>NOVA</issuerTradingSymbol></issuer>
<reportingOwner><reportingOwnerId><rptOwnerCik>0002000002</rptOwnerCik><rptOwnerName>Doe Jane</rptOwnerName>
</reportingOwnerId><reportingOwnerAddress><rptOwnerCity>Oslo</rptOwnerCity></reportingOwnerAddress>
<reportingOwnerRelationship><isDirector>1</isDirector><isOfficer>true</isOfficer>
<officerTitle>Chief &amp; Founder</officerTitle></reportingOwnerRelationship></reportingOwner>
<reportingOwner><reportingOwnerId><rptOwnerCik>0002000003</rptOwnerCik><rptOwnerName>Doe Trust</rptOwnerName>
</reportingOwnerId><reportingOwnerAddress/><reportingOwnerRelationship><isTenPercentOwner>0</isTenPercentOwner></reportingOwnerRelationship>
</reportingOwner>
<nonDerivativeTable>{rows}</nonDerivativeTable>
<derivativeTable>{derivative}</derivativeTable>
<footnotes><footnote id="F1">Bought under a plan.</footnote><footnote id="F2">Vests over
 four years.</footnote></footnotes>
<ownerSignature><signatureName>/s/ Jane Doe</signatureName><signatureDate>2026-01-05</signatureDate></ownerSignature>
</ownershipDocument>"""


def index(*lines: tuple[int, str, str, str, str]) -> bytes:
    """A daily master index of (cik, name, form, YYYYMMDD, accession number)."""
    head = (
        "Description:           Daily Index of EDGAR Dissemination Feed\nLast Data Received:    Jan 05, 2026\n\n"
        "CIK|Company Name|Form Type|Date Filed|File Name\n" + "-" * 80 + "\n"
    )
    rows = "".join(
        f"{cik}|{name}|{form}|{filed}|edgar/data/{cik}/{number}.txt\n" for cik, name, form, filed, number in lines
    )
    return (head + rows).encode("latin-1")


@dataclass
class Filer:
    """One CIK's list of submissions: (accession number, form, YYYY-MM-DD)."""

    filings: list[tuple[str, str, str]] = field(default_factory=list)

    def json(self) -> bytes:
        """As data.sec.gov answers."""
        columns = {
            "accessionNumber": [number for number, _, _ in self.filings],
            "form": [form for _, form, _ in self.filings],
            "filingDate": [filed for _, _, filed in self.filings],
            "primaryDocument": ["xslF345X05/form4.xml" for _ in self.filings],
        }
        return json.dumps({"filings": {"recent": columns, "files": []}}).encode()


TICKERS = json.dumps(
    {
        "fields": ["cik", "name", "ticker", "exchange"],
        "data": [
            [1000001, "Nova Corp", "NOVA", "Nasdaq"],
            [1000001, "Nova Corp", "NOVA-B", None],
            [1000009, "Ember Inc", "EMBR", "NYSE"],
        ],
    }
).encode()
