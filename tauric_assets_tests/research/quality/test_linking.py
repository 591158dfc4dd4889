"""The measure of linking: counted by hand on a made file, the tag withheld, odd files told in one line."""

from pathlib import Path

import pytest

from tauric_assets.errors import UsageError
from tauric_assets.research.quality.linking import measure, read
from tauric_assets.text.callings import Calling

CALLINGS = [
    Calling(1, "NOVA", "Nova Robotics Inc"),
    Calling(2, "ZEPH", "Zephyrine Ltd"),
    Calling(3, "HLX", "Helio Corp"),
]
LINES = (
    ",title,date,stock",
    "0,Nova Robotics reports results,2020-06-05 10:30:00-04:00,NOVA",
    '1,"Zephyrine, Nova Robotics merge",2020-06-05,NOVA',
    "2,Zephyrine announces a plan,2020-06-05,HLX",
    "3,Stocks That Hit 52-Week Highs,2020-06-05,NOVA",
    "4,Nova Robotics reports results,never,GONE",
    "5,,2020-06-05,NOVA",
    "6,Torn line",
    "7,Nova\x00 Robotics \u0301\u0301 株式会社,2020-06-05,ZEPH",
)


@pytest.fixture
def headlines(tmp_path: Path) -> Path:
    """Eight rows, six of them labelled."""
    path = tmp_path / "headlines.csv"
    path.write_text("\n".join(LINES) + "\n", encoding="utf-8")
    return path


def test_figures_are_those_counted_by_hand(headlines: Path) -> None:
    told = measure(read(headlines), CALLINGS, "made", "headlines.csv")
    assert told["rows"] == {
        "read": 8,
        "without_title_or_stock": 2,
        "used": 6,
        "undated": 1,
        "tag_in_map": 5,
        "tag_not_in_map": 1,
    }
    linking = told["linking"]
    assert isinstance(linking, dict)
    values = {name: figure["value"] for name, figure in linking.items() if isinstance(figure, dict)}
    assert values["linked"] == round(5 / 6, 4)
    assert values["linked_of_tag_in_map"] == 0.8
    assert values["precision"] == 0.5
    assert values["precision_of_all_rows"] == 0.4
    assert values["precision_of_first_link"] == 0.5
    assert values["recall"] == 0.4
    assert values["f1"] == 0.4444
    assert linking["links"] == 6
    assert values["precision_of_links"] == round(2 / 6, 4)
    assert values["precision_of_links_to_any_tag_of_the_headline"] == 0.5  # one headline has two tags
    name = {"rows": 5, "precision": 0.4, "links": 6, "precision_of_links": round(2 / 6, 4)}
    nothing = {"rows": 0, "precision": 0.0, "links": 0, "precision_of_links": 0.0}
    assert told["by_method"] == {"cashtag": nothing, "exchange": nothing, "name": name, "ticker": nothing}
    low, high = linking["precision"]["interval"]
    assert 0 <= low < values["precision"] < high <= 1
    assert told["map"] == "made"


def test_the_tag_itself_is_not_used(headlines: Path, tmp_path: Path) -> None:
    """With every tag exchanged the same headlines are linked, to the same companies."""
    other = tmp_path / "other.csv"
    other.write_text(headlines.read_text(encoding="utf-8").replace(",NOVA\n", ",HLX\n"), encoding="utf-8")
    first, second = (measure(read(path), CALLINGS, "made", "f")["linking"] for path in (headlines, other))
    assert isinstance(first, dict)
    assert isinstance(second, dict)
    assert first["linked"] == second["linked"]
    assert first["links"] == second["links"]
    assert second["precision"]["value"] < first["precision"]["value"]


def test_a_sample_is_drawn_the_same_again(headlines: Path) -> None:
    first = read(headlines, sample=3, seed=1).headlines
    assert first == read(headlines, sample=3, seed=1).headlines
    assert len(first) == 3
    assert set(first) < set(read(headlines).headlines)


@pytest.mark.parametrize(
    ("body", "told"),
    [
        (b"", "no column"),
        (b"a,b\n1,2\n", "no column date, stock, title"),
        (b"title,date,stock\n", "no row has both"),
        (b"\xff\xfe\x00title", "no column"),
    ],
)
def test_files_that_are_no_headlines(tmp_path: Path, body: bytes, told: str) -> None:
    path = tmp_path / "odd.csv"
    path.write_bytes(body)
    with pytest.raises(UsageError, match=told):
        read(path)
    with pytest.raises(UsageError, match="No such file"):
        read(tmp_path / "absent.csv")


@pytest.mark.realdata
@pytest.mark.slow
def test_tagged_headlines_of_the_real_world(realdata: Path) -> None:
    from tauric_assets.text.listed import shipped

    rows = read(realdata / "news" / "analyst_ratings_processed.csv", sample=3_000)
    told = measure(rows, *shipped(), "analyst_ratings_processed.csv")
    linking = told["linking"]
    assert isinstance(linking, dict)
    assert linking["linked"]["value"] > 0.52
    assert linking["precision"]["value"] > 0.88
