"""Edges of top(): what is merged into one row, what it is called, and what the attrs say of it."""

import pytest
from samples import message, records

import flowroute_nb as fr

CONTACTS = ["12065550101", "12065550102", "12065550103"]
FRAME = records(*(message(3 - n, to=contact) for n, contact in enumerate(CONTACTS)))


def rest(frame, *keys, **options):
    return fr.costs.top(frame, *keys, **options).attrs["flowroute_costs"]["rest"]


@pytest.mark.parametrize("period", [None, "day"])
@pytest.mark.parametrize(("n", "row"), [(1, "other"), (2, "other"), (3, None), (9, None)])
def test_the_attrs_name_the_merged_row_or_none_where_nothing_was_merged(n, row, period):
    found = fr.costs.top(FRAME, "contact", n=n, period=period)
    assert found.attrs["flowroute_costs"]["rest"] == row
    assert len(found) == min(n, 3) + (row is not None)
    assert (found.contact.iloc[-1] == "other") is (row is not None)


def test_the_merged_row_has_another_name_where_a_key_is_called_other():
    frame = FRAME.assign(contact=["other", *CONTACTS[1:]])
    assert rest(frame, "contact", n=1) == "all others"
    assert rest(frame, "contact", n=3) is None


def test_nothing_is_merged_of_no_records():
    assert rest(FRAME.head(0), "contact", n=1) is None


@pytest.mark.parametrize(("key", "named"), [("contct", "'contact'"), ("day", "period='day'")])
def test_a_key_that_is_near_a_known_one_is_not_taken_for_a_tag(key, named):
    with pytest.raises(fr.InputError, match=f"Did you mean {named}") as refused:
        fr.costs.top(FRAME, key)
    assert "tags=" not in str(refused.value)
