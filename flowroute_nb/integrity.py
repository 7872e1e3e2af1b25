"""Check that the columns of a file hold only values that records can have; errors name the column and the row."""

from __future__ import annotations

import decimal
from typing import TYPE_CHECKING, Any, NamedTuple, NoReturn

import msgspec
import pyarrow as pa
import pyarrow.compute as pc

from flowroute_nb.columns import STORED
from flowroute_nb.errors import InputError

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from flowroute_nb.schema import Column

__all__ = ["check_cost", "check_values", "table_from_rows", "typed"]

_ADVICE = "Read the records again, or use a file of fr.write that no other program has saved."
_LARGEST = 10**18  # nanodollars and segments; as in records from the service

_NUMBER = r"^(\+?[0-9]{1,15})?$"  # a missing number may come as an empty text; E.164 allows 15 digits
_SENDER = r"^[^\s\p{C}]([^\p{C}]{0,62}[^\s\p{C}])?$"  # an alphanumeric sender, which also needs a letter
_LETTER = r"\p{L}"
_FORMATTED = r"^\+?\(?([0-9][ ().\-]{0,2}){9,14}[0-9]$"  # (206) 555-0100, in case the service writes one this way
#: What spreadsheets and data frames write in place of a value: 1.20656E+10, 12065550157.0, ="1", #NUM!, nan
_DAMAGED = (
    r"(?i)^([+-]?[0-9]+[.,][0-9]*(E[+-]?[0-9]+)?|[+-]?[0-9]+E[+-][0-9]+|[=@#'\-].*"
    r"|[0-9]{1,3}([ .][0-9]{3})+|nan|nat|none|null|<na>|n/a|true|false|[+-]?inf(inity)?)$"
)
_WORD = r"^[a-z][a-z_-]*$"
_ID = r"^[^\s\p{C}]+$"
_DIRECTIONS = pa.array(["inbound", "outbound"], pa.large_string())  # those that name our number and theirs
_DELIVERIES = pa.array(["received", "delivered", "pending", "failed", "unknown"], pa.large_string())

#: How values of other types than text must be written in a format that holds only text, such as CSV.
_SPELLINGS = (
    (pa.types.is_integer, r"^-?(0|[1-9][0-9]*)$", "a whole number"),
    (pa.types.is_boolean, r"(?i)^(true|false)$", "true or false"),
    (
        pa.types.is_timestamp,
        r"^[0-9]{4}-[0-9]{2}-[0-9]{2}[T ][0-9]{2}:[0-9]{2}:[0-9]{2}(\.[0-9]{1,6})?(Z|[+-][0-9]{2}:?[0-9]{2})$",
        "a timestamp with a zone, such as 2026-10-31T12:00:00Z",
    ),
)


class _Rule(NamedTuple):
    """What the values of a column must be, and a function that checks them: true, false, or null where missing."""

    expected: str
    holds: Callable[[Any], Any]


def _matches(text: Any, pattern: str) -> Any:  # noqa: ANN401  pyarrow has no types
    return pc.match_substring_regex(text, pattern)


def _undamaged(text: Any, pattern: str) -> Any:  # noqa: ANN401
    return pc.and_not(_matches(text, pattern), _matches(text, _DAMAGED))


def _is_number(text: Any) -> Any:  # noqa: ANN401
    sender = pc.and_(_undamaged(text, _SENDER), _matches(text, _LETTER))
    return pc.or_(pc.or_(_matches(text, _NUMBER), _undamaged(text, _FORMATTED)), sender)


def _between(low: int, high: int) -> Callable[[Any], Any]:
    return lambda values: pc.and_(pc.greater_equal(values, low), pc.less_equal(values, high))


def _json(kind: Any) -> Callable[[Any], Any]:  # noqa: ANN401  what msgspec takes as a type
    decoder = msgspec.json.Decoder(kind)

    def readable(text: str | None) -> bool | None:
        try:
            return None if text is None else decoder.decode(text) is not None
        except (msgspec.MsgspecError, RecursionError):
            return False

    return lambda texts: pa.array([readable(text) for text in texts.to_pylist()], pa.bool_())


_PHONE = _Rule("a phone number: 11 digits, + and the country code, a short code or a sender's name", _is_number)
_OBJECT, _ARRAY = dict[str, msgspec.Raw], list[msgspec.Raw]
_RULES = {
    "direction": _Rule("inbound, outbound or another lower-case word", lambda text: _undamaged(text, _WORD)),
    "number": _PHONE,
    "contact": _PHONE,
    "segments": _Rule("a whole number from 0", _between(0, _LARGEST)),
    "delivery": _Rule("one of " + ", ".join(_DELIVERIES.to_pylist()), lambda text: _known(text, _DELIVERIES)),
    "message_encoding": _Rule("a whole number from 0 to 127", _between(0, 127)),
    "from": _PHONE,
    "to": _PHONE,
    "amount_nanodollars": _Rule("between -10^18 and 10^18", _between(-_LARGEST, _LARGEST)),
    "price_details": _Rule("the JSON text of an object", _json(_OBJECT)),
    "delivery_receipts": _Rule("the JSON text of a list", _json(_ARRAY)),
    "media": _Rule("JSON text", _json(msgspec.Raw)),
    "other": _Rule("the JSON text of an object", _json(_OBJECT)),
    "id": _Rule("an id: text without white space", lambda text: _undamaged(text, _ID)),
}


def _known(text: Any, names: Any) -> Any:  # noqa: ANN401
    return pc.if_else(pc.is_valid(text), pc.is_in(text, value_set=names), pa.scalar(None, pa.bool_()))


def typed(table: pa.Table, name: str) -> pa.Table:
    """Return the stored columns of a file in the types that records have; a value that would change is an error."""
    return pa.table([_typed(table, field, name) for field in STORED], schema=STORED)


def _typed(table: pa.Table, field: pa.Field, name: str) -> pa.ChunkedArray:
    """Convert one column from text, whose spelling is checked, or from a type of the same family."""
    column = table[field.name]
    if pa.types.is_dictionary(column.type):
        column = column.cast(column.type.value_type)
    kind, expected = column.type, "another type"
    if is_text(kind) and not is_text(field.type):
        pattern, expected = next((how, what) for applies, how, what in _SPELLINGS if applies(field.type))
        _require(table, field.name, pc.match_substring_regex(column, pattern), expected, name)
    elif not pa.types.is_null(kind) and not _same_family(kind, field.type):
        raise InputError(
            f"{name}: column {field.name!r} holds {kind} where records have {field.type}, so its values may have "
            f"been changed. {_ADVICE}"
        )
    try:
        return column.cast(field.type)
    except pa.ArrowInvalid:
        _refuse(table, field.name, _first_uncastable(column, field.type), expected, name)


def is_text(kind: pa.DataType) -> bool:
    """Return whether a column of this type holds text."""
    return bool(pa.types.is_string(kind) or pa.types.is_large_string(kind) or pa.types.is_string_view(kind))


def _same_family(kind: pa.DataType, wanted: pa.DataType) -> bool:
    if pa.types.is_timestamp(wanted):
        return pa.types.is_timestamp(kind) and kind.tz is not None
    families = (is_text, pa.types.is_integer, pa.types.is_boolean)
    return any(family(kind) and family(wanted) for family in families)


def _first_uncastable(column: pa.ChunkedArray, kind: pa.DataType) -> int:
    """Return the row of the first value that cannot be cast to a type, by binary search."""
    low, high = 0, len(column)
    while high - low > 1:
        middle = (low + high) // 2
        try:
            column[low:middle].cast(kind)
            low = middle
        except pa.ArrowInvalid:
            high = middle
    return low


#: What a spreadsheet calls these types.
_KINDS = {pa.large_string(): "text", pa.string(): "text", pa.bool_(): "true or false"}


def table_from_rows(
    records: Sequence[dict[str, Any]], columns: Sequence[Column], schema: pa.Schema, name: str
) -> pa.Table:
    """Return decoded JSON rows as a table; a value whose JSON type is not that of its column is an error."""
    arrays = []
    for column, field in zip(columns, schema, strict=True):
        values = [record[column.name] for record in records]
        try:
            arrays.append(_array(values, field.type))
        except (pa.ArrowInvalid, pa.ArrowTypeError, OverflowError):
            row = next(n for n, value in enumerate(values) if not _fits(value, field.type))
            record_id = str(records[row]["id"])
            _fail(name, column.name, row, record_id, values[row], _KINDS.get(field.type, "a whole number"))
    return pa.table(arrays, schema=schema)


def _array(values: Sequence[Any], kind: pa.DataType) -> pa.Array:
    if any(isinstance(value, float) for value in values):
        raise pa.ArrowTypeError("floats are never exact")
    return pa.array(values, kind)


def _fits(value: object, kind: pa.DataType) -> bool:
    try:
        _array([value], kind)
    except (pa.ArrowInvalid, pa.ArrowTypeError, OverflowError):
        return False
    return True


def check_values(table: pa.Table, name: str) -> None:
    """Raise an error unless records can have all values, ids are unique, and numbers match the direction."""
    missing = pc.index(pc.is_null(table["id"]), pa.scalar(value=True)).as_py()
    if missing >= 0:
        raise InputError(f"{name}: column 'id', row {missing + 1}: the id is missing. {_ADVICE}")
    for column, rule in _RULES.items():
        if not pc.all(rule.holds(pc.unique(table[column]))).as_py():  # each distinct value once; nulls are skipped
            _require(table, column, rule.holds(table[column]), rule.expected, name)
    _check_unique(table, name)
    _check_direction(table, name)


def _check_direction(table: pa.Table, name: str) -> None:
    """Check that ``number``, ``contact`` and ``delivery`` are those that the direction implies."""
    for column, direction, source in (
        ("number", "outbound", "from"),
        ("number", "inbound", "to"),
        ("contact", "outbound", "to"),
        ("contact", "inbound", "from"),
    ):
        values, others = table[column], table[source]
        same = pc.fill_null(pc.equal(values, others), pa.scalar(value=False))
        same = pc.or_(same, pc.and_(pc.is_null(values), pc.is_null(others)))
        applies = pc.fill_null(pc.equal(table["direction"], direction), pa.scalar(value=False))
        expected = f"what its column {source!r} holds, as in {direction} records"
        _require(table, column, pc.or_(pc.invert(applies), same), expected, name)
    known = pc.fill_null(pc.is_in(table["direction"], value_set=_DIRECTIONS), pa.scalar(value=False))
    for column in ("number", "contact"):
        expected = "empty, as where the direction is neither inbound nor outbound"
        _require(table, column, pc.or_(known, pc.is_null(table[column])), expected, name)
    inbound = pc.fill_null(pc.equal(table["direction"], "inbound"), pa.scalar(value=False))
    received = pc.equal(table["delivery"], "received")
    _require(table, "delivery", pc.equal(inbound, received), "what its direction implies: received if inbound", name)


def _check_unique(table: pa.Table, name: str) -> None:
    ids = table["id"].combine_chunks().dictionary_encode()
    if len(ids.dictionary) == len(ids):
        return
    seen: set[int] = set()
    for row, index in enumerate(ids.indices.to_pylist()):
        if index in seen:
            _refuse(table, "id", row, "an id that no earlier row has", name)
        seen.add(index)


def check_cost(cost: pa.ChunkedArray | pa.Array, table: pa.Table, name: str) -> None:
    """Raise an error where the cost of a row and its nanodollars differ: one of them was edited."""
    if pa.types.is_floating(cost.type) or pa.types.is_integer(cost.type):
        raise InputError(f"{name}: column 'cost' holds {cost.type}, which is not exact. {_ADVICE}")
    pairs = pa.table({"cost": cost.cast(pa.large_string()), "amount": table["amount_nanodollars"]})
    wrong = [
        (pair["cost"], pair["amount"])
        for pair in pairs.group_by(["cost", "amount"]).aggregate([]).to_pylist()
        if not _equal(pair["cost"], pair["amount"])
    ]
    if wrong:
        rows = zip(pairs["cost"].to_pylist(), pairs["amount"].to_pylist(), strict=True)
        row = next(n for n, pair in enumerate(rows) if pair in wrong)
        text, amount = pairs["cost"][row].as_py(), pairs["amount"][row].as_py()
        raise InputError(
            f"{name}: row {row + 1} ({_shown_id(table['id'][row].as_py())}): a record's cost is {text} and its "
            f"amount_nanodollars {amount}: they should say the same. "
            "Correct amount_nanodollars (dollars x 10^9) or the cost, then try again."
        )


def _equal(cost: str | None, nanodollars: int | None) -> bool:
    """Compare exactly, whatever the user's decimal context is."""
    if cost is None or nanodollars is None:
        return cost is None and nanodollars is None
    traps = [decimal.InvalidOperation, decimal.Inexact, decimal.Overflow]
    # every argument is given: the others would come from decimal.DefaultContext, which a user can change
    exact = decimal.Context(prec=60, Emin=decimal.MIN_EMIN, Emax=decimal.MAX_EMAX, clamp=0, traps=traps)
    try:
        return exact.compare(exact.scaleb(exact.create_decimal(cost), 9), decimal.Decimal(nanodollars)) == 0
    except decimal.DecimalException:
        return False


def _require(table: pa.Table, column: str, holds: Any, expected: str, name: str) -> None:  # noqa: ANN401
    """Raise an error that names the first row where ``holds`` is false; missing values are allowed."""
    row = pc.index(pc.fill_null(holds, pa.scalar(value=True)), pa.scalar(value=False)).as_py()
    if row >= 0:
        _refuse(table, column, row, expected, name)


def _refuse(table: pa.Table, column: str, row: int, expected: str, name: str) -> NoReturn:
    _fail(name, column, row, table["id"][row].as_py(), table[column][row].as_py(), expected)


def _fail(name: str, column: str, row: int, record_id: object, value: object, expected: str) -> NoReturn:
    text = str(value)
    shown = repr(text if len(text) <= 5 else f"…{text[-4:]}")  # noqa: PLR2004  a number or a text is never shown whole
    raise InputError(
        f"{name}: column {column!r}, row {row + 1} ({_shown_id(record_id)}): {shown} is not {expected}. {_ADVICE}",
        bad={str(record_id or f"row {row + 1}"): f"{column} is not {expected}"},
    )


def _shown_id(record_id: object) -> str:
    text = str(record_id)
    return text[:50] if record_id and text.isprintable() else "without a readable id"
