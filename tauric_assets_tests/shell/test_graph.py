"""The graph: keys and edges as written down, every asset partitioned, checked, owned."""

from pathlib import Path

import dagster as dg
import pytest

from tauric_assets.definitions import Overrides, build_definitions
from tauric_assets.house import House
from tauric_assets.settings import load_settings
from tauric_assets.tables import TABLES

SNAPSHOT = Path(__file__).parent / "asset_graph.txt"


@pytest.fixture(scope="module")
def definitions(tmp_path_factory: pytest.TempPathFactory) -> dg.Definitions:
    return build_definitions(Overrides(house=House(load_settings(data_dir=tmp_path_factory.mktemp("data")))))


def test_keys_and_edges_are_those_written_down(definitions: dg.Definitions) -> None:
    """After a wanted change: replace the file's text with what the assertion shows."""
    lines = []
    for spec in sorted(definitions.resolve_all_asset_specs(), key=lambda spec: spec.key):
        needs = sorted(dep.asset_key.to_user_string() for dep in spec.deps)
        lines.append(f"{spec.key.to_user_string()} <- {', '.join(needs)}".rstrip(" <-"))
    assert "\n".join(lines) + "\n" == SNAPSHOT.read_text()
    assert len(lines) < 200


def test_definitions_can_be_loaded_as_dagster_does(definitions: dg.Definitions) -> None:
    dg.Definitions.validate_loadable(definitions)


def test_every_asset_is_daily_checked_owned_and_described(definitions: dg.Definitions) -> None:
    graph = definitions.resolve_asset_graph()
    for key in graph.get_all_asset_keys():
        node = graph.get(key)
        assert isinstance(node.partitions_def, dg.DailyPartitionsDefinition)
        if key.to_user_string() not in {"live_bars", "live_indicators"}:  # the sidecar's; Dagster is only told
            assert node.backfill_policy == dg.BackfillPolicy.single_run()
            assert node.check_keys, key
        assert node.owners
        assert node.kinds
        assert node.description
        if key.to_user_string() in TABLES:
            columns = node.metadata["dagster/column_schema"].columns
            assert [column.name for column in columns] == TABLES[key.to_user_string()].schema.names


def test_there_is_a_sensor_a_feed_a_schedule_and_the_jobs(definitions: dg.Definitions) -> None:
    names = {sensor.name for sensor in definitions.sensors or []}
    feeds = {key.path[1] for key in definitions.resolve_all_asset_keys() if key.path[0] == "raw"}
    assert names == {f"watch_{feed}" for feed in feeds} | {"watch_landed_trades", "watch_stream"}
    assert definitions.resolve_schedule_def("nightly").cron_schedule == "30 6 * * *"
    assert definitions.resolve_schedule_def("vectors_upkeep_schedule").cron_schedule == "40 * * * *"
    for job in ("everything", "market", "filings", "words", "research"):
        assert definitions.resolve_job_def(job).partitions_def is not None
