"""An audit says by which rule an account is billed, and which records one of them does not explain."""

from decimal import Decimal

import pandas as pd
import pytest
from samples import ENGINES, message, records

import flowroute_nb as fr
from flowroute_nb import costs


def counted(found):
    return {fits: count for fits, count in zip(found.counts.fits, found.counts.messages, strict=True) if count}


@pytest.mark.parametrize("seed", [1, 2, 3])
@pytest.mark.parametrize(("quirk", "rule"), [("documented", "published"), ("3gpp", "standard")])
def test_the_rule_that_is_billed_fits_best_and_explains_every_record(seed, quirk, rule):
    with fr.Sandbox(seed=seed, today="2026-10-31", messages=1_000, quirks={"segments": quirk}) as sandbox:
        df = sandbox.account().messages(days=30, progress=False)
    found = costs.audit(df)
    both = fr.segments(df.body[~df.is_mms])
    differ = int((both["count"] != both.standard).sum())
    assert found.rule == rule
    assert counted(found) == {"both": 1_000 - differ, rule: differ}
    assert found.verdict.startswith(
        "Flowroute's published rule fits best: it explains 1,000 of 1,000"
        if rule == "published"
        else "The 3GPP standard fits best: it explains 1,000 of 1,000"
    )
    assert f"Of the {differ} that only one explains, {differ} speak for it." in found.verdict
    assert len(found.frame) == differ
    assert (found.frame.implied == found.frame[rule]).all()


def test_the_frame_has_the_records_on_which_the_rules_differ_and_those_that_fit_neither():
    short = [message(4_000_000, at=n) for n in range(9)]
    long, odd = message(8_000_000, at=4.2, body="x" * 290), message(4_500_000, at=4.5)
    mms = [message(9_500_000, at=n, body=None, is_mms=True) for n in range(5)]
    found = costs.audit(records(odd, long, *short, *mms))
    shown = found.frame[["cost", "rate", "implied", "published", "standard", "segments", "fits"]].astype(object)
    assert shown.where(shown.notna(), None).values.tolist() == [
        [Decimal("0.0080"), Decimal("0.0040"), 2, 3, 2, 3, "standard"],
        [Decimal("0.0045"), Decimal("0.0040"), None, 1, 1, 1, "neither"],
    ]
    assert found.frame.id.tolist() == [long["id"], odd["id"]]
    assert found.rule == "standard"
    assert found.verdict.endswith("1 agrees with neither.")
    assert counted(found) == {"both": 14, "standard": 1, "neither": 1}
    assert found.counts.set_index("fits").cost["both"] == Decimal("0.0835")


def test_what_failed_and_cost_nothing_and_what_cannot_be_judged_is_counted_apart():
    said = [message(4_000_000, at=n) for n in range(3)]
    free, unpriced, textless = message(0, failed=True), message(None), message(4_000_000, body=None)
    found = costs.audit(records(*said, free, unpriced, textless))
    assert counted(found) == {"both": 3, "free": 1, "unknown": 2}
    assert found.rule is None
    assert found.verdict == ("Of 3 records 3 cost what both rules say, and they differ on none: no rule fits better.")
    assert len(found.frame) == 0


def test_a_price_that_is_zero_is_explained_by_both():
    assert counted(costs.audit(records(*(message(0, at=n, direction="inbound") for n in range(4))))) == {"both": 4}


def test_prices_that_are_given_are_gone_by():
    df = records(*(message(4_000_000, at=n) for n in range(4)))
    dear = costs.rates(df).assign(rate=[Decimal("0.0020")])
    found = costs.audit(df, rates=dear)
    assert found.rates is dear
    assert found.frame.implied.tolist() == [2, 2, 2, 2]
    assert counted(found) == {"neither": 4}


def test_nothing_gives_a_typed_nothing_and_a_sentence():
    found, full = costs.audit(records()), costs.audit(records(message(1, body="x" * 290), message(1)))
    assert found.frame.dtypes.equals(full.frame.dtypes)
    assert found.counts.dtypes.equals(full.counts.dtypes)
    assert found.verdict == "No record has an amount, a text and a price to go by."


def test_it_shows_its_verdict_and_its_counts_and_no_text_of_anybody():
    found = costs.audit(
        records(message(3_000_000, body="<b>secret</b>" * 23), *(message(1_000_000, at=n) for n in range(5)))
    )
    assert repr(found).startswith("<Audit: Flowroute's published rule fits best")
    for shown in (repr(found), found._repr_html_()):
        assert "secret" not in shown
        assert "fits best: it explains 6 of 6" in shown
    assert ">5 records</td>" in found._repr_html_()


def test_amounts_past_what_a_float_holds_are_audited_exactly():
    df = records(*(message(2**53 + 1, at=n) for n in range(3)), message(2**54 + 2, body="x" * 161))
    assert counted(costs.audit(df)) == {"both": 4}
    off = records(*(message(2**53 + 1, at=n) for n in range(3)), message(2**54 + 3, body="x" * 161))
    assert counted(costs.audit(off)) == {"both": 3, "neither": 1}


@pytest.mark.parametrize(
    ("spoil", "said"),
    [
        (lambda df: df.drop(columns=["body", "id"]), "lacks the columns 'body' and 'id'"),
        (lambda df: df.assign(amount_nanodollars=0.5), "'amount_nanodollars' is of type"),
        (lambda _: 5, "is a int"),
    ],
)
def test_what_is_no_frame_of_records_is_refused_with_the_fix(spoil, said):
    with pytest.raises(fr.InputError, match=said):
        costs.audit(spoil(records(message(4_000_000))))


def test_rates_hold_in_whatever_order_they_come():
    df = records(*(message(3_400_000, at=n) for n in range(9)), *(message(4_000_000, at=200 + n) for n in range(9)))
    known = costs.rates(df)
    assert len(known) == 2
    assert costs.audit(df, rates=known.iloc[::-1]).verdict == costs.audit(df, rates=known).verdict


@pytest.mark.parametrize(
    ("spoil", "said"),
    [
        ({"rate": 0.004}, "the rate 0.004, and money is exact"),
        ({"rate": "0.0040"}, "the rate '0.0040'"),
        ({"rate": None}, "the rate None"),
        ({"since": None}, "no moment in a zone"),
        ({"since": pd.Timestamp("2026-10-01")}, "no moment in a zone"),
    ],
    ids=str,
)
def test_rates_that_are_no_money_or_have_no_time_are_refused(spoil, said):
    df = records(message(4_000_000))
    with pytest.raises(fr.InputError, match=said):
        costs.audit(df, rates=costs.rates(df).assign(**spoil))


def test_rates_that_are_none_are_refused():
    with pytest.raises(fr.InputError, match=r"rates is a DataFrame|rates lacks the column"):
        costs.audit(records(message(1)), rates=pd.DataFrame({"rate": []}))


@pytest.mark.parametrize("engine", ENGINES)
def test_every_engine_gives_the_same(engine, account):
    df = account.messages(days=30, progress=False)
    found, expected = costs.audit(ENGINES[engine](df)), costs.audit(df)
    pd.testing.assert_frame_equal(found.frame, expected.frame)
    pd.testing.assert_frame_equal(found.counts, expected.counts)
    assert (found.verdict, found.rule) == (expected.verdict, expected.rule)


def test_a_record_that_was_free_though_it_did_not_fail_agrees_with_neither_rule():
    found = costs.audit(records(*(message(4_000_000, at=n) for n in range(4)), message(0, at=2.5)))
    assert counted(found) == {"both": 4, "neither": 1}
    assert found.frame.implied.isna().tolist() == [True]


def test_a_record_of_a_kind_whose_price_is_not_known_is_not_judged():
    known = costs.rates(records(*(message(4_000_000, at=n) for n in range(4))))
    found = costs.audit(records(message(4_000_000), message(9_500_000, body=None, is_mms=True)), rates=known)
    assert counted(found) == {"both": 1, "unknown": 1}


def test_the_verdict_counts_the_records_of_each_rule_among_all_that_were_judged():
    standard, published = (message(amount, at=3.5, body="x" * 290) for amount in (8_000_000, 12_000_000))
    short = [message(4_000_000, at=n) for n in range(9)]
    found = costs.audit(records(*short, published, *(standard | {"id": f"s{n}"} for n in range(2)), message(1, at=5.5)))
    assert counted(found) == {"both": 9, "published": 1, "standard": 2, "neither": 1}
    assert found.verdict == (
        "The 3GPP standard fits best: it explains 11 of 13 records, Flowroute's published rule 10. "
        "Of the 3 that only one explains, 2 speak for it. 1 agrees with neither."
    )


def test_records_of_one_moment_are_in_the_order_of_their_ids():
    odd = [message(1, at=1.5) | {"id": name} for name in ("b", "c", "a")]
    assert costs.audit(records(*(message(4_000_000, at=n) for n in range(9)), *odd)).frame.id.tolist() == list("abc")


def test_its_card_has_no_line_for_what_no_record_is():
    card = costs.audit(records(*(message(4_000_000, at=n) for n in range(5))))._repr_html_()
    assert ">5 records</td>" in card
    assert "0 records" not in card
