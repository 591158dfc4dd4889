"""What an EDGAR feed instance may be told in its defs.yaml.

Belongs here: options, their defaults and checks, and which filings they want. Not here: requests.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from tauric_assets.errors import UsageError
from tauric_assets.feeds.contract import Options

DEFAULT_FORMS = (
    *("3", "3/A", "4", "4/A", "5", "5/A", "8-K", "8-K/A", "10-K", "10-K/A", "10-Q", "10-Q/A"),
    *("13F-HR", "13F-HR/A", "SC 13D", "SC 13D/A", "SC 13G", "SC 13G/A"),
    *("SCHEDULE 13D", "SCHEDULE 13D/A", "SCHEDULE 13G", "SCHEDULE 13G/A"),
)
ALL = "all"
FILERS = "filers"
REPORT_FORMS = frozenset({"10-K", "10-KT", "10-Q", "10-QT", "20-F", "40-F"})
"""Forms that carry XBRL statements; amendments of them do too."""
_NAMES = ("forms", "ciks", "use_downloader", "companies")


@dataclass(frozen=True)
class Wanted:
    """Which filings an instance wants.

    Args:
        forms: submission types, exactly as EDGAR writes them; None means every type.
        ciks: parties of interest; None means everybody.
        use_downloader: fetch through sec-edgar-downloader where it can, otherwise always directly.
        companies: whose profile (submissions list) and facts are asked for each day: these CIKs; or, where it is None,
            the parties of interest that filed a report that day.
    """

    forms: frozenset[str] | None
    ciks: frozenset[int] | None
    use_downloader: bool
    companies: frozenset[int] | None = frozenset()

    def companies_of(self, filings: Iterable[tuple[str, Sequence[int]]]) -> list[int]:
        """Whose profile and facts a day wants, given (form, CIKs) of everything filed that day; ascending."""
        if self.companies is not None:
            return sorted(self.companies)
        reports = (ciks for form, ciks in filings if form.removesuffix("/A") in REPORT_FORMS)
        return sorted({cik for ciks in reports for cik in ciks if self.ciks is None or cik in self.ciks})

    def matches(self, form: str, ciks: Iterable[int]) -> bool:
        """Whether a filing of `form` with `ciks` among its parties is wanted."""
        return (self.forms is None or form in self.forms) and (self.ciks is None or not self.ciks.isdisjoint(ciks))


def read_options(options: Options) -> Wanted:
    """Check the options of an instance.

    Raises: UsageError: an unknown name, or a value of the wrong kind.
    """
    unknown = sorted(set(options) - set(_NAMES))
    if unknown:
        raise UsageError(f"edgar: unknown option {unknown[0]!r}; there are: {', '.join(_NAMES)}")
    use_downloader = options.get("use_downloader", True)
    if not isinstance(use_downloader, bool):
        raise UsageError(f"edgar: use_downloader is true or false, not {use_downloader!r}")
    forms, ciks = _forms(options.get("forms", DEFAULT_FORMS)), _ciks("ciks", options.get("ciks", ALL), ALL)
    told = options.get("companies", ())
    companies = _ciks("companies", told, FILERS) if told else frozenset()
    return Wanted(forms, ciks, use_downloader, companies)


def _forms(value: object) -> frozenset[str] | None:
    if value == ALL:
        return None
    if not isinstance(value, (list, tuple)) or not value or not all(isinstance(form, str) for form in value):
        raise UsageError(f"edgar: forms is a list of texts such as '4/A' (quote them) or \"{ALL}\", not {value!r}")
    return frozenset(value)


def _ciks(name: str, value: object, word: str) -> frozenset[int] | None:
    """The CIKs of a list; None for the `word` that stands for no list."""
    if value == word:
        return None
    if not isinstance(value, (list, tuple)) or not value:
        raise UsageError(f'edgar: {name} is a list of numbers or "{word}", not {value!r}')
    texts = [str(cik) for cik in value]
    wrong = [text for text in texts if not (text.isascii() and text.isdigit() and len(text) <= 10)]
    if wrong:
        raise UsageError(f"edgar: {wrong[0]!r} is not a CIK; write its digits, e.g. 320193")
    return frozenset(map(int, texts))
