"""Whether each record costs what its text says: segments by both rules beside what the amount implies."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Literal

import numpy as np
import pandas as pd

from flowroute_nb import cards, rating, sightings, text
from flowroute_nb.errors import keywords
from flowroute_nb.records import framed, money
from flowroute_nb.schema import AUDIT, FITS
from flowroute_nb.wording import RULES, count

__all__ = ["Audit", "audit"]

_READ = (
    "timestamp",
    "direction",
    "number",
    "contact",
    "segments",
    "delivery",
    "body",
    "message_type",
    "is_mms",
    "amount_nanodollars",
    "price_details",
    "id",
)
#: What can be said of a record, in the order in which it is shown, and how.
_SAID = {
    "both": "both rules",
    "published": "the published rule alone",
    "standard": "the standard alone",
    "neither": "neither rule",
    "free": "failed, free",
    "unknown": "can't be said",
}


@dataclass(frozen=True, repr=False)
class Audit:
    """What came of an audit: the verdict, how many records say so, and those that one rule does not explain.

    Attributes
    ----------
    verdict : str
        Which rule fits this account best, with counts, in a sentence or two.
    rule : str or None
        ``"published"`` or ``"standard"``, whichever explains more of the records on which they differ; None where they
        explain as many.
    counts : pandas.DataFrame
        A row for each thing that can be said of a record: ``fits`` (``both``, ``published``, ``standard``, ``neither``;
        ``free`` for failed ones that cost nothing, ``unknown`` for those that lack an amount, a text or a price),
        ``messages``, ``cost``.
    frame : pandas.DataFrame
        The records that one of the rules does not explain, or both don't, by time: ``timestamp``, ``direction``,
        ``number``, ``contact``, ``cost``, ``rate`` (dollars a segment then), ``implied`` (segments: cost / rate,
        missing where that is no whole number), ``published``, ``standard`` (segments by each rule), ``segments`` (as
        in the record: as the service counted, where it says), ``fits``, ``is_mms``, ``body``, ``id``.
    rates : pandas.DataFrame
        The prices it went by.

    """

    verdict: str
    rule: Literal["published", "standard"] | None
    counts: pd.DataFrame
    frame: pd.DataFrame
    rates: pd.DataFrame

    def __repr__(self) -> str:
        return f"<Audit: {self.verdict} .frame has {len(self.frame):,} records.>"

    def _repr_html_(self) -> str:
        of = zip(self.counts["fits"], self.counts["messages"].tolist(), strict=True)
        rows = {_SAID[fits]: count(many, "record") for fits, many in of if many}
        return cards.html(
            "Audit", {"verdict": self.verdict} | rows | {"to look at": f".frame, {len(self.frame):,} rows"}
        )


@keywords
def audit(frame: object, *, rates: pd.DataFrame | None = None) -> Audit:
    """Compare what each record costs with the segments of its text, by both rules there are.

    The bodies have to be looked at, so they come into memory: give a long time a month at a time.

    Parameters
    ----------
    frame : frame of records
        Of any engine.
    rates : pandas.DataFrame, optional
        Prices to go by, instead of those that :func:`rates` reads off the same records.

    Returns
    -------
    Audit
        ``.verdict`` says which rule fits best; ``.counts`` how many records do; ``.frame`` has those that don't.

    Raises
    ------
    InputError
        The frame lacks a column, or its money is no exact money; the message says what to do.

    Notes
    -----
    Sources: https://developer.flowroute.com/docs/message-length-concatenation/; 3GPP TS 23.038 and TS 23.040

    Examples
    --------
    >>> import flowroute_nb as fr
    >>> found = audit(fr.Sandbox(today="2026-10-31", messages=1_000).account().messages(days=30))
    >>> found.rule
    'published'

    """
    records = sightings.collected(frame, _READ)
    known = rating.rates(records) if rates is None else rating.checked(rates)
    judged = _judged(records, known)
    counts = _counts(judged)
    rule, verdict = _verdict(counts)
    odd = judged[judged["fits"].isin(["published", "standard", "neither"])].sort_values(["timestamp", "id"])
    return Audit(verdict, rule, counts, odd[[c.name for c in AUDIT]].reset_index(drop=True), known)


def _judged(records: pd.DataFrame, known: pd.DataFrame) -> pd.DataFrame:
    """Put beside each record what its text and its amount say, and which rule agrees."""
    rate = rating.at(records, known)
    made, mms = records.assign(nanodollars=rate), records["is_mms"].fillna(value=False).astype(bool)
    amount = made["amount_nanodollars"]
    whole = (rate != 0) & (amount % rate.where(rate != 0, 1) == 0) & (amount // rate.where(rate != 0, 1) > 0)
    made["implied"] = (amount // rate.where(rate != 0, 1)).where(whole)
    counted = text.segments(made["body"].where(~mms))
    for rule, column in (("published", "count"), ("standard", "standard")):
        made[rule] = counted[column].mask(mms, 1)  # an MMS has one price, whatever is in it
    made["fits"] = _fits(made)
    for name, each in (("cost", amount), ("rate", rate)):
        shown = {one: money(one) for one in each.dropna().unique().tolist()}
        made[name] = pd.Series([shown.get(one) for one in each.tolist()], each.index, dtype=object)
    return made


def _fits(made: pd.DataFrame) -> np.ndarray[Any, Any]:
    amount, rate = made["amount_nanodollars"], made["nanodollars"]
    nothing = (rate == 0) & (amount == 0)  # what is free is so by either rule
    published = ((made["implied"] == made["published"]) | nothing).fillna(value=False)
    standard = ((made["implied"] == made["standard"]) | nothing).fillna(value=False)
    conditions = {
        "free": (amount == 0).fillna(value=False) & (made["delivery"] == "failed"),
        "unknown": amount.isna() | rate.isna() | made["published"].isna(),
        "both": published & standard,
        "published": published,
        "standard": standard,
    }
    return np.select([each.to_numpy(bool) for each in conditions.values()], list(conditions), "neither")


def _counts(judged: pd.DataFrame) -> pd.DataFrame:
    rows = []
    for fits in _SAID:
        amounts = judged.loc[judged["fits"] == fits, "amount_nanodollars"]
        rows.append((fits, len(amounts), money(sum(map(int, amounts.dropna())))))
    return framed(FITS, rows)


def _verdict(found: pd.DataFrame) -> tuple[Literal["published", "standard"] | None, str]:
    counts = dict(zip(found["fits"], found["messages"].tolist(), strict=True))
    both, published, standard, neither = (counts[each] for each in ("both", "published", "standard", "neither"))
    judged, decide = both + published + standard + neither, published + standard
    if not judged:
        return None, "No record has an amount, a text and a price to go by."
    rest = f" {neither:,} agree{'s' * (neither == 1)} with neither." if neither else ""
    if published == standard:
        why = f"as many of the {decide:,} on which they differ speak for either" if decide else "they differ on none"
        return None, f"Of {judged:,} records {both:,} cost what both rules say, and {why}: no rule fits better.{rest}"
    best: Literal["published", "standard"] = "published" if published > standard else "standard"
    other = "standard" if best == "published" else "published"
    return best, (
        f"{RULES[best][0].upper()}{RULES[best][1:]} fits best: it explains {both + counts[best]:,} of {judged:,} "
        f"records, {RULES[other]} {both + counts[other]:,}. Of the {decide:,} that only one explains, "
        f"{counts[best]:,} speak for it.{rest}"
    )
