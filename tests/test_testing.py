"""Users' tests can record what an account does and replay it, complete and without keys."""

import base64
import os
import re
import subprocess
import sys
from urllib.parse import quote

import pandas as pd
import pytest
import vcr
from vcr.errors import CannotOverwriteExistingCassetteException

import flowroute_nb as fr
from flowroute_nb.testing import use_cassette


def spellings(sandbox):
    pair = f"{sandbox.access_key}:{sandbox.secret_key}"
    keys = [sandbox.access_key, sandbox.secret_key, base64.b64encode(pair.encode()).decode()]
    return {*keys, *(quote(key, safe="") for key in keys)}


def account_of(sandbox, **options):
    """Make an account that outlives its sandbox."""
    keys = {"access_key": sandbox.access_key, "secret_key": sandbox.secret_key, "base_url": sandbox.url}
    return fr.Account(**keys, from_=sandbox.numbers[0], **options)


@pytest.fixture
def service():
    with fr.Sandbox(today="2026-10-31", messages=300, rate=0) as sandbox:
        yield sandbox


def requests_made(sandbox):
    return int((sandbox.log.who == "client").sum())


@pytest.mark.parametrize("api", ["v2", "v2.1", "v2.2"])
def test_every_request_of_four_workers_is_on_the_cassette_and_replayed_without_the_service(service, tmp_path, api):
    path, account = tmp_path / "october.yaml", account_of(service, api=api)
    with use_cassette(path, record_mode="once") as cassette:
        recorded = account.messages("2026-10", progress=False, workers=4)
        first = account.lookup(recorded.id.tolist()[:8])
        sent = account.send(to="15305557784", body="Gee, nice marmot!")
    made = requests_made(service)
    assert made > 15
    assert len(cassette) == made
    assert len(recorded) == 300
    service.stop()
    for _ in range(3):
        with use_cassette(path) as cassette:
            pd.testing.assert_frame_equal(account.messages("2026-10", progress=False, workers=4), recorded)
            pd.testing.assert_frame_equal(account.lookup(recorded.id.tolist()[:8]), first)
            assert account.send(to="15305557784", body="Gee, nice marmot!").id == sent.id
            assert cassette.all_played
    said = path.read_text()
    assert not [key for key in spellings(service) if key in said]
    assert "uthorization" not in said


def test_an_account_that_was_used_before_is_recorded_too_and_goes_on_afterwards(service, tmp_path):
    account = account_of(service)
    account.messages("2026-10-05", progress=False)
    before = requests_made(service)
    with use_cassette(tmp_path / "day.yaml", record_mode="once") as cassette:
        day = account.messages("2026-10-05", progress=False)
    made = requests_made(service) - before
    assert len(cassette) == made > 0
    with use_cassette(tmp_path / "day.yaml"):
        assert account.messages("2026-10-05", progress=False).equals(day)
    assert requests_made(service) == before + made
    account.messages("2026-10-05", progress=False)
    assert requests_made(service) > before + made


def test_a_request_that_is_not_on_the_cassette_is_an_error_and_reaches_nobody(service, tmp_path):
    account, path = account_of(service), tmp_path / "send.yaml"
    with use_cassette(path, record_mode="once"):
        account.send(to="15305557784", body="Gee, nice marmot!")
    with use_cassette(path), pytest.raises(CannotOverwriteExistingCassetteException):
        account.send(to="15305557784", body="Another text")
    with use_cassette(path), pytest.raises(CannotOverwriteExistingCassetteException):
        account.messages("2026-10", progress=False)
    assert len(service.taken) == 1
    assert requests_made(service) == 1


def test_a_cassette_that_is_not_there_and_a_mode_that_does_not_exist_are_refused(tmp_path):
    path = tmp_path / "none.yaml"
    for options, message in (({}, "There is no cassette"), ({"record_mode": "record"}, "record_mode must be one of")):
        with pytest.raises(fr.InputError, match=message), use_cassette(path, **options):
            pass
    assert not path.exists()


def test_more_headers_can_be_left_out_and_those_with_keys_always_are(service, tmp_path):
    path = tmp_path / "stats.yaml"
    with use_cassette(path, record_mode="once", filter_headers=["User-Agent"]):
        account_of(service).stats()
    said = path.read_text()
    assert not re.search("user-agent|authorization", said, re.IGNORECASE)
    assert not [key for key in spellings(service) if key in said]


def test_plain_vcrpy_records_everything_of_one_worker(service, tmp_path):
    """As the README says, which also names the header to leave out."""
    path, account = tmp_path / "plain.yaml", account_of(service)
    account.numbers()
    before = requests_made(service)
    options = {"filter_headers": ["Authorization"]}
    with vcr.use_cassette(str(path), record_mode="once", **options) as cassette:
        recorded = account.messages("2026-10", progress=False, workers=1)
        sent = account.send(to="15305557784", body="Gee, nice marmot!")
    assert len(cassette) == requests_made(service) - before > 1
    assert not [key for key in spellings(service) if key in path.read_text()]
    account.numbers()
    assert len(cassette) < requests_made(service) - before
    service.stop()
    with vcr.use_cassette(str(path), record_mode="none", **options) as cassette:
        assert account.messages("2026-10", progress=False, workers=1).equals(recorded)
        assert account.send(to="15305557784", body="Gee, nice marmot!").id == sent.id
        assert cassette.all_played


TESTS = """
import flowroute_nb as fr
import pytest


@pytest.mark.parametrize("day", ["2026-10-05", "2026-10-06", "2026-10-07"])
def test_a_day(flowroute_cassette, day):
    df = fr.Account().messages(day, progress=False)
    assert len(df) > 0
"""


def test_the_fixture_records_on_request_and_otherwise_replays(service, tmp_path):
    (tmp_path / "conftest.py").write_text('pytest_plugins = ["flowroute_nb.testing"]\n')
    (tmp_path / "test_days.py").write_text(TESTS)
    keys = {
        "FLOWROUTE_BASE_URL": service.url,
        "FLOWROUTE_ACCESS_KEY": service.access_key,
        "FLOWROUTE_SECRET_KEY": service.secret_key,
        "PYTEST_DISABLE_PLUGIN_AUTOLOAD": "1",  # what else is installed costs seconds to load
    }

    def run(*options):
        command = [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", *options, str(tmp_path)]
        return subprocess.run(command, cwd=tmp_path, env={**os.environ, **keys}, capture_output=True, text=True)

    recorded = run("--flowroute-record=once", "-k", "05 or 06")
    assert "2 passed" in recorded.stdout, recorded.stdout
    service.stop()
    replayed = run()
    assert "2 passed, 1 error" in replayed.stdout, replayed.stdout
    assert "There is no cassette" in replayed.stdout
    assert "pytest --flowroute-record=once" in replayed.stdout
    files = sorted(tmp_path.glob("cassettes/test_days/*.yaml"))
    assert [file.name for file in files] == ["test_a_day-2026-10-05-.yaml", "test_a_day-2026-10-06-.yaml"]
    assert not [key for key in spellings(service) for file in files if key in file.read_text()]
