"""The store's address: its default, its relative path, and how it is shown without its password."""
import os
import re
from pathlib import Path

from capacity_sync.settings.findings import Wrong

DEFAULT_STORE = "sqlite:///capacity.db"
FORM = re.compile(r"[a-z0-9_]+(?:\+[a-z0-9_]+)?://.*", re.DOTALL)
FILE = re.compile(r"(sqlite(?:\+\w+)?:///)(?!:memory:|file:)([^?]+)(\?.*)?", re.DOTALL)


def placed(url: str, folder: Path) -> str:
    """*url*, with a relative SQLite path put under *folder*.

    Raises: Wrong: it is no database URL.
    """
    if not FORM.fullmatch(url) or "\0" in url:
        raise Wrong(f"not a database URL; for a file write {DEFAULT_STORE}, else for example "
                    "postgresql://USER:PASSWORD@HOST/DATABASE")
    match = FILE.fullmatch(url)
    if match is None:
        return url
    return match[1] + os.path.abspath(folder / match[2]) + (match[3] or "")


def shown(url: str) -> str:
    """*url* without its password."""
    return re.sub(r"(://[^:/@]*):.*@", r"\1:***@", url, flags=re.DOTALL)


def is_file(url: str) -> bool:
    """Whether the store is one machine's."""
    return url.startswith("sqlite")
