"""How one gets about a form on a page: its buttons and its parts by name, and from one to the next by keyboard."""

import json

from playwright.sync_api import expect


def button(out, name):
    return out.get_by_role("button", name=name, exact=True)


def status(out):
    return out.locator(".fr-status")


def panel(out):
    return out.locator(".fr-panel")


def table(out):
    return out.locator(".fr-table")


def tab_to(page, wanted, most=6):
    """Go on by keyboard until the focus is on what is wanted; a date has four places to stop at."""
    for _ in range(most):
        page.tab.keyboard.press("Tab")
        if wanted.evaluate("e => e === document.activeElement"):
            return
    expect(wanted).to_be_focused(timeout=1)


def in_state(saved, said):
    """Say whether something stands in the state of the widgets of a saved notebook."""
    return said in json.dumps(json.loads(saved)["metadata"]["widgets"], ensure_ascii=False)
