"""How long `capacity-sync --help` takes beside `python -c "import click, attrs"`. The promise: under 2.5 times.

Run: python -m tests.benchmarks.help_time
"""
import subprocess
import sys
import time
from pathlib import Path

ROUNDS = 21
PROMISED = 2.5


def seconds(*command: str | Path) -> float:
    begun = time.perf_counter()
    subprocess.run(command, check=True, stdout=subprocess.DEVNULL)
    return time.perf_counter() - begun


def main() -> int:
    """Both in turn, so that a busy machine is busy for both; the fastest of each counts."""
    commands = {"bare": (sys.executable, "-c", "import click, attrs"),
                "help": (Path(sys.executable).with_name("capacity-sync"), "--help")}
    rounds = [{name: seconds(*command) for name, command in commands.items()} for _ in range(ROUNDS)]
    bare, asked = (min(times[name] for times in rounds) for name in commands)
    print(f"import click, attrs: {bare * 1000:.0f} ms; capacity-sync --help: {asked * 1000:.0f} ms; "  # noqa: T201 - a script
          f"ratio {asked / bare:.2f} (promised: under {PROMISED})")
    return 0 if asked / bare < PROMISED else 1


if __name__ == "__main__":
    sys.exit(main())
