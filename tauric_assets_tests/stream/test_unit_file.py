"""The systemd unit is one that systemd understands and starts what there is."""

import configparser
import os
import shutil
import subprocess
from pathlib import Path

import pytest

from tauric_assets.settings import PROJECT_FOLDER

UNIT = PROJECT_FOLDER / "deploy" / "tauric-stream.service"


def test_the_unit_starts_the_sidecar_and_lets_it_end() -> None:
    unit = configparser.ConfigParser(interpolation=None, strict=False)
    unit.optionxform = str  # type: ignore[assignment]
    unit.read_string(UNIT.read_text())
    service = unit["Service"]
    assert service["ExecStart"].endswith("/tauric stream")
    assert (service["KillMode"], service["KillSignal"], service["Restart"]) == ("mixed", "SIGTERM", "always")
    assert int(service["TimeoutStopSec"]) > 120


@pytest.mark.slow
def test_systemd_itself_finds_nothing_wrong(tmp_path: Path) -> None:
    analyze = shutil.which("systemd-analyze", path=f"{os.environ.get('PATH', '')}:/usr/bin:/bin")
    if analyze is None:
        pytest.skip("no systemd-analyze on this machine")
    unit = tmp_path / UNIT.name
    unit.write_text(UNIT.read_text().replace("/opt/tauric-assets/.venv/bin/tauric", "/bin/true"))
    done = subprocess.run([analyze, "verify", str(unit)], capture_output=True, text=True, timeout=60)
    complaints = [line for line in done.stderr.splitlines() if UNIT.name in line]
    assert not complaints
