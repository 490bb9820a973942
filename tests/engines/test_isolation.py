"""Connections in processes of their own: bounded, separate, and always ended."""
import os
import subprocess
import sys
import threading
import time
from concurrent.futures import ThreadPoolExecutor

import pytest

from capacity_sync.adapters.engines.isolation import IsolatedAdapter
from capacity_sync.domain.instance import Instance, Timeouts
from capacity_sync.domain.outcomes import AuthenticationFailed, InternalFailure, TimedOut
from tests.engines.isolated import Misbehaving

ADAPTER = IsolatedAdapter(Misbehaving())


@pytest.fixture
def instance(tmp_path):
    script = tmp_path / "script"
    script.touch()

    def made(at_connect="", at_listing="", connect=10, deadline=20):
        script.write_text(at_listing)
        return Instance("one", "misbehaving", database=at_connect, path=str(script),
                        timeouts=Timeouts(connect=connect, deadline=deadline))
    return made


def pid_of(connection):
    return connection.worker.process.pid


def alive(pid):
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    return True


def test_answers_come_from_another_process_and_are_whole(instance):
    connection = ADAPTER.connect(instance(), "secret")
    try:
        listed = ADAPTER.fetch_inventory(connection)
        sizes = ADAPTER.fetch_capacity(connection, ["a"])
    finally:
        connection.close()

    assert [row.name for row in listed] == [str(pid_of(connection))]
    assert sizes[0].size_bytes == 2**62


def test_closing_closes_the_connection_and_ends_the_process(instance, tmp_path):
    connection = ADAPTER.connect(instance(), None)
    connection.close()
    connection.close()

    assert (tmp_path / "script").read_text() == "closed"
    assert not alive(pid_of(connection))


def test_a_connect_that_hangs_is_given_up_in_time(instance):
    begun = time.monotonic()
    with pytest.raises(TimedOut, match="connect"):
        ADAPTER.connect(instance("hang", connect=0.2), None)

    assert time.monotonic() - begun < 10


def test_a_call_that_hangs_is_given_up_at_the_deadline_and_its_process_is_gone(instance):
    connection = ADAPTER.connect(instance(at_listing="hang", deadline=2), None)
    with pytest.raises(TimedOut, match="fetch_inventory"):
        ADAPTER.fetch_inventory(connection)

    assert not alive(pid_of(connection))
    connection.close()


def test_a_severed_connection_ends_a_call_that_hangs(instance):
    connection = ADAPTER.connect(instance(at_listing="hang", deadline=50), None)
    threading.Timer(0.2, connection.sever).start()
    with pytest.raises(InternalFailure, match="SIGKILL"):
        ADAPTER.fetch_inventory(connection)

    assert not alive(pid_of(connection))
    connection.close()


def test_a_process_that_crashes_is_a_failure_that_says_so(instance):
    with pytest.raises(InternalFailure, match="SIGSEGV"):
        ADAPTER.connect(instance("crash"), None)


def test_errors_keep_category_code_and_remedy(instance):
    with pytest.raises(AuthenticationFailed) as caught:
        ADAPTER.connect(instance("refuse"), None)

    assert (caught.value.failure.code, caught.value.failure.remedy) == ("18456", "mend it")


def test_an_error_of_no_known_type_is_internal(instance):
    with pytest.raises(InternalFailure, match="KeyError"):
        ADAPTER.connect(instance("bug"), None)


def test_a_driver_that_prints_disturbs_nothing(instance):
    ADAPTER.connect(instance("print"), None).close()


def test_an_interrupt_while_waiting_kills_the_process_at_once(instance, monkeypatch):
    connection = ADAPTER.connect(instance(at_listing="hang"), None)

    def interrupt(_):
        raise KeyboardInterrupt
    monkeypatch.setattr(type(connection.worker.channel), "poll", lambda self, seconds: interrupt(seconds))
    with pytest.raises(KeyboardInterrupt):
        ADAPTER.fetch_inventory(connection)
    begun = time.monotonic()
    connection.close()

    assert time.monotonic() - begun < 1
    assert not alive(pid_of(connection))


def test_threads_do_not_wait_for_one_another(instance):
    hanging, good = instance("hang", connect=6), instance()
    with ThreadPoolExecutor(4) as pool:
        stuck = pool.submit(ADAPTER.connect, hanging, None)
        begun = time.monotonic()
        for connection in pool.map(lambda _: ADAPTER.connect(good, None), range(3)):
            connection.close()
        assert time.monotonic() - begun < 6
        assert not stuck.done()
        assert isinstance(stuck.exception(), TimedOut)


def test_a_child_ends_when_its_parent_is_killed(instance, tmp_path):
    wanted = instance(at_listing="hang")
    script = f"""
from capacity_sync.adapters.engines.isolation import IsolatedAdapter
from capacity_sync.domain.instance import Instance
from tests.engines.isolated import Misbehaving
adapter = IsolatedAdapter(Misbehaving())
connection = adapter.connect(Instance("one", "misbehaving", path={wanted.path!r}), None)
print(connection.worker.process.pid, flush=True)
adapter.fetch_inventory(connection)
"""
    with subprocess.Popen([sys.executable, "-c", script], stdout=subprocess.PIPE, text=True) as parent:
        child = int(parent.stdout.readline())
        parent.kill()
    ends = time.monotonic() + 10
    while alive(child) and time.monotonic() < ends:
        time.sleep(0.1)

    assert not alive(child)
