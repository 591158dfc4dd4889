"""Submissions: what a plan becomes when it is written, and how the lists describe it.

Belongs here: documents and their names, `Filing` values, sizes.
Not here: which submissions there are (plans.py), the contents of documents (ownership, reports, current, stakes).
"""

from datetime import date
from functools import lru_cache

from tauric_assets.sandbox.market import Filing, FilingParty
from tauric_assets.sandbox.world import fiscal
from tauric_assets.sandbox.world.current import current_report, press_release
from tauric_assets.sandbox.world.institutions import Stake
from tauric_assets.sandbox.world.ownership import ownership_xml
from tauric_assets.sandbox.world.plans import ITEMS, Plan
from tauric_assets.sandbox.world.reports import periodic_report
from tauric_assets.sandbox.world.sgml import Part, submission_text
from tauric_assets.sandbox.world.stakes import cover_xml, schedule_xml, table_xml


@lru_cache(maxsize=8192)
def filing_of(seed: int, plan: Plan) -> Filing:
    """How EDGAR's lists describe a submission."""
    written = parts(seed, plan)
    return Filing(
        accession_number=plan.accession_number,
        form=plan.form,
        filing_date=plan.dated,
        listed_on=plan.dated,
        accepted_at=plan.accepted_at,
        parties=parties(plan),
        documents=tuple(part.name for part in written),
        period_of_report=period(plan),
        items=items(plan),
        description=written[0].description,
        size_bytes=len(submission(seed, plan)),
    )


@lru_cache(maxsize=512)
def submission(seed: int, plan: Plan) -> bytes:
    """The full submission text file."""
    return submission_text(plan, parts(seed, plan), period(plan), items(plan)).encode()


@lru_cache(maxsize=512)
def parts(seed: int, plan: Plan) -> tuple[Part, ...]:
    """The documents of a submission, the primary one first."""
    if plan.report is not None:
        name = f"form{plan.form[0]}{'a' if plan.form.endswith('/A') else ''}.xml"
        return (Part(plan.form, name, f"FORM {plan.form}", ownership_xml(seed, plan.report)),)
    if plan.stake is not None:
        return _stake_parts(seed, plan.stake)
    stem = f"{plan.profile.ticker.lower()}-{period(plan):%Y%m%d}"
    if plan.event is not None:
        exhibit = f"{stem}-ex991.htm" if "9.01" in items(plan) else ""
        first = Part("8-K", f"{stem}.htm", "8-K", current_report(seed, plan.event, items(plan), exhibit))
        if not exhibit:
            return (first,)
        return (first, Part("EX-99.1", exhibit, "PRESS RELEASE", press_release(seed, plan.event)))
    body = periodic_report(seed, plan.profile, plan.form, plan.serial, plan.day)
    return (Part(plan.form, f"{stem}-{plan.form.lower().replace('-', '')}.htm", f"FORM {plan.form}", body),)


def parties(plan: Plan) -> tuple[FilingParty, ...]:
    """Owners and issuer of an ownership report; subject and holder of a stake; the filer for the others."""
    company = plan.profile.company
    if plan.stake is not None:
        manager = plan.stake.manager
        if plan.stake.is_table:
            return (FilingParty(manager.cik, manager.name, "Filer"),)
        subject = FilingParty(company.cik, company.name, "Subject")
        return (subject, FilingParty(manager.cik, manager.name, "Filed by"))
    if plan.report is None:
        return (FilingParty(company.cik, company.name, "Filer"),)
    owners = (FilingParty(owner.cik, owner.filed_name, "Reporting") for owner in plan.report.owners)
    return (*owners, FilingParty(company.cik, company.name, "Issuer"))


def period(plan: Plan) -> date:
    """The period or day a submission reports on."""
    if plan.report is not None:
        return plan.report.period
    if plan.stake is not None:
        return plan.stake.period
    return plan.event.day if plan.event is not None else fiscal.quarter(plan.profile, plan.serial).end


def items(plan: Plan) -> tuple[str, ...]:
    """Items of an 8-K; none for the other forms."""
    return ITEMS[plan.event.kind] if plan.event is not None else ()


def _stake_parts(seed: int, stake: Stake) -> tuple[Part, ...]:
    if not stake.is_table:
        return (Part(stake.form, "primary_doc.xml", "", schedule_xml(seed, stake)),)
    table = Part("INFORMATION TABLE", "informationtable.xml", "", table_xml(seed, stake))
    return (Part(stake.form, "primary_doc.xml", "", cover_xml(seed, stake)), table)
