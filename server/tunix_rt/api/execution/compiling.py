"""Compiles selections to plans."""

from __future__ import annotations

from typing import Any

from graphql import (
    FieldNode,
    GraphQLCompositeType,
    GraphQLField,
    GraphQLLeafType,
    GraphQLObjectType,
    GraphQLOutputType,
    VariableNode,
    Visitor,
    is_composite_type,
    is_leaf_type,
    is_list_type,
    is_non_null_type,
    is_object_type,
    visit,
)

from tunix_rt.api.execution.columns import JsonForm
from tunix_rt.api.execution.encoding import dumps
from tunix_rt.api.execution.fetching import STRAWBERRY, Batch, Fetch
from tunix_rt.api.execution.limits.budget import lists_size, sizes
from tunix_rt.api.execution.plan import CLASS, Branches, Nested, Plan
from tunix_rt.api.execution.selection import selection_of

AS_STORED = frozenset({"ID", "String", "Int", "Float", "Boolean", "DateTime", "UUID", "JSON", "BigInt"})
"""Scalars whose stored values are put into the answer unchanged."""
OF_ANY_SIZE = frozenset({"String", "JSON"})
"""Scalars whose values can be long, so the size of each is counted."""


def compile_plan(run: Any, parent: GraphQLCompositeType, details: Any) -> Plan | Branches | None:
    """Returns the plan of a selection; None if any of its fields needs the reference executor.

    Args:
        run: the executor, which collects the selection's fields.
        details: the fields whose sub-selections are compiled, as the executor groups them.
    """
    if is_object_type(parent):
        return compile_objects(run, parent, details)
    plans: dict[type, Plan] = {}
    for possible in run.schema.get_possible_types(parent):
        own, plan = possible.extensions.get(STRAWBERRY), compile_objects(run, possible, details)
        if own is None or plan is None:
            return None
        plans[own.origin] = plan
    return Branches(plans)


def compile_objects(run: Any, parent: GraphQLObjectType, details: Any) -> Plan | None:
    """Returns the plan of a selection on objects of one type; None under the conditions of ``compile_plan``."""
    grouped, defers, _ = run.collect_subfields(parent, details)
    if defers:
        return None
    plan = Plan()
    for key, field_details in grouped.items():
        if not add_field(plan, run, parent, key, field_details):
            return None
    return plan.prepare()


def add_field(plan: Plan, run: Any, parent: GraphQLObjectType, key: str, details: Any) -> bool:
    """Adds one field to a plan, and returns whether it can be planned."""
    node = details[0].node
    if node.name.value == "__typename":
        plan.constants[key] = parent.name
        return add_attribute(plan, key, CLASS, required=False)
    definition = parent.fields.get(node.name.value)
    own = definition.extensions.get(STRAWBERRY) if definition else None
    if definition is None or own is None:
        return False
    batch = own.metadata.get("batch")
    if batch is None and not own.is_basic_field:
        return False
    required, inner = unwrap(definition.type)
    if is_leaf_type(inner):
        return batch is None and add_leaf(plan, key, own.python_name, inner, required=required)
    return add_nested(plan, run, key, details, definition, batch, required=required)


def add_attribute(plan: Plan, key: str, name: str, *, required: bool) -> bool:
    """Adds a key that is read from an attribute."""
    if required:
        plan.required.add(len(plan.keys))
    plan.keys.append(key)
    plan.names.append(name)
    return True


def add_leaf(plan: Plan, key: str, name: str, leaf: GraphQLLeafType, *, required: bool) -> bool:
    """Adds a scalar or an enum."""
    if leaf.name in OF_ANY_SIZE:
        plan.measured.append((len(plan.keys), sizes))
    if leaf.name not in AS_STORED:
        plan.coerced.append((len(plan.keys), leaf.coerce_output_value))
    return add_attribute(plan, key, name, required=required)


def add_leaves(plan: Plan, key: str, name: str, leaf: GraphQLLeafType, *, required: bool) -> bool:
    """Adds a list of scalars or of enums; nulls in it stay where the schema allows them."""
    plan.measured.append((len(plan.keys), lists_size))
    if leaf.name not in AS_STORED:
        coerce = leaf.coerce_output_value
        plan.coerced.append(
            (len(plan.keys), lambda values: [None if value is None else coerce(value) for value in values])
        )
    return add_attribute(plan, key, name, required=required)


def add_nested(
    plan: Plan, run: Any, key: str, details: Any, definition: GraphQLField, batch: Any, *, required: bool
) -> bool:
    """Adds an object or a list of objects."""
    _, inner = unwrap(definition.type)
    is_list = is_list_type(inner)
    if is_list:
        item_required, inner = unwrap(inner.of_type)
        if is_leaf_type(inner) and batch is None:
            if item_required:
                plan.full.append(len(plan.keys))
            return add_leaves(plan, key, definition.extensions[STRAWBERRY].python_name, inner, required=required)
        if not item_required:
            return False
    below = compile_plan(run, inner, details) if is_composite_type(inner) else None
    if below is None:
        return False
    name = definition.extensions[STRAWBERRY].python_name
    if batch is None:
        form = form_of(definition, below) if run.splices and is_list else None
        plan.nested.append(Nested(key, name, below, is_list, required, form=form))
        return add_attribute(plan, key, name, required=required)
    plan.fetched.append(Nested(key, name, below, is_list, required, fetch_of(run, details, definition, batch)))
    return add_attribute(plan, key, CLASS, required=False)


def form_of(definition: GraphQLField, below: Plan | Branches) -> JsonForm | None:
    """Returns a list's selection as a form of its stored JSON; None if it has none."""
    stored = definition.extensions[STRAWBERRY].metadata.get("stored_keys", ())
    if not stored or not isinstance(below, Plan) or below.names[: len(stored)] != list(stored):
        return None
    rest = below.keys[len(stored) :]
    if below.keys[1 : len(stored)] != list(stored[1:]) or rest != list(below.constants):
        return None
    first, key = (b'{"%b":' % name.encode() for name in (stored[0], below.keys[0]))
    end = b"," + dumps(below.constants)[1:-1] if rest else b""
    return JsonForm(first, key, end)


def fetch_of(run: Any, details: Any, definition: GraphQLField, batch: Batch) -> Fetch:
    """Returns the fetch of a field whose values ``batch`` returns."""
    nodes = [detail.node for detail in details]
    fixed = not uses_variables(nodes[0])
    selection, metadata = selection_of(nodes, run.fragment_definitions), definition.extensions[STRAWBERRY].metadata
    return Fetch(definition, nodes[0], selection, batch, {} if fixed else None, metadata.get("ahead"))


def uses_variables(node: FieldNode) -> bool:
    """Returns whether any argument of a field contains a variable."""
    found: list[VariableNode] = []

    class Variables(Visitor):
        def enter_variable(self, variable: VariableNode, *_: Any) -> None:
            found.append(variable)

    for argument in node.arguments or ():
        visit(argument, Variables())
    return bool(found)


def unwrap(output: GraphQLOutputType) -> tuple[bool, Any]:
    """Returns whether a type is non-null, and the type inside."""
    return (True, output.of_type) if is_non_null_type(output) else (False, output)
