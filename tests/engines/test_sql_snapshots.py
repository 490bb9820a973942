"""The text of every `.sql` file is fixed: a change of a query is seen, and meant.

After a meant change: `python -m tests.engines.test_sql_snapshots` writes the digests anew.
"""
import hashlib
import json
from pathlib import Path

import capacity_sync

ENGINES = Path(capacity_sync.__file__).parent / "adapters" / "engines"
SNAPSHOT = Path(__file__).with_name("sql_snapshots.json")


def digests():
    """Relative path -> SHA-256 of the text."""
    return {path.relative_to(ENGINES).as_posix(): hashlib.sha256(path.read_bytes()).hexdigest()
            for path in sorted(ENGINES.rglob("*.sql"))}


def test_every_sql_file_has_the_text_it_had():
    assert digests() == json.loads(SNAPSHOT.read_text())


if __name__ == "__main__":
    SNAPSHOT.write_text(json.dumps(digests(), indent=1) + "\n")
