"""The OpenAPI document of the blueprint; it lies beside this module."""
import json
from collections.abc import Collection
from importlib.resources import files
from typing import Any


def openapi(prefix: str, engines: Collection[str]) -> dict[str, Any]:
    """With the address below which this app serves it, and the *engines* that are installed here."""
    document: dict[str, Any] = json.loads(files(__package__ or "").joinpath("openapi.json").read_text("utf-8"))
    document["components"]["schemas"]["Engine"]["enum"] = sorted(engines)
    document["servers"] = [{"url": prefix or "/"}]
    return document
