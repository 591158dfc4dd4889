"""Institutions' filings as XML: 13F-HR cover and information table, Schedules 13G and 13D.

Specification: EDGAR Form 13F XML Technical Specification 2.0; EDGAR Schedule 13D/13G XML Technical Specification 1.0.

Belongs here: the XML of a `Stake`. Not here: who holds what (institutions.py), the submission around it (sgml.py).
"""

from datetime import date
from xml.sax.saxutils import escape

from tauric_assets.sandbox.world.dice import Dice
from tauric_assets.sandbox.world.institutions import (
    Position,
    Stake,
    cusip_of,
    percent_of,
    positions,
    reported,
    subject_of,
)

_THIRTEENF = "http://www.sec.gov/edgar/thirteenffiler"
_TABLE = "http://www.sec.gov/edgar/document/thirteenf/informationtable"
_COMMON = 'xmlns:com="http://www.sec.gov/edgar/common"'
_DECLARATION = '<?xml version="1.0" encoding="UTF-8"?>'


def cover_xml(seed: int, stake: Stake) -> str:
    """The primary document of a 13F-HR."""
    manager, held = stake.manager, reported(seed, stake)
    amended = (
        f"<isAmendment>true</isAmendment>\n<amendmentNo>{stake.amendment}</amendmentNo>\n"
        "<amendmentInfo>\n<amendmentType>RESTATEMENT</amendmentType>\n</amendmentInfo>\n"
        if stake.amendment
        else "<isAmendment>false</isAmendment>\n"
    )
    return f"""{_DECLARATION}
<edgarSubmission xmlns="{_THIRTEENF}" {_COMMON}>
<schemaVersion>X0202</schemaVersion>
<headerData>
<submissionType>{stake.form}</submissionType>
<filerInfo>
<liveTestFlag>LIVE</liveTestFlag>
<filer><credentials><cik>{manager.cik:010d}</cik><ccc>XXXXXXXX</ccc></credentials></filer>
<periodOfReport>{stake.period:%m-%d-%Y}</periodOfReport>
</filerInfo>
</headerData>
<formData>
<coverPage>
<reportCalendarOrQuarter>{stake.period:%m-%d-%Y}</reportCalendarOrQuarter>
{amended}<filingManager>
<name>{escape(manager.name)}</name>
{_address("address", manager.street, manager.city, manager.state, manager.zip_code)}
</filingManager>
<reportType>13F HOLDINGS REPORT</reportType>
<form13FFileNumber>{manager.file_number}</form13FFileNumber>
<provideInfoForInstruction5>N</provideInfoForInstruction5>
</coverPage>
<signatureBlock>
<name>{escape(manager.partner)}</name>
<signature>/s/ {escape(manager.partner)}</signature>
<signatureDate>{stake.day:%m-%d-%Y}</signatureDate>
</signatureBlock>
<summaryPage>
<otherIncludedManagersCount>0</otherIncludedManagersCount>
<tableEntryTotal>{len(held)}</tableEntryTotal>
<tableValueTotal>{sum(one.value for one in held)}</tableValueTotal>
<isConfidentialOmitted>false</isConfidentialOmitted>
</summaryPage>
</formData>
</edgarSubmission>"""


def table_xml(seed: int, stake: Stake) -> str:
    """The information table of a 13F-HR; two of the managers write it with a prefix."""
    prefix = "ns1:" if stake.manager.index % 2 else ""
    declared = "xmlns:ns1" if prefix else "xmlns"
    lines = (_line(one, prefix) for one in reported(seed, stake))
    return (
        f'{_DECLARATION}\n<{prefix}informationTable {declared}="{_TABLE}">\n'
        + "\n".join(lines)
        + f"\n</{prefix}informationTable>"
    )


def schedule_xml(seed: int, stake: Stake) -> str:
    """The primary document of a SCHEDULE 13G or 13D."""
    return _schedule_13d(seed, stake) if "13D" in stake.form else _schedule_13g(seed, stake)


def _line(position: Position, p: str) -> str:
    profile = position.profile
    option = f"<{p}putCall>{position.put_call}</{p}putCall>\n" if position.put_call else ""
    return f"""<{p}infoTable>
<{p}nameOfIssuer>{escape(profile.name.upper())}</{p}nameOfIssuer>
<{p}titleOfClass>COM</{p}titleOfClass>
<{p}cusip>{cusip_of(profile)}</{p}cusip>
<{p}value>{position.value}</{p}value>
<{p}shrsOrPrnAmt>
<{p}sshPrnamt>{position.shares}</{p}sshPrnamt>
<{p}sshPrnamtType>SH</{p}sshPrnamtType>
</{p}shrsOrPrnAmt>
{option}<{p}investmentDiscretion>SOLE</{p}investmentDiscretion>
<{p}votingAuthority>
<{p}Sole>{position.shares}</{p}Sole>
<{p}Shared>0</{p}Shared>
<{p}None>0</{p}None>
</{p}votingAuthority>
</{p}infoTable>"""


def _schedule_13g(seed: int, stake: Stake) -> str:
    profile, manager = stake.profile, stake.manager
    shares = next(one.shares for one in positions(seed, manager, stake.quarter) if one.profile == subject_of(manager))
    amendment = f"<amendmentNo>{stake.amendment}</amendmentNo>\n" if stake.amendment else ""
    return f"""{_DECLARATION}
<edgarSubmission xmlns="http://www.sec.gov/edgar/schedule13g" {_COMMON}>
<schemaVersion>X0202</schemaVersion>
<headerData>
<submissionType>{stake.form}</submissionType>
<filerInfo><filer><filerCredentials><cik>{manager.cik:010d}</cik></filerCredentials></filer></filerInfo>
</headerData>
<formData>
<coverPageHeader>
{amendment}<securitiesClassTitle>Common Stock</securitiesClassTitle>
<eventDateRequiresFilingThisStatement>{stake.period:%m/%d/%Y}</eventDateRequiresFilingThisStatement>
<issuerInfo>
<issuerCik>{profile.company.cik:010d}</issuerCik>
<issuerName>{escape(profile.name)}</issuerName>
<issuerCusips><issuerCusipNumber>{cusip_of(profile)}</issuerCusipNumber></issuerCusips>
{_address("issuerPrincipalExecutiveOfficeAddress", profile.street, profile.city, profile.state, profile.zip_code)}
</issuerInfo>
<designateRulesPursuantThisScheduleFiled>
<designateRulePursuantThisScheduleFiled>Rule 13d-1(b)</designateRulePursuantThisScheduleFiled>
</designateRulesPursuantThisScheduleFiled>
</coverPageHeader>
<coverPageHeaderReportingPersonDetails>
<reportingPersonName>{escape(manager.name)}</reportingPersonName>
<citizenshipOrOrganization>{manager.state}</citizenshipOrOrganization>
<reportingPersonBeneficiallyOwnedNumberOfShares>
<soleVotingPower>{shares}.00</soleVotingPower>
<sharedVotingPower>0.00</sharedVotingPower>
<soleDispositivePower>{shares}.00</soleDispositivePower>
<sharedDispositivePower>0.00</sharedDispositivePower>
</reportingPersonBeneficiallyOwnedNumberOfShares>
{_tag("reportingPersonBeneficiallyOwnedAggregateNumberOfShares", f"{shares}.00")}
<aggregateAmountExcludesCertainSharesFlag>N</aggregateAmountExcludesCertainSharesFlag>
<classPercent>{percent_of(profile, shares)}</classPercent>
<typeOfReportingPerson>IA</typeOfReportingPerson>
</coverPageHeaderReportingPersonDetails>
{_signed(manager.name, manager.partner, stake.day)}
</formData>
</edgarSubmission>"""


def _schedule_13d(seed: int, stake: Stake) -> str:
    profile, manager = stake.profile, stake.manager
    thousandths = Dice(seed, "13D size", stake.quarter).integer(52, 74)
    shares = 100 * round(profile.shares * 10_000 * thousandths / 1_000)
    persons = "\n".join(
        _person(cik, name, "DE" if kind == "PN" else "X1", kind, shares, percent_of(profile, shares))
        for cik, name, kind in ((manager.cik, manager.name, "PN"), (manager.partner_cik, manager.partner, "IN"))
    )
    purpose = (
        f"{manager.name} holds the shares because it thinks them undervalued and means to speak with the board of "
        f"{profile.name} about {profile.products[0]} and the use of cash."
    )
    return f"""{_DECLARATION}
<edgarSubmission xmlns="http://www.sec.gov/edgar/schedule13D" {_COMMON}>
<schemaVersion>X0202</schemaVersion>
<headerData>
<submissionType>{stake.form}</submissionType>
<filerInfo><filer><filerCredentials><cik>{manager.cik:010d}</cik></filerCredentials></filer></filerInfo>
</headerData>
<formData>
<coverPageHeader>
<securitiesClassTitle>Common Stock, par value $0.01 per share</securitiesClassTitle>
<dateOfEvent>{stake.period:%m/%d/%Y}</dateOfEvent>
<previouslyFiledFlag>false</previouslyFiledFlag>
<issuerInfo>
<issuerCIK>{profile.company.cik:010d}</issuerCIK>
<issuerCUSIP>{cusip_of(profile)}</issuerCUSIP>
<issuerName>{escape(profile.name)}</issuerName>
{_address("address", profile.street, profile.city, profile.state, profile.zip_code)}
</issuerInfo>
</coverPageHeader>
<reportingPersons>
{persons}
</reportingPersons>
<items1To7>
<item4>{_tag("transactionPurpose", escape(purpose))}</item4>
</items1To7>
{_signed(manager.name, manager.partner, stake.day)}
</formData>
</edgarSubmission>"""


def _person(cik: int, name: str, home: str, kind: str, shares: int, percent: str) -> str:
    return f"""<reportingPersonInfo>
<reportingPersonCIK>{cik:010d}</reportingPersonCIK>
<reportingPersonName>{escape(name)}</reportingPersonName>
<memberOfGroup>b</memberOfGroup>
<fundType>WC</fundType>
<citizenshipOrOrganization>{home}</citizenshipOrOrganization>
<soleVotingPower>0.00</soleVotingPower>
<sharedVotingPower>{shares}.00</sharedVotingPower>
<soleDispositivePower>0.00</soleDispositivePower>
<sharedDispositivePower>{shares}.00</sharedDispositivePower>
<aggregateAmountOwned>{shares}.00</aggregateAmountOwned>
<isAggregateExcludeShares>N</isAggregateExcludeShares>
<percentOfClass>{percent}</percentOfClass>
<typeOfReportingPerson>{kind}</typeOfReportingPerson>
</reportingPersonInfo>"""


def _address(element: str, street: str, city: str, state: str, zip_code: str) -> str:
    inner = (
        f"<com:street1>{street}</com:street1><com:city>{city}</com:city>"
        f"<com:stateOrCountry>{state}</com:stateOrCountry><com:zipCode>{zip_code}</com:zipCode>"
    )
    return f"<{element}>{inner}</{element}>"


def _signed(name: str, partner: str, day: date) -> str:
    details = f"<signature>/s/ {escape(partner)}</signature><date>{day:%m/%d/%Y}</date>"
    person = _tag("signatureReportingPerson", escape(name)) + f"<signatureDetails>{details}</signatureDetails>"
    return f"<signatureInfo><signaturePerson>{person}</signaturePerson></signatureInfo>"


def _tag(element: str, text: str) -> str:
    return f"<{element}>{text}</{element}>"
