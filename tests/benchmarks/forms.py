"""The forms: from a click to the first words that the kernel has changed, in JupyterLab on a sandbox; medians and the worst of several.

The page itself takes the time, from the click to when the form says something else. What is typed or chosen in a form that
shows 100,000 messages is timed to when its heading has changed, for then it is added up and the table has been told.
"""

import statistics
import sys
import tempfile
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent.parent))
sys.path.insert(0, str(Path(__file__).parent.parent.parent))
from browser import chromium, servers
from browser.fronts import Front
from playwright.sync_api import expect

ROUNDS = 7  # and as many letters to look for
MADE = """
import flowroute_nb as fr
sandbox = fr.Sandbox(today="2026-10-31", messages=100_000, rate=0, quirks={"lag": "none"})
account = sandbox.account()
form = fr.widgets.Connect()
form"""
SEND = "send = fr.widgets.Send(account)\nsend"
LOOKUP = "ids = account.messages('2026-10-30', progress=False).id\nlookup = fr.widgets.Lookup(account)\nlookup"
COSTS = "df = messages.read\ncosts = fr.widgets.CostExplorer(df)\ncosts"
MESSAGES = "messages = fr.widgets.Messages(account)\nmessages"
_TO_CHANGE = """([root, name]) => new Promise(done => {
    const button = [...root.querySelectorAll("button")].find(each => each.textContent === name);
    const before = root.textContent, start = performance.now();
    new MutationObserver((_, watch) => {
        if (root.textContent === before) return;
        watch.disconnect();
        done(performance.now() - start);
    }).observe(root, {subtree: true, childList: true, characterData: true});
    button.click();
})"""
_TO_HEADING = """([root, label, value]) => new Promise(done => {
    const field = root.querySelector(`[aria-label="${label}"]`) ?? [...root.querySelectorAll("label")]
        .find(each => each.textContent === label).control;
    const heading = root.querySelector(".fr-panel"), start = performance.now();
    new MutationObserver((_, watch) => { watch.disconnect(); done(performance.now() - start); })
        .observe(heading, {subtree: true, childList: true, characterData: true});
    field.value = value;
    field.dispatchEvent(new Event("input", {bubbles: true}));
    field.dispatchEvent(new Event("change", {bubbles: true}));
})"""


def button(out, name):
    return out.get_by_role("button", name=name, exact=True)


class Stopwatch:
    """Takes times in a page, and keeps them by what was done."""

    def __init__(self, page):
        self.page, self.times = page, {}

    def click(self, what, out, name):
        """Take the time from a click to when the form says something else."""
        expect(button(out, name)).to_be_enabled()
        self._note(what, _TO_CHANGE, [out.locator(".fr-form").element_handle(), name])

    def fill(self, what, out, label, value):
        """Take the time from a filter to what it comes to."""
        self._note(what, _TO_HEADING, [out.locator(".fr-form").element_handle(), label, value])

    def draw(self, what, out, label, value):
        """Take the time from a choice to the picture that answers it."""
        self._note(what, _TO_HEADING.replace(".fr-panel", ".fr-sight"), [out.element_handle(), label, value])

    def _note(self, what, code, arg):
        self.times.setdefault(what, []).append(self.page._do(code, arg))


def clicked(watch):
    """Use each form as people do, a few times."""
    connect, send, lookup, messages = (watch.page.output(at) for at in range(4))
    for _ in range(ROUNDS):
        watch.click("Connect: test the connection", connect, "Test the connection")
        expect(connect.get_by_role("region", name="Connected")).to_be_visible()
        send.get_by_label("To", exact=True).fill("15305557784")
        send.get_by_label("Text", exact=True).fill("Gee, nice marmot!")
        watch.click("Send: review", send, "Review")
        watch.click("Send: send it", send, "Send it")
        expect(send.get_by_label("To", exact=True)).to_have_value("")
        watch.click("Lookup: look up", lookup, "Look up")
        watch.click("Messages: read a day", messages, "Read")
        expect(button(messages, "Read")).to_be_enabled()
    messages.get_by_label("Days").select_option(label="Last 30 days")
    watch.click("Messages: read 100,000", messages, "Read")
    expect(messages.locator(".fr-status")).to_contain_text("messages read.", timeout=120_000)
    for turn in range(ROUNDS):
        watch.fill("Messages, 100,000: a text is looked for", messages, "Text contains", "aeinost"[turn])
        watch.fill("Messages, 100,000: direction", messages, "Direction", ("inbound", "outbound")[turn % 2])
    page = watch.page
    page.run(COSTS)
    costs = page.output()
    expect(costs.locator(".fr-sight svg")).to_be_visible()
    for turn in range(ROUNDS):
        key = ("number", "direction")[turn % 2]
        watch.fill("Costs, 100,000: by another key, sum", costs, "By", key)
        expect(costs.get_by_role("columnheader", name=key)).to_be_visible()
        watch.draw("Costs, 100,000: over another period, picture", costs, "Over", ("week", "day")[turn % 2])


def main():
    """Print the table of what was measured."""
    home = Path(tempfile.mkdtemp())
    with servers.running("lab", home) as (url, folder), chromium.started() as browser:
        page = Front("lab", url, folder, browser).open(MADE, SEND, LOOKUP, MESSAGES)
        page.run("messages.fill(range='today'); lookup.fill(ids='\\n'.join(ids[:5]))")
        watch = Stopwatch(page)
        clicked(watch)
        for what, each in watch.times.items():
            print(f"  {what:42} {statistics.median(each):7.0f} ms   (most {max(each):.0f})")


if __name__ == "__main__":
    main()
