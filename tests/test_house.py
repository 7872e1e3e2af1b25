"""The house as it stands: who imports whom, which library comes in by which door, and what is kept out of the files."""

import ast
import re
import subprocess
import sys
from pathlib import Path

import pytest

import flowroute_nb as fr

ROOT = Path(__file__).parent.parent
PACKAGE = ROOT / "flowroute_nb"
ROOMS = sorted(path for path in PACKAGE.rglob("*.py") if path.name != "__main__.py" and path != PACKAGE / "__init__.py")

# A room, and the rooms of ours it may import. Further up the river, never down.
NEIGHBOURS = {
    "errors": "",
    "schema": "",
    "cards": "",
    "credentials": "errors",
    "phone": "errors",
    "text": "errors",
    "wire": "errors",
    "items": "",
    "mending": "errors items",
    "media": "items",
    "reader": "errors items media mending",
    "line": "errors wire",
    "client": "errors wire line",
    "ranges": "errors",
    "columns": "schema text mending",
    "records": "errors schema columns files reader",
    "files": "errors schema columns",
    "details": "errors schema columns mending reader records",
    "drafts": "errors phone text wire",
    "sent": "cards phone records wire",
    "gathering": "errors wire ranges columns reader records",
    "progress": "ranges",
    "account": "cards credentials client drafts errors phone gathering progress ranges sandbox sent wire",
    "sandbox": "errors sandbox",
    "sandbox.house": "errors sandbox account",  # Sandbox.account() imports account inside the method
    "cli": "account credentials demo errors files wire",
    "demo": "",
}

# A library that has one door, and the rooms that are it.
DOORS = {
    "requests": "line",
    "urllib3": "line",
    "msgspec": "wire items mending media reader columns files details",  # the last three read JSON text that was kept
    "json": "mending reader sandbox",  # pages that a strict decoder refuses whole
    "pyarrow": "columns records files details gathering",
    "phonenumbers": "phone",
    "keyring": "credentials",
    "os": "credentials files records sandbox.house",  # files: places and modes; environ in credentials alone
    "click": "cli",
    "ipywidgets": "",
    "tqdm": "progress",
    "sqlite3": "sandbox.state",
    "http": "sandbox.server",
    "socketserver": "sandbox.server",
    "socket": "line sandbox.server",
    "subprocess": "cli",
    "random": "client sandbox.past",
    "ssl": "line",
    "time": "account client sandbox.clock sandbox.server",
    "threading": "client line cli sandbox",
}


def room(path):
    name = ".".join(path.relative_to(PACKAGE).with_suffix("").parts)
    return name.removesuffix(".__init__")


def allowed(table, name):
    return set(table.get(name, table.get(name.split(".")[0], "")).split())


def imports(source):
    """Give what a source imports: ours as ``.room``, libraries by their first name; types alone don't count."""
    tree = ast.parse(source)
    for node in list(ast.walk(tree)):
        if isinstance(node, ast.If) and ast.unparse(node.test) == "TYPE_CHECKING":
            node.body = [ast.Pass()]
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            names = [(alias.name, "") for alias in node.names]
        elif isinstance(node, ast.ImportFrom):
            names = [(node.module, alias.name) for alias in node.names]
        else:
            continue
        for module, name in names:
            first, *rest = module.split(".")
            yield f".{rest[0] if rest else name}" if first == "flowroute_nb" else first


def trespasses(name, source):
    """Name what came in by another door than the tables allow."""
    for each in imports(source):
        if each.startswith("."):
            ours = each[1:]
            if ours not in allowed(NEIGHBOURS, name) and ours:
                yield f"{name} imports its neighbour {ours}"
        elif each in DOORS and not allowed(DOORS, each) & {name, name.split(".")[0]}:
            yield f"{name} imports {each}, whose door is {DOORS[each] or 'not there yet'}"


@pytest.mark.parametrize("path", ROOMS, ids=room)
def test_nothing_comes_in_by_another_door(path):
    assert list(trespasses(room(path), path.read_text())) == []


@pytest.mark.parametrize(
    ("name", "source", "said"),
    [
        ("wire", "import requests", "wire imports requests"),
        ("phone", "from flowroute_nb.client import Client", "phone imports its neighbour client"),
        ("records", "from flowroute_nb import account", "records imports its neighbour account"),
        ("sandbox.routes", "from flowroute_nb.text import segments", "sandbox.routes imports its neighbour text"),
        ("account", "def f():\n    import ipywidgets", "account imports ipywidgets"),
        ("ranges", "import time", "ranges imports time"),
    ],
)
def test_a_wrong_door_is_found(name, source, said):
    assert [each for each in trespasses(name, source) if said in each]


def test_every_room_stands_in_the_table():
    assert {room(path).split(".")[0] for path in ROOMS} == {name.split(".")[0] for name in NEIGHBOURS}


def test_only_credentials_reads_the_environment():
    readers = [
        room(path)
        for path in ROOMS
        if re.search(r"\benviron\b|\bgetenv\b", path.read_text()) and "os.environ" in path.read_text()
    ]
    assert readers == ["credentials"]


def test_only_account_and_the_sandbox_s_clock_ask_what_time_it_is():
    askers = [
        room(path)
        for path in ROOMS
        if re.search(r"datetime\.now\(|\.utcnow\(|date\.today\(|Timestamp\.now\(", path.read_text())
    ]
    assert askers == ["account", "sandbox.clock"]


def test_no_room_is_called_like_something_the_front_door_exports():
    assert not {room(path) for path in ROOMS if "." not in room(path)} & (set(fr.__all__) - {"errors"})


@pytest.mark.parametrize("path", ROOMS, ids=room)
def test_a_room_says_in_its_first_line_what_it_is_for_and_stays_small(path):
    source = path.read_text()
    assert len(source.splitlines()[0]) > 20
    assert source.startswith('"""')
    assert len(source.splitlines()) <= 420


def test_everything_at_the_front_door_is_there_and_documented():
    for name in fr.__all__:
        assert getattr(fr, name).__doc__
    with pytest.raises(AttributeError, match="has no attribute 'acount'"):
        fr.acount  # noqa: B018  the look-up is the test


def loaded_by(code):
    said = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    return set(said.stdout.split())


def test_importing_it_loads_neither_forms_nor_pictures_nor_the_sandbox():
    loaded = loaded_by("import sys, flowroute_nb; print(*sys.modules)")
    assert "flowroute_nb" in loaded
    heavy = {"ipywidgets", "matplotlib", "plotly", "click", "tqdm", "flowroute_nb.sandbox", "sqlite3", "http.server"}
    assert not loaded & heavy


def tracked():
    listed = subprocess.run(["git", "ls-files", "-z"], cwd=ROOT, capture_output=True, text=True)  # noqa: S607
    names = [name for name in listed.stdout.split("\0") if name] if listed.returncode == 0 else []
    return [ROOT / name for name in names] or list(PACKAGE.rglob("*.py"))


def test_no_file_names_a_package_registry_or_a_path_of_somebody_s_machine():
    hosts = (
        "pypi" + ".org",
        "python" + "hosted",
        "npm" + "js",
        "debian" + ".org",
        "/ro" + "ot/",
        "/ho" + "me/",
        "/wo" + "rk/",
    )
    for path in tracked():
        if path.suffix in (".png", ".parquet") or not path.exists():
            continue
        said = path.read_text(errors="replace")
        assert not [host for host in hosts if host in said and f"https://{host}/project" not in said], path


def test_no_committed_file_is_large():
    assert [path for path in tracked() if path.exists() and path.stat().st_size > 200_000] == []
