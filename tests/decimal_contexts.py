"""Decimal contexts that a user may have set, for this thread and for those to come."""

import contextlib
import decimal
from decimal import Context

SIGNALS = list(Context().flags)
CONTEXTS = {
    "one digit": Context(prec=1, rounding=decimal.ROUND_UP),
    "two digits, every trap": Context(prec=2, traps=SIGNALS),
    "no trap": Context(prec=1, traps=[], rounding=decimal.ROUND_CEILING, capitals=0),
    "no exponents": Context(prec=1, Emin=0, Emax=0, clamp=1, traps=SIGNALS),
}


@contextlib.contextmanager
def decimal_context(context):
    """Set a context here and as the default of new threads."""
    defaults = {name: getattr(decimal.DefaultContext, name) for name in ("prec", "rounding", "Emin", "Emax")}
    traps = dict(decimal.DefaultContext.traps)
    with decimal.localcontext(context):
        for name in defaults:
            setattr(decimal.DefaultContext, name, getattr(context, name))
        decimal.DefaultContext.traps.update(context.traps)
        try:
            yield
        finally:
            for name, value in defaults.items():
                setattr(decimal.DefaultContext, name, value)
            decimal.DefaultContext.traps.update(traps)
