"""`new-engine.md` is true: its blocks, in a copy of the house, make an engine that keeps every contract and rule."""
import os
import re
import shutil
import subprocess
import sys

import pytest

from architecture.house import ROOT, read_house
from architecture.rules import RULES
from architecture.test_architecture import BROKEN
from architecture.test_contracts import broken_contracts
from capacity_sync.testing import engine_contract

RECIPE = (ROOT / "architecture" / "new-engine.md").read_text("utf-8")
BLOCKS = dict(re.findall(r"^```(?:python|toml) (.+?)\n(.+?)^```$", RECIPE, re.M | re.S))
TABLE = '[project.entry-points."capacity_sync.engines"]'

SYNC = """
from capacity_sync import Container, Settings
settings = Settings.from_mapping({"instances": [{"name": "box", "engine": "subfolders", "path": "box"}]}, store="sqlite://")
report = Container.from_settings(settings).coordinator().collect_and_save(settings.instances[0])
print(report.status.value, report.inventory.active_databases, report.capacity.total_bytes)
"""


@pytest.fixture(scope="module")
def copy(tmp_path_factory):
    """The house with the new folder and the new line, as if installed."""
    root = tmp_path_factory.mktemp("house")
    shutil.copytree(ROOT / "src", root / "src", ignore=shutil.ignore_patterns("__pycache__"))
    for where, text in BLOCKS.items():
        if where != TABLE:
            (root / where).parent.mkdir(parents=True, exist_ok=True)
            (root / where).write_text(text, "utf-8")
    metadata = (ROOT / "pyproject.toml").read_text("utf-8")
    (root / "pyproject.toml").write_text(metadata.replace(f"{TABLE}\n", f"{TABLE}\n{BLOCKS[TABLE]}"), "utf-8")
    installed = root / "src" / "new_engine-1.dist-info"
    installed.mkdir()
    (installed / "METADATA").write_text("Metadata-Version: 2.1\nName: new-engine\nVersion: 1\n")
    (installed / "entry_points.txt").write_text("[capacity_sync.engines]\n" + BLOCKS[TABLE].replace('"', ""))
    return root


def run(root, *command):
    return subprocess.run([sys.executable, *command], cwd=root, capture_output=True, text=True,
                          env={**os.environ, "PYTHONPATH": str(root / "src")})


def test_the_published_contract_holds(copy):
    done = run(copy, "-m", "pytest", "tests/engines/subfolders", "-q", "-p", "no:cacheprovider")

    assert done.returncode == 0, done.stdout
    assert re.findall(r"^(\d+) passed", done.stdout, re.M) == [str(len(engine_contract.__all__) + 1)]


def test_the_contract_tells_what_is_wrong(copy, tmp_path):
    wrong = shutil.copytree(copy, tmp_path / "wrong")
    adapter = wrong / "src/capacity_sync/adapters/engines/subfolders/adapter.py"
    adapter.write_text(adapter.read_text("utf-8").replace("InventoryRow(path.name)", "InventoryRow(path.name.lower())"))

    done = run(wrong, "-m", "pytest", "tests/engines/subfolders", "-q", "-p", "no:cacheprovider")

    assert "::test_a_created_database_is_listed_by_its_exact_name" in done.stdout


def test_it_is_found_and_synced(copy):
    (copy / "box" / "shop").mkdir(parents=True)
    (copy / "box" / "shop" / "file").write_bytes(b"x" * 4096)

    done = run(copy, "-W", "ignore::ResourceWarning", "-c", SYNC)

    assert done.stdout == "completed ('shop',) 4096\n", done.stderr


def test_no_rule_and_no_contract_is_broken(copy):
    house = read_house(copy)

    assert [wrong for rule in RULES for wrong in rule(house) if wrong not in BROKEN[rule]] == []
    assert broken_contracts(copy) == broken_contracts(ROOT)
