"""The library, spelled with dashes: ``flowroute-nb demo``, ``send``, ``messages``, ``costs`` and more."""

from __future__ import annotations

import importlib.util
import os
import sys
import threading
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal, cast

import click
import pandas as pd

import flowroute_nb as fr
from flowroute_nb import credentials, files, processes, ranges, ruling, send_command, wire
from flowroute_nb.account import Account
from flowroute_nb.atomic_files import atomic_write
from flowroute_nb.errors import CredentialsError, FlowrouteError, InputError
from flowroute_nb.wording import count

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

__all__ = ["main", "run"]

_KEYS = "The keys come from FLOWROUTE_ACCESS_KEY and FLOWROUTE_SECRET_KEY, or from the keyring; never as arguments."
_PERIODS = ("hour", "day", "week", "month")
_HOUR_OF_DAY = "hour-of-day"  # the key "hour": as a period it is one hour of one day
_WAYS = "Give a month, 2026-10, two dates, 2026-10-01 2026-10-31, or --days 30"
_NO_KEYS = "Without an account, on a sandbox: flowroute-nb sandbox --run -- flowroute-nb costs --days 30"


@contextmanager
def _spoken() -> Iterator[None]:
    """Let the library's errors be said in a sentence, without a traceback."""
    try:
        yield
    except FlowrouteError as error:
        said = click.ClickException(_here(error))
        if isinstance(error, InputError):
            vars(said)["exit_code"] = send_command.WRONG_INPUT
        raise said from None
    except OSError as error:
        raise click.ClickException(f"{error.strerror or error}: {error.filename or ''}".rstrip(": ")) from None


def _here(error: FlowrouteError) -> str:
    """Say an error in the command line's own spelling."""
    said = send_command.as_options(str(error)).replace(ranges.WAYS, _WAYS)
    return said.replace(credentials.WITHOUT, _NO_KEYS) if isinstance(error, CredentialsError) else said


def _service(command: Callable[..., Any]) -> Callable[..., Any]:
    """Add the two options of every command that talks to a service."""
    command = click.option("--base-url", help="Where the service is; a sandbox prints its own.")(command)
    return click.option("--api", type=click.Choice(wire.VERSIONS), default="v2.1", show_default=True)(command)


def _account(base_url: str | None, api: str, **options: Any) -> Account:  # noqa: ANN401  as Account takes them
    return Account(base_url=base_url, api=cast("Literal['v2.1', 'v2', 'v2.2']", api), **options)


@click.group(context_settings={"help_option_names": ["-h", "--help"]}, epilog=f"{_KEYS}\n\n{send_command.EXIT_CODES}")
def main() -> None:
    """Flowroute messaging: send texts, look records up, see what they cost."""


def run() -> None:
    """Run the command line in a process that ends with it."""
    main(prog_name="flowroute-nb", obj=True)


@main.command(epilog=send_command.EXIT_CODES)
@_service
@click.option(
    "--to", required=True, help="The recipient: 10 or 11 digits in the US and Canada, else with + and country code."
)
@click.option("--from", "from_", required=True, help="One of your numbers.")
@click.option("--body", help="The text; - reads it from standard input.")
@click.option("--media-url", "media_urls", multiple=True, help="A public URL; may be repeated.")
@click.option("--smart-quotes", type=click.Choice(["refuse", "replace", "keep"]), default="refuse", show_default=True)
@click.option("--wait", is_flag=True, help="Wait for the record, and print it.")
@click.pass_obj
def send(
    own_process: bool | None,  # noqa: FBT001  as click passes it
    base_url: str | None,
    api: str,
    to: str,
    from_: str,
    body: str | None,
    media_urls: tuple[str, ...],
    smart_quotes: Literal["refuse", "replace", "keep"],
    *,
    wait: bool,
) -> None:
    """Send one message, and print its id.

    The exit code is 1 only if the message was not accepted, whatever fails afterwards: see below.
    """
    text = send_command.standard_input() if body == "-" else body
    with _spoken():
        account = _account(base_url, api, from_=from_)
    message = {"to": to, "body": text, "media_urls": media_urls or None, "smart_quotes": smart_quotes}
    table = _record_table if wait else None
    sys.exit(send_command.run(account, message, table=table, until_exit=bool(own_process)))


def _record_table(record: pd.Series) -> str:
    return _table(pd.DataFrame([record]))


@main.command()
@_service
@click.argument("ids", nargs=-1, required=True)
@click.option("--output", type=click.Path(dir_okay=False), help="A .csv, .parquet, .json or .xlsx file.")
def lookup(base_url: str | None, api: str, ids: tuple[str, ...], output: str | None) -> None:
    """Look records up by their IDS."""
    with _spoken():
        if output:
            files.check(output)
        _deliver(_account(base_url, api).lookup(list(ids)), output)


@main.command()
@_service
@click.argument("range_", metavar="RANGE", nargs=-1)
@click.option("--days", type=float, help="Instead of a range: the last so many times 24 hours.")
@click.option("--tz", default="UTC", show_default=True, help="The zone of dates.")
@click.option("--output", type=click.Path(dir_okay=False), help="A .csv, .parquet, .json or .xlsx file.")
def messages(
    base_url: str | None, api: str, range_: tuple[str, ...], days: float | None, tz: str, output: str | None
) -> None:
    """Read all records of a RANGE: a month (2026-10), a day, a year, or a start and an end."""
    with _spoken():
        if output:
            files.check(output)
        _deliver(_messages(_account(base_url, api, tz=tz), range_, days), output, tz)


def _messages(account: Account, range_: tuple[str, ...], days: float | None) -> pd.DataFrame:
    if len(range_) > 2:  # noqa: PLR2004  a start and an end
        raise click.UsageError(f"A range is one month, day or year, or a start and an end; {len(range_)} were given.")
    return account.messages(*range_, days=days, progress=sys.stderr.isatty())


def _deliver(found: pd.DataFrame, output: str | None, tz: str | None = None) -> None:
    if output:
        fr.write(found, output, tz=tz if Path(output).suffix == ".xlsx" else None)
        click.echo(f"{count(len(found), 'record')} written to {output}", err=True)
    else:
        _show(found)
        click.echo(f"{count(len(found), 'record')}, ${_total(found):f} in all", err=True)


def _total(found: pd.DataFrame) -> Any:  # noqa: ANN401  a Decimal, in pandas' eyes anything
    return found["cost"].dropna().sum()


def _show(found: pd.DataFrame) -> None:
    """Print what a person looks at first, a line a record."""
    if found.empty:
        click.echo("No messages in this range.", err=True)
        return
    click.echo(_table(found))


def _table(records: pd.DataFrame) -> str:
    shown = records[["timestamp", "direction", "number", "contact", "cost", "segments", "delivery", "id"]]
    return _seen(shown).to_string(index=False, na_rep="-")


@main.command()
@_service
@click.argument("given", metavar="[RANGE | FILE...]", nargs=-1)
@click.option("--days", type=float, help="Instead of a range: the last so many times 24 hours.")
@click.option(
    "--by", "keys", multiple=True, help="A column, contact_prefix, weekday, hour-of-day; or hour, day, week, month."
)
@click.option("--tag", "tags", multiple=True, help='A rule for --by tag, as "Sale: text half price"; may be repeated.')
@click.option("--tz", default="UTC", show_default=True, help="The zone of dates, days and hours.")
@click.option("--chart", type=click.Path(dir_okay=False), help="Draw it into a .png, .svg or .pdf file.")
@click.option("--output", type=click.Path(dir_okay=False), help="A .csv, .parquet or .xlsx file.")
def costs(
    base_url: str | None,
    api: str,
    given: tuple[str, ...],
    days: float | None,
    keys: tuple[str, ...],
    tags: tuple[str, ...],
    tz: str,
    chart: str | None,
    output: str | None,
) -> None:
    """Sum up what messages cost: of a RANGE (2026-10, or a start and an end), or of FILEs that --output made.

    flowroute-nb costs 2026-10 --by day --by direction --tz America/New_York --chart october.png
    """
    periods = [key for key in keys if key in _PERIODS]
    if len(periods) > 1:
        raise click.UsageError(f"--by {' and --by '.join(periods)}: one of them at a time.")
    period = cast("Any", periods[0] if periods else None)
    if bool(tags) != ("tag" in keys):
        raise click.UsageError('--by tag and --tag go together, as in: --by tag --tag "Sale: text half price"')
    named = ["hour" if key == _HOUR_OF_DAY else key for key in keys if key not in _PERIODS]
    with _spoken():
        _check_places(chart, output)
        rules = ruling.rules("\n".join(tags)) or None
        found = _messages(_account(base_url, api, tz=tz), given, days) if not _are_files(given) else _files(given, days)
        summary = fr.costs.by(found, *named, period=period, tz=tz, tags=rules)
        if chart:
            _draw(found, summary, tz).save(chart)
            click.echo(f"Drawn in {chart}", err=True)
        if output:
            _keep(summary, Path(output))
            click.echo(f"{count(len(summary), 'row')} written to {output}", err=True)
        else:
            _print(summary, period)
        unpriced = int(summary["unpriced"].sum())
        left_out = f", {unpriced:,} without a price left out" if unpriced else ""
        click.echo(f"{count(len(found), 'record')}, ${fr.costs.total(found):f} in all{left_out}", err=True)


def _print(summary: pd.DataFrame, period: str | None) -> None:
    """Print a summary, of days and longer the day on which each begins."""
    if summary.empty:
        click.echo("No messages in this range.", err=True)
        return
    shown = summary if period in (None, "hour") else summary.assign(period=summary["period"].dt.strftime("%Y-%m-%d"))
    click.echo(_seen(shown).to_string(index=False, na_rep="-", float_format="{:.1%}".format))


def _seen(frame: pd.DataFrame) -> pd.DataFrame:
    """Spell out, in texts that strangers wrote, what a terminal would obey instead of showing it."""
    texts: list[str] = list(frame.select_dtypes("str").columns)
    return frame.assign(**{name: frame[name].map(send_command.escaped, na_action="ignore") for name in texts})


def _are_files(given: tuple[str, ...]) -> bool:
    """Tell files from a range: a range has no ending."""
    return any(Path(each).suffix or Path(each).is_file() for each in given)


def _files(given: tuple[str, ...], days: float | None) -> pd.DataFrame:
    """Read files; a record that is in two of them is one."""
    if days is not None:
        raise click.UsageError("--days is of what is read from the service. Leave it out with files.")
    missing = [each for each in given if not Path(each).is_file()]
    if missing:
        raise click.UsageError(f"There is no file {', '.join(missing)}.")
    return pd.concat(list(map(fr.read, map(Path, given))), ignore_index=True).drop_duplicates("id", keep="last")


def _check_places(chart: str | None, output: str | None) -> None:
    """Refuse what can't be written before anything is read."""
    for place, endings in ((chart, (".png", ".svg", ".pdf")), (output, (".csv", ".parquet", ".xlsx"))):
        if place and Path(place).suffix.lower() not in endings:
            raise click.UsageError(f"{place} ends in none of {', '.join(endings)}. Give one of them.")
        if place and not Path(place).absolute().parent.is_dir():
            raise click.UsageError(f"There is no folder {Path(place).parent} for {Path(place).name}.")
    if output and output.lower().endswith(".xlsx"):
        files.check(output)


def _draw(found: pd.DataFrame, summary: pd.DataFrame, tz: str) -> Any:  # noqa: ANN401  a Picture
    if "period" in summary:
        return fr.charts.over_time(summary)
    if summary.attrs["flowroute_costs"]["keys"]:
        return fr.charts.top(summary)
    return fr.charts.over_time(found, by=None, tz=tz)


def _keep(summary: pd.DataFrame, place: Path) -> None:
    if place.suffix == ".xlsx":
        fr.write(summary, place)
        return
    with atomic_write(place) as file:
        if place.suffix.lower() == ".csv":
            file.write(summary.to_csv(index=False).encode())
        else:
            summary.to_parquet(file, index=False)


@main.command(context_settings={"ignore_unknown_options": True})
@click.option("--host", default="127.0.0.1", show_default=True, help="Where to listen.")
@click.option("--port", default=0, help="The port; a free one by default.")
@click.option("--today", help="The day on which the past ends; now by default.")
@click.option("--days", default=30, show_default=True, help="How many days of past.")
@click.option("--seed", default=1, show_default=True, help="Another number makes another past.")
@click.option("--messages", default=5_000, show_default=True, help="How many records the past has.")
@click.option("--rate", type=int, help="SMS a second; by default the documented 5, and 1 MMS; 0 for no limit.")
@click.option("--path", type=click.Path(dir_okay=False), help="A file in which it remembers, its keys too.")
@click.option("--allowed-host", "allowed_hosts", multiple=True, help="A host name to answer under; may be repeated.")
@click.option("--i-know-it-is-open", "open_", is_flag=True, help="Listen on a --host that others can reach.")
@click.option("--run", "run", is_flag=True, help="Run the COMMAND with the sandbox in its environment, then end.")
@click.argument("command", nargs=-1, type=click.UNPROCESSED)
def sandbox(*, run: bool, command: tuple[str, ...], open_: bool, **options: Any) -> None:  # noqa: ANN401  as Sandbox takes them
    """Run a Flowroute on this machine until Ctrl-C, or for as long as a COMMAND takes; nothing it does is charged."""
    if not run and command and command[0].startswith("-"):
        raise click.NoSuchOption(command[0].partition("=")[0])
    if run != bool(command):
        raise click.UsageError("--run goes with a COMMAND, as in: flowroute-nb sandbox --run jupyter lab")
    _check_host(options["host"], known=open_)
    with _spoken(), fr.Sandbox(**options) as running:
        keys = {
            "FLOWROUTE_BASE_URL": running.url,
            "FLOWROUTE_ACCESS_KEY": running.access_key,
            "FLOWROUTE_SECRET_KEY": running.secret_key,
            credentials.AHEAD: f"{running.ahead().total_seconds():.3f}",
        }
        if run:
            sys.exit(processes.run_child(command, credentials.environment(keys)))
        exports = "\n".join(f"export {name}={value}" for name, value in keys.items())
        asked = f"{running.url}/v2.1/messages?start_date={running.now():%Y-%m-01}&limit=1"
        click.echo(
            f"A Flowroute of your own at {running.url}; its numbers are {', '.join(running.numbers)}.\n\n{exports}\n\n"
            f"curl -u {running.access_key}:{running.secret_key} '{asked}'\n\nCtrl-C ends it."
        )
        with suppress(KeyboardInterrupt):
            threading.Event().wait()
        click.echo()


def _check_host(host: str, *, known: bool) -> None:
    """Refuse to be reached by others unless that is meant, and then warn."""
    from flowroute_nb.sandbox.addresses import is_here  # noqa: PLC0415  no other command needs the sandbox

    if is_here(host):
        return
    if not known:
        raise click.UsageError(
            f"--host {host} can be reached from other machines, and whoever has its keys could read and send. "
            "Leave it out, or add --i-know-it-is-open."
        )
    click.echo(f"Warning: {host} can be reached from other machines; whoever has its keys can read and send.", err=True)


@main.command()
@click.option("--port", default=8866, show_default=True, help="The port on this machine.")
@click.option("--browser/--no-browser", default=True, help="Open it in a browser.")
def app(*, port: int, browser: bool) -> None:
    """Show the forms as a page, on a sandbox of its own for each visitor, until Ctrl-C; on this machine alone."""
    if importlib.util.find_spec("voila") is None:
        raise click.ClickException(
            "The page is served by Voila, which is not installed. Install it: pip install 'flowroute-nb[app]'"
        )
    _check_free(port)
    here = Path(fr.__file__).parent / "widgets"
    # the template that asks nothing of a CDN is here
    places = [str(here), *filter(None, [credentials.environment({}).get("JUPYTER_PATH")])]
    ours = [
        f"--port={port}",
        "--Voila.port_retries=0",
        "--Voila.ip=127.0.0.1",
        f"--Voila.open_browser={browser}",
        "--template=offline",
    ]
    command = (sys.executable, "-m", "voila", str(here / "app.ipynb"), *ours)
    click.echo(f"The forms are at http://127.0.0.1:{port}/ (on a sandbox: nothing is charged). Ctrl-C ends it.")
    more = {"JUPYTER_PATH": os.pathsep.join(places), "FLOWROUTE_NB_FOLDER": str(Path.cwd())}
    sys.exit(processes.run_child(command, credentials.environment(more)))


def _check_free(port: int) -> None:
    """Refuse a port at which something else answers: the address that is printed would be another's."""
    from flowroute_nb.sandbox.port import bound  # noqa: PLC0415  likewise

    try:
        bound(("127.0.0.1", port)).close()
    except (OSError, OverflowError):
        raise click.ClickException(
            f"Port {port} is taken, or may not be used. Give another one: flowroute-nb app --port {port % 60_000 + 1}"
        ) from None


@main.command()
def demo() -> None:
    """Send a text, see its record, and read a month, on a sandbox of your own."""
    from flowroute_nb import demo as show  # noqa: PLC0415  nobody else needs it

    with _spoken():
        show.run(click.echo)


@main.command()
def version() -> None:
    """Print the version."""
    click.echo(fr.__version__)
