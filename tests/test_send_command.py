"""The exit code of ``flowroute-nb send`` is true, whatever fails after the message was accepted."""

import os
import re
import signal
import subprocess
import sys
import threading
import time
from pathlib import Path

import pytest
from click.testing import CliRunner
from faulty import RECORD, SENT, Faulty, answer, close, silence

from flowroute_nb.cli import main

COMMAND = [sys.executable, "-m", "flowroute_nb"]
SEND = [*COMMAND, "send", "--from", "12065550100", "--to", "12065550101", "--body", "hi"]
ACCEPTED = answer("202 Accepted", SENT)
NOT_FOUND = answer("404 Not Found")
SIGNALS = [signal.SIGINT, signal.SIGTERM, signal.SIGHUP]


def environment(url, **more):
    clean = {k: v for k, v in os.environ.items() if not k.startswith("FLOWROUTE_")}
    keys = {"FLOWROUTE_ACCESS_KEY": "sandboxa", "FLOWROUTE_SECRET_KEY": "b", "FLOWROUTE_BASE_URL": url}
    return {**clean, **keys, **more}


def default_signals():
    """Undo what a shell does to the signals of commands in the background."""
    for number in SIGNALS:
        signal.signal(number, signal.SIG_DFL)


def run(server, *options, env=None, redirect=None, **streams):
    """Run a send; with a redirection such as ``>&-``, through a shell."""
    command = ["sh", "-c", f'"$@" {redirect}', "sh", *SEND, *options] if redirect else [*SEND, *options]
    streams = {"stdout": subprocess.PIPE, "stderr": subprocess.PIPE, **streams}
    done = subprocess.run(command, env=environment(server.url, **(env or {})), text=True, timeout=60, **streams)
    assert "Traceback" not in (done.stderr or "")
    return done


def posts(server):
    return [request for request in server.taken if request.startswith("POST")]


def assert_accepted_but(done, server):
    assert done.returncode == 4, done.stderr
    assert "accepted as mdr2-1" in done.stderr
    assert "Do not send it again" in done.stderr
    assert len(posts(server)) == 1


# ------------------------------------------------------------------ what the terminal or the pipe does


def test_a_send_that_is_accepted_and_printed_exits_with_0():
    with Faulty(ACCEPTED) as server:
        done = run(server)
    assert (done.returncode, done.stdout, done.stderr) == (0, "mdr2-1\n", "")


def test_a_full_disk_under_stdout_does_not_turn_an_accepted_send_into_a_failure():
    with Faulty(ACCEPTED) as server, Path("/dev/full").open("w") as full:
        assert_accepted_but(run(server, stdout=full), server)


def test_a_closed_stdout_does_not_turn_an_accepted_send_into_a_failure():
    with Faulty(ACCEPTED) as server:
        assert_accepted_but(run(server, redirect=">&-"), server)


def test_a_broken_pipe_does_not_turn_an_accepted_send_into_a_failure():
    reading, writing = os.pipe()
    os.close(reading)
    with Faulty(ACCEPTED) as server, os.fdopen(writing, "w") as pipe:
        assert_accepted_but(run(server, stdout=pipe), server)


def test_a_stdout_that_can_only_be_read_does_not_turn_an_accepted_send_into_a_failure():
    with Faulty(ACCEPTED) as server, Path(os.devnull).open() as unwritable:
        assert_accepted_but(run(server, stdout=unwritable), server)


@pytest.mark.parametrize("redirect", [">/dev/full 2>/dev/full", ">&- 2>&-"])
def test_the_exit_code_is_right_even_where_nothing_can_be_printed(redirect):
    with Faulty(ACCEPTED) as server:
        assert run(server, redirect=redirect).returncode == 4
        assert len(posts(server)) == 1


@pytest.mark.parametrize(
    ("redirect", "step", "code"),
    [
        ("2>/dev/full", close, 3),
        ("2>&-", answer("500 Oops"), 3),
        ("2>/dev/full", answer("403 Forbidden"), 1),
        (">&- 2>&-", answer("403 Forbidden"), 1),
        ("2>&-", ACCEPTED, 0),
    ],
)
def test_a_broken_stderr_does_not_change_the_exit_code(redirect, step, code):
    with Faulty(step) as server:
        assert run(server, redirect=redirect).returncode == code
        assert len(posts(server)) == 1


def test_an_id_that_the_terminal_cannot_show_is_printed_on_stderr():
    accented = SENT.replace(b"mdr2-1", "mdr2-é".encode())
    with Faulty(answer("202 Accepted", accented)) as server:
        done = run(server, env={"PYTHONIOENCODING": "ascii"})
    assert done.returncode == 4
    assert r"accepted as mdr2-\xe9" in done.stderr


def test_a_record_that_the_terminal_cannot_show_does_not_turn_an_accepted_send_into_a_failure():
    accented = RECORD.replace(b'"outbound"', '"outbóund"'.encode())
    with Faulty(ACCEPTED, answer(body=accented)) as server:
        done = run(server, "--wait", env={"PYTHONIOENCODING": "ascii"})
        assert_accepted_but(done, server)
    assert done.stdout.startswith("mdr2-1\n")


def test_control_characters_in_an_id_are_escaped_on_the_terminal():
    step = answer("202 Accepted", rb'{"data":{"id":"mdr2-1\u001b]0;owned\u0007\n"}}')
    with Faulty(step) as server:
        done = CliRunner().invoke(main, SEND[3:], env=environment(server.url))
    assert (done.exit_code, done.stdout) == (0, "mdr2-1\\x1b]0;owned\\x07\\n\n")


# ------------------------------------------------------------------ --wait


@pytest.mark.parametrize(
    "step",
    [
        answer("401 Unauthorized"),
        answer("403 Forbidden"),
        answer("302 Found", Location="http://127.0.0.1:1/"),
        answer(body=b"no JSON"),
        answer(body=b'{"data": []}'),
        answer(body=b"[" * 200_000),
        answer(body=RECORD.replace(b"4000000", b'"abc"')),
        answer(body=RECORD.replace(b"2026-10-05T10:00:00Z", b"tomorrow")),
    ],
)
def test_a_look_up_that_fails_does_not_turn_an_accepted_send_into_a_failure(step):
    with Faulty(ACCEPTED, step) as server:
        done = CliRunner().invoke(main, [*SEND[3:], "--wait"], env=environment(server.url))
        assert len(posts(server)) == 1
    assert (done.exit_code, done.stdout) == (4, "mdr2-1\n")
    assert "accepted as mdr2-1, but its record could not be read" in done.stderr


def test_a_full_disk_under_the_record_is_reported_after_the_id(tmp_path):
    limited = "ulimit -f 0; trap '' XFSZ; "
    with Faulty(ACCEPTED, answer(body=RECORD)) as server:
        command = ["sh", "-c", f'{limited} "$@" > {tmp_path}/out', "sh", *SEND, "--wait"]
        done = subprocess.run(
            command,
            env=environment(server.url, PYTHONDONTWRITEBYTECODE="1"),
            stderr=subprocess.PIPE,
            text=True,
            timeout=60,
        )
        assert_accepted_but(done, server)


# ------------------------------------------------------------------ interrupts


class Reached:
    """A step that says when it was reached, and then goes on with another."""

    def __init__(self, step):
        self.step, self.event = step, threading.Event()

    def __call__(self, connection):
        self.event.set()
        if callable(self.step):
            return self.step(connection)
        return connection.sendall(self.step)


def interrupted(server, reached, number, *options, before=default_signals):
    """Start a send, signal it once the server has reached a step, and give how it ended."""
    child = subprocess.Popen(
        [*SEND, *options],
        env=environment(server.url),
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        preexec_fn=before,  # noqa: PLW1509  the child calls signal.signal alone
    )
    assert reached.event.wait(30)
    child.send_signal(number)
    out, err = child.communicate(timeout=30)
    assert "Traceback" not in err
    return child.returncode, out, err


@pytest.mark.parametrize("number", SIGNALS)
def test_an_interrupt_while_the_outcome_is_unknown_exits_with_3(number):
    reached = Reached(silence(20))
    with Faulty(reached) as server:
        code, out, err = interrupted(server, reached, number)
        assert len(posts(server)) == 1
    assert (code, out) == (3, "")
    assert "Interrupted. " in err
    assert "may or may not have been" in err


@pytest.mark.parametrize("number", SIGNALS)
def test_an_interrupt_while_waiting_for_the_record_exits_with_4(number):
    reached = Reached(silence(20))
    with Faulty(ACCEPTED, reached) as server:
        code, out, err = interrupted(server, reached, number, "--wait")
        assert len(posts(server)) == 1
    assert (code, out) == (4, "mdr2-1\n")
    assert "accepted as mdr2-1, but the command was interrupted" in err


def test_an_interrupt_between_two_look_ups_exits_with_4_at_once():
    reached = Reached(NOT_FOUND)
    with Faulty(ACCEPTED, NOT_FOUND, NOT_FOUND, NOT_FOUND, NOT_FOUND, reached) as server:
        code, out, err = interrupted(server, reached, signal.SIGINT, "--wait")
    assert (code, out) == (4, "mdr2-1\n")
    assert "interrupted" in err


@pytest.mark.parametrize("number", SIGNALS)
def test_an_interrupt_after_the_id_was_printed_does_not_change_the_exit_code(number):
    with Faulty(ACCEPTED) as server:
        child = subprocess.Popen(
            SEND,
            env=environment(server.url),
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            preexec_fn=default_signals,  # noqa: PLW1509  the child calls signal.signal alone
        )
        assert child.stdout.readline() == "mdr2-1\n"
        for _ in range(20):  # all through the end of the process
            child.send_signal(number)
            time.sleep(0.005)
        child.communicate(timeout=30)
    assert child.returncode in (0, 4)  # 4 if the command was still going on


def test_an_interrupt_before_anything_was_sent_exits_with_1():
    reached = Reached(close)

    def too_many_requests(connection):
        connection.sendall(answer("429 Too Many Requests", Retry_After="10", Connection="close"))
        silence(10)(connection)  # until the command has read this and hung up; it sends again after ten seconds
        reached(connection)

    with Faulty(too_many_requests, ACCEPTED) as server:
        code, out, err = interrupted(server, reached, signal.SIGINT)
    assert (code, out) == (1, "")
    assert "Interrupted before the message was accepted" in err
    assert len(server.taken) == 1


def test_a_signal_that_the_parent_ignores_stays_ignored():
    def ignored():
        signal.signal(signal.SIGHUP, signal.SIG_IGN)  # as nohup does

    accepted = Reached(lambda connection: (silence(0.5)(connection), connection.sendall(ACCEPTED))[-1])
    with Faulty(accepted) as server:
        code, out, _ = interrupted(server, accepted, signal.SIGHUP, before=ignored)
    assert (code, out) == (0, "mdr2-1\n")


# ------------------------------------------------------------------ the text from standard input


@pytest.mark.parametrize(
    "data",
    [
        b"Gee,\r\nnice marmot!\r\n",
        b"\xef\xbb\xbfGee,\nnice marmot!",
        b"\xef\xbb\xbfGee,\r\nnice marmot!\r\n",
        "\ufeffGee,\r\nnice marmot!\r\n".encode("utf-16-le"),
        "\ufeffGee,\r\nnice marmot!\n".encode("utf-16-be"),
        b"Gee,\nnice marmot!\n\n",
    ],
)
def test_the_text_of_standard_input_has_no_byte_order_mark_and_no_windows_line_ends(sandbox, data):
    keys = {"FLOWROUTE_ACCESS_KEY": sandbox.access_key, "FLOWROUTE_SECRET_KEY": sandbox.secret_key}
    args = ["send", "--base-url", sandbox.url, "--from", sandbox.numbers[0], "--to", "15305557784", "--body", "-"]
    done = CliRunner().invoke(main, args, env=keys, input=data)
    assert done.exit_code == 0, done.stderr
    assert sandbox.taken.iloc[-1].body == "Gee,\nnice marmot!"


@pytest.mark.parametrize("redirect", ["<&-", "0>/dev/null"])
def test_a_closed_standard_input_is_a_clear_error(redirect):
    with Faulty(ACCEPTED) as server:
        done = run(server, "--body", "-", redirect=redirect)
        assert server.taken == []
    assert done.returncode == 2
    assert "standard input, which is closed" in done.stderr


@pytest.mark.parametrize(("data", "words"), [(b"\xff\xfe\x00", "not utf-16 text"), (b"caf\xe9", "not utf-8 text")])
def test_bytes_that_are_no_text_are_a_clear_error(data, words):
    done = CliRunner().invoke(main, [*SEND[3:], "--body", "-"], input=data)
    assert done.exit_code == 2
    assert words in done.stderr


def test_an_empty_standard_input_is_a_clear_error():
    with Faulty(ACCEPTED) as server:
        done = run(server, "--body", "-", stdin=subprocess.DEVNULL)
        assert server.taken == []
    assert done.returncode == 2
    assert "The body is empty" in done.stderr


# ------------------------------------------------------------------ the codes are documented


@pytest.mark.parametrize("command", [["--help"], ["send", "--help"]])
def test_the_help_lists_the_exit_codes(command):
    lines = CliRunner().invoke(main, command).stdout.partition("Exit codes:")[2].splitlines()
    assert [line.split()[0] for line in lines if line.strip()] == ["0", "1", "2", "3", "4"]


def test_the_guide_lists_the_exit_codes(pytestconfig):
    guide = (pytestconfig.rootpath / "README.md").read_text().partition("| exit code |")[2]
    assert re.findall(r"^\| (\d) \|", guide, re.MULTILINE)[:5] == ["0", "1", "2", "3", "4"]
