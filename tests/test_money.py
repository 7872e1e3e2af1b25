"""Dollars and nanodollars: exact whatever the user's decimal context is, and at the edges of what an amount can be."""

import decimal
from decimal import Decimal

import pytest
from test_files import frame, record

import flowroute_nb as fr

CONTEXTS = [
    decimal.Context(prec=1, traps=[decimal.Inexact, decimal.Rounded]),
    decimal.Context(prec=3, rounding=decimal.ROUND_UP),
    decimal.Context(prec=5, Emax=3, Emin=-3),
]


@pytest.mark.parametrize("context", CONTEXTS, ids=["prec 1", "prec 3", "prec 5"])
@pytest.mark.parametrize("invoice", ["1.123456789", Decimal("1.123456789"), "$1.123456789"])
def test_the_conversion_to_nanodollars_is_exact_under_any_decimal_context(context, invoice):
    records = frame(record(1, amount_nanodollars=1_000_000_001), record(2, amount_nanodollars=123_456_788))
    with decimal.localcontext(context):
        agreeing = fr.costs.reconcile(records, invoice)
    assert (f"{agreeing.charged[0]:f}", f"{agreeing.cost[0]:f}") == ("1.123456789", "1.123456789")
    assert bool(agreeing.agrees[0])


@pytest.mark.parametrize("context", CONTEXTS, ids=["prec 1", "prec 3", "prec 5"])
def test_amounts_and_prices_are_exact_under_any_decimal_context(context):
    prices = {"base_rate": "0.05", "surcharge_rate": 12.5, "charged_cost": "123.123456789"}
    with decimal.localcontext(context):
        records = frame(record(1, amount_nanodollars=123_456_789_123_456_789, price_details=prices))
        expanded = fr.expand(records, "price_details")
        total = fr.costs.total(records)
    assert f"{records.cost[0]:f}" == f"{total:f}" == "123456789.123456789"
    assert [f"{expanded[name][0]:f}" for name in prices] == ["0.0500", "12.5000", "123.123456789"]


@pytest.mark.parametrize(
    ("nanodollars", "dollars"),
    [
        (0, "0.0000"),
        (1, "1E-9"),
        (-1, "-1E-9"),
        (10, "1E-8"),
        (99_999, "0.000099999"),
        (100_000, "0.0001"),
        (-100_000, "-0.0001"),
        (10**9, "1.0000"),
        (10**18, "1000000000.0000"),
        (-(10**18), "-1000000000.0000"),
        (10**18 - 1, "999999999.999999999"),
    ],
)
def test_an_amount_has_four_decimals_at_least_and_no_more_than_it_needs(nanodollars, dollars):
    assert str(frame(record(1, amount_nanodollars=nanodollars)).cost[0]) == dollars


def test_floats_of_amounts_are_made_of_decimals_and_missing_ones_alone():
    floats = fr.dollars(frame(record(1, amount_nanodollars=None), record(2, amount_nanodollars=-1)).cost)
    assert floats.isna().tolist() == [True, False]
    assert floats[1] == -1e-9
    assert fr.dollars(5) == 5.0
    for wrong in (True, "0.5", 0.5, [Decimal(1)], [Decimal(1), Decimal(2)], {}):
        with pytest.raises(fr.InputError, match=r"dollars\(\) makes floats of Decimals"):
            fr.dollars(wrong)
