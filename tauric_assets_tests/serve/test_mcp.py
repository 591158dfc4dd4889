"""The MCP server with the protocol's own client: every tool, over HTTP and over standard input and output."""

import asyncio
import json
import sys
from collections.abc import Sequence
from decimal import Decimal

import httpx
import pytest
from mcp import Client, StdioServerParameters
from mcp.types import CallToolResult, ListToolsResult, TextContent

from tauric_assets.settings import child_environment
from tauric_assets.times import ns_to_text
from tauric_assets_tests.serve.conftest import served
from tauric_assets_tests.serve.made import HOUR_NS, PRESENT, START, Made, add_future

NOW = ns_to_text(PRESENT)
Call = tuple[str, dict[str, object]]
CALLS: dict[str, dict[str, object]] = {
    "get_bars": {"symbol": "NOVA", "interval": "1h"},
    "get_indicators": {"symbol": "NOVA", "indicator": "rsi_14", "interval": "1h"},
    "get_insider_transactions": {"symbol": "NOVA"},
    "get_filings": {"symbol": "NOVA"},
    "get_news": {"symbol": "NOVA"},
    "search_passages": {"question": "harbour margin", "k": 20},
    "list_instruments": {},
    "query_sql": {"sql": "SELECT count(*) AS n, max(known_at) AS known_at FROM bars"},
}


def called(server: str | StdioServerParameters, calls: Sequence[Call]) -> list[CallToolResult]:
    async def run() -> list[CallToolResult]:
        async with Client(server) as client:
            return [await client.call_tool(name, arguments) for name, arguments in calls]

    return asyncio.run(run())


def listed(server: str) -> ListToolsResult:
    async def run() -> ListToolsResult:
        async with Client(server) as client:
            return await client.list_tools()

    return asyncio.run(run())


def text(result: CallToolResult) -> str:
    (content,) = result.content
    assert isinstance(content, TextContent)
    return content.text


def answers(server: str, calls: Sequence[Call]) -> list[dict[str, object]]:
    results = called(server, calls)
    assert not [text(result) for result in results if result.is_error]
    return [json.loads(text(result), parse_float=Decimal) for result in results]


@pytest.fixture(scope="module")
def address(client: httpx.Client) -> str:
    return str(client.base_url.join("/mcp"))


def test_every_tool_wants_as_of_and_only_reads(address: str) -> None:
    tools = {tool.name: tool for tool in listed(address).tools}
    assert set(tools) == set(CALLS)
    for tool in tools.values():
        assert "as_of" in tool.input_schema["required"]
        assert tool.annotations is not None and tool.annotations.read_only_hint is True
        assert tool.description and "as_of" in tool.description
    results = called(address, list(CALLS.items()))
    assert all(result.is_error and "as_of" in text(result) for result in results)


def test_every_tool_answers(address: str) -> None:
    found = dict(
        zip(CALLS, answers(address, [(name, given | {"as_of": NOW}) for name, given in CALLS.items()]), strict=True)
    )
    assert {answer["as_of"] for answer in found.values()} == {NOW}
    bars = found["get_bars"]["rows"]
    assert (len(bars), bars[0]["ts_event"], bars[0]["open"]) == (50, START + 47 * HOUR_NS, Decimal("100.000000001"))
    assert [row["value"] for row in found["get_indicators"]["rows"]] == [Decimal("55.25")]
    insiders = found["get_insider_transactions"]["rows"]
    assert [(row["transaction_code"], row["shares"], row["transaction_value"]) for row in insiders] == [
        ("S", 1500, Decimal("18518.517")),
        ("P", 1500, Decimal("18518.517")),
    ]
    assert [row["form"] for row in found["get_filings"]["rows"]] == ["10-Q", "8-K"]
    assert [row["title"].split(") ")[1] for row in found["get_news"]["rows"]] == [
        "recalls turbines",
        "wins harbour contract",
    ]
    assert len(found["search_passages"]["passages"]) == 4
    assert [row["symbol"] for row in found["list_instruments"]["rows"]] == ["ORBI", "NOVA"]
    assert found["query_sql"]["rows"] == [{"n": 50, "known_at": START + 48 * HOUR_NS}]


def test_arguments_narrow_the_answers(address: str) -> None:
    calls: list[Call] = [
        ("get_bars", {"symbol": "NOVA-USD", "interval": "1h", "limit": 3}),
        ("get_bars", {"symbol": "NOVA", "interval": "1h", "start": ns_to_text(START + 40 * HOUR_NS)}),
        ("get_filings", {"symbol": "NOVA", "form": "10-Q"}),
        ("get_news", {"kind": "post"}),
        ("get_insider_transactions", {"symbol": "ORBI"}),
        ("list_instruments", {"symbol": "ORBI-USD"}),
        ("query_sql", {"sql": "SELECT symbol FROM bars", "limit": 7}),
    ]
    found = answers(address, [(name, given | {"as_of": NOW}) for name, given in calls])
    assert [(len(answer["rows"]), answer["more"]) for answer in found] == [
        (3, True),
        (8, False),
        (1, False),
        (1, False),
        (0, False),
        (1, False),
        (7, True),
    ]


def test_errors_reach_the_agent_in_one_line(address: str) -> None:
    calls: list[Call] = [
        ("get_bars", {"symbol": "NOVA", "as_of": "soon"}),
        ("get_bars", {"symbol": "NOVA", "as_of": NOW, "limit": 5_000}),
        ("search_passages", {"question": " ", "as_of": NOW}),
        ("query_sql", {"sql": "DROP TABLE bars", "as_of": NOW}),
        ("query_sql", {"sql": "SELECT * FROM read_text('/etc/hostname')", "as_of": NOW}),
        ("query_sql", {"sql": "SELECT nothing FROM bars", "as_of": NOW}),
    ]
    words = (
        "cannot read 'soon'",
        "limit is 1 to 1000",
        "no words",
        "write one SELECT",
        "not available here",
        "nothing",
    )
    for result, expected in zip(called(address, calls), words, strict=True):
        assert result.is_error
        assert expected in text(result) and "\n" not in text(result)


@pytest.mark.slow
def test_the_future_changes_no_earlier_answer(address: str, changing: tuple[Made, httpx.Client]) -> None:
    made, client = changing
    moments = [START + 9 * HOUR_NS, START + 31 * HOUR_NS, PRESENT]
    calls = [(name, given | {"as_of": str(moment)}) for moment in moments for name, given in CALLS.items()]
    add_future(made.house, PRESENT + 1)
    grown = str(client.base_url.join("/mcp"))
    assert answers(grown, calls) == answers(address, calls)
    later = [(name, given | {"as_of": str(PRESENT + 10 * HOUR_NS)}) for name, given in CALLS.items()]
    changed = [one != other for one, other in zip(answers(grown, later), answers(address, later), strict=True)]
    assert changed == [name != "get_indicators" for name in CALLS]


def test_a_page_elsewhere_cannot_call_tools(address: str) -> None:
    call = {"jsonrpc": "2.0", "id": 1, "method": "tools/list", "params": {}}
    headers = {"Accept": "application/json, text/event-stream", "Origin": "https://evil.example"}
    assert httpx.post(address, json=call, headers=headers).status_code == 403


@pytest.mark.slow
def test_over_standard_input_and_output(small: Made) -> None:
    server = StdioServerParameters(
        command=sys.executable,
        args=["-m", "tauric_assets.serve.mcp_server"],
        env=child_environment(small.house.settings),
    )
    (result,) = called(server, [("get_bars", {"symbol": "NOVA", "interval": "1h", "as_of": NOW, "limit": 1})])
    assert json.loads(text(result))["rows"][0]["ts_event"] == START + 47 * HOUR_NS


def test_two_servers_of_one_house_agree(small: Made, address: str) -> None:
    call: list[Call] = [("get_news", {"as_of": NOW})]
    with served(small.house) as other:
        assert answers(str(other.base_url.join("/mcp")), call) == answers(address, call)
