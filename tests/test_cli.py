"""The command line, as a person types it: in processes of its own, and what needs none in this one."""

import os
import shlex
import signal
import subprocess
import sys

import pandas as pd
import pytest
from click.testing import CliRunner
from faulty import Faulty, answer, close

import flowroute_nb as fr
from flowroute_nb.cli import main

COMMAND = [sys.executable, "-m", "flowroute_nb"]
OPEN = "0.0.0.0"  # noqa: S104  what must be asked for twice


def run(*args, keys=None, stdin=None):
    """Run a command with these keys in its environment."""
    clean = {k: v for k, v in os.environ.items() if not k.startswith("FLOWROUTE_")}
    done = subprocess.run(
        [*COMMAND, *args], capture_output=True, text=True, env={**clean, **(keys or {})}, input=stdin, timeout=60
    )
    assert "Traceback" not in done.stderr
    return done


def typed(*args, keys=None):
    """Run a command in this process, which has loaded the library already."""
    done = CliRunner().invoke(main, args, env=keys, prog_name="flowroute-nb")
    assert isinstance(done.exception, SystemExit | None), done.exception  # else a person would see a traceback
    return done


@pytest.fixture
def keys(sandbox):
    return {
        "FLOWROUTE_ACCESS_KEY": sandbox.access_key,
        "FLOWROUTE_SECRET_KEY": sandbox.secret_key,
        "FLOWROUTE_BASE_URL": sandbox.url,
    }


def test_version_is_the_package_s():
    assert run("version").stdout.strip() == fr.__version__


@pytest.mark.parametrize("name", ["demo", "sandbox", "send", "lookup", "messages", "costs", "version"])
def test_every_command_explains_itself(name):
    assert "Usage:" in typed(name, "--help").stdout


def test_the_demo_shows_a_send_a_record_a_month_and_ends():
    done = run("demo")
    assert done.returncode == 0
    assert "Gee, nice marmot!" in done.stdout
    assert "5,001 records, 20 columns" in done.stdout
    assert "100%" in done.stderr


def test_a_send_prints_its_id_and_waits_for_the_record(sandbox, keys):
    done = run(
        "send", "--from", sandbox.numbers[0], "--to", "(530) 555-7784", "--body", "-", "--wait", keys=keys, stdin="Hi\n"
    )
    assert done.returncode == 0, done.stderr
    assert done.stdout.splitlines()[0] == sandbox.taken.iloc[-1].id
    assert sandbox.taken.iloc[-1].body == "Hi"
    assert "0.0040" in done.stdout


@pytest.mark.parametrize("ending", ["csv", "parquet", "json"])
def test_a_range_is_written_to_a_file_that_read_takes(sandbox, keys, tmp_path, ending):
    path = tmp_path / f"october.{ending}"
    done = typed("messages", "2026-10-01", "2026-10-30", "--output", str(path), keys=keys)
    assert (done.exit_code, done.stdout) == (0, "")
    expected = sandbox.account().messages("2026-10-01", "2026-10-30", progress=False)
    pd.testing.assert_frame_equal(fr.read(path), expected)
    assert f"{len(expected):,} records written" in done.stderr


def test_a_range_is_printed_with_its_total(sandbox, keys):
    done = typed("messages", "2026-10-05", keys=keys)
    expected = sandbox.account().messages("2026-10-05", progress=False)
    assert len(done.stdout.splitlines()) == len(expected) + 1
    assert f"{len(expected)} records, ${expected.cost.sum()} in all" in done.stderr


def test_costs_of_a_range_are_summed_up_drawn_and_written(sandbox, keys, tmp_path):
    chart, output = tmp_path / "october.png", tmp_path / "october.parquet"
    done = run(
        *("costs", "2026-10", "--by", "day", "--by", "direction", "--tz", "America/New_York"),
        *("--chart", str(chart), "--output", str(output)),
        keys=keys,
    )
    assert (done.returncode, done.stdout) == (0, ""), done.stderr
    df = sandbox.account().messages("2026-10", tz="America/New_York", progress=False)
    expected = fr.costs.by(df, "direction", period="day", tz="America/New_York")
    pd.testing.assert_frame_equal(pd.read_parquet(output), expected, check_freq=False)
    assert chart.read_bytes().startswith(b"\x89PNG")
    assert f"{len(df):,} records, ${df.cost.sum()} in all" in done.stderr


def test_records_and_costs_are_written_as_excel_files(sandbox, tmp_path, keys):
    records, costs = tmp_path / "october.xlsx", tmp_path / "costs.xlsx"
    zone = ["--tz", "America/New_York"]
    done = typed("messages", "2026-10-05", *zone, "--output", str(records), keys=keys)
    assert done.exit_code == 0, done.stderr
    df = sandbox.account().messages("2026-10-05", tz="America/New_York", progress=False)
    pd.testing.assert_frame_equal(fr.read(records), df)
    assert pd.read_excel(records).columns[0] == "timestamp (America/New_York)"
    done = typed("costs", str(records), "--by", "direction", "--output", str(costs))
    assert done.exit_code == 0, done.stderr
    expected = fr.costs.by(df, "direction")
    summary = pd.read_excel(costs).head(len(expected))
    assert summary.direction.tolist() == expected.direction.tolist()
    assert summary.cost.tolist() == [float(cost) for cost in expected.cost]


def test_costs_of_files_are_summed_up_each_record_once(sandbox, tmp_path):
    df = sandbox.account().messages("2026-10", progress=False)
    one, other = tmp_path / "one.csv", tmp_path / "other.parquet"
    fr.write(df.iloc[:300], one)
    fr.write(df.iloc[200:], other)
    done = typed("costs", str(one), str(other), "--by", "hour-of-day", "--by", "direction")
    assert done.exit_code == 0, done.stderr
    assert done.stdout.split()[:2] == ["hour", "direction"]
    assert f"{len(df):,} records, ${df.cost.sum()} in all" in done.stderr


def test_costs_by_tags_of_one_s_own_periods_as_days_and_no_messages_in_words(sandbox, keys):
    rules = ("--tag", "Seattle: prefix 1206", "--tag", "Code: text your code")
    done = typed("costs", "2026-10", "--by", "tag", "--by", "week", *rules, keys=keys)
    assert done.exit_code == 0, done.stderr
    df = sandbox.account().messages("2026-10", progress=False)
    weeks = {day - pd.Timedelta(days=day.weekday()) for day in df.timestamp.dt.date}
    lines = [line.split() for line in done.stdout.splitlines()[1:]]
    assert {line[1] for line in lines} == set(map(str, weeks))
    seattle = sum(int(line[2]) for line in lines if line[0] == "Seattle")
    assert seattle == df.contact.str.startswith("1206").sum() > 0
    assert {line[0] for line in lines} == {"Seattle", "Code", "untagged"}
    for command in ("costs", "messages"):
        done = typed(command, "2020-01", keys=keys)
        assert (done.exit_code, done.stdout) == (0, "")
        assert "No messages in this range." in done.stderr


def test_the_command_line_advises_its_own_spelling(keys):
    for done in (typed("costs", "October", keys=keys), typed("costs", keys=keys)):
        assert done.exit_code == 2
        assert "Give a month, 2026-10, two dates, 2026-10-01 2026-10-31, or --days 30" in done.stderr
    done = typed("costs")
    command = "flowroute-nb sandbox --run -- flowroute-nb costs --days 30"
    assert command in done.stderr
    assert "fr." not in done.stderr
    rest = command.replace("flowroute-nb", " ".join(COMMAND)).split()
    done = run(*rest[len(COMMAND) :])
    assert done.returncode == 0, done.stderr
    assert " records, $" in done.stderr


SEND = {"--from": "12065550100", "--to": "15305557784", "--body": "Hi"}


@pytest.mark.parametrize(
    ("options", "advice"),
    [
        ({"--body": "“Hi”"}, "Send with --smart-quotes replace, or keep to try all the same."),
        ({"--body": ""}, "there is no --media-url. Give a text, or --media-url for an MMS."),
        ({"--media-url": "a.gif"}, "Error: --media-url has something that is no http or https URL: 'a.gif'."),
        ({"--from": "Ann"}, "Error: --from: The number … has a letter, 'A'"),
        ({"--to": "555-0100"}, "Error: --to: The number …0100 has no area code"),
        ({"--base-url": "http://example.com"}, "Error: --base-url 'http://example.com' would send the keys"),
        ({"--base-url": "https://me:pw@example.com"}, "Error: --base-url has a user or password in it"),
    ],
)
def test_a_wrong_argument_of_a_send_is_named_as_the_option_that_was_typed(keys, options, advice):
    done = typed("send", *[word for option in (SEND | options).items() for word in option], keys=keys)
    assert done.exit_code == 2
    assert advice in done.stderr


def test_an_unknown_key_is_answered_with_keys_and_options_of_the_command_line(tmp_path, sandbox):
    file = fr.write(sandbox.account().messages("2026-10-30", progress=False), tmp_path / "a.csv")
    done = typed("costs", str(file), "--by", "campaign")
    assert done.exit_code == 2
    assert "contact_prefix, hour-of-day, weekday, tag; " in done.stderr
    assert 'give --by tag and rules, as in --tag "Sale: text half price".' in done.stderr
    assert "tags=" not in done.stderr


def test_one_record_is_counted_in_the_singular(sandbox, keys):
    day = sandbox.account().messages("2026-10", progress=False).head(1)
    assert typed("lookup", day.id[0], keys=keys).stderr == f"1 record, ${day.cost[0]} in all\n"


def test_a_record_that_is_not_there_yet_is_advised_an_option(keys):
    assert "(flowroute-nb send --wait waits for it)" in typed("lookup", "mdr2-1", keys=keys).stderr


def test_the_last_days_are_those_of_the_sandbox_s_own_time():
    today = ["--today", "2026-10-31", "--days", "10", "--messages", "100"]
    both = " && ".join(shlex.join([*COMMAND, command, "--days", "11"]) for command in ("costs", "messages"))
    done = run("sandbox", *today, "--run", "--", "sh", "-c", both)
    assert done.returncode == 0, done.stderr
    assert done.stderr.count("100 records, $") == 2
    stale = {"FLOWROUTE_SANDBOX_AHEAD": "-9e7"}  # of a sandbox before
    done = run("sandbox", "--messages", "10", "--run", "--", *COMMAND, "messages", "--days", "31", keys=stale)
    assert "10 records, $" in done.stderr
    for said in ("soon", "1e12"):
        wrong = {"FLOWROUTE_SANDBOX_AHEAD": said, "FLOWROUTE_BASE_URL": "http://127.0.0.1:9"}
        keys = {"FLOWROUTE_ACCESS_KEY": "sandboxa", "FLOWROUTE_SECRET_KEY": "b", **wrong}
        done = typed("costs", "--days", "1", keys=keys)
        assert done.exit_code == 2
        assert f"FLOWROUTE_SANDBOX_AHEAD='{said}' is no number of seconds" in done.stderr


def test_what_strangers_wrote_is_spelled_out_on_a_terminal(sandbox, tmp_path):
    df = sandbox.account().messages("2026-10-05", progress=False)
    df["body"] = "\x1b]0;owned\x07 50\u00a0% caf\u00e9 \u202e\x00\x9b2J"
    fr.write(df, tmp_path / "bodies.parquet")
    done = run("costs", str(tmp_path / "bodies.parquet"), "--by", "body")
    assert done.returncode == 0, done.stderr
    spelled = r"\x1b]0;owned\x07 50_% caf~ \u202e\x00\x9b2J"
    assert spelled.replace("_", "\u00a0").replace("~", "\u00e9") in done.stdout
    assert all(each.isprintable() or each in "\n\u00a0" for each in done.stdout)


@pytest.mark.parametrize(
    ("args", "said"),
    [
        (["2026-10", "--by", "tag"], '--by tag --tag "Sale: text half price"'),
        (["2026-10", "--tag", "Sale: text half price"], '--by tag --tag "Sale: text half price"'),
        (["2026-10", "--by", "tag", "--tag", "Sale: half price"], "'Sale: half price' is no rule"),
        (["none.csv"], "There is no file none.csv"),
        (["2026-10", "--chart", "a.gif"], "a.gif ends in none of .png, .svg, .pdf"),
        (["2026-10", "--output", "nowhere/a.csv"], "There is no folder nowhere"),
        (["2026-10", "--by", "day", "--by", "week"], "one of them at a time"),
        (["2026-10", "--by", "directon"], "direction"),
        (["2026-10", "2026-11", "2026-12"], "A range is one month"),
    ],
)
def test_costs_that_can_t_be_summed_up_are_a_sentence(keys, args, said):
    done = typed("costs", *args, keys=keys)
    assert done.exit_code == 2
    assert said in done.stderr


def test_records_are_looked_up_on_any_version(sandbox, keys):
    ids = sandbox.account().messages("2026-10-05", progress=False).id.tolist()[:2]
    done = typed("lookup", "--api", "v2", *ids, keys=keys)
    assert done.exit_code == 0
    assert all(each in done.stdout for each in ids)


@pytest.mark.parametrize(
    ("args", "code", "said"),
    [
        (["send", "--from", "555010", "--to", "12065550101", "--body", "x"], 2, "is too short"),
        (["send", "--from", "12065550155", "--to", "12065550101", "--body", "x"], 1, "refused (403"),
        (["lookup", "mdr2-none"], 1, "found nothing (404"),
        (["messages"], 2, "A range of time is missing"),
        (["messages", "2026-13"], 2, "that exists"),
        (["messages", "2026-10", "--output", "x.ods"], 2, "ends in none of .parquet, .csv, .json, .xlsx"),
        (["messages", "a", "b", "c"], 2, "3 were given"),
        (["messages", "2026-10", "--tz", "Mars"], 2, "is no time zone"),
        (["messages", "2026-10", "--api", "v3"], 2, "'v3' is not one of"),
        (["nothing"], 2, "No such command"),
        (["sandbox", "--mesages", "5"], 2, "No such option '--mesages'"),
        (["sandbox", "--run"], 2, "--run goes with a COMMAND"),
        (["sandbox", "--messages", "-5"], 2, "messages=-5 is no whole number"),
        (["sandbox", "--host", OPEN], 2, "add --i-know-it-is-open"),
        (["sandbox", "--host", "nowhere.example"], 2, "can be reached from other machines"),
    ],
)
def test_what_goes_wrong_is_a_sentence_on_stderr_and_an_exit_code(keys, args, code, said):
    done = typed(*args, keys=keys)
    assert (done.exit_code, done.stdout) == (code, "")
    assert said in done.stderr


@pytest.mark.parametrize(("args", "code"), [(["messages", "2026-13"], 2), (["lookup", "mdr2-none"], 1)])
def test_a_process_of_its_own_says_the_same_and_ends_with_the_same_code(keys, args, code):
    done, same = run(*args, keys=keys), typed(*args, keys=keys)
    assert (done.returncode, done.stdout, done.stderr) == (same.exit_code, same.stdout, same.stderr)
    assert done.returncode == code


def test_missing_keys_say_where_they_were_looked_for():
    done = typed("messages", "2026-10")
    assert done.exit_code == 1
    assert "not in the environment variable FLOWROUTE_ACCESS_KEY" in done.stderr


def test_a_send_whose_answer_is_lost_has_an_exit_code_of_its_own(keys):
    with Faulty(close, answer()) as server:
        args = ("send", "--base-url", server.url, "--from", "12065550100", "--to", "12065550101", "--body", "x")
        done = run(*args, keys=keys)
        assert len(server.taken) == 1
    assert done.returncode == 3
    assert "may or may not have been taken" in done.stderr


@pytest.mark.parametrize("host", [[], ["--host", "127.0.0.2"], ["--host", OPEN, "--i-know-it-is-open"]])
def test_a_sandbox_prints_what_reaches_it_and_ends_quietly_with_ctrl_c(host):
    child = subprocess.Popen(
        [*COMMAND, "sandbox", "--messages", "10", "--rate", "0", *host],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    said = []
    for line in child.stdout:
        said.append(line)
        if "Ctrl-C ends it" in line:
            break
    curl = next(line for line in said if line.startswith("curl"))
    assert '"data"' in subprocess.run(curl, shell=True, capture_output=True, text=True, check=True).stdout  # noqa: S602
    child.send_signal(signal.SIGINT)
    _, err = child.communicate(timeout=10)
    assert child.returncode == 0
    assert err == (
        f"Warning: {OPEN} can be reached from other machines; whoever has its keys can read and send.\n"
        if OPEN in host
        else ""
    )


def test_a_sandbox_lasts_as_long_as_the_command_it_runs(capfd):
    done = typed("sandbox", "--messages", "10", "--run", "--", *COMMAND, "messages", "--days", "31")
    assert done.exit_code == 0
    assert "10 records" in capfd.readouterr().err  # the command writes to the terminal by itself
    assert typed("sandbox", "--messages", "10", "--run", "--", "sh", "-c", "exit 5").exit_code == 5
