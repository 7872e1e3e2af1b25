"""Who may use a sandbox: only those who have its keys, under a name that is its own or was allowed."""

import base64
import contextlib
import http.client
import json
import os
import re
import socket
import stat
import subprocess
import sys
from pathlib import Path
from urllib.parse import urlsplit

import pytest
import requests
from click.testing import CliRunner

import flowroute_nb as fr
from flowroute_nb import cli

LIST = "/v2.1/messages?start_date=2026-10-05&limit=1"
MINE = {"access_key": "sandbox-class-7", "secret_key": "chosen-by-the-teacher"}


def ask(sandbox, *lines, target=LIST, version="1.1", address="127.0.0.1"):
    """Send a request with these header lines as they are, and return the status and the body."""
    pair = base64.b64encode(f"{sandbox.access_key}:{sandbox.secret_key}".encode()).decode()
    head = [f"GET {target} HTTP/{version}", *lines, f"Authorization: Basic {pair}", "Connection: close", "", ""]
    with socket.create_connection((address, urlsplit(sandbox.url).port), timeout=10) as connection:
        connection.sendall("\r\n".join(head).encode("latin-1"))
        response = http.client.HTTPResponse(connection)
        response.begin()
        return response.status, json.loads(response.read())


def status_with(sandbox, keys):
    return requests.get(sandbox.url + LIST, auth=keys, timeout=10).status_code


def keys_of(sandbox):
    return sandbox.access_key, sandbox.secret_key


# ------------------------------------------------------------------ keys


def test_the_seed_makes_the_history_and_never_the_keys():
    with (
        fr.Sandbox(today="2026-10-31", messages=50) as one,
        fr.Sandbox(today="2026-10-31", messages=50) as other,
    ):
        assert not {*keys_of(one)} & {*keys_of(other)}
        assert status_with(one, keys_of(other)) == 401
        assert status_with(one, (one.access_key, other.secret_key)) == 401
        assert status_with(one, keys_of(one)) == 200
        accounts = [sandbox.account().messages("2026-10", progress=False) for sandbox in (one, other)]
        assert len(accounts[0]) == 50
        assert accounts[0].equals(accounts[1])


def test_a_secret_key_has_at_least_128_random_bits_and_an_account_knows_it_is_a_sandbox_s():
    with fr.Sandbox(messages=0) as sandbox:
        keys = {"access_key": sandbox.access_key, "secret_key": sandbox.secret_key}
        assert len(sandbox.secret_key.rpartition("sandbox-secret-")[2]) * 6 >= 128
        assert fr.Account(**keys, base_url=sandbox.url).is_sandbox


def test_keys_can_be_passed_in():
    with fr.Sandbox(messages=0, **MINE) as sandbox:
        assert keys_of(sandbox) == tuple(MINE.values())
        assert status_with(sandbox, tuple(MINE.values())) == 200
        account = fr.Account(**MINE, base_url=sandbox.url, from_=sandbox.numbers[0])
        assert account.is_sandbox
        assert account.send(to="15305557784", body="Gee, nice marmot!").id == sandbox.taken.id[0]
        requests.get(f"{sandbox.url}/v2.1/{MINE['secret_key']}", timeout=10)
        assert not [key for key in MINE.values() if key in sandbox.log.to_csv()]


@pytest.mark.parametrize(
    ("keys", "message"),
    [
        ({"secret_key": MINE["secret_key"]}, "access_key must be 'sandbox' and at least 4 more"),
        ({"access_key": MINE["access_key"]}, "secret_key must be at least 8"),
        (MINE | {"access_key": "class-7-sandbox"}, "got 'class-7-sandbox'"),
        (MINE | {"access_key": "sandbox"}, "got 'sandbox'"),
        (MINE | {"access_key": "sandbox-a:b"}, "got 'sandbox-a:b'"),
        (MINE | {"access_key": "sandbox class"}, "got 'sandbox class'"),
        (MINE | {"access_key": "sandbox-clässe"}, "got 'sandbox-clässe'"),
        (MINE | {"access_key": "sandbox-class\n"}, "got 'sandbox-class\\n'"),
        (MINE | {"access_key": 5}, "got 5"),
        (MINE | {"access_key": ""}, "got ''"),
        (MINE | {"secret_key": ""}, "secret_key must be at least 8"),
        (MINE | {"secret_key": "seven77"}, "secret_key must be at least 8"),
        (MINE | {"secret_key": "with a space"}, "secret_key must be at least 8"),
        (MINE | {"secret_key": "with-a-tab\t"}, "secret_key must be at least 8"),
        (MINE | {"secret_key": "schlüssel"}, "secret_key must be at least 8"),
        (MINE | {"secret_key": b"chosen-by-the-teacher"}, "secret_key must be at least 8"),
        (MINE | {"secret_key": MINE["access_key"]}, "other than access_key"),
    ],
)
def test_keys_that_cannot_be_used_are_refused_without_repeating_the_secret_key(keys, message, tmp_path):
    path = tmp_path / "sandbox.db"
    with pytest.raises(fr.InputError) as error:
        fr.Sandbox(path=path, **keys)
    assert message in str(error.value)
    secret = keys.get("secret_key")
    assert not secret or secret == keys.get("access_key") or str(secret) not in str(error.value)
    assert not path.exists()


def test_a_file_keeps_the_random_keys_and_never_those_that_were_passed_in(tmp_path):
    path = tmp_path / "sandbox.db"
    with fr.Sandbox(path=path, messages=0) as sandbox:
        random = keys_of(sandbox)
    with fr.Sandbox(path=path, messages=0, seed=7, **MINE) as sandbox:
        assert status_with(sandbox, random) == 401
        assert status_with(sandbox, tuple(MINE.values())) == 200
    assert MINE["secret_key"].encode() not in path.read_bytes()
    with fr.Sandbox(path=path, messages=0, seed=8) as sandbox:
        assert keys_of(sandbox) == random


@pytest.mark.skipif(os.name != "posix", reason="permissions are those of POSIX")
def test_only_its_owner_can_read_the_file_of_a_sandbox_and_what_lies_beside_it_under_any_umask(tmp_path):
    code = (
        "import os, flowroute_nb as fr\n"
        "for umask in (0o000, 0o022, 0o077):\n"
        "    os.umask(umask)\n"
        "    with fr.Sandbox(path=f'{umask}.db', messages=20) as sandbox:\n"
        "        sandbox.receive(from_='15305557784', to=sandbox.numbers[0], body='Gee, nice marmot!')\n"
        "        print(*(f'{name} {os.stat(name).st_mode & 0o777:o}' for name in sorted(os.listdir())), sep=chr(10))\n"
    )
    done = subprocess.run([sys.executable, "-c", code], cwd=tmp_path, capture_output=True, text=True, check=True)
    lines = done.stdout.splitlines()
    assert {line.split()[0] for line in lines} >= {
        f"{umask}.db{end}" for umask in (0, 18, 63) for end in ("", "-shm", "-wal")
    }
    assert {line.split()[1] for line in lines} == {"600"}


@pytest.mark.skipif(os.name != "posix", reason="permissions are those of POSIX")
def test_a_file_that_others_can_read_is_closed_to_them_before_it_is_used(tmp_path):
    path = tmp_path / "sandbox.db"
    for mode, expected in ((0o644, 0o600), (0o666, 0o600), (0o600, 0o600)):
        with contextlib.suppress(FileNotFoundError):
            path.chmod(mode)
        with fr.Sandbox(path=path, messages=0):
            assert stat.S_IMODE(path.stat().st_mode) == expected


@pytest.mark.skipif(os.name != "posix", reason="permissions are those of POSIX")
def test_the_permissions_of_a_file_of_something_else_stay(tmp_path):
    path = tmp_path / "notes.txt"
    path.write_text("not a database at all " * 100)
    path.chmod(0o644)
    with pytest.raises(fr.InputError, match="is no file a sandbox can remember in"):
        fr.Sandbox(path=path)
    assert stat.S_IMODE(path.stat().st_mode) == 0o644


def test_a_path_never_means_memory(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    with pytest.raises(fr.InputError, match="is no name of a file"):
        fr.Sandbox(path=":memory:")
    assert list(tmp_path.iterdir()) == []


# ------------------------------------------------------------------ hosts


@pytest.fixture(scope="module")
def allowing():
    with fr.Sandbox(
        today="2026-10-31", messages=2_100, allowed_hosts=["sandbox.test", "Flowroute_Sandbox", "fd00::7", "10.0.0.7"]
    ) as running:
        yield running


OWN = [
    "127.0.0.1",
    "127.0.0.1:{port}",
    "127.0.0.1:1",
    "127.0.0.1:",
    "127.8.9.10:{port}",
    "localhost",
    "localhost:{port}",
    "LOCALHOST:{port}",
    "LocalHost.:{port}",
    "127.0.0.1.:{port}",
    "[::1]",
    "[::1]:{port}",
    "[0:0:0:0:0:0:0:1]:{port}",
    "sandbox.test",
    "SANDBOX.TEST.:{port}",
    "flowroute_sandbox:8000",
    "[fd00::7]:{port}",
    "[FD00:0::7]",
    "10.0.0.7:80",
]
FOREIGN = [
    "rebound.example",
    "rebound.example:{port}",
    "localhost.rebound.example:{port}",
    "127.0.0.1.rebound.example",
    "rebound.localhost",
    "notlocalhost",
    "localhost..",
    "sandbox.test.example",
    "a.sandbox.test",
    "sandbox-test",
    "10.0.0.8",
    "192.168.0.1:{port}",
    "0.0.0.0:{port}",
    "2130706433",
    "0x7f.0.0.1",
    "127.1",
    "[::2]:{port}",
    "[::ffff:10.0.0.8]",
    "[::]",
    "169.254.169.254",
]
MALFORMED = [
    "rebound.example@127.0.0.1",
    "127.0.0.1@rebound.example",
    "127.0.0.1:{port}:80",
    "127.0.0.1:65536",
    "127.0.0.1:-1",
    "127.0.0.1:x",
    "127.0.0.1/x",
    "127.0.0.1?x",
    "127.0.0.1#x",
    "::1",
    "[::1",
    "[127.0.0.1]",
    "[::1%25lo]",
    "[localhost]",
    "localhost, localhost",
    "localhost,rebound.example",
    "local host",
    "http://localhost",
    "<script>",
    "löcalhost",
    ".",
]


@pytest.mark.parametrize("host", OWN)
def test_it_answers_under_its_own_names_and_its_links_lead_there(allowing, host):
    host = host.format(port=urlsplit(allowing.url).port)
    for lines, target in (
        ([f"Host: {host}"], LIST),
        ([f"Host: {host}"], f"http://{host}{LIST}"),
        ([f"HOST:{host}"], f"HTTP://{host}{LIST}"),
    ):
        status, page = ask(allowing, *lines, target=target)
        assert status == 200
        assert page["links"]["next"].startswith(f"http://{host}/v2.1/messages?")


@pytest.mark.parametrize(("hosts", "status"), [(FOREIGN, 421), (MALFORMED, 400)], ids=["foreign", "malformed"])
def test_a_request_that_names_any_other_host_is_refused_and_gets_no_link_to_it(allowing, hosts, status):
    port = urlsplit(allowing.url).port
    for host in (each.format(port=port) for each in hosts):
        for lines, target in (
            ([f"Host: {host}"], LIST),
            ([f"Host: {host}"], "/openapi.json"),
            ([f"Host: {host}"], f"http://127.0.0.1{LIST}"),
            (["Host: 127.0.0.1"], f"http://{host}{LIST}" if not set(host) & set("/?# ö") else None),
        ):
            if target:
                found, body = ask(allowing, *lines, target=target)
                assert (host, target, found) == (host, target, status)
                assert "links" not in body
                assert "data" not in body


@pytest.mark.parametrize(
    ("lines", "target"),
    [
        ([], LIST),
        ([], f"http://127.0.0.1{LIST}"),
        (["Host:"], LIST),
        (["Host: 127.0.0.1", "Host: 127.0.0.1"], LIST),
        (["Host: 127.0.0.1", "host: rebound.example"], LIST),
        (["Host: rebound.example", "HOST: 127.0.0.1"], LIST),
        (["Host:", "Host: 127.0.0.1"], LIST),
    ],
)
def test_a_request_names_exactly_one_host(allowing, lines, target):
    assert ask(allowing, *lines, target=target)[0] == 400


def test_http_1_0_may_leave_its_host_out_and_not_name_another(allowing):
    status, page = ask(allowing, version="1.0")
    assert (status, page["links"]["next"].startswith(f"{allowing.url}/v2.1/messages?")) == (200, True)
    assert ask(allowing, "Host: rebound.example", version="1.0")[0] == 421
    assert ask(allowing, "Host: 127.0.0.1", "Host: 127.0.0.1", version="1.0")[0] == 400


def test_a_path_that_looks_like_a_host_is_none(allowing):
    _, page = ask(allowing, "Host: 127.0.0.1", target=f"//rebound.example{LIST}")
    assert "rebound" not in page.get("links", {}).get("next", "")


@pytest.mark.parametrize("header", ["X-Forwarded-Host", "X-Host", "Forwarded", "X-Original-Host"])
def test_no_other_header_names_the_host(allowing, header):
    value = "host=rebound.example" if header == "Forwarded" else "rebound.example"
    _, page = ask(allowing, "Host: localhost", f"{header}: {value}")
    assert page["links"]["next"].startswith("http://localhost/v2.1/messages?")


def test_a_send_that_names_another_host_is_not_taken_and_uses_up_no_fault():
    with fr.Sandbox(messages=0) as sandbox:
        sandbox.fault("429")
        body = {"to": "15305557784", "from": sandbox.numbers[0], "body": "Gee, nice marmot!"}
        url, options = f"{sandbox.url}/v2.1/messages", {"json": body, "auth": keys_of(sandbox)}
        refused = requests.post(url, headers={"Host": "rebound.example"}, timeout=10, **options)
        assert refused.status_code == 421
        assert "allowed_hosts=" in refused.json()["errors"][0]["detail"]
        assert sandbox.taken.empty
        assert sandbox.log.status.tolist() == [421]
        assert requests.post(url, timeout=10, **options).status_code == 429
        assert requests.post(url, timeout=10, **options).status_code == 202


@pytest.mark.parametrize("host", ["0.0.0.0", "127.0.0.2", "localhost"])  # noqa: S104  the point
def test_it_answers_as_the_address_it_listens_on(host):
    with fr.Sandbox(today="2026-10-31", messages=10, host=host) as sandbox:
        reached = "127.0.0.2" if host == "127.0.0.2" else "127.0.0.1"
        for name, status in ((host, 200), (reached, 200), ("localhost", 200), ("rebound.example", 421)):
            assert ask(sandbox, f"Host: {name}", address=reached)[0] == status
        assert len(sandbox.account().messages("2026-10", progress=False)) == 10


@pytest.mark.parametrize("spelling", ["localhost", "LOCALHOST"])
def test_an_account_follows_pages_under_any_spelling_of_localhost(allowing, spelling):
    url = f"http://{spelling}:{urlsplit(allowing.url).port}"
    account = fr.Account(access_key=allowing.access_key, secret_key=allowing.secret_key, base_url=url)
    assert len(account.messages("2026-10", progress=False, workers=1)) == 2_100


@pytest.mark.parametrize(
    ("names", "message"),
    [
        ("sandbox.test", "must be a list of host names"),
        (b"sandbox.test", "must be a list of host names"),
        (None, "must be a list of host names"),
        (5, "must be a list of host names"),
        (["*"], "'*', which is not a host name"),
        (["*.test"], "'*.test', which is not a host name"),
        ([""], "'', which is not a host name"),
        (["."], "'.', which is not a host name"),
        (["http://sandbox.test"], "'http://sandbox.test', which is not a host name"),
        (["sandbox.test:8000"], "'sandbox.test:8000', which is not a host name"),
        (["[::1]:8000"], "'[::1]:8000', which is not a host name"),
        (["sandbox.test/"], "which is not a host name"),
        (["a@b"], "which is not a host name"),
        (["söndbox.test"], "which is not a host name"),
        (["fd00::g"], "which is not a host name"),
        (["a b"], "which is not a host name"),
        ([5], "5, which is not a host name"),
        ([None], "None, which is not a host name"),
    ],
)
def test_allowed_hosts_are_names_or_addresses_alone(names, message):
    with pytest.raises(fr.InputError) as error:
        fr.Sandbox(allowed_hosts=names)
    assert message in str(error.value)


# ------------------------------------------------------------------ the command line


def test_the_command_keeps_its_keys_in_its_file_and_answers_as_its_allowed_hosts(tmp_path):
    path, command = tmp_path / "sandbox.db", [sys.executable, "-m", "flowroute_nb", "sandbox", "--messages", "0"]
    code = (
        "import os, requests; keys = [os.environ[f'FLOWROUTE_{n}_KEY'] for n in ('ACCESS', 'SECRET')]; print(*keys)\n"
        "for host in ('sandbox.test', 'other.test', 'rebound.example'):\n"
        "    url = os.environ['FLOWROUTE_BASE_URL'] + '/v2.1/messages?start_date=2026-10-05'\n"
        "    print(requests.get(url, auth=tuple(keys), headers={'Host': host}, timeout=10).status_code)\n"
    )
    options = ["--path", str(path), "--allowed-host", "sandbox.test", "--allowed-host", "other.test"]
    command += [*options, "--run", "--", sys.executable, "-c", code]
    runs = [subprocess.run(command, capture_output=True, text=True, check=True).stdout.split() for _ in range(2)]
    assert runs[0] == runs[1]
    assert runs[0][0].startswith("sandbox")
    assert runs[0][2:] == ["200", "200", "421"]
    refused = CliRunner().invoke(cli.main, ["sandbox", "--allowed-host", "*"])
    assert (refused.exit_code, refused.stdout) == (2, "")
    assert re.search(r"allowed_hosts has '\*'", refused.stderr)


def test_no_file_of_the_package_holds_a_key_of_a_sandbox():
    root = Path(fr.__file__).parent.parent
    files = [*root.glob("notebooks/*.ipynb"), *root.glob("cassettes/**/*.yaml"), *root.glob("*.md")]
    assert len(files) > 5
    assert not [file.name for file in files if re.search(r"sandbox[0-9a-f]{16}|sandbox-secret-\S", file.read_text())]
