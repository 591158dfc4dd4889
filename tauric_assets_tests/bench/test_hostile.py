"""Bad input through the real command: told, quarantined, and within memory."""

import sys

import pytest

from bench import hostile

MEGABYTES_MAX = 200


@pytest.mark.slow
@pytest.mark.skipif(not sys.platform.startswith("linux"), reason="peak memory is read from /proc")
def test_bad_input_is_quarantined_with_a_reason_and_within_memory() -> None:
    outcomes = hostile.measure()
    assert len(outcomes) >= 10
    for one in outcomes:
        assert one.exit_code == 1, one
        assert one.reason.startswith("quarantined: "), one
        assert one.megabytes < MEGABYTES_MAX, one
