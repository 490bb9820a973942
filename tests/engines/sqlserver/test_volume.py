"""Five thousand databases with forty thousand files: three round trips, and little memory."""
import json
import subprocess
import sys
import time

import pytest

from tests.engines.sqlserver.visits import visit
from tests.servers.sqlserver import LOG, PASSWORD, USER, File

DATABASES, FILES = 5_000, 8
LIMIT_MB = 150
FLEET = """
store: sqlite:///{folder}/capacity.db
instances:
  - {{name: big, engine: sqlserver, host: 127.0.0.1, port: {port}, username: {user}, password: {{env: SECRET}}}}
"""
SYNC = """
import json, re, resource, sys, time
from pathlib import Path
from capacity_sync.entrypoints.cli import main
begun, fleet = time.monotonic(), sys.argv[1]
sys.argv = ["capacity-sync", "--config", fleet, "sync", "--format", "json"]
try:
    main()
except SystemExit as ended:
    code = ended.code
own = int(re.search(r"VmHWM:\\s+(\\d+)", Path("/proc/self/status").read_text())[1])  # ru_maxrss is inherited
peaks = [kib // 1024 for kib in (own, resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss)]
json.dump({"code": code, "peaks": peaks, "seconds": time.monotonic() - begun}, sys.stderr)
"""


@pytest.fixture
def big(server):
    files = [File(size=1000 + n) for n in range(FILES - 1)] + [File(LOG, 128)]
    for number in range(DATABASES):
        server.add(f"database number {number}", database_id=5 + number)
        server.databases[-1].files = files
    server.changed()
    return server


def test_three_round_trips_and_every_size_right(big):
    begun = time.monotonic()
    seen = visit(big)

    assert len(seen.batches) == 3
    assert len(seen.sizes) == DATABASES
    assert set(seen.sizes.values()) == {sum(1000 + n for n in range(FILES - 1)) * 8192}
    assert time.monotonic() - begun < 20


def test_a_sync_stays_below_the_memory_limit(big, tmp_path):
    with big.listening() as wire:
        fleet = tmp_path / "fleet.yaml"
        fleet.write_text(FLEET.format(folder=tmp_path, port=wire.port, user=USER))
        done = subprocess.run([sys.executable, "-c", SYNC, str(fleet)], capture_output=True, text=True, check=False,
                              env={"SECRET": PASSWORD, "PATH": "/usr/bin"}, timeout=120)
        batches = len(wire.batches)
    outcome = json.loads(done.stderr.splitlines()[-1])

    assert (outcome["code"] or 0, batches) == (0, 3), done.stderr
    assert json.loads(done.stdout)["instances"][0]["capacity"]["saved"] == DATABASES
    assert max(outcome["peaks"]) < LIMIT_MB, outcome
