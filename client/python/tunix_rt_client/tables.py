"""Rows as tables of other libraries. Each is an extra of this package, imported when it is used."""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from tunix_rt_client.errors import TunixRtError

if TYPE_CHECKING:
    import datasets
    import pandas
    import pyarrow

Row = dict[str, Any]


def to_dataframe(rows: Sequence[Row], columns: Sequence[str] = ()) -> pandas.DataFrame:
    """Returns rows as a data frame.

    Args:
        columns: the columns of a frame without rows.

    Raises:
        TunixRtError: pandas is not installed.
    """
    try:
        import pandas
    except ImportError:
        raise missing("pandas", "pandas") from None
    return pandas.DataFrame(rows) if rows else pandas.DataFrame(columns=list(columns))


def to_arrow(rows: Sequence[Row], columns: Sequence[str] = ()) -> pyarrow.Table:
    """Returns rows as an Arrow table; objects of any shape become JSON text.

    Args:
        columns: the columns of a table without rows.

    Raises:
        TunixRtError: pyarrow is not installed.
    """
    try:
        import pyarrow
    except ImportError:
        raise missing("pyarrow", "arrow") from None
    if not rows:
        return pyarrow.table({name: [] for name in columns})
    names = list(dict.fromkeys(name for row in rows for name in row))
    flat = [{name: column_value(row.get(name)) for name in names} for row in rows]
    return pyarrow.Table.from_pylist(flat)


def to_hugging_face(rows: Sequence[Row], columns: Sequence[str] = ()) -> datasets.Dataset:
    """Returns rows as a dataset of Hugging Face's library.

    Args:
        columns: the columns of a dataset without rows.

    Raises:
        TunixRtError: the library is not installed.
    """
    try:
        import datasets
    except ImportError:
        raise missing("datasets", "hf") from None
    return datasets.Dataset(to_arrow(rows, columns))


def column_value(value: Any) -> Any:
    """Returns a value that a column can hold: a dict of unknown keys is written as JSON."""
    return json.dumps(value, ensure_ascii=False) if isinstance(value, dict) else value


def missing(library: str, extra: str) -> TunixRtError:
    """Returns the error for a library that is not installed."""
    return TunixRtError(f"This needs {library}: pip install 'tunix-rt-client[{extra}]'")
