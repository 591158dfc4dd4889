"""What EDGAR's answers mean."""

import pytest

from tauric_assets.errors import DocumentAbsent, DocumentCutOff, UpstreamRefused, UpstreamUnavailable
from tauric_assets.feeds.edgar.answers import classify
from tauric_assets_tests.feeds.edgar.made import submission

FILE = "https://www.sec.gov/Archives/edgar/data/1/0001000001-26-000001.txt"
DENIED = b"<Error><Code>AccessDenied</Code></Error>"
BLOCKED = b"<title>SEC.gov | Request Rate Threshold Exceeded</title>"
UNDECLARED = b"<title>SEC.gov | Your Request Originates from an Undeclared Automated Tool</title>"


@pytest.mark.parametrize(
    ("url", "status", "body", "expected"),
    [
        (FILE, 200, submission(), None),
        (FILE, 200, submission()[:-20], DocumentCutOff),
        (FILE.replace(".txt", ".htm"), 200, b"<p>any</p>", None),
        (FILE, 403, DENIED, DocumentAbsent),
        (FILE, 403, BLOCKED, UpstreamUnavailable),
        (FILE, 200, BLOCKED, UpstreamUnavailable),
        (FILE, 403, UNDECLARED, UpstreamRefused),
        (FILE, 403, b"", UpstreamUnavailable),
        (FILE, 404, b"", None),
        ("https://data.sec.gov/submissions/CIK0000000001.json", 200, b"{}", None),
        ("https://news.example/Archives/edgar/data/1/a.txt", 403, BLOCKED, None),
        ("https://www.notsec.gov/Archives/edgar/data/1/a.txt", 403, BLOCKED, None),
    ],
)
def test_classify(url: str, status: int, body: bytes, expected: type[Exception] | None) -> None:
    error = classify(url, status, {}, body)
    assert (type(error) if error else None) is expected


def test_a_block_is_left_alone_for_ten_minutes() -> None:
    error = classify(FILE, 403, {}, BLOCKED)
    assert error is not None
    assert error.retry_after_s == 600


def test_who_does_not_say_his_name_is_told_the_setting() -> None:
    assert "TAURIC_IDENTITY" in str(classify(FILE, 403, {}, UNDECLARED))
