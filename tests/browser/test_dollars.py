"""Two dollar signs are never taken for mathematics, and what is said of a day is read whole."""

import re

from playwright.sync_api import expect

from browser.hands import button

SETUP = """
import flowroute_nb as fr
import pandas as pd
from IPython.display import HTML
sandbox = fr.Sandbox(today="2026-10-31", days=60, rate=0)
account = sandbox.account()
df = account.messages(days=60, progress=False)
odd = fr.costs.anomalies(df)
odd"""
TEXT = "Pay $5 today or $6 tomorrow"
CELLS = {
    "frame": SETUP,
    "card": 'account.estimate("é" * 75)',
    "picture": "fr.charts.over_time(df)",
    "table": "fr.widgets.Table(odd.assign(why='$5 or $6 ' + odd.why))",
    "explorer": "fr.widgets.CostExplorer(df)",
    "form": "fr.widgets.Send(account)",
    "mathematics": 'HTML("<p>$x^2$</p>")',  # what is typeset where anything is
}


def test_what_the_package_shows_is_read_whole_and_not_typeset(front):
    page = front.open(*CELLS.values(), width=1600, height=2_000)
    out = {name: page.output(at) for at, name in enumerate(CELLS)}
    why = re.compile(r"\d\.\dx expected, \d+% from direction inbound$")
    expect(out["frame"].get_by_role("cell", name=why)).to_be_visible()
    expect(out["card"]).to_contain_text(re.compile(r"\$\d\.\d{4} to \$\d\.\d{4}"))
    expect(out["table"]).to_contain_text(re.compile(r"\$5 or \$6 \d\.\dx expected, \d+% from direction inbound"))
    out["explorer"].get_by_label("From", exact=True).fill("2026-09-02")
    expect(out["explorer"].locator(".fr-panel")).to_contain_text(
        re.compile(r"\$\d\.\d{4} instead of \$\d\.\d{4}; \d\.\dx expected, \d+% from direction inbound")
    )
    out["form"].get_by_label("To", exact=True).fill("5305557784")
    out["form"].get_by_label("Text", exact=True).fill(TEXT)
    button(out["form"], "Review").click()
    expect(out["form"].locator(".fr-bubble")).to_have_text(TEXT)
    expect(out["mathematics"].locator("mjx-container")).to_be_visible()
    expect(page.tab.locator("mjx-container, .MathJax")).to_have_count(1)
    page.shot(f"dollars-{front.kind}")
    for name in set(out) - {"frame", "mathematics"}:  # exported pages typeset all of the page but what says no
        outside = out[name].evaluate(OUTSIDE)
        assert outside == [], name


#: Texts with a dollar sign that no element keeps from being typeset, by the name that either version of MathJax knows.
OUTSIDE = """root => {
    const walker = document.createTreeWalker(root, NodeFilter.SHOW_TEXT), found = [];
    while (walker.nextNode()) {
        const {textContent: text, parentElement: within} = walker.currentNode;
        if (text.includes('$') && !within.closest('pre, code, .tex2jax_ignore.mathjax_ignore')) found.push(text);
    }
    return found;
}"""
