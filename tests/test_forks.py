"""An account and a sandbox in several processes: forked ones, and ones that start by themselves."""

import copy
import multiprocessing
import os
import pickle
import subprocess
import sys
import textwrap
import threading
import time

import cloudpickle
import pytest
from faulty import PAGE, SENT, Faulty, answer

import flowroute_nb as fr

KEYS = {"access_key": "AK1234567", "secret_key": "planted-secret", "from_": "12065550100"}
forks = pytest.mark.skipif("fork" not in multiprocessing.get_all_start_methods(), reason="nothing is forked here")
pytestmark = pytest.mark.filterwarnings("ignore:This process:DeprecationWarning")  # of a fork beside threads
SHARED = {}  # what forked processes inherit


def send(body):
    """Send with the account that was inherited, or with one of this process."""
    account = SHARED.get("account") or fr.Account(from_="12065550100")
    return body, account.send(to="12065550101", body=body).id


def ids_of(sandbox):
    taken = sandbox.taken
    return dict(zip(taken.body, taken.id, strict=True))


@pytest.fixture
def sandbox(monkeypatch):
    with fr.Sandbox(messages=100, rate=0) as running:
        monkeypatch.setenv("FLOWROUTE_ACCESS_KEY", running.access_key)
        monkeypatch.setenv("FLOWROUTE_SECRET_KEY", running.secret_key)
        monkeypatch.setenv("FLOWROUTE_BASE_URL", running.url)
        yield running
    SHARED.clear()


def in_a_fork(work, seconds=20):
    """Do something in a forked process; give what it returned, or fail if it hangs."""
    reading, writing = os.pipe()
    pid = os.fork()
    if pid == 0:
        try:
            result = pickle.dumps(work())
        except BaseException as error:  # noqa: BLE001  the test shows it
            result = pickle.dumps(error)
        with os.fdopen(writing, "wb") as file:
            file.write(result)
        os._exit(0)
    os.close(writing)
    watchdog = threading.Timer(seconds, os.kill, (pid, 9))
    watchdog.start()
    with os.fdopen(reading, "rb") as file:
        said = file.read()
    os.waitpid(pid, 0)
    watchdog.cancel()
    assert said, "the forked process hung"
    return pickle.loads(said)  # noqa: S301  our own


# ------------------------------------------------------------------ sends


@pytest.mark.parametrize("method", ["fork", "forkserver", "spawn"])
def test_a_pool_of_processes_gets_the_id_of_each_message(method, sandbox):
    if method not in multiprocessing.get_all_start_methods():
        pytest.skip("not on this system")
    if method == "fork":
        SHARED["account"] = sandbox.account()
        SHARED["account"].send(to="12065550101", body="before")
    bodies = [f"message {number}" for number in range(12 if method == "fork" else 4)]
    with multiprocessing.get_context(method).Pool(4 if method == "fork" else 2) as pool:
        results = dict(pool.map(send, bodies, chunksize=1))
    sent = ids_of(sandbox)
    assert results == {body: sent[body] for body in bodies}
    assert len(set(results.values())) == len(bodies)


@forks
def test_a_forked_process_and_its_parent_send_at_once_over_connections_of_their_own():
    with Faulty(lambda connection: connection.sendall(answer("202 Accepted", SENT)) or "keep") as server:
        account = fr.Account(**KEYS, base_url=server.url)
        for _ in range(2):
            account.send(to="12065550101", body="hi")
        assert in_a_fork(lambda: account.send(to="12065550101", body="hi").id) == "mdr2-1"
        account.send(to="12065550101", body="hi")
        assert (len(server.taken), server.connections) == (4, 2)


@forks
def test_a_fork_that_closes_the_account_leaves_its_parent_s_request_alone(sandbox):
    account = sandbox.account()
    account.send(to="12065550101", body="connected")
    results = []
    with sandbox.fault("slow", seconds=1.0):
        sending = threading.Thread(target=lambda: results.append(account.send(to="12065550101", body="slow").id))
        sending.start()
        waiting = time.monotonic() + 10
        while "slow" not in ids_of(sandbox) and time.monotonic() < waiting:
            time.sleep(0.01)
        in_a_fork(account.close)
        sending.join()
    assert results == [ids_of(sandbox)["slow"]]
    assert account.send(to="12065550101", body="still open").id


@forks
def test_a_fork_that_collects_its_garbage_leaves_the_connections_of_its_parent_alone():
    with Faulty(lambda connection: connection.sendall(answer("202 Accepted", SENT)) or "keep") as server:
        accounts = [fr.Account(**KEYS, base_url=server.url)]
        accounts[0].send(to="12065550101", body="hi")

        def drop():
            import gc  # noqa: PLC0415

            accounts.clear()
            gc.collect()

        in_a_fork(drop)
        accounts[0].send(to="12065550101", body="hi")
        assert (len(server.taken), server.connections) == (2, 1)


@forks
def test_a_closed_account_is_closed_in_a_fork_too(sandbox):
    account = sandbox.account()
    account.close()
    error = in_a_fork(lambda: account.send(to="12065550101", body="hi"))
    assert isinstance(error, fr.errors.Unreachable)
    assert "closed" in str(error)


# ------------------------------------------------------------------ locks and threads


def asked(server):
    end = time.monotonic() + 10
    while not server.taken:
        assert time.monotonic() < end
        time.sleep(0.01)


@forks
def test_a_lock_that_another_thread_held_at_the_fork_stops_nobody():
    released = threading.Event()

    def wait(connection):
        if len(server.taken) == 1:
            released.wait(15)
        connection.sendall(answer(body=PAGE))

    with Faulty(wait) as server:
        account = fr.Account(**KEYS, base_url=server.url)
        text = {"body": "hi", "progress": False}
        estimating = threading.Thread(target=lambda: account.estimate(**text))
        estimating.start()  # holds the lock of the prices while it reads them
        asked(server)
        assert in_a_fork(lambda: account.estimate(**text).recipients) == 1
        released.set()
        estimating.join()


@forks
def test_sends_of_another_thread_at_the_fork_delay_nobody(sandbox):
    account = sandbox.account()
    over = threading.Event()

    def keep_sending():
        while not over.is_set():
            account.send(to="12065550101", body="again")

    threads = [threading.Thread(target=keep_sending) for _ in range(4)]
    for thread in threads:
        thread.start()
    try:
        for number in range(5):
            body = f"fork {number}"
            assert in_a_fork(lambda body=body: account.send(to="12065550101", body=body).id) == ids_of(sandbox)[body]
    finally:
        over.set()
        for thread in threads:
            thread.join()


@forks
def test_reading_that_began_before_a_fork_says_so_in_the_fork_and_goes_on_in_the_parent(sandbox):
    days = sandbox.account().pages(days=30)
    first = next(days)
    error = in_a_fork(lambda: [len(day) for day in days])
    assert isinstance(error, fr.errors.InputError)
    assert "Read them again in this process" in str(error)
    assert len(first) + sum(len(day) for day in days) == 100


@forks
def test_a_fork_reads_a_range_with_threads_of_its_own(sandbox):
    account = sandbox.account()
    assert len(account.messages(days=40, progress=False)) == 100
    assert in_a_fork(lambda: len(account.messages(days=40, progress=False))) == 100


# ------------------------------------------------------------------ the sandbox of another process


def run(code):
    """Run a program of its own, whose forks may exit as programs do: with finalizers and functions at exit."""
    head = "import gc, os, sys, time\nimport flowroute_nb as fr\n"
    done = subprocess.run(
        [sys.executable, "-W", "ignore", "-c", head + textwrap.dedent(code)], capture_output=True, text=True, timeout=60
    )
    assert done.returncode == 0, done.stderr
    return done.stdout.split()


@forks
@pytest.mark.parametrize("path", ["", "kept.sqlite"])
def test_a_fork_that_exits_leaves_the_sandbox_of_its_parent_running(path, tmp_path):
    place = f"path={str(tmp_path / path)!r}," if path else ""
    said = run(f"""
        sandbox = fr.Sandbox({place} messages=10).start()
        account = sandbox.account()
        account.send(to="12065550101", body="before")
        for end in ("pass", "sandbox.stop()", "del sandbox, account; gc.collect()"):
            if os.fork() == 0:
                exec(end)
                sys.exit()
            _, status = os.wait()
            print(status, bool(account.send(to="12065550101", body="after").id), len(sandbox.taken))
        sandbox.stop()
    """)
    assert said == ["0", "True", "2", "0", "True", "3", "0", "True", "4"]


@forks
def test_the_with_block_of_a_sandbox_ends_it_only_in_the_process_that_made_it():
    said = run("""
        with fr.Sandbox(messages=10) as sandbox:
            account = sandbox.account()
            pid = os.fork()
            if pid:
                os.waitpid(pid, 0)
                print(account.is_sandbox, len(account.messages(days=40, progress=False)))
    """)
    assert said == ["True", "10"]


@forks
def test_a_port_is_free_when_its_sandbox_ends_though_a_fork_lives_on():
    said = run("""
        import socket
        sandbox = fr.Sandbox(messages=0).start()
        port = int(sandbox.url.rpartition(":")[2])
        account = sandbox.account(timeout=(2, 2))
        account.send(to="12065550101", body="hi")
        pid = os.fork()
        if pid == 0:
            time.sleep(30)
        sandbox.stop()
        print(socket.socket().connect_ex(("127.0.0.1", port)) != 0)
        os.kill(pid, 9)
    """)
    assert said == ["True"]


@forks
def test_a_sandbox_in_a_fork_makes_accounts_and_leaves_the_rest_to_its_own_process(sandbox):
    made = in_a_fork(lambda: sandbox.account().send(to="12065550101", body="from the fork").id)
    assert ids_of(sandbox) == {"from the fork": made}
    calls = {
        "taken": lambda: sandbox.taken,
        "log": lambda: sandbox.log,
        "tick": lambda: sandbox.tick(seconds=1),
        "charged": sandbox.charged,
        "fault": lambda: sandbox.fault("500"),
        "receive": lambda: sandbox.receive(from_="12065550101", to=sandbox.numbers[0], body="hi"),
        "start": sandbox.start,
    }
    for name, call in calls.items():
        error = in_a_fork(call)
        assert isinstance(error, fr.errors.InputError), name
        assert "runs in the process that this one was forked from" in str(error)
    assert len(sandbox.account().messages(days=40, progress=False)) >= 100


# ------------------------------------------------------------------ an account is not pickled


@pytest.mark.parametrize(
    "way", [pickle.dumps, cloudpickle.dumps, copy.copy, copy.deepcopy], ids=lambda way: way.__name__
)
def test_an_account_that_cannot_be_pickled_says_how_to_make_one_in_the_other_process(way):
    with pytest.raises(TypeError, match=r"Make one in the other process instead, with fr\.Account\(\)") as refused:
        way(fr.Account(**KEYS))
    assert "planted" not in str(refused.value)
    assert "environment" in str(refused.value)


def test_a_pool_that_is_given_an_account_says_so():
    with (
        multiprocessing.get_context("spawn").Pool(1) as pool,
        pytest.raises(TypeError, match="An Account is not pickled"),
    ):
        pool.apply(repr, (fr.Account(**KEYS),))
