"""Each contract in `contracts.ini` was seen to fail: one planted import, in a copy of `src`, breaks that one alone."""
import os
import re
import shutil
import subprocess
import sys
from configparser import ConfigParser

import pytest

from architecture.house import ROOT

CONFIG = ROOT / "architecture" / "contracts.ini"
LINT_IMPORTS = "from importlinter.cli import lint_imports_command; lint_imports_command()"

CONTRACTS = ConfigParser()
CONTRACTS.read(CONFIG)
NAMES = {section.rpartition(":")[2]: CONTRACTS[section]["name"] for section in CONTRACTS.sections() if ":" in section}

PLANTS = [
    ("floors", "adapters/clock.py", "from capacity_sync.use_cases.run import RunContext"),
    ("floors", "testing/engines.py", "from capacity_sync.container import Container"),
    ("floors", "testing/strategies.py", "from capacity_sync import Container"),
    ("floors", "attic.py", "from capacity_sync.domain.stamp import Stamp"),
    ("pure-core", "use_cases/run.py", "import structlog"),
    ("injector", "settings/fleet.py", "from dependency_injector.wiring import inject"),
    ("engines", "adapters/engines/postgresql/adapter.py", "from capacity_sync.adapters.engines.sqlite import files"),
    ("engines", "adapters/engines/installed.py", "from capacity_sync.adapters.engines.sqlite import adapter"),
    ("adapters", "adapters/secrets.py", "from capacity_sync.adapters.clock import SystemClock"),
    ("private-adapters", "settings/fleet.py", "from capacity_sync.adapters.stores.memory import InMemoryUnitOfWork"),
    ("testing", "container.py", "from capacity_sync.testing.engines import ScriptedEngines"),
    ("drivers", "adapters/engines/connections.py", "import psycopg2"),
    ("drivers", "adapters/engines/sqlite/adapter.py", "import pymysql"),
    ("acyclic", "domain/stamp.py", "from capacity_sync.domain.outcomes import Failure\n"
                                   "from capacity_sync.domain.sync_report import Status"),
]


@pytest.fixture
def copy(tmp_path):
    shutil.copytree(ROOT / "src", tmp_path / "src", ignore=shutil.ignore_patterns("__pycache__"))
    return tmp_path


def broken_contracts(root):
    """The ids of the contracts that `lint-imports` sees broken in `src` of *root*."""
    done = subprocess.run(
        [sys.executable, "-c", LINT_IMPORTS, "--config", CONFIG, "--no-cache", "--no-logo"], cwd=root,
        env={**os.environ, "PYTHONPATH": str(root / "src"), "COLUMNS": "500"}, capture_output=True, text=True,
    )
    verdicts = dict(re.findall(r"^(.+) (KEPT|BROKEN)\b", done.stdout, re.MULTILINE))
    assert verdicts.keys() == set(NAMES.values()), done.stdout + done.stderr
    return {contract for contract, name in NAMES.items() if verdicts[name] == "BROKEN"}


@pytest.fixture(scope="module")
def already():
    return broken_contracts(ROOT)


def test_the_house_keeps_every_contract(already):
    assert already == set()


@pytest.mark.parametrize(("contract", "path", "line"), PLANTS, ids=[f"{name}-{path}" for name, path, _ in PLANTS])
def test_a_planted_import_breaks_one_contract_alone(copy, already, contract, path, line):
    with (copy / "src" / "capacity_sync" / path).open("a", encoding="utf-8") as module:
        module.write(f"\n{line}\n")

    assert broken_contracts(copy) - already == {contract}


def test_every_contract_was_seen_to_bite():
    assert {contract for contract, _, _ in PLANTS} == set(NAMES)
