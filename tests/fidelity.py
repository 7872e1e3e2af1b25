"""Rebuilds tests/FIDELITY.md and the README's table of quirks, and sees that each mapping of a version is proven.

``python tests/fidelity.py`` rebuilds both; with ``--check`` it compares instead; with ``--mappings`` it also takes each
version mapping out of the package in turn, and fails on one whose loss turns no cell red.
"""

import contextlib
import io
import re
import shutil
import subprocess
import sys
import tempfile
from collections import defaultdict
from pathlib import Path

import pytest

from flowroute_nb.sandbox.quirks import QUIRKS

ROOT = Path(__file__).parent.parent
DOCUMENTED = ROOT / "cassettes" / "documented"
TABLE = ROOT / "tests" / "FIDELITY.md"
VERSIONS = ("v2", "v2.1", "v2.2")
PROOFS = {"published": "a published example", "sheet": "a value of the sheet", "reading": "our reading"}

#: The sheet's table of endpoints, and which of the published exchanges belong to each.
ENDPOINTS = {
    "send an SMS": r"send(-sms.*|-compact|-content)?",
    "send an MMS": r"send-mms.*",
    "one record": r"lookup.*",
    "a set of records": r"set",
    "message stats": r"message-stats",
    "set a callback": r"callback-set.*",
    "read a callback": r"callback-read",
    "remove a callback": r"callback-remove",
    "set a number's callback": r"number-callback-set",
    "list the numbers": r"numbers",
    "one number": r"number",
    "errors": r"error.*",
}

#: The sheet's numbered contradictions, and the quirks that make the sandbox do either.
CONTRADICTIONS = {
    1: ("`content` or `body` in a send of v2", ["v2_text"]),
    2: ("`amount_display` a float or text", ["amount_display"]),
    3: ("`amount_nanodollars` a number or text", ["amount", "webhook_amount"]),
    4: ("dollars x 10^9 or x 10^8", []),
    5: ("`message_encoding` 0 called UTF-8 or ASCII", []),
    6: ("140 or 153 characters a part", ["segments"]),
    7: ("750 kB or 767,840 bytes", ["mms_limit"]),
    8: ("`has_mms` or `is_mms` on v2", ["v2_mms_flag"]),
    9: ("`longcode`, `long-code`, `standard`, `tollfree`", ["v2_message_type", "number_type"]),
    10: ("an error object or an array on v2", ["v2_errors"]),
    11: ("`detail` text or an object", ["error_detail"]),
    12: ("timestamps with and without fraction, `Z` or `+00:00`", ["timestamps"]),
    13: ("`+1…` or `1…` on v2.2", ["plus", "numbers_said"]),
    14: ("`status_code` text, a number, null or absent", ["status_code"]),
    15: ("a receipt with or without `data`, `level`, `links`", ["receipt_envelope"]),
    16: ("a bad `to` on v2: 403, 500 or none", ["v2_bad_to"]),
    17: ("receipts for an MMS or none", ["mms_receipts"]),
    18: ("every number enabled for messages or not", ["provisioned"]),
    19: ("a webhook is to be answered with 200, or 202 does", ["callback_answer"]),
    20: ("`is_mms` a boolean or text", ["is_mms"]),
    21: ("a signature on webhooks or none", []),
    22: ("`message_total` text or a number", ["message_total"]),
    23: ("receipts of an MMS impossible or possible to ask for", ["mms_receipts", "callback_types"]),
    24: ("a send answered with 200 or 202", ["send_status"]),
}
OF_QUIRK = {
    name: [f"contradiction {n}" for n, (_, names) in CONTRADICTIONS.items() if name in names]
    for name in {name for _, names in CONTRADICTIONS.values() for name in names}
}

#: Quirks of what the sources do not say, and the cells that they are about.
SILENCES = {"opted_out": [("errors", version) for version in VERSIONS]}


def shapes():
    """Give what the list of the published exchanges says of each: published or constructed."""
    rows = re.findall(
        r"^\| `([^`]+\.yaml)` \| [^|]+ \| ([^|]+) \|", (DOCUMENTED / "README.md").read_text(), re.MULTILINE
    )
    return dict(rows)


def cell(name, side):
    """Mark a test as what proves a published exchange, on one side."""
    version, _, file = name.removesuffix(".yaml").partition("/")
    endpoint = next(row for row, pattern in ENDPOINTS.items() if re.fullmatch(pattern, file))
    proof = "sheet" if "onstructed" in SHAPES[name].replace("answer constructed", "") else "published"
    return pytest.mark.fidelity(endpoint, version, side, proof)


def cells(names, side):
    """Give these published exchanges as the parameters of a test."""
    return [pytest.param(name, marks=cell(name, side)) for name in names]


def quirk_marks(name, side):
    """Mark a test of a quirk as a proof of its contradiction, or of the cells it is about, where it has any."""
    rows = [(row, "") for row in OF_QUIRK.get(name, [])] + SILENCES.get(name, [])
    return [pytest.mark.fidelity(*row, side, "sheet") for row in rows]


SHAPES = shapes()


# ------------------------------------------------------------------ the tables


class Collector:
    """Gathers the marks of all tests."""

    def __init__(self):
        self.cells = defaultdict(lambda: defaultdict(list))

    def pytest_collection_finish(self, session):
        for item in session.items:
            for mark in item.iter_markers("fidelity"):
                row, version, side, proof = mark.args
                assert proof in PROOFS, f"{item.nodeid} is proven by {proof!r}"
                self.cells[row, version][side].append((item.nodeid.removeprefix("tests/"), proof))


def marked(root):
    """Give the files that have marks."""
    there = sorted((root / "tests").glob("test_*.py"))
    return [str(path) for path in there if re.search(r"mark\.fidelity|(from|import) fidelity", path.read_text())]


def collected():
    """Collect the tests, in silence."""
    found = Collector()
    with contextlib.redirect_stdout(io.StringIO()) as said:
        code = pytest.main(["--collect-only", "-qq", "-p", "no:cacheprovider", *marked(ROOT)], plugins=[found])
    assert code == 0, said.getvalue()
    return found.cells


def _names(tests):
    """Name the tests of a cell, those of one function together, and how strong the best proof is."""
    functions = defaultdict(list)
    for name, _ in tests:
        function, _, param = name.partition("[")
        functions[function].append(param.removesuffix("]"))
    said = [
        f"`{function}`" + (f" ({', '.join(filter(None, params))})" if any(params) else "")
        for function, params in functions.items()
    ]
    best = next(PROOFS[proof] for proof in PROOFS if any(p == proof for _, p in tests))
    return f"{'; '.join(said).replace('|', '/')}: {best}"


def fidelity(cells):
    """Write the table; an empty cell is an error."""
    lines = [
        "# What is proven, and by what",
        "",
        "Rebuilt by `make fidelity` from the marks of the tests, and compared by a test. *The library* asks and understands as",
        "documented; *the sandbox* answers documented requests as documented. A proof is a published example (documentation, SDK",
        "or somebody's recording), a value of the sheet (the collection of what is known of the API: put together from lists of",
        "fields), or only our reading. No live Flowroute was asked.",
        "",
        "## Endpoints and versions",
        "",
        "| endpoint | version | the library | the sandbox |",
        "|---|---|---|---|",
    ]
    empty = []
    for row in ENDPOINTS:
        for version in VERSIONS:
            sides = [cells[row, version].get(side) for side in ("library", "sandbox")]
            empty += [
                f"{row}, {version}: {side}"
                for side, tests in zip(("library", "sandbox"), sides, strict=True)
                if not tests
            ]
            lines.append(f"| {row} | {version} | {' | '.join(_names(tests) if tests else '' for tests in sides)} |")
    lines += ["", "## The contradictions of the sources", "", "| | what | quirk | proven by |", "|---|---|---|---|"]
    for number, (what, quirks) in CONTRADICTIONS.items():
        tests = [test for side in cells[f"contradiction {number}", ""].values() for test in side]
        empty += [] if tests else [f"contradiction {number}"]
        named = ", ".join(f"`{name}`" for name in quirks) or "none: what comes over the wire is the same"
        lines.append(f"| {number} | {what} | {named} | {_names(tests) if tests else ''} |")
    assert not empty, "No test proves: " + "; ".join(empty)
    return "\n".join(lines) + "\n"


def quirks():
    """Write the README's table of quirks."""
    lines = ["| quirk | unless told | or | source |", "|---|---|---|---|"]
    for quirk in QUIRKS:
        first, *others = [f'`"{value}"`: {what}' for value, what in quirk.values.items()]
        lines.append(f"| `{quirk.name}` | {first} | {'; '.join(others)} | {quirk.source} |")
    return "\n".join(lines)


def readme(said):
    """Put the table of quirks between its two marks."""
    table = f"<!-- quirks: make fidelity -->\n{quirks()}\n<!-- end of quirks -->"
    changed, count = re.subn(r"<!-- quirks: .*?<!-- end of quirks -->", lambda _: table, said, flags=re.DOTALL)
    assert count == 1, "The README has no place for the table of quirks."
    return changed


# ------------------------------------------------------------------ the mappings of versions

#: What maps one version's ways onto ours: where it stands, and what stands there when it is lost.
MAPPINGS = [
    ("wire", 'if api == "v2":\n        if message.mms', "if False:\n        if message.mms"),
    ("wire", 'text: str = "body"', 'text: str = "content"'),
    ("wire", 'if api == "v2.2":  # https', 'if api == "":  # https'),
    ("wire", 'said["is_mms"] = message.is_mms', "pass"),
    ("wire", 'said["media_urls"] = message.media_urls', "pass"),
    ("wire", 'said["dlr_callback"] = message.dlr_callback', "pass"),
    ("wire", 'Request("GET", f"/{api}/messages/{quote', 'Request("GET", f"/v2.1/messages/{quote'),
    ("wire", 'Request("GET", f"/{api}/messages?{urlencode', 'Request("GET", f"/v2.1/messages?{urlencode'),
    ("wire", "price = said.price_details or (", "price = (None) or ("),
    ("wire", "or (said.attributes and said.attributes.price_details)", "or None"),
    ("wire", 'said.get("errors", said.get("error"))', 'said.get("errors")'),
    ("wire", "(found if isinstance(found, list) else [found])", "(found if isinstance(found, list) else [])"),
    ("wire", 'error.get("code", nested.get("code"))', 'nested.get("code")'),
    ("wire", 'error.get("code", nested.get("code"))', 'error.get("code")'),
    ("wire", r're.search(r"\b1110\b", detail)', "False"),
    ("wire", '(*_CALLBACKS, "dlr_callback")', "_CALLBACKS"),
    ("wire", '"data": {"type": "message", "attributes": said}', '"data": said'),
    ("resources", '"/v2/message-stats"', '"/v2.1/message-stats"'),
    ("resources", 'f"/v2/numbers?{', 'f"/v2.1/numbers?{'),
    ("resources", 'f"/{api}/messages/{kind}")', 'f"/v2.1/messages/{kind}")'),
    ("resources", 'f"/{api}/messages/{kind}", body', 'f"/v2.1/messages/{kind}", body'),
    ("resources", 'f"/v2/numbers/{of.removeprefix', 'f"/v2.1/numbers/{of.removeprefix'),
    ("resources", 'f"/v2.2/messages/{kind}"', 'f"/v2.1/messages/{kind}"'),
    ("columns", "[a.has_mms if a.is_mms is None else a.is_mms for a in said]", "[a.is_mms for a in said]"),
    ("columns", 'pc.equal(made["message_type"], "long-code")', 'pc.equal(made["message_type"], "none")'),
    ("columns", "numbers(_strings([a.to for a in said]))", "_strings([a.to for a in said])"),
    ("columns", "v if v is None or type(v) is int else whole(v) for v", "v for v"),
]


_LEFT_OUT = shutil.ignore_patterns(".git", ".venv", "__pycache__", "scratch", ".*_cache", ".hypothesis")


def reds(room="wire", before="", after=""):
    """Change one place in a copy of the checkout, and name the tests of cells that fail there; no cell may not run."""
    with tempfile.TemporaryDirectory() as folder:
        place = Path(folder, "copy")
        shutil.copytree(ROOT, place, ignore=_LEFT_OUT)
        source = place / "flowroute_nb" / f"{room}.py"
        text = source.read_text()
        assert not before or text.count(before) == 1, (
            f"{room} does not have {before!r} once: the table of mappings is old."
        )
        source.write_text(text.replace(before, after) if before else text)
        asked = [sys.executable, "-m", "pytest", "-q", "-x", "-rf", "-m", "fidelity", "-p", "no:cacheprovider"]
        done = subprocess.run([*asked, *marked(place)], cwd=place, capture_output=True, text=True, check=False)
    red = re.findall(r"^FAILED (\S+)", done.stdout, re.MULTILINE)
    if done.returncode not in (0, 1) or bool(red) != bool(done.returncode):
        sys.exit(f"The cells could not be tested without {before!r}:\n{done.stdout[-2000:]}{done.stderr[-2000:]}")
    return red


def unproven():
    """Take each mapping out in turn, and give those that no cell misses; first see that all cells are green with them."""
    if red := reds():
        sys.exit(f"With every mapping in its place {red} fails, so nothing could be learned.")
    kept = []
    for room, before, after in MAPPINGS:
        red = reds(room, before, after)
        kept += [] if red else [before]
        print(f"{room}: without {before.splitlines()[0]!r}: {red[0] if red else 'NOTHING turns red'}", flush=True)
    return kept


def main(*options):
    """Rebuild, or compare."""
    made = {TABLE: fidelity(collected()), ROOT / "README.md": readme((ROOT / "README.md").read_text())}
    stale = [path for path, said in made.items() if not path.exists() or path.read_text() != said]
    if "--check" in options:
        sys.exit(f"{', '.join(path.name for path in stale)} is not what make fidelity makes." if stale else 0)
    for path in stale:
        path.write_text(made[path])
        print(f"{path.relative_to(ROOT)} rebuilt")
    if "--mappings" in options:
        kept = unproven()
        sys.exit(f"No cell is proven by: {kept}" if kept else 0)


if __name__ == "__main__":
    main(*sys.argv[1:])
