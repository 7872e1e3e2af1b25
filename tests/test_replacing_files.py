"""How fr.write replaces a file, and how fr.read refuses what is not a whole file of records."""

import contextlib
import os
import random
import signal
import stat
import subprocess
import sys
import tempfile
from pathlib import Path

import pandas as pd
import pyarrow.parquet as pq
import pytest
from test_files import ENDINGS, frame, record

import flowroute_nb as fr

AS_ROOT = pytest.mark.skipif(os.geteuid() != 0, reason="only root may give files away")


def mode(path):
    return stat.S_IMODE(path.stat().st_mode)


def names(folder):
    return sorted(path.name for path in folder.iterdir())


@contextlib.contextmanager
def umask(mask):
    before = os.umask(mask)
    try:
        yield
    finally:
        os.umask(before)


@pytest.mark.parametrize("ending", ENDINGS)
@pytest.mark.parametrize("permissions", [0o600, 0o640, 0o444, 0o666, 0o604, 0o755])
def test_a_file_that_is_replaced_hands_on_its_permissions(tmp_path, ending, permissions):
    path = fr.write(frame(), tmp_path / f"a.{ending}")
    path.chmod(permissions)
    fr.write(frame(record(7)), path)
    assert mode(path) == permissions
    assert fr.read(path).id.tolist() == ["mdr2-7"]


@pytest.mark.parametrize("ending", ENDINGS)
def test_what_replaces_a_private_file_is_private_while_it_is_written(tmp_path, ending, monkeypatch):
    path = fr.write(frame(), tmp_path / f"a.{ending}")
    path.chmod(0o600)
    seen, fsync = [], os.fsync

    def look(descriptor):
        seen.append(stat.S_IMODE(os.fstat(descriptor).st_mode))
        fsync(descriptor)

    monkeypatch.setattr(os, "fsync", look)
    with umask(0o022):
        fr.write(frame(record(7)), path)
    assert seen == [0o600]


@pytest.mark.parametrize(("mask", "expected"), [(0o077, 0o600), (0o022, 0o644), (0o002, 0o664), (0, 0o666)])
def test_a_new_file_has_the_permissions_that_the_umask_leaves(tmp_path, mask, expected):
    with umask(mask):
        for ending in ENDINGS:
            assert mode(fr.write(frame(), tmp_path / f"a.{ending}")) == expected
        picture = fr.charts.over_time(frame()).save(tmp_path / "a.svg")
        assert mode(picture) == expected


def test_the_umask_of_the_process_is_never_changed(tmp_path, monkeypatch):
    def refuse(_mask):
        raise AssertionError("files of other threads would get the wrong permissions")

    path = fr.write(frame(), tmp_path / "a.csv")
    monkeypatch.setattr(os, "umask", refuse)
    fr.write(frame(), path)
    fr.write(frame(), tmp_path / "b.csv")


@AS_ROOT
def test_a_file_that_is_replaced_hands_on_its_owner_and_group(tmp_path):
    path = fr.write(frame(), tmp_path / "a.csv")
    os.chown(path, 12345, 54321)
    path.chmod(0o640)
    fr.write(frame(), path)
    assert (path.stat().st_uid, path.stat().st_gid, mode(path)) == (12345, 54321, 0o640)


@AS_ROOT
def test_without_the_right_to_hand_on_the_group_another_group_gets_nothing_more():
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        folder.chmod(0o777)
        path = fr.write(frame(), folder / "a.csv")
        os.chown(path, 0, 54321)
        path.chmod(0o664)
        code = f"""
import os, flowroute_nb as fr
df = fr.read({str(path)!r})
fr.write(df, {str(folder / "b.csv")!r})  # loads what a user without rights may not be able to read
os.setgroups([]); os.setgid(2345); os.setuid(1234)
fr.write(df, {str(path)!r})
"""
        subprocess.run([sys.executable, "-c", code], check=True)
        assert (path.stat().st_uid, path.stat().st_gid, mode(path)) == (1234, 2345, 0o644)


def test_a_symbolic_link_stays_and_its_target_is_replaced_beside_it(tmp_path):
    (tmp_path / "data").mkdir()
    (tmp_path / "links").mkdir()
    target, link = fr.write(frame(), tmp_path / "data" / "a.csv"), tmp_path / "links" / "latest.csv"
    target.chmod(0o600)
    link.symlink_to("../data/a.csv")
    (tmp_path / "links").chmod(0o555)  # what is written beside the link would fail, except for root
    assert fr.write(frame(record(7)), link) == link
    assert (link.readlink().name, fr.read(target).id.tolist(), mode(target)) == ("a.csv", ["mdr2-7"], 0o600)
    assert [len(names(tmp_path / name)) for name in ("data", "links")] == [1, 1]
    (tmp_path / "links").chmod(0o755)
    link.unlink()
    link.symlink_to(tmp_path / "data" / "new.csv")  # a link to a file that is not there yet
    fr.write(frame(), link)
    assert link.is_symlink()
    assert len(fr.read(tmp_path / "data" / "new.csv")) == 3


def test_a_name_may_be_as_long_as_the_file_system_allows(tmp_path):
    longest = os.pathconf(tmp_path, "PC_NAME_MAX")
    for ending in ENDINGS:
        path = tmp_path / ("x" * (longest - len(ending) - 1) + f".{ending}")
        for _ in range(2):
            assert len(fr.read(fr.write(frame(), path))) == 3
        with pytest.raises(fr.InputError, match="File name too long"):
            fr.write(frame(), tmp_path / f"x{path.name}")
        with pytest.raises(fr.InputError, match="File name too long"):
            fr.read(tmp_path / f"x{path.name}")


WRITER = """
import resource, signal, sys
import flowroute_nb as fr

df = fr.read({"data": [{"id": "a", "attributes": {"to": "12065550100", "from": "12065550157", "body": "x" * 10**6}}]})
def stop(*_):
    print("writing", flush=True)
    sys.stdin.readline()
signal.signal(signal.SIGXFSZ, stop if sys.argv[2] == "stop" else signal.SIG_DFL)
resource.setrlimit(resource.RLIMIT_FSIZE, (1000, resource.RLIM_INFINITY))  # a signal comes in the middle of the writing
fr.write(df, sys.argv[1])
"""


def test_what_a_killed_process_left_behind_is_removed_by_the_next_write(tmp_path):
    killed = subprocess.run([sys.executable, "-c", WRITER, tmp_path / "a.csv", "die"])
    assert killed.returncode == -signal.SIGXFSZ
    assert len(names(tmp_path)) == 1
    (tmp_path / ".flowroute-nb-mine.tmp.txt").touch()
    (tmp_path / ".mine.tmp").touch()
    fr.write(frame(), tmp_path / "b.csv")
    assert names(tmp_path) == [".flowroute-nb-mine.tmp.txt", ".mine.tmp", "b.csv"]


def test_the_temporary_file_of_a_living_process_is_left_alone(tmp_path):
    command = [sys.executable, "-c", WRITER, tmp_path / "a.csv", "stop"]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE) as writer:
        try:
            assert writer.stdout.readline() == b"writing\n"
            before = names(tmp_path)
            fr.write(frame(), tmp_path / "b.csv")
            assert names(tmp_path) == sorted([*before, "b.csv"])
            assert len(before) == 1
            assert b"File too large" in writer.communicate(b"\n", timeout=30)[1]
        finally:
            writer.kill()
    assert names(tmp_path) == ["b.csv"]


@pytest.mark.parametrize("ending", ENDINGS)
def test_what_is_not_a_regular_file_is_neither_read_nor_replaced(tmp_path, ending):
    fifo, folder, null, loop = (tmp_path / f"{name}.{ending}" for name in ("fifo", "folder", "null", "loop"))
    os.mkfifo(fifo)
    folder.mkdir()
    null.symlink_to("/dev/null")
    loop.symlink_to(loop)
    for path in (fifo, folder, null, loop, tmp_path / f"a\0b.{ending}", str(tmp_path / f"a\0.{ending}")):
        with pytest.raises(fr.InputError, match="can't be written"):
            fr.write(frame(), path)
        with pytest.raises(fr.InputError, match="can't be read"):
            fr.read(path)
    assert stat.S_ISFIFO(fifo.stat().st_mode)
    assert null.is_symlink()


def test_a_device_without_an_ending_is_refused():
    for act in (fr.read, lambda path: fr.write(frame(), path)):
        with pytest.raises(fr.InputError, match=r"\.csv"):
            act("/dev/null")


@pytest.mark.untraced
@pytest.mark.parametrize("ending", ENDINGS)
def test_flipped_bytes_raise_input_errors_only(tmp_path, ending):
    records = frame(*[record(n, body="é" * 30) for n in range(20)])
    whole = fr.write(records, tmp_path / f"a.{ending}").read_bytes()
    path, chance, accepted = tmp_path / f"b.{ending}", random.Random(12), 0  # noqa: S311  which bytes does not matter
    for _ in range(300):
        damaged = bytearray(whole)
        for _ in range(chance.choice([1, 1, 3])):
            damaged[chance.randrange(len(damaged))] = chance.randrange(256)
        path.write_bytes(damaged)
        try:
            rows = fr.read(path)
        except fr.InputError:
            continue
        accepted += 1
        assert list(rows.columns) == list(records.columns)
        if ending == "parquet":  # its pages have checksums, so damage in a value never goes unnoticed
            pd.testing.assert_frame_equal(rows, records)
    assert accepted < 300


@pytest.mark.parametrize("metadata", [b"", b"x", b"[]", b"null", b"1", b"\xff", b'{"a":', b"[" * 5000])
def test_metadata_that_is_not_ours_is_an_input_error(tmp_path, metadata):
    table = pq.read_table(fr.write(frame(), tmp_path / "a.parquet"))
    pq.write_table(table.replace_schema_metadata({b"flowroute": metadata}), tmp_path / "a.parquet")
    with pytest.raises(fr.InputError, match="a.parquet can't be read as parquet"):
        fr.read(tmp_path / "a.parquet")


def test_metadata_of_other_programs_is_ignored(tmp_path):
    table = pq.read_table(fr.write(frame(), tmp_path / "a.parquet"))
    pq.write_table(table.replace_schema_metadata({b"pandas": b"x", b"geo": b"\xff"}), tmp_path / "a.parquet")
    pd.testing.assert_frame_equal(fr.read(tmp_path / "a.parquet"), frame())


@pytest.mark.parametrize("attrs", ["x", 5, {"a": object()}, {"a": {1, object()}}])
def test_a_frame_whose_origin_no_file_can_hold_is_refused(tmp_path, attrs):
    records = frame()
    records.attrs["flowroute"] = attrs
    with pytest.raises(fr.InputError, match=r"df.attrs\['flowroute'\]"):
        fr.write(records, tmp_path / "a.csv")
    assert not names(tmp_path)


@pytest.mark.parametrize("content", [b"\xff\xfe{}", b"[" * 10**5, b'[{"cost":' + b"[" * 10**5, b'"x"'])
def test_text_that_is_not_records_is_an_input_error(tmp_path, content):
    (tmp_path / "a.json").write_bytes(content)
    with pytest.raises(fr.InputError):
        fr.read(tmp_path / "a.json")
