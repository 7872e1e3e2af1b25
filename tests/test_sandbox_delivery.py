"""Only this machine is ever spoken to."""

import json
import socket
import subprocess
import threading

import pandas as pd
import pytest
from receiver import STANDING, Receiver, posts, receive, set_callback, told

import flowroute_nb as fr
from flowroute_nb.sandbox.addresses import homes
from flowroute_nb.sandbox.delivery import Delivery, Heard


@pytest.fixture
def standing():
    """Give a sandbox whose time goes on by ticks alone."""
    with fr.Sandbox(**STANDING) as running:
        yield running


ELSEWHERE = [
    "https://example.com/hook",
    "http://192.0.2.1/",
    "http://10.0.0.1/",
    "http://0.0.0.0:8000/",
    "http://127.0.0.1.example.com/",
    "http://127.0.0.1@example.com/",
    "http://localhost.example.com/",
    "http://2130706433/",
    "http://0x7f.0.0.1/",
    "http://127.1/",
    "http://[::ffff:127.0.0.1]/",
    "http://[2001:db8::1]/",
    "http://127.0.0.1:0/",
    "http://[",
    "ftp://127.0.0.1/",
    "",
]


@pytest.mark.parametrize("url", ELSEWHERE)
def test_another_machine_is_none_of_ours(url):
    assert homes(url) == ()
    assert Delivery().post(url, "{}") == Heard(None, "not sent: not on this machine")


@pytest.mark.parametrize(
    ("url", "places"),
    [
        ("http://127.0.0.1/", ("127.0.0.1",)),
        ("http://127.255.0.3:8000/a?b", ("127.255.0.3",)),
        ("https://[::1]:8443/", ("::1",)),
        ("http://localhost:8000", ("127.0.0.1", "::1")),
        ("HTTP://LOCALHOST/", ("127.0.0.1", "::1")),
        ("http://me:secret@127.0.0.1/", ("127.0.0.1",)),
        ("http://example.com@127.0.0.1/", ("127.0.0.1",)),
    ],
)
def test_this_machine_has_these_addresses(url, places):
    assert homes(url) == places


def test_a_callback_on_another_machine_is_accepted_and_the_log_says_what_would_have_been_said(standing):
    set_callback(standing, "sms_callback", "https://me:hidden@example.com/hook?a=b")
    receive(standing)
    standing.tick(hours=1)
    (row,) = posts(standing).itertuples()
    assert row.answer == "not sent: not on this machine"
    assert row.path == "https://example.com/hook?a=b"
    assert pd.isna(row.status)
    assert row.attempt == 1
    assert json.loads(row.request)["data"]["attributes"]["body"] == "Where's the rug?"


def test_localhost_is_found_at_either_of_its_addresses(standing):
    if not socket.has_ipv6:
        pytest.skip("this machine has no IPv6")
    with socket.socket(socket.AF_INET6) as server:
        try:
            server.bind(("::1", 0))
        except OSError:
            pytest.skip("this machine has no ::1")
        server.listen()
        set_callback(standing, "sms_callback", f"http://localhost:{server.getsockname()[1]}/")
        receive(standing)
        ticking = threading.Thread(target=standing.tick, kwargs={"seconds": 1})
        ticking.start()
        server.settimeout(5)
        line, _ = server.accept()
        with line:
            said = line.recv(1000)
            assert said.startswith(b"POST / HTTP/1.1\r\n")
            assert b"\r\nHost: localhost:" in said
            line.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n")
        ticking.join()
    assert posts(standing).status.tolist() == [200]


def test_no_proxy_hears_of_it(standing, monkeypatch):
    with Receiver() as proxy, told(standing) as receiver:
        for name in ("HTTP_PROXY", "http_proxy", "ALL_PROXY", "all_proxy"):
            monkeypatch.setenv(name, proxy.url)
        receive(standing)
        standing.tick(seconds=1)
    assert (len(proxy.got), len(receiver.got)) == (0, 1)


@pytest.mark.parametrize("trusted", [True, False])
def test_an_address_with_tls_is_spoken_to_if_its_certificate_is_trusted(standing, tmp_path, monkeypatch, trusted):
    import ssl  # noqa: PLC0415

    key, certificate = tmp_path / "key.pem", tmp_path / "certificate.pem"
    made = ["openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-subj", "/CN=127.0.0.1", "-days", "2"]
    made += ["-addext", "subjectAltName=IP:127.0.0.1", "-keyout", str(key), "-out", str(certificate)]
    subprocess.run(made, check=True, capture_output=True)
    if trusted:
        monkeypatch.setenv("SSL_CERT_FILE", str(certificate))
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate, key)
    with Receiver() as receiver:
        receiver.socket = context.wrap_socket(receiver.socket, server_side=True)
        set_callback(standing, "sms_callback", receiver.url.replace("http:", "https:"))
        receive(standing)
        standing.tick(seconds=1)
    (row,) = posts(standing).itertuples()
    assert (row.status == 200) if trusted else ("certificate" in row.answer)
    assert len(receiver.got) == trusted
