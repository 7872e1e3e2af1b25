"""What provably never left this machine is reported as not sent, at once where trying again cannot help."""

import contextlib
import socket
import ssl
import struct
import subprocess
import threading
import time as clock
from types import SimpleNamespace
from unittest import mock

import pytest
import requests
from click.testing import CliRunner
from faulty import SENT, Faulty, answer
from requests.adapters import HTTPAdapter
from test_client import of

import flowroute_nb as fr
from flowroute_nb.cli import main

HOST = "flowroute.test"  # a name that only a proxy is asked for
ACCEPTED = answer("202 Accepted", SENT)
DO = {
    "send": lambda account: account.send(to="12065550101", body="Are you there?"),
    "lookup": lambda account: account.lookup("mdr2-1"),
    "remove_callback": lambda account: account.remove_callback("sms_callback"),
}
PROXIES = ("HTTPS_PROXY", "HTTP_PROXY", "ALL_PROXY", "https_proxy", "http_proxy", "all_proxy", "NO_PROXY", "no_proxy")


@pytest.fixture(autouse=True)
def no_settings(monkeypatch):
    """Start without the proxies and certificates of the environment."""
    for name in (*PROXIES, "REQUESTS_CA_BUNDLE", "CURL_CA_BUNDLE"):
        monkeypatch.delenv(name, raising=False)


# ------------------------------------------------------------------ certificates, a proxy, a service behind it


def openssl(folder, *words):
    subprocess.run(["openssl", *words], cwd=folder, check=True, capture_output=True)  # noqa: S607  wherever it is


@pytest.fixture(scope="module")
def certificates(tmp_path_factory):
    """Make an authority, and what it signed: a good certificate, an expired one and one for another host."""
    folder = tmp_path_factory.mktemp("certificates")
    new = ("req", "-newkey", "rsa:2048", "-nodes")
    openssl(folder, *new, "-x509", "-subj", "/CN=Test authority", "-keyout", "ca.key", "-out", "ca.pem", "-days", "2")
    names = {"good": f"DNS:{HOST},IP:127.0.0.1", "other": "DNS:other.test", "expired": f"DNS:{HOST}"}
    for name, alternatives in names.items():
        (folder / f"{name}.ext").write_text(f"subjectAltName={alternatives}\n")
        openssl(folder, *new, "-subj", "/CN=x", "-keyout", f"{name}.key", "-out", f"{name}.csr")
        days = "-1" if name == "expired" else "2"
        signed = ("-CA", "ca.pem", "-CAkey", "ca.key", "-CAcreateserial", "-extfile", f"{name}.ext", "-days", days)
        openssl(folder, "x509", "-req", "-in", f"{name}.csr", *signed, "-out", f"{name}.pem")
    openssl(folder, *new, "-x509", "-subj", f"/CN={HOST}", "-keyout", "self.key", "-out", "self.pem", "-days", "2")
    return folder


def context(folder, name):
    made = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    made.load_cert_chain(folder / f"{name}.pem", folder / f"{name}.key")
    return made


class Listener:
    """Hands every connection to a function; ``requests`` has what reached the service."""

    def __init__(self, serve, scheme="http"):
        self._serve, self.requests, self.connections = serve, [], 0
        self._server = socket.create_server(("127.0.0.1", 0))
        self.address = f"127.0.0.1:{self._server.getsockname()[1]}"
        self.url = f"{scheme}://{self.address}"

    def __enter__(self):
        self._thread = threading.Thread(target=self._accept, daemon=True)
        self._thread.start()
        return self

    def __exit__(self, *_):
        with contextlib.suppress(OSError):
            self._server.shutdown(socket.SHUT_RDWR)
        self._server.close()
        self._thread.join(5)

    def _accept(self):
        with contextlib.suppress(OSError):
            while True:
                connection, _ = self._server.accept()
                self.connections += 1
                with contextlib.suppress(OSError), connection:
                    connection.settimeout(5)
                    self._serve(connection, self)


def head(connection):
    said = b""
    while b"\r\n\r\n" not in said:
        piece = connection.recv(65536)
        if not piece:
            return said
        said += piece
    return said


def read_first(then):
    """Read what the client says first, then do something."""

    def serve(connection, listener):
        head(connection)
        then(connection, listener)

    return serve


def says(data):
    return lambda connection, _listener: connection.sendall(data)


def reset(connection, _listener):
    connection.recv(1)
    connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))


def close(_connection, _listener):
    pass


def tls(certificate, then):
    """Speak TLS with a certificate from here on."""

    def serve(connection, listener):
        with context(*certificate).wrap_socket(connection, server_side=True) as inner:
            then(inner, listener)

    return serve


def service(connection, listener):
    listener.requests.append(Faulty._request(connection))
    connection.sendall(ACCEPTED)


def tunnel(then):
    def serve(connection, listener):
        head(connection)
        connection.sendall(b"HTTP/1.1 200 Connection established\r\n\r\n")
        then(connection, listener)

    return serve


def fails(url, verb="send", seconds=2):
    """Do something against an address; give the error and how long each pause between two tries was."""
    account, time = of(SimpleNamespace(url=url), timeout=(seconds, seconds))
    with pytest.raises(fr.errors.Unreachable) as failed:
        DO[verb](account)
    assert failed.value.status is None
    return str(failed.value), time.slept


# ------------------------------------------------------------------ what no second try can mend


@pytest.mark.parametrize("verb", DO)
def test_a_missing_certificate_bundle_is_not_sent_and_not_tried_again(verb, monkeypatch):
    monkeypatch.setenv("REQUESTS_CA_BUNDLE", "/nowhere/certificates.pem")
    said, pauses = fails(f"https://{HOST}", verb)
    assert "REQUESTS_CA_BUNDLE" in said
    assert pauses == []


def test_a_certificate_bundle_without_certificates_is_not_sent_and_not_tried_again(monkeypatch, tmp_path):
    (tmp_path / "empty.pem").write_text("no certificate\n")
    monkeypatch.setenv("REQUESTS_CA_BUNDLE", str(tmp_path / "empty.pem"))
    with Listener(tunnel(close)) as proxy:
        monkeypatch.setenv("HTTPS_PROXY", proxy.url)
        said, pauses = fails(f"https://{HOST}")
        assert "REQUESTS_CA_BUNDLE" in said
        assert pauses == []


@pytest.mark.parametrize("proxy", ["socks5://127.0.0.1:9", "socks5h://127.0.0.1:9", "socks4://127.0.0.1:9"])
def test_a_socks_proxy_without_pysocks_is_not_sent_and_says_what_to_install(proxy, monkeypatch):
    with contextlib.suppress(ImportError):
        import socks  # noqa: F401, PLC0415

        pytest.skip("PySocks is installed here")
    monkeypatch.setenv("ALL_PROXY", proxy)
    said, pauses = fails(f"https://{HOST}")
    assert 'pip install "requests[socks]"' in said
    assert pauses == []


@pytest.mark.parametrize("proxy", ["http://", "http://[::1", "gopher://127.0.0.1:9", "http://127.0.0.1:99999", "//:x"])
@pytest.mark.parametrize("verb", DO)
def test_the_impossible_address_of_a_proxy_is_not_sent_and_not_tried_again(proxy, verb, monkeypatch):
    monkeypatch.setenv("HTTPS_PROXY", proxy)
    said, pauses = fails(f"https://{HOST}", verb)
    assert "proxy" in said
    assert pauses == []


def test_the_password_of_a_proxy_is_in_no_error(monkeypatch):
    for address in ("http://user:planted-word@", "http://user:planted-word@[::1", "x://user:planted-word@127.0.0.1:9"):
        monkeypatch.setenv("HTTPS_PROXY", address)
        assert "planted" not in fails(f"https://{HOST}")[0]


@pytest.mark.parametrize("status", ["407 Proxy Authentication Required", "403 Forbidden", "404 Not Found"])
@pytest.mark.parametrize("verb", DO)
def test_a_proxy_that_refuses_the_tunnel_is_not_sent_and_not_tried_again(status, verb, monkeypatch):
    with Listener(read_first(says(answer(status)))) as proxy:
        monkeypatch.setenv("HTTPS_PROXY", proxy.url)
        said, pauses = fails(f"https://{HOST}", verb)
        assert f"({status})" in said
        assert (pauses, proxy.connections) == ([], 1)


@pytest.mark.parametrize("name", ["a..b", "x" * 70 + ".test", "exa mple.test", ".", "a" * 300])
@pytest.mark.parametrize("verb", DO)
def test_an_impossible_host_name_is_not_sent_and_not_tried_again(name, verb):
    said, pauses = fails(f"https://{name}", verb)
    assert "can't be the name of a host" in said
    assert pauses == []


@pytest.mark.parametrize("verb", DO)
def test_https_to_a_plain_http_port_is_not_sent_and_not_tried_again(verb):
    with Listener(lambda connection, _: connection.sendall(answer("400 Bad Request"))) as server:
        said, pauses = fails(f"https://{server.address}", verb)
        assert "does not speak TLS" in said
        assert (pauses, server.connections) == ([], 1)


@pytest.mark.parametrize(
    ("certificate", "why"),
    [("expired", "certificate has expired"), ("self", "self-signed certificate"), ("other", "Hostname mismatch")],
)
@pytest.mark.parametrize("verb", DO)
def test_a_wrong_certificate_is_not_sent_and_not_tried_again(certificate, why, verb, certificates, monkeypatch):
    monkeypatch.setenv("REQUESTS_CA_BUNDLE", str(certificates / "ca.pem"))
    with Listener(tunnel(tls((certificates, certificate), service))) as proxy:
        monkeypatch.setenv("HTTPS_PROXY", proxy.url)
        said, pauses = fails(f"https://{HOST}", verb)
        assert why in said
        assert (pauses, proxy.connections, proxy.requests) == ([], 1, [])


def test_the_wrong_certificate_of_an_https_proxy_is_not_sent_and_names_the_proxy(certificates, monkeypatch):
    monkeypatch.setenv("REQUESTS_CA_BUNDLE", str(certificates / "ca.pem"))
    with Listener(tls((certificates, "other"), tunnel(service)), "https") as proxy:
        monkeypatch.setenv("HTTPS_PROXY", proxy.url)
        said, pauses = fails(f"https://{HOST}")
        assert "the certificate of the proxy" in said
        assert (pauses, proxy.requests) == ([], [])


@pytest.mark.parametrize("verb", DO)
def test_a_closed_account_sends_nothing_and_says_so_at_once(verb):
    with Listener(service) as server:
        account, time = of(SimpleNamespace(url=server.url))
        account.close()
        with pytest.raises(fr.errors.Unreachable, match="this account was closed"):
            DO[verb](account)
        assert (time.slept, server.connections) == ([], 0)


# ------------------------------------------------------------------ what may pass, and is tried again


@pytest.mark.parametrize(
    ("serve", "why"),
    [
        (read_first(close), "no connection to"),
        (close, "no connection to"),
        (reset, "no connection to"),
        (tunnel(close), ""),
        (tunnel(reset), "no connection to"),
        (read_first(lambda connection, _: connection.recv(1)), "no connection to"),
        (read_first(says(answer("502 Bad Gateway"))), "(502 Bad Gateway)"),
        (read_first(says(b"not HTTP\r\n\r\n")), ""),
    ],
    ids=["close", "early close", "reset", "close in TLS", "reset in TLS", "silence", "502", "no HTTP"],
)
@pytest.mark.parametrize("verb", ["send", "lookup"])
def test_a_tunnel_that_breaks_before_the_request_is_not_sent(serve, why, verb, monkeypatch):
    with Listener(serve) as proxy:
        monkeypatch.setenv("HTTPS_PROXY", proxy.url)
        said, _ = fails(f"https://{HOST}", verb, 0.4)
        assert why in said


@pytest.mark.parametrize("serve", [reset, close])
def test_a_handshake_that_breaks_is_tried_again_and_not_sent(serve):
    with Listener(serve) as server:
        _, pauses = fails(f"https://{server.address}")
        assert (len(pauses), server.connections) == (5, 6)


def test_a_proxy_that_cannot_be_found_is_not_sent(monkeypatch):
    def unknown(*_args, **_options):
        raise socket.gaierror(-2, "Name or service not known")

    monkeypatch.setattr(socket, "getaddrinfo", unknown)
    monkeypatch.setenv("HTTPS_PROXY", "http://proxy.test:3128")
    assert "through the proxy" in fails(f"https://{HOST}")[0]


@pytest.mark.parametrize("scheme", ["http", "https"])
def test_a_send_through_a_proxy_is_accepted_and_known(scheme, certificates, monkeypatch):
    monkeypatch.setenv("REQUESTS_CA_BUNDLE", str(certificates / "ca.pem"))
    serve = tunnel(tls((certificates, "good"), service))
    if scheme == "https":
        serve = tls_in_tls(certificates)
    with Listener(serve, scheme) as proxy:
        monkeypatch.setenv("HTTPS_PROXY", proxy.url)
        account, _ = of(SimpleNamespace(url=f"https://{HOST}"), timeout=(2, 2))
        assert DO["send"](account).id == "mdr2-1"
        assert len(proxy.requests) == 1


def tls_in_tls(certificates):
    """Serve an https proxy: the service's TLS runs inside the proxy's."""

    def relay(one, other):
        with contextlib.suppress(OSError):
            while piece := one.recv(65536):
                other.sendall(piece)
        with contextlib.suppress(OSError):
            other.shutdown(socket.SHUT_WR)

    def inside(outer, listener):
        head(outer)
        outer.sendall(b"HTTP/1.1 200 Connection established\r\n\r\n")
        mine, theirs = socket.socketpair()
        inner = threading.Thread(target=lambda: tls((certificates, "good"), service)(mine, listener), daemon=True)
        forth = threading.Thread(target=relay, args=(outer, theirs), daemon=True)
        with mine, theirs:
            for thread in (inner, forth):
                thread.start()
            relay(theirs, outer)
            inner.join(5)
            outer.close()
            forth.join(5)

    return tls((certificates, "good"), inside)


def test_a_request_that_left_through_a_tunnel_is_unknown_when_its_answer_is_lost(certificates, monkeypatch):
    def take(connection, listener):
        listener.requests.append(head(connection))

    monkeypatch.setenv("REQUESTS_CA_BUNDLE", str(certificates / "ca.pem"))
    with Listener(tunnel(tls((certificates, "good"), take))) as proxy:
        monkeypatch.setenv("HTTPS_PROXY", proxy.url)
        account, _ = of(SimpleNamespace(url=f"https://{HOST}"), timeout=(2, 2))
        with pytest.raises(fr.OutcomeUnknown):
            DO["send"](account)
        assert len(proxy.requests) == 1


@pytest.mark.parametrize(
    "settings",
    [
        {"REQUESTS_CA_BUNDLE": "/nowhere/certificates.pem"},
        {"HTTPS_PROXY": "http://"},
        {"ALL_PROXY": "gopher://127.0.0.1:9"},
        {"FLOWROUTE_BASE_URL": "https://a..b"},
    ],
    ids=str,
)
def test_the_command_line_exits_with_1_if_nothing_was_sent(settings, monkeypatch):
    defaults = {
        "FLOWROUTE_ACCESS_KEY": "AK1234567",
        "FLOWROUTE_SECRET_KEY": "SK",
        "FLOWROUTE_BASE_URL": f"https://{HOST}",
    }
    for name, value in {**defaults, **settings}.items():
        monkeypatch.setenv(name, value)
    began = clock.monotonic()
    words = ["send", "--to", "12065550101", "--from", "12065550100", "--body", "hi"]
    result = CliRunner().invoke(main, words)
    assert (result.exit_code, result.stdout) == (1, "")
    assert "12065550101" not in result.stderr
    assert clock.monotonic() - began < 5  # nothing was tried again


@pytest.mark.parametrize("kind", fr.errors.__all__)
def test_every_error_has_a_status(kind):
    cls = getattr(fr.errors, kind)
    if isinstance(cls, type) and issubclass(cls, fr.FlowrouteError):
        assert cls("why").status is None
        assert cls("why", status=418).status == 418


def test_an_error_without_a_response_has_the_status_none():
    account, _ = of(SimpleNamespace(url="http://127.0.0.1:9"))
    calls = [
        lambda: account.send(to="no number", body="hi"),
        lambda: fr.Account(access_key="", secret_key=""),
        lambda: DO["send"](account),
    ]
    for call in calls:
        with pytest.raises(fr.FlowrouteError) as failed:
            call()
        assert failed.value.status is None


# ------------------------------------------------------------------ tests of programs that use this package


@pytest.mark.parametrize("error", [requests.ReadTimeout("mocked"), requests.exceptions.ChunkedEncodingError("mocked")])
def test_a_mocked_loss_of_the_response_is_an_unknown_outcome_as_a_real_one(error):
    """The packages responses and requests-mock replace what HTTPAdapter.send does."""
    account, _ = of(SimpleNamespace(url="https://api.flowroute.com"))
    with mock.patch.object(HTTPAdapter, "send", side_effect=error) as replaced, pytest.raises(fr.OutcomeUnknown):
        DO["send"](account)
    assert replaced.call_count == 1


def test_a_mocked_failure_to_connect_was_not_sent():
    account, _ = of(SimpleNamespace(url="https://api.flowroute.com"))
    error = requests.ConnectTimeout("mocked")
    with mock.patch.object(HTTPAdapter, "send", side_effect=error), pytest.raises(fr.errors.Unreachable):
        DO["send"](account)
