"""The column map of a table: which column each field of a trace is in."""

from __future__ import annotations

from collections.abc import Sequence

import pytest

from tests.support.tables import NAMES, parsed
from tunix_rt.domain.imports.tables.columns import ColumnMap, Rest, Split, bind, column_map
from tunix_rt.domain.imports.tables.recognition import recognised_map
from tunix_rt.errors import BadUserInput, ValidationErrors


def errors(map_: ColumnMap, columns: Sequence[str]) -> list[str]:
    """Returns the errors of a column map for a table."""
    with pytest.raises(ValidationErrors) as caught:
        bind(map_, columns)
    return [error.message for error in caught.value.errors]


def test_columns_of_the_fields_own_names_need_no_map():
    bound = bind(ColumnMap(), ["source", *NAMES, "external_id", "k"])

    assert bound.names == ("source", *NAMES, "external_id", "k")
    assert dict(bound.positions) == {"prompt": 1, "final_answer": 2, "steps": 3, "external_id": 4, "source": 0}
    assert dict(bound.meta) == {"k": 5}


def test_columns_that_are_not_wanted_are_not_read():
    columns = ["a", "question", "b", "final_answer", "steps", ""]

    bound = bind(ColumnMap({"prompt": "question", "meta.x": "b"}, rest=Rest.DROP), columns)

    assert bound.names == ("question", "b", "final_answer", "steps")
    assert dict(bound.meta) == {"x": 1}
    assert bind(ColumnMap({"prompt": "question"}), columns).names == ("a", "question", "b", "final_answer", "steps")


def test_a_column_may_be_called_as_a_key_of_the_metadata():
    bound = bind(ColumnMap(rest=Rest.DROP), [*NAMES, "meta.level", "meta.", "level"])

    assert dict(bound.meta) == {"level": 3}
    assert dict(bind(ColumnMap({"meta.level": "l"}), [*NAMES, "meta.level", "l"]).meta) == {"meta.level": 3, "level": 4}


@pytest.mark.parametrize(
    ("columns", "names", "field"),
    [
        ({}, ["level", "meta.level"], "meta.level"),
        ({"meta.level": "l"}, ["level", "l"], "meta.level"),
        ({"source": "from"}, ["source", "from"], "source"),
    ],
)
def test_two_columns_cannot_become_one_field(columns: dict[str, str], names: list[str], field: str):
    (error,) = errors(ColumnMap(columns), [*NAMES, *names])

    assert error.startswith("The columns ")
    assert f"would both become {field}" in error
    assert bind(ColumnMap(columns, rest=Rest.DROP), [*NAMES, *names])


def test_what_is_set_goes_before_a_column():
    values = {"prompt": "p", "final_answer": "a", "steps": "s", "source": "there", "level": "5"}

    trace = parsed(values, ColumnMap(constants={"source": "here", "meta.level": "1"}))

    assert trace["meta"] == {"source": "here", "level": "1"}


def test_every_column_that_is_wrong_is_reported():
    assert errors(ColumnMap({"prompt": "questoin", "final_answer": "a"}), ["question", "a", "a"]) == [
        "The table has the column 'a' twice.",
        "There is no column 'questoin'. The columns are: question, a, a.",
        "No column is mapped to steps. The columns are: question, a, a.",
    ]
    assert errors(ColumnMap(rest=Rest.REFUSE), [*NAMES, "k", "l"]) == ["These columns are not mapped: k, l."]
    (long,) = errors(ColumnMap({"meta.x": "y"}), [*NAMES, *(f"c{number}" for number in range(100))])
    assert long.endswith("c26 and 73 more.")


def test_a_column_map_as_it_is_written():
    map_ = column_map(["prompt=a=b", "meta.x=c"], ["source=mine", "meta.y=1"], "=", Split.JSON, Rest.DROP)

    assert map_ == ColumnMap({"prompt": "a=b", "meta.x": "c"}, {"source": "mine", "meta.y": "1"}, Split.JSON, Rest.DROP)


@pytest.mark.parametrize(
    ("columns", "constants", "path", "reason"),
    [
        (["prompt"], [], ("map",), "FIELD=VALUE"),
        (["prompt="], [], ("map",), "FIELD=VALUE"),
        (["answer=a"], [], ("map",), "no field 'answer'"),
        (["meta.=a"], [], ("map",), "no field 'meta.'"),
        (["prompt=a", "prompt=b"], [], ("map",), "twice"),
        ([], ["prompt=x"], ("set",), "no field 'prompt'"),
        (["source=a"], ["source=x"], ("set",), "both"),
    ],
)
def test_a_bad_column_map_is_reported(columns: list[str], constants: list[str], path: tuple[str, ...], reason: str):
    with pytest.raises(BadUserInput, match=reason) as caught:
        column_map(columns, constants, "=")

    assert caught.value.path == path


@pytest.mark.parametrize(
    ("columns", "fields", "split"),
    [
        (["Question", "level", "solution", "answer"], ["Question", "answer", "solution"], Split.PARAGRAPHS),
        (["problem", "solution"], ["problem", "solution"], Split.NONE),
        (["prompt", "completion"], ["prompt", "completion"], Split.NONE),
        (["question", "prompt", "output", "Rationale "], ["prompt", "output", "Rationale "], Split.PARAGRAPHS),
        (["steps", "final_answer", "prompt"], ["prompt", "final_answer", "steps"], Split.PARAGRAPHS),
    ],
)
def test_columns_are_recognised_by_usual_names(columns: list[str], fields: list[str], split: Split):
    map_ = recognised_map(ColumnMap(split=Split.PARAGRAPHS), columns)

    assert map_ is not None
    assert (list(map_.columns.values()), map_.split) == (fields, split)
    assert bind(map_, columns)


def test_columns_without_a_prompt_or_an_answer_are_not_recognised():
    assert recognised_map(ColumnMap(), ["question", "level"]) is None
    assert recognised_map(ColumnMap(), ["solution", "answer"]) is None


def test_a_table_without_steps_has_answers_without_reasoning():
    values = {"prompt": "p", "final_answer": "a", "steps": "s"}

    trace = parsed(values, ColumnMap(split=Split.NONE))

    assert (trace["steps"], trace["meta"]) == ([{"i": 0, "type": "answer", "content": "a"}], {"steps": "s"})
    (both,) = errors(ColumnMap({"steps": "k"}, split=Split.NONE), [*NAMES, "k"])
    assert both == "steps is mapped to 'k', but is not to be split from it."
