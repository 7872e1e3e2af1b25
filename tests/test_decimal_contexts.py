"""No decimal context that a user has set changes what is read, written or summed up, or makes it fail."""

from decimal import Decimal

import pandas as pd
import pytest
from decimal_contexts import CONTEXTS, decimal_context

import flowroute_nb as fr

PAGE = {
    "data": [
        {
            "type": "message",
            "id": f"mdr2-{number}",
            "attributes": {
                "amount_nanodollars": amount,
                "timestamp": f"2026-10-{number + 1:02d}T10:00:00Z",
                "direction": "outbound",
                "from": "12065550100",
                "to": "12065550199",
                "body": "Gee, nice marmot!" * (number + 1),
                "is_mms": False,
                "message_type": "longcode",
                "message_encoding": 0,
                "status": "delivered",
                "price_details": {"base_rate": "0.0033", "surcharge_rate": 3, "charged_cost": 0.12345},
            },
        }
        for number, amount in enumerate([123_456_789, "987654321987654321", 0, -4_000_000, 3_300_000])
    ]
}


@pytest.fixture(scope="module")
def month():
    with fr.Sandbox(today="2026-10-31", messages=1_500) as sandbox:
        account = sandbox.account()
        stats = account.stats()
        return account.messages(days=30, progress=False), stats


def files(df, folder):
    for name in ("a.parquet", "a.csv", "a.json"):
        fr.write(df, folder / name)
        yield name, fr.read(folder / name)
    yield "csv text", (folder / "a.csv").read_text()


def reading(_df, _stats, folder):
    page = fr.read(PAGE)
    yield "page", page
    yield from files(page, folder)
    yield "prices", fr.expand(page, "price_details")
    yield "dollars", fr.dollars(page.cost)


def a_month_in_files(df, _stats, folder):
    yield from files(df, folder)


def summaries(df, _stats, _folder):
    costs = fr.costs
    yield "total", costs.total(df)
    for keys in ((), ("direction",), ("number", "hour"), ("contact_prefix",)):
        yield f"by {keys}", costs.by(df, *keys, period="day", tz="America/New_York")
    yield "top", costs.top(df, "contact", n=5)
    yield "tag", costs.by(df, "tag", tags={"code": {"body_contains": "your code"}})


def prices(df, _stats, _folder):
    costs = fr.costs
    yield "rates", costs.rates(df)
    audit = costs.audit(df)
    yield "audit", (repr(audit), audit._repr_html_())


def comparisons(df, stats, _folder):
    costs = fr.costs
    half = df.timestamp < pd.Timestamp("2026-10-16", tz="UTC")
    yield "compare", costs.compare(df[half], df[~half], by="direction")
    yield "reconcile", costs.reconcile(df, stats)
    yield "reconcile a total", costs.reconcile(df, "12.40")
    yield "reconcile a Decimal", costs.reconcile(df, Decimal("12.40"))


def days(df, _stats, _folder):
    costs = fr.costs
    yield "anomalies", costs.anomalies(df)
    forecast = costs.forecast(df)
    yield "forecast", (repr(forecast), forecast._repr_html_())


def charts(df, _stats, _folder):
    summary = fr.costs.by(df, "direction", period="day")
    yield "over time", fr.charts.over_time(summary)._repr_html_()
    yield "top", fr.charts.top(fr.costs.top(df, "contact", n=5))._repr_html_()


def assert_same(one, other):
    if isinstance(one, pd.DataFrame):
        pd.testing.assert_frame_equal(one, other)
        assert one.astype(str).to_csv() == other.astype(str).to_csv()  # 0.5 and 0.50 are equal, too
        assert str(one.attrs) == str(other.attrs)
    elif isinstance(one, pd.Series):
        pd.testing.assert_series_equal(one, other)
    else:
        assert str(one) == str(other)


@pytest.mark.parametrize("calls", [reading, a_month_in_files, summaries, prices, comparisons, days, charts])
def test_no_decimal_context_changes_a_result(month, calls, tmp_path):
    df, stats = month
    usual = dict(calls(df.copy(), stats.copy(), tmp_path))
    for context in CONTEXTS.values():
        with decimal_context(context):
            strange = dict(calls(df.copy(), stats.copy(), tmp_path))
        assert usual.keys() == strange.keys()
        for name, result in usual.items():
            assert_same(result, strange[name])


@pytest.mark.parametrize("context", CONTEXTS.values(), ids=CONTEXTS)
def test_no_decimal_context_changes_what_an_account_reads_or_estimates(context):
    with fr.Sandbox(today="2026-10-31", messages=300) as sandbox:
        usual = sandbox.account()
        expected = usual.messages(days=30, progress=False)
        estimate = repr(usual.estimate(body="Gee, nice marmot!" * 20, to="12065550199"))
        with decimal_context(context):
            account = sandbox.account()
            pd.testing.assert_frame_equal(account.messages(days=30, progress=False), expected)
            assert account.lookup(expected.id[0]).cost == expected.cost[0]
            assert repr(account.estimate(body="Gee, nice marmot!" * 20, to="12065550199")) == estimate


@pytest.mark.parametrize("context", CONTEXTS.values(), ids=CONTEXTS)
def test_no_decimal_context_changes_what_the_cost_explorer_shows(context):
    with fr.Sandbox(today="2026-10-31", days=60, messages=300) as sandbox:
        df = sandbox.account().messages(days=61, progress=False)

    def shown():
        form = fr.widgets.CostExplorer(df)
        form.wait()
        parts = form.panel.parts
        form.close()
        return {name: str(words) for name, words in parts[0]["rows"]}

    usual = shown()
    assert " in " in usual["Before"]
    with decimal_context(context):
        assert shown() == usual
