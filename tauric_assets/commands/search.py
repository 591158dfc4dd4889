"""`tauric search`: the figure a question asks for, and the passages that answer it, as known at an instant.

Belongs here: what is printed of an answer. Not here: how it is found (serve/searching.py).
"""

from textwrap import fill

from rich.markup import escape

from tauric_assets.commands.rendering import json_line
from tauric_assets.commands.terminal import OUT, at_work, say
from tauric_assets.house import House
from tauric_assets.research.answers import Answer
from tauric_assets.serve.searching import Answered, Passages, plain
from tauric_assets.text.questions import EVERYTHING
from tauric_assets.times import ns_to_text
from tauric_assets.vectors.finding import Found
from tauric_assets.vectors.search import Filters

TEXT_CHARACTERS, LINE_CHARACTERS = 320, 100


def search(house: House, question: str, count: int, filters: Filters) -> Answered:
    """Ask the published snapshot and the reported figures.

    Raises: UsageError: the question is empty, too long or without words; StorageUnavailable: nothing was published yet.
    """
    with at_work("search") as at:
        answered = Passages(house, at).ask(question, count, filters)
    if not answered.is_model:
        say("no language model is configured: passages are found by shared words; see tauric models fetch")
    return answered


def show(answered: Answered, as_json: bool, given: Filters) -> None:
    """Print an answer: how the question was understood, the figure, the passages with the best first."""
    if as_json:
        OUT.file.write(json_line(plain(answered)) + "\n")
        OUT.file.flush()
        return
    found = answered.found
    _wrapped(f"looked in {_looked_in(found, given)}", "dim")
    if found.relaxed:
        _wrapped(f"nothing for {found.relaxed}", "yellow")
    if answered.figure:
        _show_figure(answered.figure)
    if not found.passages:
        OUT.print("nothing was found")
    for place, one in enumerate(found.passages, start=1):
        hit = one.hit
        known = ns_to_text(hit.known_at)[:16]
        OUT.print()
        _wrapped(f"{place}  {hit.breadcrumb}", "bold", "   ")
        text = " ".join(f"{hit.context} {hit.text}".split())
        shown = text if len(text) <= TEXT_CHARACTERS else text[:TEXT_CHARACTERS].rsplit(" ", 1)[0] + " …"
        _wrapped(f"   {shown}", "", "   ")
        _wrapped(
            f"   score {one.score:.2f}, known {known}, characters {hit.start_offset} to {hit.end_offset} of",
            "dim",
            "   ",
        )
        OUT.print(f"   {hit.url or hit.document_id}", style="dim", soft_wrap=True, markup=False, highlight=False)
    OUT.file.flush()


def _looked_in(found: Found, given: Filters) -> str:
    """Companies first, then what the question names, then what the caller set."""
    whose = ", ".join(found.filters.symbols or ())
    told = found.told if whose in found.told else whose if found.told == EVERYTHING else f"{whose}: {found.told}"
    parts = [*(given.kinds or ()), *(given.forms or ())]
    parts += [f"from {given.since}"] if given.since else []
    parts += [f"before {given.until}"] if given.until else []
    return ", ".join(parts if parts and told == EVERYTHING else [told, *parts])


def _show_figure(figure: Answer) -> None:
    value = figure.value
    period = f"{value.period_start} to {value.period_end}" if value.period_start else f"at {value.period_end}"
    told = "derived from" if value.derived else f"{value.form}"
    OUT.print(f"\n[bold green]{value.value:,f} {figure.unit}[/bold green]  {escape(figure.figure)}, {period}")
    known = ns_to_text(value.known_at)[:16]
    _wrapped(f"   {figure.concept}, {told} {' '.join(value.accession_numbers)}, known {known}", "dim", "   ")


def _wrapped(text: str, style: str, indent: str = "") -> None:
    """At most `LINE_CHARACTERS` a line; an address stays whole, so that a terminal can open it."""
    lines = fill(text, LINE_CHARACTERS, subsequent_indent=indent, break_long_words=False, break_on_hyphens=False)
    OUT.print(lines, style=style or None, markup=False, highlight=False, soft_wrap=True)
