"""One rate per upstream over threads, processes and data folders; an upstream that blocked us is left alone."""

import subprocess
import sys
import threading
from itertools import pairwise
from pathlib import Path

import pytest

from tauric_assets.errors import StorageUnavailable, UpstreamUnavailable
from tauric_assets.feeds.edgar import HOSTS
from tauric_assets.feeds.limits import RateLimiter
from tauric_assets.settings import Settings
from tauric_assets.times import SECOND_NS

EDGAR = dict.fromkeys(HOSTS, "edgar")
PROGRAM = """
import sys
from pathlib import Path
from tauric_assets.feeds.limits import RateLimiter
from tauric_assets.settings import Settings
state, data, host = sys.argv[1:]
limiter = RateLimiter(
    Settings(data_dir=Path(data), state_dir=Path(state), upstream="live"),
    {"www.sec.gov": "edgar", "data.sec.gov": "edgar"},
)
for _ in range(6):
    sys.stdout.write(f"{limiter.wait(host)}\\n")
"""


def live(folder: Path, rate: float = 50.0) -> Settings:
    """Live, faster than a person may set it."""
    settings = Settings(data_dir=folder / "data", state_dir=folder / "state", upstream="live")
    return settings.model_copy(update={"requests_per_second": rate})


def most_in_a_second(slots: list[int]) -> int:
    """The most slots that any second holds."""
    return max(sum(1 for slot in slots if start <= slot < start + SECOND_NS) for start in slots)


def test_threads_share_one_rate(tmp_path: Path) -> None:
    limiter, slots = RateLimiter(live(tmp_path)), list[int]()

    def work() -> None:
        slots.extend([limiter.wait("www.sec.gov") for _ in range(5)])

    threads = [threading.Thread(target=work) for _ in range(4)]
    [thread.start() for thread in threads]
    [thread.join() for thread in threads]
    ordered = sorted(slots)
    assert len(ordered) == 20
    assert min(b - a for a, b in pairwise(ordered)) >= SECOND_NS // 50


@pytest.mark.slow
def test_processes_with_data_folders_of_their_own_make_eight_requests_a_second_together(tmp_path: Path) -> None:
    running = [
        subprocess.Popen(
            [sys.executable, "-c", PROGRAM, str(tmp_path / "state"), str(tmp_path / f"data{number % 2}"), host],
            stdout=subprocess.PIPE,
            text=True,
        )
        for number, host in enumerate(["www.sec.gov", "www.sec.gov", "data.sec.gov", "data.sec.gov"])
    ]
    slots = sorted(int(line) for process in running for line in process.communicate(timeout=60)[0].split())
    assert len(slots) == 24
    assert most_in_a_second(slots) <= 8


def test_the_sandbox_has_a_limit_of_its_own_in_each_data_folder(tmp_path: Path) -> None:
    """The control: what does not share a folder does not share a rate."""
    one, other = (RateLimiter(Settings(data_dir=tmp_path / name)) for name in ("one", "other"))
    assert one.path("www.sec.gov") != other.path("www.sec.gov")
    shared = [RateLimiter(live(tmp_path).model_copy(update={"data_dir": tmp_path / name})) for name in ("one", "other")]
    assert shared[0].path("www.sec.gov") == shared[1].path("www.sec.gov")


@pytest.mark.timeout(20)
def test_hosts_do_not_wait_for_each_other_and_the_sandbox_is_quick(tmp_path: Path) -> None:
    limiter = RateLimiter(Settings(data_dir=tmp_path, requests_per_second=1.0))
    for number in range(100):
        limiter.wait(f"host{number % 3}")


def test_an_upstream_that_blocked_us_is_left_alone_by_every_limiter_on_all_its_hosts(tmp_path: Path) -> None:
    RateLimiter(live(tmp_path), EDGAR).hold("www.sec.gov", 600)
    other = RateLimiter(live(tmp_path).model_copy(update={"data_dir": tmp_path / "other"}), EDGAR)
    for host in ("www.sec.gov", "data.sec.gov"):
        with pytest.raises(UpstreamUnavailable, match=f"{host} blocked us; nobody here asks it again for") as caught:
            other.wait(host)
        assert 590 < (caught.value.retry_after_s or 0) <= 600
    other.wait("api.kraken.com")


def test_a_later_hold_is_not_shortened_by_an_earlier_one(tmp_path: Path) -> None:
    limiter = RateLimiter(live(tmp_path))
    limiter.hold("x", 600)
    limiter.hold("x", 1)
    with pytest.raises(UpstreamUnavailable) as caught:
        limiter.wait("x")
    assert (caught.value.retry_after_s or 0) > 500


def test_the_sandbox_is_never_held(tmp_path: Path) -> None:
    limiter = RateLimiter(Settings(data_dir=tmp_path))
    limiter.hold("www.sec.gov", 600)
    limiter.wait("www.sec.gov")


@pytest.mark.timeout(60)
@pytest.mark.parametrize("content", [b"garbage", b"", b"99999999999999999999", b"9" * 40])
def test_a_damaged_or_absurd_file_does_not_stop_the_house(tmp_path: Path, content: bytes) -> None:
    limiter = RateLimiter(live(tmp_path))
    limiter.path("x").write_bytes(content)
    limiter.path("x.held").write_bytes(content)
    limiter.wait("x")


def test_a_state_folder_that_cannot_be_made_names_its_setting(tmp_path: Path) -> None:
    (tmp_path / "state").write_text("a file")
    with pytest.raises(StorageUnavailable, match="TAURIC_STATE_DIR"):
        RateLimiter(live(tmp_path))
