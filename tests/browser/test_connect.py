"""The form that connects, on real pages; and a search for the keys that were typed into it in all that is left."""

import json
from base64 import b64encode
from urllib.parse import quote

import nbformat
import pytest
from nbconvert import HTMLExporter
from playwright.sync_api import expect

import flowroute_nb as fr
from browser.hands import button

SHOWN = "import flowroute_nb as fr\nform = fr.widgets.Connect()\nform"
ACCESS, SECRET = "planted-access-key-c602", "planted+secret/key="


def test_with_one_click_there_is_a_sandbox_and_it_says_which_numbers_it_has(front):
    page = front.open(SHOWN, width=600, theme="dark" if front.kind == "lab" else "light")
    out = page.output(0)
    button(out, "Test the connection").click()
    expect(out.get_by_role("region", name="Connected")).to_contain_text("+1 800 555 0102")
    expect(out.get_by_role("status")).to_have_text("Connected to a sandbox on this machine.")
    assert page.wide(out) == []
    assert page.faults(".fr-form") == []
    if front.kind != "voila":
        assert page.run("form.account.send(to='15305557784', body='Hi').id[:5]") == "'mdr2-'"


def spellings():
    """Give the spellings in which a key could stand somewhere."""
    pair = f"{ACCESS}:{SECRET}"
    encoded = [b64encode(each.encode()).decode().rstrip("=") for each in (pair, SECRET, ACCESS)]
    plain = [ACCESS, SECRET, json.dumps(SECRET)[1:-1], SECRET.replace("/", "\\/"), SECRET[::-1]]
    return {each.encode() for each in [*plain, *encoded, *(quote(each, safe="") for each in [*plain, *encoded])]}


def left_behind(front, page):
    """Give all that is left when a notebook is saved: every file of the server's home, and the page made of it."""
    page.save()
    notebook = nbformat.read(page.path, as_version=4)
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("HOME", str(front.folder.parent))
        html, _ = HTMLExporter().from_notebook_node(notebook)
    files = [path for path in front.folder.parent.rglob("*") if path.is_file()]
    said = {str(path.relative_to(front.folder.parent)): path.read_bytes() for path in files}
    return said | {"page.html": html.encode(), "history": page.run("%history -g").encode()}


def where(said):
    return {name for name, text in said.items() for secret in spellings() if secret in text}


LEAKS = {
    "a field that keeps what is typed": (
        "import ipywidgets, os\nkept = ipywidgets.Password(value=open('planted').read())\nkept"
    ),
    "an output": "print(open('planted').read())",
}


def test_a_key_that_is_typed_is_in_nothing_that_is_saved_and_the_same_search_finds_one_that_is(lab):
    with fr.Sandbox(messages=5, rate=0) as service:
        # The service's own keys can't be chosen, so it is told ours.
        service._service._routes._keys = f"{ACCESS}:{SECRET}".encode()
        cells = f"import os\nos.environ['FLOWROUTE_BASE_URL'] = {service.url!r}"
        page = lab.open(cells, SHOWN)
        out = page.output(1)
        out.get_by_label("The service at 127.0.0.1").check()
        out.get_by_label("Access key").fill(ACCESS)
        button(out, "Test the connection").click()
        expect(out.get_by_text("Give the secret key too.")).to_be_visible()
        expect(out.get_by_label("Access key")).to_have_value(ACCESS)
        out.get_by_label("Secret key").fill("wrong")
        button(out, "Test the connection").click()
        expect(out.get_by_role("alert")).to_contain_text("401")
        expect(out.get_by_label("Access key")).to_have_value(ACCESS)
        assert where(left_behind(lab, page)) == set()
        out.get_by_label("Secret key").fill("")
        out.get_by_label("Secret key").press_sequentially(SECRET)
        out.get_by_label("Secret key").press("Enter")
        expect(out.get_by_role("region", name="Connected")).to_contain_text("…c602")
        for name in ("Access key", "Secret key"):
            expect(out.get_by_label(name)).to_have_value("")
        assert page.run("len(form.account.numbers())") == "4"
        said = left_behind(lab, page)
        assert any("checkpoint" in name for name in said)
        assert any("history.sqlite" in name for name in said)
        assert b"Connect" in b"".join(text for name, text in said.items() if "history.sqlite" in name)
        assert where(said) == set()

        (lab.folder / "planted").write_text(SECRET)
        for leak in LEAKS.values():
            page.run(leak)
        found = where(left_behind(lab, page))
        (lab.folder / "planted").unlink()
        assert {page.path.name, "page.html"} <= {name.split("/")[-1] for name in found}
        assert any("checkpoint" in name for name in found)
