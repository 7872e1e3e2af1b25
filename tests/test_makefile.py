"""The Makefile: it lists what it can do, and says in a sentence what is missing; nothing here installs anything."""

import os
import re
import shutil
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
MAKEFILE = (ROOT / "Makefile").read_text()
CONSTRAINTS = (ROOT / "constraints.txt").read_text().splitlines()
TARGETS = sorted(set(re.findall(r"^([a-z.]+):", MAKEFILE, re.MULTILINE)) - {".SHELLFLAGS", ".DEFAULT_GOAL"})


@pytest.fixture
def checkout(tmp_path):
    """Give a folder with what an environment is made from, and nothing that was made."""
    for name in ("Makefile", "pyproject.toml", "constraints.txt"):
        shutil.copy(ROOT / name, tmp_path)
    (tmp_path / "bin").mkdir()
    return tmp_path


def stand_in(checkout, name, *lines):
    """Put a command of our own before the machine's."""
    place = checkout / "bin" / name
    place.write_text("\n".join(["#!/bin/bash", *lines, ""]))
    place.chmod(0o755)


def run(checkout, *command, **variables):
    """Run a command there, as if no other make were around it."""
    mine = {k: v for k, v in os.environ.items() if not k.startswith(("MAKE", "MFLAGS")) and k != "ARGS"}
    mine |= {"PATH": f"{checkout / 'bin'}:{mine['PATH']}", **variables}
    return subprocess.run(command, cwd=checkout, env=mine, capture_output=True, text=True, stdin=subprocess.DEVNULL)


def python(checkout, *answers):
    """Put a python3 there that gives these answers, and else says yes and notes what it was asked."""
    stand_in(checkout, "python3", 'case "$*" in', *answers, "esac", f'echo "$*" >> "{checkout}/asked"')


NO_VENV = '*"import ensurepip"*) exit 1 ;;'
NO_PIP = '"-m pip"*) exit 1 ;;'
OLD_PIP = '"-m pip --python"*) echo "no such option: --python" >&2; exit 2 ;;'


def filled(checkout):
    """Make an environment as if it had been filled."""
    (checkout / ".venv" / "bin").mkdir(parents=True)
    (checkout / ".venv" / ".filled").write_text(f"{checkout}\n")


def test_make_alone_lists_every_target():
    said = run(ROOT, "make", "-s")
    assert said.returncode == 0
    assert sorted(re.findall(r"^make (\S+) +\S", said.stdout, re.MULTILINE)) == TARGETS
    assert {
        ".venv",
        "app",
        "chromium",
        "demo",
        "engines",
        "test",
        "lint",
        "pictures",
        "lab",
        "bench",
        "fidelity",
        "cassettes",
        "constraints",
        "help",
        "clean",
    } == set(TARGETS)


@pytest.mark.parametrize("target", sorted(set(TARGETS) - {".venv", "chromium", "help", "clean"}))
def test_a_target_first_fills_the_environment_and_uses_no_other(checkout, target):
    planned = run(checkout, "make", "-n", target).stdout
    assert planned.index("install --quiet --no-compile -c constraints.txt") < planned.rindex(".venv/bin/")
    filled(checkout)
    again = run(checkout, "make", "-n", target).stdout
    assert ".venv/bin/" in again
    assert "install --quiet --no-compile" not in again


def test_arguments_reach_pytest_as_they_were_quoted(checkout):
    filled(checkout)
    for name in ("python", "coverage"):
        stand_in(checkout, f"../.venv/bin/{name}", 'printf "[%s]" "$@"; echo')
    asked = run(checkout, "make", "-s", "test", 'ARGS=-x -k "frame or row"').stdout
    assert asked == "[-m][pytest][-x][-k][frame or row]\n"
    said = run(checkout, "make", "-s", "test").stdout
    assert "[-m][pytest][--ignore=tests/browser][--ignore=tests/costs][--ignore-glob=tests/test_[p-s]*.py]\n" in said
    assert "[-m][pytest][tests/test_[p-s]*.py]\n" in said
    assert "[-m][pytest][-n][2][--dist][worksteal][tests/browser]\n" in said
    assert "[-m][pytest][tests/costs]\n" in said


@pytest.mark.parametrize(
    "where",
    ["", "tests/browser", "tests/costs", "tests/test_[p-s]*.py", "--ignore-glob=tests/test_[p-s]*.py", "report"],
)
def test_make_test_fails_when_a_test_does_wherever_it_stands(checkout, where):
    filled(checkout)
    for name in ("python", "coverage"):
        stand_in(
            checkout,
            f"../.venv/bin/{name}",
            f'echo "$*"; [[ -z "{where}" || "$*" != *" {where}" && "$1" != "{where}" ]]',
        )
    said = run(checkout, "make", "test")
    assert ["report" in said.stdout, said.returncode == 0] == [True, not where]
    assert "-m pytest -n 2 --dist worksteal tests/browser" in said.stdout


def test_a_part_of_the_tests_fails_when_one_of_them_does(checkout):
    filled(checkout)
    stand_in(checkout, "../.venv/bin/python", "exit 1")
    assert run(checkout, "make", "test", "ARGS=-x").returncode != 0


def test_what_is_filled_is_filled_again_only_when_what_it_is_made_from_changes(checkout):
    filled(checkout)
    assert "Nothing to be done" in run(checkout, "make", ".venv").stdout
    for name in ("pyproject.toml", "constraints.txt"):
        os.utime(checkout / ".venv" / ".filled", (1, 1))
        os.utime(checkout / name, (2, 2))
        assert "install" in run(checkout, "make", "-n", ".venv").stdout


def test_an_environment_that_was_filled_for_another_folder_is_made_anew(checkout):
    filled(checkout)
    (checkout / ".venv" / ".filled").write_text("/elsewhere\n")
    assert "install" in run(checkout, "make", "-n", "test").stdout


def test_a_python_that_is_too_old_is_said(checkout):
    python(checkout, "--version) echo Python 3.9.2; exit ;;", "*version_info*) exit 1 ;;")
    said = run(checkout, "make", "demo")
    assert said.returncode != 0
    assert "needs Python 3.11 or newer, and python3 is Python 3.9.2" in said.stderr


def test_a_python_that_is_not_there_is_said(checkout):
    said = run(checkout, "make", "demo", "PYTHON=python3.99")
    assert said.returncode != 0
    assert "There is no python3.99" in said.stderr


@pytest.mark.parametrize("pip", [NO_PIP, OLD_PIP], ids=["no pip", "a pip before 22.3"])
def test_without_venv_and_pip_who_is_not_root_reads_what_to_install(checkout, pip):
    python(checkout, NO_VENV, pip)
    stand_in(checkout, "id", "echo 1000")
    stand_in(checkout, "apt-get", f"touch '{checkout}/installed'")
    said = run(checkout, "make", "demo")
    assert said.returncode != 0
    assert "apt-get install python3-venv" in said.stderr
    assert not (checkout / "installed").exists()


def test_without_venv_and_pip_root_gets_venv_installed(checkout):
    python(checkout, f'*"import ensurepip"*) [ -e "{checkout}/installed" ] || exit 1 ;;', NO_PIP)
    stand_in(checkout, "id", "echo 0")
    stand_in(checkout, "apt-get", f'[[ "$*" == update* ]] || echo "$*" > "{checkout}/installed"')
    run(checkout, "make", ".venv")
    assert (checkout / "installed").read_text().split()[0] == "install"
    assert "python3-venv" in (checkout / "installed").read_text()
    assert "-m venv .venv" in (checkout / "asked").read_text().splitlines()


def test_without_venv_pip_alone_will_do(checkout):
    python(checkout, NO_VENV)
    run(checkout, "make", ".venv")
    asked = (checkout / "asked").read_text().splitlines()
    assert asked[-2:] == ["-m venv --without-pip .venv", "-m pip --python .venv/bin/python install --quiet pip"]


@pytest.fixture
def without_browser(checkout):
    """Give a filled checkout on a machine that has little, and no browser."""
    filled(checkout)
    stand_in(checkout, "../.venv/bin/python", 'printf "[%s]" "$@"; echo')
    for name in ("bash", "cat", "make", "touch"):
        (checkout / "bin" / name).symlink_to(shutil.which(name))
    stand_in(
        checkout,
        "apt-get",
        f"echo \"$*\" >> '{checkout}/installed'; touch '{checkout}/bin/chromium'",
        f"[[ \"$*\" == update* ]] || {shutil.which('chmod')} +x '{checkout}/bin/chromium'",
    )
    return checkout


def test_without_a_browser_root_gets_one_installed(without_browser):
    stand_in(without_browser, "id", "echo 0")
    said = run(without_browser, "make", "chromium", PATH=str(without_browser / "bin"))
    assert said.returncode == 0, said.stderr
    update, install = (without_browser / "installed").read_text().splitlines()
    assert update.startswith("update")
    assert install.split()[0] == "install"
    assert "chromium" in install.split()
    run(without_browser, "make", "chromium", PATH=str(without_browser / "bin"))
    assert len((without_browser / "installed").read_text().splitlines()) == 2


def test_without_a_browser_who_is_not_root_reads_what_to_install(without_browser):
    stand_in(without_browser, "id", "echo 1000")
    said = run(without_browser, "make", "chromium", PATH=str(without_browser / "bin"))
    assert said.returncode != 0
    assert "apt-get install chromium" in said.stderr
    assert not (without_browser / "installed").exists()


def test_recording_from_flowroute_needs_keys_and_numbers(checkout):
    filled(checkout)
    said = run(checkout, "make", "cassettes", "FROM=live", FLOWROUTE_ACCESS_KEY="a", FLOWROUTE_TO="12065550199")
    assert said.returncode != 0
    assert "put FLOWROUTE_SECRET_KEY FLOWROUTE_FROM into the environment" in said.stderr
    assert "neither sandbox nor live" in run(checkout, "make", "cassettes", "FROM=home").stderr


def test_without_benchmarks_there_is_nothing_to_measure(checkout):
    filled(checkout)
    assert run(checkout, "make", "bench").returncode == 0


def test_clean_removes_the_environment(checkout):
    filled(checkout)
    assert run(checkout, "make", "clean").returncode == 0
    assert not (checkout / ".venv").exists()


def test_what_ci_runs_is_lint_and_test_from_wherever_it_is_called(tmp_path):
    place = tmp_path / "checkout"
    (place / ".ci").mkdir(parents=True)
    (place / ".venv" / "bin").mkdir(parents=True)
    (place / "bin").mkdir()
    shutil.copy(ROOT / ".ci" / "run", place / ".ci")
    stand_in(place, "make", f'echo "$PWD: $*" >> "{tmp_path}/made"')
    stand_in(place, "../.venv/bin/python", "echo pytest==0")
    said = run(place, "bash", "-c", "cd .. && bash checkout/.ci/run", CI="true")
    assert said.returncode == 0, said.stderr
    made = [line for line in (tmp_path / "made").read_text().splitlines() if "--version" not in line]
    assert made == [f"{place}: .venv", f"{place}: lint", f"{place}: test"]


@pytest.mark.parametrize("failing", [".venv", "lint", "test"])
def test_ci_fails_when_one_of_them_does(tmp_path, failing):
    (tmp_path / ".ci").mkdir()
    (tmp_path / ".venv" / "bin").mkdir(parents=True)
    (tmp_path / "bin").mkdir()
    shutil.copy(ROOT / ".ci" / "run", tmp_path / ".ci")
    stand_in(tmp_path, "make", f'[ "$1" != {failing} ]')
    stand_in(tmp_path, "../.venv/bin/python", "echo pytest==0")
    assert run(tmp_path, "bash", ".ci/run", CI="true").returncode != 0


def test_every_constraint_is_one_version_and_no_place():
    assert CONSTRAINTS
    for line in CONSTRAINTS:
        assert re.fullmatch(r"[a-z0-9._-]+==[0-9][0-9a-z.]*( ; .+)?", line), line


def test_everything_the_package_asks_for_is_constrained():
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
    asked = project["dependencies"] + [one for extra in project["optional-dependencies"].values() for one in extra]
    names = {re.match(r"[\w.-]+", one)[0].lower() for one in asked} - {project["name"]}
    assert names <= {line.split("==")[0] for line in CONSTRAINTS}


def test_whose_packages_it_installs_is_the_user_s_own_configuration():
    for name in ("Makefile", ".ci/run", "pyproject.toml"):
        said = (ROOT / name).read_text().replace("--no-emit-index-url --no-emit-find-links", "")
        assert not re.search(r"index-url|find-links|trusted-host|://[^ ]*simple", said), name


# ------------------------------------------------------------------ in the background

IN_THE_BACKGROUND = """
import os, signal, subprocess, sys
for name in ("SIGINT", "SIGHUP"):
    signal.signal(getattr(signal, name), signal.SIG_IGN)
signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGINT})
os.close(0)
names = "an_interrupt_ends or amounts_are_dollars"
tests = ["tests/test_client.py", "tests/test_rows.py", "-k", names, "-p", "no:cacheprovider"]
sys.exit(subprocess.call([sys.executable, "-m", "pytest", "-q", *tests], start_new_session=True))
"""


@pytest.mark.skipif(os.name != "posix", reason="only POSIX shells ignore signals for what they start in the background")
def test_tests_of_interrupts_and_of_forms_pass_in_the_background_without_terminal_and_stdin():
    command = [sys.executable, "-c", IN_THE_BACKGROUND]
    quick = {**os.environ, "PYTEST_DISABLE_PLUGIN_AUTOLOAD": "1"}  # plugins take seconds to load
    done = subprocess.run(command, cwd=ROOT, env=quick, capture_output=True, text=True, timeout=60)
    assert done.returncode == 0, done.stdout[-2000:] + done.stderr
    assert re.search("^[4-9] passed", done.stdout, re.MULTILINE)
