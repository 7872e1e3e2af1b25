"""A minute with a Flowroute of your own: send a text, see its record, read a month, add it up."""

from __future__ import annotations

from typing import TYPE_CHECKING

import flowroute_nb as fr

if TYPE_CHECKING:
    from collections.abc import Callable

__all__ = ["run"]


def run(say: Callable[[str], None]) -> None:
    """Show the main job on a sandbox, over real HTTP."""
    with fr.Sandbox() as sandbox:
        say(f"A Flowroute on this machine: {sandbox.url} (nothing is charged)\n")
        account = sandbox.account()

        say('>>> sent = account.send(to="15305557784", body="Gee, nice marmot!")')
        sent = account.send(to="15305557784", body="Gee, nice marmot!")
        say(f"{sent!r}\n\n>>> sent.wait()    # its record can be read a few seconds later")
        say(sent.wait()[["timestamp", "direction", "number", "contact", "cost", "segments", "body", "id"]].to_string())

        say("\n>>> df = account.messages(days=30)")
        df = account.messages(days=30)
        say(f"{len(df):,} records, {len(df.columns)} columns, ${df.cost.sum()} exactly\n")

        say('>>> df.groupby(df.timestamp.dt.date).cost.agg(["size", "sum"])    # cost by day, in dollars')
        say(df.groupby(df.timestamp.dt.date.rename("day")).cost.agg(["size", "sum"]).to_string())
