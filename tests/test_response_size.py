"""Responses are read up to a limit, so that no service and no proxy can fill this machine's memory."""

import contextlib
import gzip
import time

import pytest
from faulty import PAGE, RECORD, SENT, Faulty, answer

import flowroute_nb as fr

OURS, THEIRS = "12065550100", "12065550101"
SIZE = 400_000_000  # bytes that the server would send


def account_at(url, **options):
    return fr.Account(access_key="sandboxa", secret_key="b", base_url=url, from_=OURS, **options)


class Endless:
    """Answer with a valid beginning and white space after it, and count what was sent."""

    def __init__(self, status, start, *, chunked):
        self.status, self.start, self.chunked, self.sent = status, start, chunked, 0

    def __call__(self, connection):
        length = "Transfer-Encoding: chunked" if self.chunked else f"Content-Length: {SIZE}"
        connection.sendall(f"HTTP/1.1 {self.status}\r\nContent-Type: application/json\r\n{length}\r\n\r\n".encode())
        connection.settimeout(10)
        piece = self.start + b" " * (1 << 20)
        until = time.monotonic() + 20
        with contextlib.suppress(OSError):
            while self.sent < SIZE and time.monotonic() < until:
                data = f"{len(piece):x}\r\n".encode() + piece + b"\r\n" if self.chunked else piece
                connection.sendall(data)
                self.sent += len(data)
                piece = b" " * (1 << 20)


@pytest.mark.parametrize("chunked", [False, True])
def test_a_huge_response_to_a_send_is_an_unknown_outcome_and_is_not_read_whole(chunked):
    endless = Endless("202 Accepted", SENT[:-1], chunked=chunked)
    with Faulty(endless) as server, contextlib.closing(account_at(server.url)) as account:
        with pytest.raises(fr.errors.OutcomeUnknown, match="larger than 1 MB"):
            account.send(to=THEIRS, body="hi")
        assert server.taken == ["POST /v2.1/messages"]  # never sent twice
    assert endless.sent < 20_000_000


@pytest.mark.parametrize(
    ("method", "arguments"),
    [("lookup", ("mdr2-1",)), ("messages", ("2026-10-05",)), ("numbers", ()), ("callbacks", ())],
)
def test_a_huge_response_to_a_read_is_an_error_that_says_so_and_is_not_asked_for_again(method, arguments):
    endless = Endless("200 OK", b"{", chunked=False)
    with Faulty(endless) as server, contextlib.closing(account_at(server.url)) as account:
        with pytest.raises(fr.errors.Unreachable, match="larger than 64 MB"):
            getattr(account, method)(*arguments)
        assert len(set(server.taken)) == len(server.taken)
    assert endless.sent < 100_000_000 * len(server.taken)


@pytest.mark.parametrize("chunked", [False, True])
@pytest.mark.parametrize("status", ["302 Found", "307 Temporary Redirect", "308 Permanent Redirect"])
def test_the_body_of_a_redirect_is_not_read_whole(status, chunked):
    endless = Endless(f"{status}\r\nLocation: http://127.0.0.1:1/", b"{", chunked=chunked)
    with (
        Faulty(endless) as server,
        contextlib.closing(account_at(server.url)) as account,
        pytest.raises(fr.errors.OutcomeUnknown, match="larger than 1 MB"),
    ):
        account.send(to=THEIRS, body="hi")
    assert endless.sent < 20_000_000


def test_a_redirect_to_an_unreadable_address_is_an_error_that_names_its_status():
    with (
        Faulty(answer("307 Temporary Redirect", Location="http://[::1")) as server,
        contextlib.closing(account_at(server.url)) as account,
        pytest.raises(fr.errors.ServiceBroken, match="redirect") as raised,
    ):
        account.lookup("mdr2-1")
    assert raised.value.status == 307


def test_a_change_with_a_huge_response_may_have_been_made():
    endless = Endless("200 OK", b"{", chunked=False)
    with (
        Faulty(endless) as server,
        contextlib.closing(account_at(server.url)) as account,
        pytest.raises(fr.errors.Unreachable, match="may be done all the same"),
    ):
        account.remove_callback("sms_callback")


def test_a_small_response_that_decompresses_to_a_huge_one_is_an_error_too():
    bomb = gzip.compress(b"{" + b" " * 100_000_000)
    with (
        Faulty(answer(body=bomb, Content_Encoding="gzip")) as server,
        contextlib.closing(account_at(server.url)) as account,
        pytest.raises(fr.errors.Unreachable, match="larger than 64 MB"),
    ):
        account.lookup("mdr2-1")


def test_a_large_page_and_a_padded_send_are_read():
    padding = b" " * 900_000
    with (
        Faulty(answer("202 Accepted", SENT + padding), answer(body=PAGE + padding * 10)) as server,
        contextlib.closing(account_at(server.url)) as account,
    ):
        assert account.send(to=THEIRS, body="hi").id == "mdr2-1"
        assert len(account.messages("2026-10-05", progress=False)) == 1


def test_a_connection_with_an_unread_rest_is_not_used_again():
    endless = Endless("202 Accepted", SENT[:-1], chunked=False)
    with (
        Faulty(endless, answer("202 Accepted", SENT.replace(b"mdr2-1", b"mdr2-2"))) as server,
        contextlib.closing(account_at(server.url)) as account,
    ):
        with pytest.raises(fr.errors.OutcomeUnknown):
            account.send(to=THEIRS, body="one")
        assert account.send(to=THEIRS, body="two").id == "mdr2-2"
        assert server.connections == 2


def test_a_record_can_be_looked_up_as_before():
    with Faulty(answer(body=RECORD)) as server, contextlib.closing(account_at(server.url)) as account:
        assert account.lookup("mdr2-1").id == "mdr2-1"
