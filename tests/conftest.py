"""The header says which real servers the run talks to: a run without them is another run."""
from tests.servers import mariadb, postgresql


def pytest_report_header():
    return [f"servers: {postgresql.describe()}; {mariadb.describe()}"]
