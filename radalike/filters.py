"""The filter tree: one small language that every index backend compiles to its own types.

Build one with the functions (`eq("modality", "CT")`, `all_of(...)`); each backend matches on the
frozen classes. A value equal to one of a many-valued field's values matches (`labels`).
A field that a point lacks matches nothing but `is_empty` and `not_`.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any, TypeAlias

from radalike.errors import InvalidFilter, UnknownName
from radalike.records import PAYLOAD_FIELDS, FieldKind, Payload

Value: TypeAlias = str | int


@dataclass(frozen=True, slots=True)
class Eq:
    field: str
    value: Value


@dataclass(frozen=True, slots=True)
class AnyOf:
    field: str
    values: tuple[Value, ...]


@dataclass(frozen=True, slots=True)
class Range:
    """`at_least` <= value <= `at_most`, integers, either end open when None."""

    field: str
    at_least: int | None
    at_most: int | None


@dataclass(frozen=True, slots=True)
class HasId:
    ids: frozenset[str]


@dataclass(frozen=True, slots=True)
class IsEmpty:
    field: str


@dataclass(frozen=True, slots=True)
class Not:
    filter: Filter


@dataclass(frozen=True, slots=True)
class And:
    filters: tuple[Filter, ...]


Filter: TypeAlias = Eq | AnyOf | Range | HasId | IsEmpty | Not | And


def _checked(name: str, *values: Value) -> str:
    if name not in PAYLOAD_FIELDS:
        raise UnknownName("filter field", name, PAYLOAD_FIELDS)
    wanted = int if PAYLOAD_FIELDS[name].kind is FieldKind.INTEGER else str
    for value in values:
        if not isinstance(value, wanted) or isinstance(value, bool):
            raise InvalidFilter(
                f"{name} is compared with {value!r}",
                hint=f"{name} takes {'a whole number' if wanted is int else 'text'}",
                field=name,
            )
    return name


def eq(name: str, value: Value) -> Eq:
    return Eq(_checked(name, value), value)


def any_of(name: str, values: Iterable[Value]) -> AnyOf:
    """One of `values`; an empty list matches nothing."""
    listed = tuple(values)
    return AnyOf(_checked(name, *listed), listed)


def between(name: str, at_least: int | None = None, at_most: int | None = None) -> Range:
    """A closed range of an integer field."""
    _checked(name, *(end for end in (at_least, at_most) if end is not None))
    if PAYLOAD_FIELDS[name].kind is not FieldKind.INTEGER:
        raise InvalidFilter(f"{name} is not a number", hint="use eq or any_of", field=name)
    return Range(name, at_least, at_most)


def has_id(ids: Iterable[str]) -> HasId:
    return HasId(frozenset(ids))


def is_empty(name: str) -> IsEmpty:
    return IsEmpty(_checked(name))


def not_(condition: Filter) -> Not:
    return Not(condition)


def all_of(*conditions: Filter | None) -> Filter | None:
    """Their conjunction; None for none, the condition itself for one."""
    present = tuple(condition for condition in conditions if condition is not None)
    if len(present) < 2:
        return present[0] if present else None
    return And(present)


def fields_of(condition: Filter | None) -> frozenset[str]:
    """The fields whose values decide whether a point passes."""
    match condition:
        case And(filters):
            return frozenset().union(*map(fields_of, filters))
        case Not(inner):
            return fields_of(inner)
        case None | HasId():
            return frozenset()
        case _:
            return frozenset({condition.field})


def asks_for_ids(condition: Filter | None) -> bool:
    """Whether a point's id can decide whether it passes."""
    match condition:
        case And(filters):
            return any(map(asks_for_ids, filters))
        case Not(inner):
            return asks_for_ids(inner)
        case _:
            return isinstance(condition, HasId)


def matches(condition: Filter, point: str, payload: Payload) -> bool:
    """Whether one point passes: the meaning of the tree, against which backends are tested."""
    match condition:
        case And(filters):
            return all(matches(each, point, payload) for each in filters)
        case Not(inner):
            return not matches(inner, point, payload)
        case HasId(ids):
            return point in ids
        case IsEmpty(name):
            return not _values(payload, name)
        case Eq(name, value):
            return value in _values(payload, name)
        case AnyOf(name, values):
            return any(value in values for value in _values(payload, name))
        case Range(name, at_least, at_most):
            return any(
                (at_least is None or value >= at_least) and (at_most is None or value <= at_most)
                for value in _values(payload, name)
            )


def _values(payload: Payload, name: str) -> list[Any]:
    value = payload.get(name)
    if value is None:
        return []
    return list(value) if isinstance(value, list | tuple) else [value]
