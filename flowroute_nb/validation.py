"""Checks of arguments: flags, whole numbers, numbers and texts, including those of numpy."""

from __future__ import annotations

from numbers import Integral, Real

import numpy as np

__all__ = ["flag", "number", "plain", "whole_number"]


def flag(value: object) -> bool | None:
    """Return a flag as a bool, or None if it is not one; ``np.bool_`` is one; 0 and 1 are not.

    Examples
    --------
    >>> flag(np.True_), flag(False), flag(1)
    (True, False, None)

    """
    return bool(value) if isinstance(value, (bool, np.bool_)) else None


def whole_number(value: object) -> int | None:
    """Return a whole number as an int, or None if it is not one; ``np.int64(3)`` is one; ``True`` and 3.0 are not.

    Examples
    --------
    >>> whole_number(np.int64(3)), whole_number(True), whole_number(3.0)
    (3, None, None)

    """
    return int(value) if isinstance(value, Integral) and not isinstance(value, bool) else None


def number(value: object) -> float | None:
    """Return a number as an int or a float, or None if it is not one; ``np.float32(0.5)`` is one, ``True`` is not.

    Examples
    --------
    >>> number(np.float32(0.5)), number(3), number("3"), number(True)
    (0.5, 3, None, None)

    """
    if isinstance(value, bool) or not isinstance(value, Real):
        return None
    return int(value) if isinstance(value, Integral) else float(value)


def plain(text: str) -> str:
    """Return an instance of a subclass of str, such as ``np.str_`` or an enum, as a str, which JSON encoders require.

    Examples
    --------
    >>> type(plain(np.str_("hi")))
    <class 'str'>

    """
    return str.__str__(text)
