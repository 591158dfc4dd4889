"""The ownership lines we read are those edgartools reads, but for the differences written down here."""

from pathlib import Path

import pytest

from bench import accuracy_ownership
from bench.accuracy_ownership import Difference, compare, documents, ours, theirs
from bench.peer import edgartools
from tauric_assets_tests.feeds.edgar.made import HOLDING, ownership, transaction

ZONE = "form4/misc/edgar-pipeline_form4_tz_suffix_date.xml"
MARKED = ("form4/paypal/0000899243-22-012864_doc4.xml", "form4/paypal/0001209191-20-061332_doc4.xml")

EXPLAINED = [
    # An xsd:date may carry a time zone; the day is still the day. edgartools keeps the text.
    Difference(
        ZONE,
        "nonDerivativeTransaction",
        1,
        "date",
        "2024-07-19",
        "2024-07-19-05:00",
        "<transactionDate> <value>2024-07-19-05:00</value> </transactionDate>",
    ),
    # The value is D. edgartools compares "D [F1]", value and footnote in one text, with "D".
    *(
        Difference(
            file,
            "nonDerivativeHolding",
            1,
            "direct_indirect",
            "D",
            "I",
            f'<directOrIndirectOwnership> <value>D</value> <footnoteId id="{note}"/> </directOrIndirectOwnership>',
        )
        for file, note in zip(MARKED, ("F1", "F3"), strict=True)
    ),
]


@pytest.mark.slow
@pytest.mark.realdata
def test_every_line_of_every_recording_is_as_edgartools_reads_it_or_explained(realdata: Path) -> None:
    found = compare(documents(realdata))
    assert found.differences == EXPLAINED
    assert found.files == len(list(documents(realdata))) > 300
    assert found.rows > 2_000
    assert min(found.fields.values()) > 1_000
    assert len(found.fields) == 9


@pytest.mark.slow
@pytest.mark.realdata
def test_a_wrong_value_a_lost_line_and_a_lost_owner_are_seen(realdata: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The comparison can fail: the same document, with something of ours changed."""
    name, body = next((name, body) for name, body in documents(realdata) if name.endswith("data__form4.snow.xml"))
    right = ours(body, name)
    first = right["nonDerivativeTransaction"][0]
    for wrong, field in (
        ([first | {"price": 1}, *right["nonDerivativeTransaction"][1:]], "price"),
        ([first | {"owner_ciks": []}, *right["nonDerivativeTransaction"][1:]], "owner_ciks"),
        (right["nonDerivativeTransaction"][1:], "lines"),
    ):
        lines = right | {"nonDerivativeTransaction": wrong}
        monkeypatch.setattr(accuracy_ownership, "ours", lambda body, name, lines=lines: lines)
        [difference] = compare(iter([(name, body)])).differences
        assert (difference.file, difference.field) == (name, field)


@pytest.mark.slow
def test_the_peer_reads_a_document_without_asking_anybody(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HOME", str(tmp_path))
    body = ownership(transaction(), HOLDING).encode()
    with edgartools("edgar.ownership") as (module,):
        lines = theirs(body, module)
    assert lines["nonDerivativeTransaction"][0]["code"] == "P"
    assert lines.keys() == ours(body, "form4.xml").keys()
    assert list(tmp_path.iterdir()) == []
