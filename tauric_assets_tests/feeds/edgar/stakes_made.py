"""Institutions' filings made by hand for tests: 13F-HR, and the covers of 13D and 13G in XML and as plain text.

Belongs here: builders with few knobs. Not here: recordings, anything a test asserts.
"""

from collections.abc import Sequence

from tauric_assets_tests.feeds.edgar.made import COMPANY, inner, submission

HOLDER = (
    "\nFILED BY:\n\n\tCOMPANY DATA:\t\n\t\tCOMPANY CONFORMED NAME:\t\t\tHarbor Ridge Partners LP\n"
    "\t\tCENTRAL INDEX KEY:\t\t\t0003000003\n"
)
SUBJECT = f"\nSUBJECT COMPANY:\n\n{COMPANY}"


def line(
    cusip: str = "037833100",
    value: str = "230054",
    shares: str = "1733777",
    kind: str = "SH",
    more: str = "",
    prefix: str = "",
) -> str:
    """One `infoTable`; `more` are further elements behind the amount."""
    p = prefix
    return (
        f"<{p}infoTable><{p}nameOfIssuer>APPLE INC</{p}nameOfIssuer><{p}titleOfClass>COM</{p}titleOfClass>"
        f"<{p}cusip>{cusip}</{p}cusip><{p}value>{value}</{p}value><{p}shrsOrPrnAmt><{p}sshPrnamt>{shares}</{p}sshPrnamt>"
        f"<{p}sshPrnamtType>{kind}</{p}sshPrnamtType></{p}shrsOrPrnAmt>{more}"
        f"<{p}investmentDiscretion>SOLE</{p}investmentDiscretion><{p}votingAuthority><{p}Sole>{shares}</{p}Sole>"
        f"<{p}Shared>0</{p}Shared><{p}None>0</{p}None></{p}votingAuthority></{p}infoTable>"
    )


def table(*lines: str, prefix: str = "") -> str:
    """An information table."""
    declared = f"xmlns:{prefix[:-1]}" if prefix else "xmlns"
    address = "http://www.sec.gov/edgar/document/thirteenf/informationtable"
    return (
        f'<?xml version="1.0"?>\n<{prefix}informationTable {declared}="{address}">\n'
        + "\n".join(lines)
        + f"\n</{prefix}informationTable>"
    )


def cover(entries: int, total: str, more: str = "", summary: str = "") -> str:
    """The primary document of a 13F-HR."""
    return f"""<?xml version="1.0"?>
<edgarSubmission xmlns="http://www.sec.gov/edgar/thirteenffiler" xmlns:com="http://www.sec.gov/edgar/common">
<headerData><submissionType>13F-HR</submissionType><filerInfo><filer><credentials><cik>0003000003</cik>
</credentials></filer><periodOfReport>12-31-2025</periodOfReport></filerInfo></headerData>
<formData><coverPage><reportCalendarOrQuarter>12-31-2025</reportCalendarOrQuarter>{more}
<filingManager><name>Harbor Ridge Partners LP</name></filingManager>
<reportType>13F HOLDINGS REPORT</reportType></coverPage>
<summaryPage><tableEntryTotal>{entries}</tableEntryTotal><tableValueTotal>{total}</tableValueTotal>{summary}
</summaryPage></formData></edgarSubmission>"""


def holdings(cover_xml: str, table_xml: str, form: str = "13F-HR", filed: str = "20260212") -> bytes:
    """A 13F-HR submission."""
    parties = (
        "\nFILER:\n\n\tCOMPANY DATA:\t\n\t\tCOMPANY CONFORMED NAME:\t\t\tHarbor Ridge Partners LP\n"
        "\t\tCENTRAL INDEX KEY:\t\t\t0003000003\n"
    )
    documents = [inner(form, "primary_doc.xml", f"<XML>\n{cover_xml}\n</XML>")]
    if table_xml:
        documents.append(inner("INFORMATION TABLE", "table.xml", f"<XML>\n{table_xml}\n</XML>", 2))
    return submission(form=form, documents=documents, parties=parties, filed=filed, accepted=f"{filed}160730")


def schedule(body: str, form: str, name: str = "sc13.txt", parties: str = SUBJECT + HOLDER) -> bytes:
    """A submission of a 13D or 13G."""
    return submission(form=form, documents=[inner(form, name, body)], parties=parties)


PERSON_13D = """<reportingPersonInfo><reportingPersonCIK>0003000003</reportingPersonCIK>
<reportingPersonNoCIK>N</reportingPersonNoCIK><reportingPersonName>Harbor Ridge Partners LP</reportingPersonName>
<memberOfGroup>a</memberOfGroup><fundType>WC</fundType><citizenshipOrOrganization>DE</citizenshipOrOrganization>
<soleVotingPower>0.00</soleVotingPower><sharedVotingPower>195000.00</sharedVotingPower>
<soleDispositivePower>0.00</soleDispositivePower><sharedDispositivePower>195000.00</sharedDispositivePower>
<aggregateAmountOwned>195000.00</aggregateAmountOwned><percentOfClass>0.8</percentOfClass>
<typeOfReportingPerson>PN</typeOfReportingPerson><typeOfReportingPerson>HC</typeOfReportingPerson>
</reportingPersonInfo>"""


def schedule_13d_xml(persons: Sequence[str] = (PERSON_13D,)) -> str:
    """The primary document of a SCHEDULE 13D/A."""
    return f"""<XML>
<?xml version="1.0" encoding="UTF-8"?>
<edgarSubmission xmlns="http://www.sec.gov/edgar/schedule13D" xmlns:com="http://www.sec.gov/edgar/common">
<headerData><submissionType>SCHEDULE 13D/A</submissionType>
<previousAccessionNumber>0003000003-25-000011</previousAccessionNumber></headerData><formData><coverPageHeader>
<securitiesClassTitle>Common Stock</securitiesClassTitle><dateOfEvent>12/30/2025</dateOfEvent>
<amendmentNo>2</amendmentNo><issuerInfo><issuerCIK>0001000001</issuerCIK><issuerCUSIP>037833100</issuerCUSIP>
<issuerName>Nova Corp</issuerName></issuerInfo></coverPageHeader>
<reportingPersons>{"".join(persons)}</reportingPersons>
<items1To7><item1><issuerName>Another</issuerName></item1></items1To7></formData></edgarSubmission>
</XML>"""


SCHEDULE_13G_XML = """<XML>
<?xml version="1.0" encoding="UTF-8"?>
<ns:edgarSubmission xmlns:ns="http://www.sec.gov/edgar/schedule13g">
<ns:headerData><ns:submissionType>SCHEDULE 13G</ns:submissionType></ns:headerData><ns:formData><ns:coverPageHeader>
<ns:securitiesClassTitle>Common Stock</ns:securitiesClassTitle>
<ns:eventDateRequiresFilingThisStatement>12/31/2025</ns:eventDateRequiresFilingThisStatement>
<ns:issuerInfo><ns:issuerCik>0001000001</ns:issuerCik><ns:issuerName>Nova Corp</ns:issuerName>
<ns:issuerCusips><ns:issuerCusipNumber>037833100</ns:issuerCusipNumber></ns:issuerCusips></ns:issuerInfo>
<ns:designateRulesPursuantThisScheduleFiled>
<ns:designateRulePursuantThisScheduleFiled>Rule 13d-1(b)</ns:designateRulePursuantThisScheduleFiled>
</ns:designateRulesPursuantThisScheduleFiled></ns:coverPageHeader>
<ns:coverPageHeaderReportingPersonDetails><ns:reportingPersonName>The Harbor Ridge Partners</ns:reportingPersonName>
<ns:citizenshipOrOrganization>PA</ns:citizenshipOrOrganization><ns:reportingPersonBeneficiallyOwnedNumberOfShares>
<ns:soleVotingPower>145321305</ns:soleVotingPower><ns:sharedVotingPower>0</ns:sharedVotingPower>
<ns:soleDispositivePower>1099168953</ns:soleDispositivePower><ns:sharedDispositivePower>0</ns:sharedDispositivePower>
</ns:reportingPersonBeneficiallyOwnedNumberOfShares>
<ns:reportingPersonBeneficiallyOwnedAggregateNumberOfShares>1099168953.00</ns:reportingPersonBeneficiallyOwnedAggregateNumberOfShares>
<ns:classPercent>7.48</ns:classPercent><ns:typeOfReportingPerson>IA</ns:typeOfReportingPerson>
</ns:coverPageHeaderReportingPersonDetails>
<ns:items><ns:item4><ns:amountBeneficiallyOwned>12</ns:amountBeneficiallyOwned></ns:item4></ns:items>
</ns:formData></ns:edgarSubmission>
</XML>"""

FRONT = """                    SECURITIES AND EXCHANGE COMMISSION
                          Washington, D.C. 20549

                               SCHEDULE {kind}
                   Under the Securities Exchange Act of 1934
                            (Amendment No. {number})*

                                  NOVA CORP
- --------------------------------------------------------------------------
                               (Name of Issuer)

                     Common Stock, par value $.01 per share
- --------------------------------------------------------------------------
                        (Title of Class of Securities)

                                 037833 10 0
- --------------------------------------------------------------------------
                                (CUSIP Number)
"""

TEXT_13G = (
    FRONT.format(kind="13G", number="3")
    + """
                               February 9, 1999
            (Date of Event Which Requires Filing of this Statement)

Check the appropriate box to designate the rule pursuant to which this
Schedule is filed:
        [X] Rule 13d-1(b)
        [ ] Rule 13d-1(c)
        [ ] Rule 13d-1(d)

CUSIP No. 037833 10 0               13G                  Page 2 of 6 Pages
- --------------------------------------------------------------------------
 1   NAME OF REPORTING PERSON
     S.S. OR I.R.S. IDENTIFICATION NO. OF ABOVE PERSON

     Harbor Ridge
     Partners, L.P.  23-1945930
- --------------------------------------------------------------------------
 2   CHECK THE APPROPRIATE BOX IF A MEMBER OF A GROUP*
                                                                   (a) [ ]
                                                                   (b) [X]
- --------------------------------------------------------------------------
 3   SEC USE ONLY

- --------------------------------------------------------------------------
 4   CITIZENSHIP OR PLACE OF ORGANIZATION

     Delaware
- --------------------------------------------------------------------------
                     5   SOLE VOTING POWER
     NUMBER OF
                         7
      SHARES         ------------------------------------------------------
                     6   SHARED VOTING POWER
   BENEFICIALLY
     OWNED BY            1,234,500
       EACH          ------------------------------------------------------
                     7   SOLE DISPOSITIVE POWER
     REPORTING
                         -0-
      PERSON         ------------------------------------------------------
                     8   SHARED DISPOSITIVE POWER
       WITH
                         1,234,500 (see Item 4)
- --------------------------------------------------------------------------
 9   AGGREGATE AMOUNT BENEFICIALLY OWNED BY EACH REPORTING PERSON

     1,234,507
- --------------------------------------------------------------------------
10   CHECK BOX IF THE AGGREGATE AMOUNT IN ROW (9) EXCLUDES CERTAIN SHARES*
                                                                        [ ]
- --------------------------------------------------------------------------
11   PERCENT OF CLASS REPRESENTED BY AMOUNT IN ROW 9

     5.06%
- --------------------------------------------------------------------------
12   TYPE OF REPORTING PERSON*

     IA, PN
- --------------------------------------------------------------------------
                     *SEE INSTRUCTION BEFORE FILLING OUT!

Item 4(c)  Number of shares as to which such person has:
     (i)   sole power to vote or to direct the vote:  7
"""
)

_PERSON_13D_TEXT = """
CUSIP No. 037833100                 13D                  Page {page} of 9 Pages

(1)  Names of Reporting Persons
     {name}
(2)  Check the Appropriate Box if a Member of a Group (See Instructions)
     (a) [X]
     (b) [ ]
(3)  SEC Use Only
(4)  Source of Funds (See Instructions)      WC
(5)  Check if Disclosure of Legal Proceedings Is Required Pursuant to Items 2(d) or 2(e)   [ ]
(6)  Citizenship or Place of Organization    Cayman Islands
Number of   (7)  Sole Voting Power           {sole}
Shares
Beneficially (8) Shared Voting Power         2,500,000
Owned by
Each        (9)  Sole Dispositive Power      {sole}
Reporting
Person With (10) Shared Dispositive Power    2,500,000
(11) Aggregate Amount Beneficially Owned by Each Reporting Person   2,500,000
(12) Check if the Aggregate Amount in Row (11) Excludes Certain Shares   [ ]
(13) Percent of Class Represented by Amount in Row (11)   {percent}
(14) Type of Reporting Person (See Instructions)   {kind}
"""

TEXT_13D = (
    FRONT.format(kind="13D", number="__")
    + """
                             Jane Doe, Esq., New York
                               March 3rd, 2004
            (Date of Event which Requires Filing of this Statement)
"""
    + _PERSON_13D_TEXT.format(page=2, name="Harbor Ridge Partners, L.P.", sole="None", percent="9.9%(1)", kind="PN")
    + _PERSON_13D_TEXT.format(page=3, name="Jane Q. Doe", sole="see Item 5", percent="less than 1%", kind="IN; HC")
    + "\nItem 4.  Purpose of Transaction\n\nTo talk about lamps.\n"
)

LAYOUTS = {
    "one row a line": """SCHEDULE 13G
(Amendment No.: 9)*
Name of issuer:  Nova Corp
Title of Class of Securities:  Common Stock
CUSIP Number:  037833100
Date of Event Which Requires Filing of this Statement: December 31, 2019
Check the appropriate box to designate the rule pursuant to which this Schedule is filed:
(X) Rule 13d-1(b)
( ) Rule 13d-1(c)
( ) Rule 13d-1(d)
CUSIP No.: 037833100
1. NAME OF REPORTING PERSON
S.S. OR I.R.S. IDENTIFICATION NO. OF ABOVE PERSON
The Harbor Ridge Partners - 23-1945930
2. CHECK THE APPROPRIATE [LINE] IF A MEMBER OF A GROUP
A.         B.  X
3. SEC USE ONLY
4. CITIZENSHIP OF PLACE OF ORGANIZATION
Pennsylvania
(For questions 5-8, report the number of shares beneficially owned by each reporting person with:)
5. SOLE VOTING POWER
1,345,678
6. SHARED VOTING POWER
234,567
7. SOLE DISPOSITIVE POWER
77,654,321
8. SHARED DISPOSITIVE POWER
1,567,890
9. AGGREGATE AMOUNT BENEFICIALLY OWNED BY EACH REPORTING PERSON
79,222,211
10. CHECK BOX IF THE AGGREGATE AMOUNT IN ROW (9) EXCLUDES CERTAIN SHARES
N/A
11. PERCENT OF CLASS REPRESENTED BY AMOUNT IN ROW 9
7.48%
12. TYPE OF REPORTING PERSON
IA
""",
    "numbers in brackets": """SCHEDULE 13G/A
Nova Corp
--------------------------------------------------
(Name of Issuer)
Common Stock
--------------------------------------------------
(Title of Class of Securities)
037833100
--------------------------------------------------
(CUSIP Number)
December 31, 2019
--------------------------------------------------
(Date of Event Which Requires Filing of this Statement)
Rule 13d-1(b) [X]
Rule 13d-1(c) [ ]
Rule 13d-1(d) [ ]
CUSIP No. 037833100
(1)Names of reporting persons. The Harbor Ridge Partners
(2) Check the appropriate box if a member of a group
(a) [ ]
(b) [X]
(3) SEC use only
(4) Citizenship or place of organization
Pennsylvania
Number of shares beneficially owned by each reporting person with:
(5) Sole voting power
1345678
(6) Shared voting power
234567
(7) Sole dispositive power
77654321
(8) Shared dispositive power
1567890
(9) Aggregate amount beneficially owned by each reporting person
79222211
(10) Check if the aggregate amount in Row (9) excludes certain shares
(11) Percent of class represented by amount in Row 9
7.48%
(12) Type of reporting person
IA
""",
    "a table of cells": """<html><body><p>SCHEDULE 13G</p><p>Nova Corp<br>(Name of Issuer)</p>
<p>Common Stock<br>(Title of Class of Securities)</p><p>037833100<br>(CUSIP Number)</p>
<p>12/31/2019<br>(Date of Event Which Requires Filing of this Statement)</p>
<p>&#9746; Rule 13d-1(b)</p><p>&#9744; Rule 13d-1(c)</p><p>&#9744; Rule 13d-1(d)</p>
<table><tr><td>1</td><td>NAMES OF REPORTING PERSONS<br>The Harbor Ridge Partners</td></tr>
<tr><td>2</td><td>CHECK THE APPROPRIATE BOX IF A MEMBER OF A GROUP <br>(a) &#9744;<br>(b) &#9746;</td></tr>
<tr><td>3</td><td>SEC USE ONLY</td></tr><tr><td>4</td><td>CITIZENSHIP OR PLACE OF ORGANIZATION<br>Pennsylvania</td></tr>
<tr><td rowspan="4">NUMBER OF<br>SHARES<br>BENEFICIALLY<br>OWNED BY<br>EACH<br>REPORTING<br>PERSON<br>WITH</td>
<td>5</td><td>SOLE VOTING POWER<br>1,345,678</td></tr><tr><td>6</td><td>SHARED VOTING POWER<br>234,567</td></tr>
<tr><td>7</td><td>SOLE DISPOSITIVE POWER<br>77,654,321</td></tr>
<tr><td>8</td><td>SHARED DISPOSITIVE POWER<br>1,567,890</td></tr>
<tr><td>9</td><td>AGGREGATE AMOUNT BENEFICIALLY OWNED BY EACH REPORTING PERSON<br>79,222,211</td></tr>
<tr><td>10</td><td>CHECK BOX IF THE AGGREGATE AMOUNT IN ROW (9) EXCLUDES CERTAIN SHARES<br>&#9744;</td></tr>
<tr><td>11</td><td>PERCENT OF CLASS REPRESENTED BY AMOUNT IN ROW (9)<br>7.48% (1)</td></tr>
<tr><td>12</td><td>TYPE OF REPORTING PERSON<br>IA</td></tr></table><p>(1) Of 1,059,120,000 shares.</p></body></html>""",
}
"""The same 13G as three filing agents lay it out."""
