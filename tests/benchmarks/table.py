"""The table: 100,000 records shown in JupyterLab, looked through, sorted and searched, in a real browser.

Times are from the key or click to the text on the screen, Playwright's own included; medians of several. What the table costs
the cell after it is the difference between a cell run before it and one run right after it.
"""

import statistics
import sys
import tempfile
import time
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent.parent))
sys.path.insert(0, str(Path(__file__).parent.parent.parent))
from browser import chromium, servers
from browser.fronts import Front
from playwright.sync_api import expect

ROUNDS = 5
MADE = "import flowroute_nb as fr; from browser.frames import records; df = records(100_000); fr.widgets"


def used(table):
    """Say what is done with a table: what it is called, how it is done, where which text is then to be seen."""
    first, grid = table.locator(".fr-body [role=row]").first, table.get_by_role("grid")
    find, by_body = table.get_by_role("searchbox"), table.get_by_role("button", name="body")
    return (
        ("to the last row", lambda: grid.press("End"), table, "text 99999:"),
        ("to the middle", lambda: grid.evaluate("e => e.scrollTop = 50_000 * 26"), table, "text 50003:"),
        ("sorted by body, first", by_body.click, first, "text 0:"),
        ("sorted by body, the other way", by_body.click, first, "text 9:"),
        ("found, first", lambda: find.fill("text 4242"), first, "text 4242:"),
        ("found, again", lambda: find.fill("text 7777"), first, "text 7777:"),
    )


def measured(page):
    """Show the table a few times, each time use it, and give all the times by what was done."""
    times = {}

    def note(what, do, where=None, text=None):
        start = time.perf_counter()
        do()
        if where:
            expect(where).to_contain_text(text)
        times.setdefault(what, []).append(1_000 * (time.perf_counter() - start))

    for turn in range(ROUNDS):
        note("a cell that says 1, before it", lambda: page.run("1"))
        code = f"table{turn} = fr.widgets.Table(df)\ntable{turn}"
        note("shown, from running the cell", lambda code=code: page.run(code), page.output(), "text 0:")
        note("a cell that says 1, right after it", lambda: page.run("1"))
        for each in used(page.output(-2).locator(".fr-table")):
            note(*each)
    return times


def main():
    """Print the table of what was measured."""
    home = Path(tempfile.mkdtemp())
    with servers.running("lab", home) as (url, folder), chromium.started() as browser:
        page = Front("lab", url, folder, browser).open(MADE)
        for what, each in measured(page).items():
            print(f"  {what:40} {statistics.median(each):7.0f} ms   (most {max(each):.0f})")


if __name__ == "__main__":
    main()
