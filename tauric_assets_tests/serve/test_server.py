"""The socket and the page: a taken port, and what the desk may load."""

import re

import httpx
import pytest

from tauric_assets.errors import UsageError
from tauric_assets.serve import desk, server
from tauric_assets_tests.serve.made import Made

DESK_LINES_MAX = 400


@pytest.mark.slow
def test_a_taken_port_is_told_in_one_line(small: Made) -> None:
    with server.listening(0) as listener:
        host, port = listener.getsockname()
        assert host == "127.0.0.1"
        with pytest.raises(UsageError, match=f"port {port} of 127.0.0.1 is taken: .*--port"):
            server.run(small.house, port)


def test_the_desk_loads_nothing_from_elsewhere(client: httpx.Client) -> None:
    answer = client.get("/")
    assert answer.headers["content-type"] == "text/html; charset=utf-8"
    assert "default-src 'none'; connect-src 'self'" in answer.headers["content-security-policy"]
    page = answer.text
    assert page == desk.PAGE.read_text()
    assert page.count("\n") < DESK_LINES_MAX
    assert not re.findall(r"(?:src|href)\s*=\s*[\"'](?!data:)", page)
    assert not re.findall(r"@import|url\(|innerHTML|insertAdjacentHTML|document\.write|\beval\b", page)
    assert re.findall(r"https?://[^\s\"'`]+", page) == ["http://www.w3.org/2000/svg"]


def test_the_desk_asks_only_for_what_there_is(client: httpx.Client) -> None:
    """Every table, column and parameter that the page names is answered."""
    page = desk.PAGE.read_text()
    tables = set(re.findall(r"latest\(\"(\w+)\"", page)) | set(re.findall(r"/v1/(\w+)\"", page))
    assert tables == {"bars", "filings", "insider_transactions", "documents", "instruments", "tables", "search"}
    for columns, table in (
        ("ts_event,ts_close,symbol,open,high,low,close,volume,known_at", "bars"),
        ("accession_number,form,known_at,items,source", "filings"),
        ("title,url,known_at", "documents"),
        ("text,url,known_at", "documents"),
        ("symbol,name,listings", "instruments"),
    ):
        assert f'"{columns}"' in page
        assert client.get(f"/v1/{table}", params={"columns": columns, "order": "desc"}).status_code == 200
