"""Frames are the same under every pandas option: values, missing values and dtypes."""

import json
import subprocess
import sys

import pandas as pd
import pytest

import flowroute_nb as fr

#: Run by a process of its own, because some options count when pandas or a frame is first used.
_SCRIPT = """
import json, sys
import pandas as pd

option, value = json.loads(sys.argv[1])
if option:
    pd.set_option(option, value)
import flowroute_nb as fr


def described(frame):
    frame = frame.to_frame() if isinstance(frame, pd.Series) else frame
    texts = [[None if not isinstance(v, list) and pd.isna(v) else str(v) for v in frame[name]] for name in frame]
    return [list(map(str, frame.columns)), [repr(dtype) for dtype in frame.dtypes], texts]


def record(n, **attributes):
    return {"type": "message", "id": f"mdr2-{n}", "attributes": attributes}


df = fr.read({"data": [
    record(1, direction="outbound", **{"from": "12065550100"}, to="12065550199", body="hi", amount_nanodollars=4000000,
           timestamp="2026-10-01T10:00:00Z", message_type="longcode", is_mms=False),
    record(2, direction="inbound", to="12065550100"),
    record(3, **{"from": "+6592345678"}, body="é", amount_nanodollars=5000000, timestamp="2026-10-02 10:00:00"),
]})
found = {
    "read": df,
    "normalize": fr.normalize_number(pd.Series(["(206) 555-0100", None, float("nan"), pd.NA], dtype=object)),
    "normalize contacts": fr.normalize_number(df.contact),
    "normalize nothing": fr.normalize_number(pd.Series([None, None], dtype=object)),
    "segments": fr.segments(pd.Series(["hi", None, "é"], dtype=object)),
    "tag": fr.costs.tag(df, {"a": {"body_contains": "h"}}),
    "dollars": fr.dollars(df.cost),
    "other": fr.expand(df, "other"),
    "rates": fr.costs.rates(df),
}
for key in ("direction", "number", "contact_prefix", "weekday", "hour", "message_type", "is_mms"):
    found[f"by {key}"] = fr.costs.by(df, key)
    found[f"top {key}"] = fr.costs.top(df, key, n=1)
for ending in ("csv", "json", "parquet", "xlsx"):
    path = fr.write(df, f"{sys.argv[2]}/records.{ending}")
    found[ending] = fr.read(path)
with fr.Sandbox(seed=3, messages=400, today="2026-10-31", rate=0) as sandbox:
    account = sandbox.account()
    month = account.messages("2026-10", progress=False)
    account.send(to="+6592345678", body="Hello")
    found |= {
        "messages": month,
        "numbers": account.numbers(),
        "callbacks": account.callbacks(),
        "stats": account.stats(),
        "lookup": account.lookup([month.id[0], "mdr2-none"], errors="keep"),
        "anomalies": fr.costs.anomalies(month),
        "reconcile": fr.costs.reconcile(month, account.stats()),
        "compare": fr.costs.compare(month[month.timestamp < "2026-10-15"], month[month.timestamp >= "2026-10-15"]),
        "log": sandbox.log[sandbox.log.method == "POST"].drop(columns=["at", "seconds", "answer"]),
        "taken": sandbox.taken.drop(columns=["at", "id"]),
    }
print(json.dumps({name: described(frame) for name, frame in found.items()}))
"""

OPTIONS = [
    ("future.infer_string", False),
    ("mode.string_storage", "python"),
    ("mode.string_storage", "pyarrow"),
    ("mode.copy_on_write", True),
    ("future.no_silent_downcasting", True),
    ("future.distinguish_nan_and_na", True),
    ("future.python_scalars", True),
    ("compute.use_numexpr", False),
]


def _run(folder, option=None, value=None):
    given = [sys.executable, "-W", "ignore", "-c", _SCRIPT, json.dumps([option, value]), str(folder)]
    done = subprocess.run(given, capture_output=True, text=True, timeout=120, check=False)
    assert done.returncode == 0, done.stderr[-2000:]
    return json.loads(done.stdout)


@pytest.fixture(scope="module")
def usual(tmp_path_factory):
    return _run(tmp_path_factory.mktemp("usual"))


@pytest.mark.parametrize(("option", "value"), OPTIONS)
def test_every_frame_is_the_same_under_a_pandas_option(option, value, usual, tmp_path):
    found = _run(tmp_path, option, value)
    assert found.keys() == usual.keys()
    for name in usual:
        assert found[name] == usual[name], name


@pytest.mark.filterwarnings("ignore:The .future.infer_string. option is deprecated")
def test_a_missing_number_stays_missing_where_pandas_infers_no_strings():
    with pd.option_context("future.infer_string", False):  # noqa: FBT003  pandas has no keyword for it
        numbers = fr.normalize_number(pd.Series(["(206) 555-0100", None], dtype=object))
        assert numbers.isna().tolist() == [False, True]
        assert numbers[0] == "12065550100"
