"""A session that answers as a server would that does not run here: rows by the name of the statement."""

from attrs import define, field

from capacity_sync.adapters.engines.mysql.adapter import MySQLAdapter
from capacity_sync.adapters.engines.mysql.privileges import EVERYTHING
from capacity_sync.adapters.engines.mysql.server import server
from capacity_sync.adapters.engines.mysql.session import Identity
from capacity_sync.domain.outcomes import EngineError

SYSTEM = {"information_schema": {}, "performance_schema": {}, "sys": {"sys_config": "InnoDB"}}


class Turns(list):
    """One answer for each time that the statement is sent."""


@define
class ScriptedSession:
    identity: Identity
    answers: dict
    sizes: dict = field(factory=dict)
    """(database, table) -> bytes, None, or an EngineError."""
    alive: bool = True
    asked: list = field(factory=list)

    def rows(self, statement):
        self.asked.append(statement)
        answer = self.answers[statement]
        if isinstance(answer, Turns):
            answer = answer.pop(0)
        if isinstance(answer, EngineError):
            raise answer
        return answer

    def rows_of_each(self, statement, parameters):
        self.asked.append((statement, len(parameters)))
        found = [(key, self.sizes[key]) for key in map(tuple, parameters) if key in self.sizes]
        for _, answer in found:
            if isinstance(answer, EngineError):
                raise answer
        return [(*map(str.encode, key), "MyISAM", answer) for key, answer in found]


def tables(databases):
    """The rows of `tables.sql` for {database: {table: engine}}."""
    rows = [(name.encode(), None, None, None) for name in databases]
    return rows + [(d.encode(), t.encode(), e, None) for d, ts in databases.items() for t, e in ts.items()]


def files(**spaces):
    """Rows of a tablespaces view for {name: bytes}; give odd names with `**{...}`."""
    return [("file", number, name.encode(), size) for number, (name, size) in enumerate(spaces.items(), 1)]


def session(version, comment, databases, spaces, sizes=(), privileges=EVERYTHING, **answers):
    identity = Identity(server(version, comment), "`u`@`%`", privileges, has_binary_log=False, folds_names=False)
    shared = {"shared_files_mysql8": [(12_582_912,)], "shared_files_mysql57": [(79_691_776,), (12_582_912,)]}
    redo = {"redo_log_mysql8": [("Innodb_redo_log_physical_size", "3276800")]}
    redo["redo_log_mysql57"] = [("innodb_log_file_size", "50331648"), ("innodb_log_files_in_group", "2")]
    view = {identity.views.value: spaces}
    return ScriptedSession(
        identity, {"tables": tables(SYSTEM | databases), **view, **shared, **redo, **answers}, dict(sizes)
    )


def measured(scripted, *names):
    return MySQLAdapter().fetch_capacity(scripted, names)
