"""What the README and its neighbours say is true."""

import re
import subprocess
from pathlib import Path

import pytest
from click.testing import CliRunner

import flowroute_nb as fr
from flowroute_nb.cli import main
from flowroute_nb.schema import CALLBACKS, NUMBERS, RECORD, STATS

ROOT = Path(__file__).parent.parent
README = (ROOT / "README.md").read_text()
BLOCKS = re.findall(r"```python\n(.*?)```", README, re.DOTALL)


@pytest.mark.parametrize("block", BLOCKS, ids=range(len(BLOCKS)))
def test_every_block_of_python_runs(block, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    exec(block, {"fr": fr})  # noqa: S102  the README's own lines


def test_the_table_of_columns_is_the_schema_s():
    table = README[README.index("| column | dtype |") :].split("\n\n")[0]
    named = re.findall(r"`([a-z_]+)`", "".join(line.split("|")[1] for line in table.splitlines()))
    assert named == [column.name for column in RECORD]


@pytest.mark.parametrize(("call", "columns"), [("stats", STATS), ("numbers", NUMBERS), ("callbacks", CALLBACKS)])
def test_the_columns_of_what_is_besides_messages_are_the_schema_s(call, columns):
    (row,) = re.findall(rf"^\| `account\.{call}\(\)` \| (.*) \|$", README, re.MULTILINE)
    named = re.findall(r"`([a-z_]+)`", re.sub(r"\(.*?\)", "", row))
    assert named == [column.name for column in columns]
    typed = dict(re.findall(r"`([a-z_]+)` \(`(Int64|boolean|Decimal)`", row))
    assert typed.items() <= {column.name: column.dtype.replace("decimal", "Decimal") for column in columns}.items()


def test_every_command_it_names_exists():
    for name in re.findall(r"^flowroute-nb ([a-z]+)", README, re.MULTILINE):
        assert CliRunner().invoke(main, [name, "--help"]).exit_code == 0, name


def test_every_target_that_is_named_exists():
    there = subprocess.run(["make", "help"], cwd=ROOT, capture_output=True, text=True, check=True).stdout  # noqa: S607
    for name in ("README.md", "CONTRIBUTING.md", "SECURITY.md"):
        for target in re.findall(r"(?:^|`)make ([a-z]+)", (ROOT / name).read_text(), re.MULTILINE):
            assert f"make {target} " in there, f"{name}: make {target}"


def test_every_test_that_security_names_exists():
    for name in re.findall(r"`(tests/\w+\.py)`", (ROOT / "SECURITY.md").read_text()):
        assert (ROOT / name).exists(), name
