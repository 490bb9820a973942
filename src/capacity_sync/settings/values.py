"""What each kind of value in fleet.yaml accepts. Every function takes a raw value and raises `Wrong`."""
import re
from collections.abc import Mapping
from enum import Enum
from typing import Any
from zoneinfo import ZoneInfo, available_timezones

from capacity_sync.domain.instance import CommandSecret, EnvSecret, FileSecret, PlainSecret, Secret
from capacity_sync.settings.findings import Wrong, did_you_mean, kind, one_line

WEEK = 7 * 86_400
NAME_LIMIT = 255
REDIS = r"(redis|rediss|redis\+socket|sentinel)://"


def text(value: Any) -> str:
    if not isinstance(value, str):
        hint = "; put it in quotes" if isinstance(value, (bool, int, float)) else ""
        raise Wrong(f"expected text, got {kind(value)}{hint}")
    if not value or "\0" in value:
        raise Wrong("expected text, got none" if not value else "text with a NUL character")
    return value


def name(value: Any) -> str:
    found = text(value)
    if "/" in found or len(found) > NAME_LIMIT or one_line(found) != found:
        raise Wrong(f"a name has no slash, no control characters, and at most {NAME_LIMIT} characters")
    return found


def title(value: Any) -> str:
    """The name of something that no command line takes apart: it may have slashes."""
    found = text(value)
    if len(found) > NAME_LIMIT or one_line(found) != found:
        raise Wrong(f"a name has no control characters, and at most {NAME_LIMIT} characters")
    return found


def broker(value: Any) -> str:
    """The URL of a message broker; it may hold a password, which no error text repeats."""
    if not re.fullmatch(r"[a-z][a-z0-9+]*://[^\s]*", text(value)):
        raise Wrong("not a broker's URL; write for example redis://HOST:6379/0")
    return str(value)


def on_redis(value: Any) -> str:
    if not re.match(REDIS, broker(value)):
        raise Wrong("reports are kept in Redis; write for example redis://HOST:6379/1")
    return str(value)


def queue(value: Any) -> str:
    if not re.fullmatch(r"[A-Za-z0-9_.-]{1,100}", text(value)):
        raise Wrong("a queue's name has letters, digits, _, - and dots only, at most 100")
    return str(value)


def texts(value: Any) -> tuple[str, ...]:
    if not isinstance(value, (list, tuple)):
        raise Wrong(f"expected a list of texts, got {kind(value)}")
    wrong = [n for n, item in enumerate(value) if not isinstance(item, str) or not item]
    if wrong:
        raise Wrong(f"expected text, got {kind(value[wrong[0]])}; put it in quotes", wrong[0])
    return tuple(value)


def tags(value: Any) -> Mapping[str, str]:
    if not isinstance(value, Mapping):
        raise Wrong(f"expected a mapping of texts, got {kind(value)}")
    for key, tag in value.items():
        if not isinstance(key, str) or not isinstance(tag, str):
            raise Wrong(f"expected text, got {kind(tag)}; put it in quotes", str(key))
    return dict(value)


def switch(value: Any) -> bool:
    if not isinstance(value, bool):
        raise Wrong(f"expected true or false, got {kind(value)}")
    return value


def whole(value: Any, least: int, most: int) -> int:
    if not isinstance(value, int) or isinstance(value, bool):
        hint = "; remove the quotes" if isinstance(value, str) and value.isascii() and value.isdigit() else ""
        raise Wrong(f"expected a whole number, got {kind(value)}{hint}")
    if not least <= value <= most:
        raise Wrong(f"expected a whole number from {least} to {most}, got {value if abs(value) < 1e18 else 'more'}")
    return value


def real(value: Any) -> float:
    if not isinstance(value, (int, float)) or isinstance(value, bool):
        raise Wrong(f"expected a number, got {kind(value)}")
    if not abs(value) < 1e18:
        raise Wrong("expected a number, got something far too large or none at all")
    return value


def seconds(value: Any) -> float:
    if not 0 < real(value) <= WEEK:
        raise Wrong(f"expected seconds, more than 0 and at most a week ({WEEK})")
    return float(value)


def above_zero(value: Any, most: int) -> float:
    if not 0 < real(value) <= most:
        raise Wrong(f"expected a number above 0 and at most {most}")
    return float(value)


def share(value: Any) -> float:
    if not 0 <= real(value) <= 1:
        raise Wrong("expected a share from 0 to 1")
    return float(value)


def word(value: Any, words: type[Enum]) -> Enum:
    known = {str(word.value): word for word in words}
    if not isinstance(value, str) or value not in known:
        near = did_you_mean(value, known) if isinstance(value, str) else ""
        raise Wrong(f"expected one of {', '.join(known)}{near}")
    return known[value]


def zone(value: Any) -> ZoneInfo:
    try:
        return ZoneInfo(text(value))
    except Wrong:
        raise
    except (KeyError, ValueError, OSError) as error:
        near = did_you_mean(value, available_timezones())
        raise Wrong(f'no time zone "{value}" in the IANA database{near}') from error


def secret(value: Any) -> Secret | None:
    """Paths are as written. No error text repeats what was written: it may be the password."""
    match value:
        case None:
            return None
        case str() if value:
            return PlainSecret(value)
        case {"env": str(name)} if len(value) == 1 and name and "=" not in name and "\0" not in name:
            return EnvSecret(name)
        case {"file": str(path)} if len(value) == 1 and path and "\0" not in path:
            return FileSecret(path)
        case {"command": [str(first), *_] as argv} if len(value) == 1 and first and all(
                isinstance(a, str) and "\0" not in a for a in argv):
            return CommandSecret(tuple(argv))
    raise Wrong("expected {env: NAME}, {file: PATH} or {command: [PROGRAM, ARGUMENT, ...]}"
                + ("; a number needs quotes" if isinstance(value, (int, float)) else ""))
