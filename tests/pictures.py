"""Draws every picture, on a page in light and dark, at 600 and 1,600 pixels, for somebody to look at: make pictures."""

import contextlib
import datetime as dt
import sys
from pathlib import Path

import pandas as pd
from axe_playwright_python.sync_playwright import Axe
from browser.chromium import started, window

import flowroute_nb as fr

PLACE = Path(__file__).parent.parent / "scratch" / "pictures"
THEMES = {"light": ("rgba(0, 0, 0, 0.87)", "#fff"), "dark": ("#fff", "#111")}
WIDTHS = (600, 1600)
ZONE = "America/Los_Angeles"
HOSTILE = "<img src=x onerror='window.ran = 1'> $\\frac{a$ & $x^2$ 🎉 " + "very long " * 9
PAGE = """<!doctype html><html lang="en"><meta charset="utf-8"><title>Pictures</title><style>
body {{ margin: 0; padding: 12px; background: {paper}; font: 13px system-ui;
        --jp-content-font-color1: {ink}; --jp-layout-color0: {paper} }}
main > div {{ margin-bottom: 28px }}</style><main><h1 style="color: {ink}">Pictures</h1>{inside}</main></html>"""


def month():
    """Give a believable past of three months, and the same with what is unusual in it."""
    with fr.Sandbox(today="2026-10-31", days=92, messages=12_000, rate=0) as sandbox:
        whole = sandbox.account().messages("2026-08-01", "2026-10-31")
    october = whole[whole.timestamp >= pd.Timestamp("2026-10-01", tz="UTC")].reset_index(drop=True)
    return whole, october


def strange(october):
    """Make messages of few days whose contacts and bodies are what strangers may write, some without a price."""
    made = october.head(400).copy()
    names = [
        HOSTILE,
        "日本語のとても長いラベル",
        "👩‍👩‍👧 family",
        "",
        "$5 & $6",
        *(f"1206555{n:04}" for n in range(100, 120)),
    ]
    made["contact"] = [names[at % len(names)] for at in range(len(made))]
    made["amount_nanodollars"] = made["amount_nanodollars"] * made["contact"].map(
        lambda name: 1 + 3 * (len(name) != 11)
    )
    made["direction"] = "outbound"
    made["body"] = ["’“it’s”" * 20 + "🎉\u202e\u200b" + "<b>" * (at % 3) for at in range(len(made))]
    made.loc[made.index % 9 == 0, "amount_nanodollars"] = pd.NA
    return made


def pictures():
    """Draw them all, each with what it is."""
    whole, october = month()
    september = whole[(whole.timestamp.dt.month == 9)]
    odd, charts = strange(october), fr.charts
    back = october.head(300).copy()
    back.loc[back.index % 4 == 0, "amount_nanodollars"] *= -1
    free = october.head(300).assign(amount_nanodollars=pd.array([0] * 300, "Int64"))
    yield "over_time, by direction", charts.over_time(october, tz=ZONE)
    yield "over_time, by number", charts.over_time(october, "number", tz=ZONE)
    yield "over_time, more than four keys", charts.over_time(october, "contact", "week", tz=ZONE)
    yield "over_time, by month, not divided", charts.over_time(whole, None, "month", tz=ZONE)
    yield "over_time, by the hour, two keys", charts.over_time(whole, ["direction", "delivery"], "hour", tz=ZONE)
    yield "over_time, one day", charts.over_time(october[october.timestamp.dt.day == 14], "number", "hour")
    yield "over_time, one message", charts.over_time(october.head(1))
    yield "over_time, what strangers write, some without a price", charts.over_time(odd, "contact")
    yield "over_time, amounts below zero", charts.over_time(back)
    yield "over_time, nothing has a cost", charts.over_time(free)
    yield "over_time, no messages", charts.over_time(october.head(0))
    yield "heat_map", charts.heat_map(october, tz=ZONE)
    yield "heat_map, one message", charts.heat_map(october.head(1))
    yield "heat_map, amounts below zero", charts.heat_map(back)
    yield "heat_map, nothing has a cost", charts.heat_map(free)
    yield "top, by contact", charts.top(october)
    yield "top, by number", charts.top(october, "number")
    yield "top, what strangers write", charts.top(odd)
    yield "top, amounts below zero", charts.top(back)
    yield "price", charts.price(october, tz=ZONE)
    yield "price, by number and week", charts.price(whole, "number", "week", tz=ZONE)
    yield "price, by the hour", charts.price(whole, None, "hour", tz=ZONE)
    yield "dear_characters", charts.dear_characters(october)
    yield "dear_characters, what strangers write", charts.dear_characters(odd)
    yield "dear_characters, none", charts.dear_characters(["plain"])
    yield "forecast", charts.forecast(whole[whole.timestamp.dt.day_of_year < 290], tz=ZONE)  # until mid-October
    yield "forecast, a month that is over", charts.forecast(whole, month="2026-09")
    with contextlib.suppress(AttributeError):
        compared = fr.costs.compare(september, october, by="number")
        yield "bridge", charts.bridge(compared)
        yield "bridge, over keys", charts.bridge(compared, over="keys")
        yield "bridge, many keys", charts.bridge(fr.costs.compare(september, october, by="contact"), over="keys")


def page(drawn, theme, places):
    """Write a page of pictures in a theme."""
    ink, paper = THEMES[theme]
    inside = "".join(f"<div>{picture.svg()}</div>" for _, picture in drawn)
    places.write_text(PAGE.format(ink=ink, paper=paper, inside=inside))


def main():
    """Draw, photograph, and say what axe-core finds."""
    PLACE.mkdir(parents=True, exist_ok=True)
    began = dt.datetime.now(dt.UTC)
    drawn = list(pictures())
    print(f"{len(drawn)} pictures in {(dt.datetime.now(dt.UTC) - began).total_seconds():.1f} s")
    faults = []
    with started() as browser:
        for theme in THEMES:
            written = PLACE / f"{theme}.html"
            page(drawn, theme, written)
            for width in WIDTHS:
                opened, leaving = window(browser)
                tab = opened.new_page()
                tab.set_viewport_size({"width": width, "height": 1000})
                tab.set_content(written.read_text())
                tab.screenshot(path=PLACE / f"{theme}-{width}.png", full_page=True)
                faults += [
                    f"{theme} {width}: {each['id']}: {each['help']}" for each in Axe().run(tab).response["violations"]
                ]
                faults += [f"{theme} {width}: asked for {each}" for each in leaving]
                faults += [f"{theme} {width}: what a stranger wrote was run"] * bool(tab.evaluate("window.ran"))
                opened.close()
    for at, (name, picture) in enumerate(drawn):
        picture.save(PLACE / f"{at:02} {name}.png")
    print(f"Look at them: {PLACE.relative_to(Path.cwd()) if PLACE.is_relative_to(Path.cwd()) else PLACE}")
    print(*faults or ["Nothing was found wrong by machine."], sep="\n")
    return bool(faults)


if __name__ == "__main__":
    sys.exit(main())
