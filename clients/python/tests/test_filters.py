"""Filters: trees, the JSON form, and their messages."""

from __future__ import annotations

from datetime import datetime, timezone

import pytest
from google.protobuf import text_format

from vecstore import (
    And,
    Between,
    Compare,
    Contains,
    Exists,
    In,
    IsNull,
    Not,
    NotIn,
    Or,
    StartsWith,
    VecStoreError,
    filter_from_json,
)
from vecstore._convert.filter import set_filter
from vecstore._gen.read_pb2 import CountRequest

TIME = datetime(2026, 1, 1, tzinfo=timezone.utc)


@pytest.mark.parametrize(
    ("json", "tree"),
    [
        ({"a": 1}, Compare(("a",), "=", 1)),
        ({"a.b": "x"}, Compare(("a", "b"), "=", "x")),
        ({"`a.b`.c": None}, Compare(("a.b", "c"), "=", None)),
        ({"`a``b`": True}, Compare(("a`b",), "=", True)),
        ({"`\\u00e4\\n`": 1}, Compare(("ä\n",), "=", 1)),
        ({"a": {"$gte": 1, "$lt": 2}}, And([Compare(("a",), ">=", 1), Compare(("a",), "<", 2)])),
        ({"a": 1, "b": 2}, And([Compare(("a",), "=", 1), Compare(("b",), "=", 2)])),
        ({"a": {"$in": [1, "x"]}}, In(("a",), [1, "x"])),
        ({"a": {"$nin": [1]}}, NotIn(("a",), [1])),
        ({"a": {"$contains": "x"}}, Contains(("a",), "x")),
        ({"a": {"$exists": True}}, Exists(("a",))),
        ({"a": {"$exists": False}}, Not(Exists(("a",)))),
        ({"a": {"$not": {"$eq": 1}}}, Not(Compare(("a",), "=", 1))),
        ({"$not": {"a": 1}}, Not(Compare(("a",), "=", 1))),
        ({"$or": [{"a": 1}, {"b": {"$ne": 2}}]}, Or([Compare(("a",), "=", 1), Compare(("b",), "!=", 2)])),
        ({"a": {"$timestamp": "2026-01-01T01:00:00.000+01:00"}}, Compare(("a",), "=", TIME)),
        ({"a": {"$gt": TIME}}, Compare(("a",), ">", TIME)),
    ],
)
def test_the_json_form_is_read(json, tree) -> None:
    assert filter_from_json(json) == tree


@pytest.mark.parametrize(
    ("json", "path"),
    [
        ({}, "filter"),
        ([], "filter"),
        ({"a": {}}, "filter.a"),
        ({"a": [1]}, "filter.a"),
        ({"$nor": []}, "filter.$nor"),
        ({"$and": []}, "filter.$and"),
        ({"$and": [{"a": 1}, {"b": {"$bad": 1}}]}, "filter.$and[1].b.$bad"),
        ({"a": {"$in": 1}}, "filter.a.$in"),
        ({"a": {"$in": [[1]]}}, "filter.a.$in[0]"),
        ({"a": {"$exists": 1}}, "filter.a.$exists"),
        ({"a": {"b": 1}}, "filter.a.b"),
        ({"": 1}, "filter."),
        ({"a..b": 1}, "filter.a..b"),
        ({"`a": 1}, "filter.`a"),
        ({"a": {"$timestamp": "yesterday"}}, "filter.a"),
        ({"a": {"$timestamp": "2026-13-01T00:00:00Z"}}, "filter.a"),
        ({1: 2}, "filter"),
    ],
)
def test_a_bad_json_form_is_refused_by_its_path(json, path: str) -> None:
    with pytest.raises(VecStoreError) as raised:
        filter_from_json(json)
    assert raised.value.reason == "INVALID_FILTER"
    assert raised.value.message.startswith(f"{path} ")


def test_a_tree_becomes_a_message() -> None:
    request = CountRequest()
    leaves = [
        Compare(["a"], "<=", 1.5),
        In(["a"], ["x", True, None]),
        NotIn(["a", "b"], [TIME]),
        Contains(["a"], "x"),
        StartsWith(["a"], "x"),
        Exists(["a"]),
        IsNull(["a"]),
        Between(["a"], 1, 2),
    ]
    set_filter(request, And([Not(Or(leaves))]))
    operands = request.filter_ast.and_filter.operands[0].not_filter.operand.or_filter.operands
    assert [operand.WhichOneof("kind") for operand in operands] == [
        "compare_filter",
        "in_filter",
        "not_in_filter",
        "contains_filter",
        "starts_with_filter",
        "exists_filter",
        "is_null_filter",
        "between_filter",
    ]
    assert [value.WhichOneof("value") for value in operands[1].in_filter.values] == [
        "string_value",
        "bool_value",
        "null_value",
    ]
    assert operands[2].not_in_filter.values[0].timestamp_value.seconds == int(TIME.timestamp())
    assert "operator: COMPARISON_OPERATOR_LESS_OR_EQUAL" in text_format.MessageToString(request)


def test_strings_and_dicts_are_filters_too() -> None:
    text, json = CountRequest(), CountRequest()
    set_filter(text, "a = 1")
    set_filter(json, {"a": 1})
    assert text.filter == "a = 1"
    assert json.filter_ast.compare_filter.value.number_value == 1


def nested(levels: int):
    tree = Exists(["a"])
    for _ in range(levels):
        tree = Not(tree)
    return tree


@pytest.mark.parametrize(
    "value",
    [
        "",
        "  ",
        "\ud800",
        7,
        ["a"],
        Compare("a", "=", 1),
        Compare(["a"], "==", 1),
        Compare(["a"], "=", [1]),
        Compare(["a"], "=", datetime(2026, 1, 1)),
        Compare(["a"], "=", 10**400),
        Compare([1], "=", 1),
        nested(60),
    ],
)
def test_what_is_no_filter_is_refused(value) -> None:
    with pytest.raises(VecStoreError) as raised:
        set_filter(CountRequest(), value)
    assert (raised.value.code, raised.value.reason) == ("invalid_argument", "INVALID_FILTER")
