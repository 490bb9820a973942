"""What importing the package does, watched from outside in a fresh interpreter; and that the watch bites."""
import json
import os
import shutil
import subprocess
import sys

import pytest

from architecture.house import ROOT

DRIVERS = {"MySQLdb", "oracledb", "psycopg", "psycopg2", "pymssql", "pymysql", "pyodbc", "sqlite3"}

WATCH = """
import json, pkgutil, sys
stdlib = json.__file__.rpartition("/json/")[0] + "/"
done, before = [], set(sys.modules)
def watch(event, args):
    if event in ("socket.connect", "subprocess.Popen", "os.system", "sqlite3.connect"):
        done.append(event)
    if event == "open" and isinstance(args[0], str) and not args[0].endswith((".py", ".pyc")) and is_ours():
        done.append(f"open {args[0].rpartition('/')[2]}")
def is_ours():
    frame = sys._getframe(2)
    while (name := frame.f_code.co_filename).startswith(("<", stdlib)) and "-packages/" not in name:
        if (frame := frame.f_back) is None:
            return False
    return "/capacity_sync/" in name
sys.addaudithook(watch)
import capacity_sync
if sys.argv[1] == "all":
    for module in pkgutil.walk_packages(capacity_sync.__path__, "capacity_sync."):
        if ".migrations" not in module.name:
            __import__(module.name)
loaded = {name.partition(".")[0] for name in set(sys.modules) - before}
print(json.dumps({"loaded": sorted(loaded - set(sys.stdlib_module_names)), "done": done,
                  "drivers": sorted(loaded & set(sys.argv[2:]))}))
"""


def importing(src, how):
    """What a fresh interpreter loaded and did while it imported `capacity_sync` alone or with `all` its modules."""
    done = subprocess.run([sys.executable, "-c", WATCH, how, *DRIVERS], capture_output=True, text=True, check=True,
                          env={**os.environ, "PYTHONPATH": str(src), "PYTHONDONTWRITEBYTECODE": "1"})
    return json.loads(done.stdout)


def planted(tmp_path, path, line):
    src = shutil.copytree(ROOT / "src", tmp_path / "src", ignore=shutil.ignore_patterns("__pycache__"))
    with (src / "capacity_sync" / path).open("a", encoding="utf-8") as module:
        module.write(f"\n{line}\n")
    return src


def test_importing_the_package_loads_the_standard_library_and_nothing_else():
    assert importing(ROOT / "src", "alone")["loaded"] == ["capacity_sync"]


def test_importing_every_module_loads_no_driver():
    assert importing(ROOT / "src", "all")["drivers"] == []


def test_importing_every_module_opens_no_file_socket_process_or_registry():
    assert importing(ROOT / "src", "all")["done"] == []


@pytest.mark.parametrize("line", ["import attrs", "from capacity_sync.domain import stamp"])
def test_an_import_planted_in_the_package_is_seen(tmp_path, line):
    assert importing(planted(tmp_path, "__init__.py", line), "alone")["loaded"] != ["capacity_sync"]


def test_a_driver_planted_in_an_adapter_is_seen(tmp_path):
    src = planted(tmp_path, "adapters/clock.py", "import sqlite3")

    assert importing(src, "all")["drivers"] == ["sqlite3"]


@pytest.mark.parametrize(("line", "event"), [
    ("open(__file__.replace('clock.py', 'x.sql'), 'a').close()", "open x.sql"),
    ("import subprocess; subprocess.run(['true'])", "subprocess.Popen"),
    ("import sqlite3; sqlite3.connect(':memory:').close()", "sqlite3.connect"),
    ("from importlib.metadata import entry_points; entry_points(group='x')", "open entry_points.txt"),
])
def test_work_planted_at_import_is_seen(tmp_path, line, event):
    src = planted(tmp_path, "adapters/clock.py", line)

    assert event in importing(src, "all")["done"]
