"""Loose documents made into submissions: an SGML header rebuilt from what is known, the document itself unchanged.

Nothing is made up that a reader could take for a fact, but two things that a listing cannot do without: a filing date
(the listing day, where nobody knows it) and an accession number (9999999999-YY-NNNNNN, from the document's own bytes).
An acceptance time is never made up.

Belongs here: facts from `<accession>_metadata.json` and from ownership XML, the header's text.
Not here: which files are loose (recordings.py), reading headers (headers.py).
"""

import hashlib
import html
import json
import re
from collections.abc import Iterator
from dataclasses import replace
from datetime import date

from tauric_assets.sandbox.market import FilingParty
from tauric_assets.sandbox.replay.headers import ROLES, Facts, Role, day_of_digits

INVENTED_FILER = "9999999999"
_SECTIONS: dict[Role, tuple[str, str]] = {
    "Filer": ("FILER", "COMPANY DATA"),
    "Reporting": ("REPORTING-OWNER", "OWNER DATA"),
    "Issuer": ("ISSUER", "COMPANY DATA"),
    "Subject": ("SUBJECT COMPANY", "COMPANY DATA"),
    "Filed by": ("FILED BY", "COMPANY DATA"),
}
_TAG = r"<(?:\w+:)?{0}\s*>\s*(?:<(?:\w+:)?value>)?\s*([^<]*?)\s*<"
_TYPE, _PERIOD, _SYMBOL = (
    re.compile(_TAG.format(n)) for n in ("documentType", "periodOfReport", "issuerTradingSymbol")
)
_ISSUER_CIK, _ISSUER_NAME = (re.compile(_TAG.format(name)) for name in ("issuerCik", "issuerName"))
_COVER_CIK = re.compile(rb'"dei:EntityCentralIndexKey"[^>]*>(?:<[^>]+>)*\s*(\d{10})')
_COVER_NAME = re.compile(rb'"dei:EntityRegistrantName"[^>]*>(?:<[^>]+>)*([^<]+)')
_OWNER_CIK, _OWNER_NAME = (re.compile(_TAG.format(name)) for name in ("rptOwnerCik", "rptOwnerName"))


def invented_number(body: bytes, year: int, attempt: int = 0) -> str:
    """An accession number no filer has, from a document's bytes; `attempt` tells apart those that collide."""
    digits = (int.from_bytes(hashlib.sha256(body).digest()[:8], "big") + attempt) % 1_000_000
    return f"{INVENTED_FILER}-{year % 100:02d}-{digits:06d}"


def facts_of_metadata(body: bytes) -> Facts | None:
    """Facts from an SGML header kept as JSON; None where it is not one."""
    try:
        submission = json.loads(body)["submission"]
        documents = json.loads(body).get("documents", [])
        names = tuple(str(document["FILENAME"]) for document in documents if "FILENAME" in document)
        return Facts(
            accession_number=str(submission["ACCESSION-NUMBER"]),
            form=str(submission["TYPE"]),
            filing_date=day_of_digits(str(submission.get("FILING-DATE", ""))),
            period=day_of_digits(str(submission.get("PERIOD", ""))),
            parties=tuple(_parties_of(submission)),
            documents=names,
        )
    except (ValueError, KeyError, TypeError, AttributeError):
        return None


def facts_of_ownership(body: bytes) -> Facts:
    """Facts from an ownership document; never fails."""
    text = body.decode("utf-8", "replace")
    owners = zip(_OWNER_CIK.findall(text), _OWNER_NAME.findall(text), strict=False)
    issuers = zip(_ISSUER_CIK.findall(text)[:1], _ISSUER_NAME.findall(text)[:1], strict=False)
    parties = [_party(cik, name, "Reporting") for cik, name in owners]
    parties += [_party(cik, name, "Issuer") for cik, name in issuers]
    form, period = _TYPE.search(text), _PERIOD.search(text)
    return Facts(
        form=form[1] if form else None,
        period=day_of_digits(period[1][:10]) if period else None,
        parties=tuple(party for party in parties if party),
    )


def facts_of_inline_xbrl(body: bytes) -> Facts:
    """Facts from the hidden cover page of an inline XBRL document; nothing where it has none."""
    cik, name = _COVER_CIK.search(body), _COVER_NAME.search(body)
    if not cik or not name:
        return Facts()
    party = _party(cik[1].decode(), html.unescape(name[1].decode("utf-8", "replace")).strip(), "Filer")
    return Facts(parties=(party,) if party else ())


def trading_symbol(body: bytes) -> str:
    """The issuer's ticker as an ownership document gives it; empty where it is none."""
    match = _SYMBOL.search(body.decode("utf-8", "replace"))
    symbol = match[1].upper() if match else ""
    return symbol if re.fullmatch(r"[A-Z][A-Z0-9.-]{0,9}", symbol) and symbol != "NONE" else ""


def completed(facts: Facts, more: Facts) -> Facts:
    """`facts`, and from `more` what they do not say."""
    missing = {name: getattr(more, name) for name, value in vars(facts).items() if value is None or value == ()}
    return replace(facts, **missing)


def wrap(facts: Facts, number: str, filed: date, file_name: str, body: bytes) -> bytes:
    """A full submission text of one document, its bytes unchanged.

    Args:
        facts: what is known.
        number: accession number.
        filed: what `FILED AS OF DATE` says.
        file_name: the document's name.
        body: the document.
    """
    form = facts.form or "UNKNOWN"
    lines = [
        f"<SEC-DOCUMENT>{number}.txt : {filed:%Y%m%d}",
        f"<SEC-HEADER>{number}.hdr.sgml : {filed:%Y%m%d}",
        f"ACCESSION NUMBER:\t\t{number}",
        f"CONFORMED SUBMISSION TYPE:\t{form}",
        "PUBLIC DOCUMENT COUNT:\t\t1",
    ]
    if facts.period:
        lines.append(f"CONFORMED PERIOD OF REPORT:\t{facts.period:%Y%m%d}")
    lines.append(f"FILED AS OF DATE:\t\t{filed:%Y%m%d}")
    for party in facts.parties:
        lines += _party_lines(party, form)
    lines += ["</SEC-HEADER>", "<DOCUMENT>", f"<TYPE>{form}", "<SEQUENCE>1", f"<FILENAME>{file_name}", "<TEXT>"]
    inside = (b"<XML>\n", b"\n</XML>\n") if file_name.endswith(".xml") else (b"", b"\n")
    head = "\n".join(lines).encode("latin-1", "replace")
    return head + b"\n" + inside[0] + body + inside[1] + b"</TEXT>\n</DOCUMENT>\n</SEC-DOCUMENT>\n"


def _party_lines(party: FilingParty, form: str) -> list[str]:
    section, data = _SECTIONS[party.role]
    return [
        "",
        f"{section}:",
        "",
        f"\t{data}:",
        f"\t\tCOMPANY CONFORMED NAME:\t\t\t{party.name}",
        f"\t\tCENTRAL INDEX KEY:\t\t\t{party.cik:010d}",
        "",
        "\tFILING VALUES:",
        f"\t\tFORM TYPE:\t\t{form}",
    ]


def _parties_of(submission: dict[str, object]) -> Iterator[FilingParty]:
    for key, value in submission.items():
        role = ROLES.get(key.replace("-", " "))
        if role is None:
            continue
        for block in value if isinstance(value, list) else [value]:
            flat = dict(_leaves(block))
            party = _party(flat.get("CIK", ""), flat.get("CONFORMED-NAME", ""), role)
            if party:
                yield party


def _leaves(block: object) -> Iterator[tuple[str, str]]:
    """Names and texts of a nested block, the outermost last (so that `dict` keeps it)."""
    if isinstance(block, dict):
        for value in block.values():
            yield from _leaves(value)
        yield from ((str(name), value) for name, value in block.items() if isinstance(value, str))


def _party(cik: str, name: str, role: Role) -> FilingParty | None:
    return FilingParty(int(cik), name, role) if re.fullmatch(r"\d{1,10}", cik) else None
