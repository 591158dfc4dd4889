"""One run of the graph in this process, over a range of days, and what it made.

Belongs here: the instance folder, the run, the reading of its events.
Not here: what is printed of it (commands/).
"""

import shutil
import sqlite3
import warnings
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path

import dagster as dg
from dagster._core.errors import DagsterAssetCheckFailedError

from tauric_assets.components.shell import FeedOptions
from tauric_assets.definitions import Overrides, build_definitions
from tauric_assets.errors import StorageUnavailable, TauricError, UsageError
from tauric_assets.house import House
from tauric_assets.settings import PROJECT_FOLDER
from tauric_assets.times import Days, ns_to_datetime

RANGE_START_TAG = "dagster/asset_partition_range_start"
RANGE_END_TAG = "dagster/asset_partition_range_end"
COUNTS = ("dagster/row_count", "new_rows", "seconds")
SQLITE_REFUSED = {sqlite3.SQLITE_FULL, sqlite3.SQLITE_IOERR, sqlite3.SQLITE_CANTOPEN, sqlite3.SQLITE_READONLY}
QUIET = {"loggers": {"console": {"config": {"log_level": "CRITICAL"}}}}


@dataclass(frozen=True)
class AssetReport:
    """What a run made of one asset; `seconds` is the step's, shared by the assets it makes together."""

    asset: str
    partitions: int
    rows: int
    new_rows: int
    seconds: float
    passed: bool


def dagster_home(house: House) -> Path:
    """Dagster's own folder below `data/`, with the project's dagster.yaml in it."""
    home = house.folder("dagster")
    wanted = PROJECT_FOLDER / "dagster.yaml"
    held = home / "dagster.yaml"
    if not held.exists() or held.read_bytes() != wanted.read_bytes():
        shutil.copyfile(wanted, held)
    return home.resolve()


@contextmanager
def instance_of(house: House) -> Iterator[dg.DagsterInstance]:
    """The Dagster instance of the house, closed afterwards."""
    with dg.DagsterInstance.from_config(str(dagster_home(house))) as instance:
        yield instance


def materialize(
    house: House, days: Days, selection: str = "*", options: FeedOptions | None = None
) -> list[AssetReport]:
    """Materialize the selected assets over `days` in one run.

    Args:
        options: feed instance to options that take the place of those in its defs.yaml.
        selection: Dagster's asset selection syntax, e.g. `key:"trades"+` or `group:market`; assets that one step
            makes together come together.
    Returns: one report an asset, in the order in which they were made.
    Raises: UsageError: no such asset, or days outside the partitions; TauricError: what made the run fail.
    """
    _check_days(house, days)
    definitions = build_definitions(Overrides(house=house, options=options or {}))
    chosen = _chosen(definitions, selection)
    job = definitions.resolve_job_def("everything")
    tags = {RANGE_START_TAG: days.start.isoformat(), RANGE_END_TAG: (days.end - timedelta(days=1)).isoformat()}
    with _told_on_purpose(), instance_of(house) as instance:
        try:
            result = job.execute_in_process(
                instance=instance, tags=tags, asset_selection=chosen, run_config=QUIET, raise_on_error=True
            )
        except DagsterAssetCheckFailedError:
            raise TauricError(_failed_checks(instance)) from None
        return _reports(result)


@contextmanager
def _told_on_purpose() -> Iterator[None]:
    try:
        yield
    except Exception as error:
        cause = _cause_on_purpose(error)
        if cause is None:
            raise
        raise cause from None


def _cause_on_purpose(error: BaseException | None) -> TauricError | None:
    """The error of ours that Dagster wrapped, however deep, or a word on its records where the disk refused them."""
    seen: set[int] = set()  # a chain of contexts may lead back to where it began
    while error is not None and id(error) not in seen:
        if isinstance(error, TauricError):
            return error
        if isinstance(error, sqlite3.OperationalError) and error.sqlite_errorcode & 0xFF in SQLITE_REFUSED:
            return StorageUnavailable(f"Dagster's records cannot be written: {error}; free space or mend the folder")
        seen.add(id(error))
        error = error.__cause__ or error.__context__
    return None


def _failed_checks(instance: dg.DagsterInstance) -> str:
    """What the checks of the latest run found wrong, asset by asset."""
    (run,) = instance.get_runs(limit=1)
    records = instance.get_records_for_run(run.run_id, of_type=dg.DagsterEventType.ASSET_CHECK_EVALUATION).records
    told = []
    for record in records:
        event = record.event_log_entry.dagster_event
        assert event is not None
        check = event.asset_check_evaluation_data
        if not check.passed:
            problems = str(check.metadata["problems"].value).replace("\n- ", "; ").removeprefix("- ")
            told.append(f"{check.asset_key.to_user_string()}: {problems}")
    return f"a check failed, nothing below it was made: {'; '.join(told)}"


def _check_days(house: House, days: Days) -> None:
    first = house.settings.start_date
    tomorrow = ns_to_datetime(house.clock()).date() + timedelta(days=1)
    if days.start < first:
        raise UsageError(f"{days.start} is before the first partition {first}: set TAURIC_START_DATE earlier")
    if days.end > tomorrow:
        raise UsageError(f"{days.end - timedelta(days=1)} has not begun yet: the last day there is, is today (UTC)")


def _chosen(definitions: dg.Definitions, selection: str) -> list[dg.AssetKey]:
    graph = definitions.resolve_asset_graph()
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", dg.BetaWarning)
            keys = dg.AssetSelection.from_string(selection).required_multi_asset_neighbors().resolve(graph)
    except Exception as error:  # noqa: BLE001  Dagster's selection parser raises many kinds
        raise UsageError(f"cannot read the selection {selection!r}: {str(error).splitlines()[0]}") from None
    if not keys:
        raise UsageError(f"no asset matches {selection!r}; there are: {_names(graph.get_all_asset_keys())}")
    return sorted(keys)


def _names(keys: Iterable[dg.AssetKey]) -> str:
    return ", ".join(sorted(key.to_user_string() for key in keys))


def _reports(result: dg.ExecuteInProcessResult) -> list[AssetReport]:
    """Materializations of a run gathered by asset; a range run tells one event a partition with the same counts."""
    found: dict[str, AssetReport] = {}
    for event in result.get_asset_materialization_events():
        materialization = event.step_materialization_data.materialization
        name = materialization.asset_key.to_user_string()
        counts = {key: float(str(materialization.metadata[key].value)) for key in COUNTS}
        before = found.get(name)
        found[name] = AssetReport(
            asset=name,
            partitions=(before.partitions if before else 0) + 1,
            rows=int(counts["dagster/row_count"]),
            new_rows=int(counts["new_rows"]),
            seconds=counts["seconds"],
            passed=True,
        )
    return list(found.values())
