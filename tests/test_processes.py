"""``sandbox --run`` and ``app`` end the processes that they started when they are told to end."""

import contextlib
import os
import signal
import socket
import subprocess
import sys
import time
from pathlib import Path

import pytest
import requests

COMMAND = [sys.executable, "-m", "flowroute_nb"]
SANDBOX = [*COMMAND, "sandbox", "--messages", "5", "--run", "--"]
ENDING = [signal.SIGTERM, signal.SIGHUP]
# A shell with a child of its own; both write their process id, then wait.
FAMILY = """
sh -c 'echo $$ > grandchild.new; mv grandchild.new grandchild; exec sleep 600' &
echo $$ > child.new; mv child.new child
wait
"""
# The end of a script that has set its traps: it writes its process id in one step, then waits.
WAITING = "echo $$ > child.new; mv child.new child; while :; do sleep 0.05; done"


def until(condition, seconds=30):
    end = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < end, "it did not happen in time"
        time.sleep(0.02)


def is_running(pid):
    """Tell whether a process runs; one that has ended and was not waited for yet (a zombie) does not."""
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except (FileNotFoundError, ProcessLookupError):
        return False


def pids(folder, *names):
    until(lambda: all((folder / name).exists() for name in names))
    return [int((folder / name).read_text()) for name in names]


@contextlib.contextmanager
def started(command, folder, **options):
    """Start a command in a session of its own; whatever it leaves is killed in the end."""
    process = subprocess.Popen(
        command,
        cwd=folder,
        env={**os.environ, "PYTHONPATH": os.pathsep.join(filter(None, sys.path))},
        **{"stdin": subprocess.DEVNULL, "stdout": subprocess.DEVNULL, "stderr": subprocess.DEVNULL, **options},
    )
    try:
        yield process
    finally:
        process.kill()
        process.wait()
        for name in ("child", "grandchild"):
            with contextlib.suppress(OSError, ValueError):
                os.kill(int((folder / name).read_text()), signal.SIGKILL)


@pytest.mark.parametrize("number", ENDING)
def test_a_signal_to_a_sandbox_ends_the_command_it_runs_and_that_command_s_children(number, tmp_path):
    with started([*SANDBOX, "sh", "-c", FAMILY], tmp_path) as process:
        family = pids(tmp_path, "child", "grandchild")
        process.send_signal(number)
        assert process.wait(20) == 128 + number
        assert not any(map(is_running, family))


def test_a_command_may_clean_up_and_choose_its_exit_code(tmp_path):
    clean_up = f"trap 'sleep 0.3; echo done > cleaned; exit 7' TERM; {WAITING}"
    with started([*SANDBOX, "sh", "-c", clean_up], tmp_path) as process:
        pids(tmp_path, "child")
        process.terminate()
        assert process.wait(20) == 7
        assert (tmp_path / "cleaned").exists()


def test_processes_that_ignore_the_signal_are_killed_after_some_seconds(tmp_path):
    stubborn = f"trap '' TERM\n{FAMILY}"
    with started([*SANDBOX, "sh", "-c", stubborn], tmp_path) as process:
        family = pids(tmp_path, "child", "grandchild")
        process.terminate()
        assert process.wait(20) == 128 + signal.SIGKILL
        until(lambda: not any(map(is_running, family)))


def test_ctrl_c_of_another_process_is_passed_on_and_the_command_answers_it(tmp_path):
    answering = f"trap 'exit 9' INT; {WAITING}"
    with started([*SANDBOX, "sh", "-c", answering], tmp_path) as process:
        pids(tmp_path, "child")
        process.send_signal(signal.SIGINT)
        assert process.wait(20) == 9


def test_a_signal_that_the_parent_ignores_ends_nothing(tmp_path):
    def ignored():
        signal.signal(signal.SIGHUP, signal.SIG_IGN)  # as nohup does

    with started([*SANDBOX, "sh", "-c", FAMILY], tmp_path, preexec_fn=ignored) as process:
        family = pids(tmp_path, "child", "grandchild")
        process.send_signal(signal.SIGHUP)
        process.terminate()
        assert process.wait(20) == 128 + signal.SIGTERM  # if SIGHUP had done anything, 128 + SIGHUP
        assert not any(map(is_running, family))


def test_a_command_s_own_exit_code_is_given_also_when_a_signal_ended_it(tmp_path):
    for script, code in (("exit 5", 5), ("kill -TERM $$", 128 + signal.SIGTERM)):
        with started([*SANDBOX, "sh", "-c", script], tmp_path) as process:
            assert process.wait(20) == code


# ------------------------------------------------------------------ in a terminal


@contextlib.contextmanager
def in_a_terminal(command, folder):
    """Start a command in a terminal of its own; give it and the end of the terminal that a person types at."""
    person, terminal = os.openpty()
    try:
        with started(
            command, folder, stdin=terminal, stdout=terminal, stderr=terminal, preexec_fn=lambda: os.login_tty(terminal)
        ) as process:
            os.close(terminal)
            yield process, person
    finally:
        os.close(person)


def test_in_a_terminal_ctrl_c_goes_to_the_command_once(tmp_path):
    counting = f"trap 'echo x >> pressed' INT; trap 'exit 9' USR1; {WAITING}"
    with in_a_terminal([*SANDBOX, "sh", "-c", counting], tmp_path) as (process, person):
        (child,) = pids(tmp_path, "child")
        os.write(person, b"\x03")
        until((tmp_path / "pressed").exists)
        time.sleep(0.3)
        os.kill(child, signal.SIGUSR1)
        assert process.wait(20) == 9
        assert (tmp_path / "pressed").read_text() == "x\n"


def test_in_a_terminal_the_command_can_read_what_is_typed(tmp_path):
    with in_a_terminal(
        [*SANDBOX, "sh", "-c", "echo $$ > child.new; mv child.new child; read line; exit $line"], tmp_path
    ) as (process, person):
        pids(tmp_path, "child")
        os.write(person, b"6\n")
        assert process.wait(20) == 6


def test_in_a_terminal_sigterm_ends_the_command_and_its_children(tmp_path):
    with in_a_terminal([*SANDBOX, "sh", "-c", FAMILY], tmp_path) as (process, _):
        family = pids(tmp_path, "child", "grandchild")
        process.terminate()
        assert process.wait(20) == 128 + signal.SIGTERM
        until(lambda: not any(map(is_running, family)))


# ------------------------------------------------------------------ the app


def free_port():
    with socket.create_server(("127.0.0.1", 0)) as server:
        return server.getsockname()[1]


def answers(url):
    try:
        return requests.get(url, timeout=30).status_code == 200
    except requests.ConnectionError:
        return False


def descendants(pid):
    children = [int(child) for child in Path(f"/proc/{pid}/task/{pid}/children").read_text().split()]
    return [*children, *(below for child in children for below in descendants(child))]


def test_sigterm_to_the_app_ends_its_server_and_its_kernels(tmp_path):
    port = free_port()
    with started([*COMMAND, "app", f"--port={port}", "--no-browser"], tmp_path) as process:
        until(lambda: answers(f"http://127.0.0.1:{port}/"), 60)
        until(lambda: len(descendants(process.pid)) >= 2, 30)  # the server and a kernel
        family = descendants(process.pid)
        process.terminate()
        process.wait(20)
        until(lambda: not any(map(is_running, family)))
