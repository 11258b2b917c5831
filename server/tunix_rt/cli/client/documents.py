"""The operations that nouns have in common: lists, states, and mutations of one object."""

from __future__ import annotations


def field_of(noun: str) -> str:
    """Returns the field that looks up an object of a type: ``run`` for ``Run``."""
    return noun[0].lower() + noun[1:]


def list_document(noun: str, selection: str, fragment: str = "") -> str:
    """Returns the query for a page of a type's objects, as ``fetch_rows`` takes it.

    Args:
        selection: the fields of each object.
        fragment: the fragment that the selection names.
    """
    field = f"{field_of(noun)}s"
    return f"""
query ($where: {noun}Where, $orderBy: [{noun}Order!], $first: Int, $after: String) {{
  {field}(where: $where, orderBy: $orderBy, first: $first, after: $after) {{
    nodes {{ {selection} }}
    pageInfo {{ hasNextPage endCursor }}
    totalCount
  }}
}}
{fragment}"""


def state_document(noun: str, running: str = "{status: {eq: RUNNING}}", selection: str = "") -> str:
    """Returns the query for the status of a job, the number of running ones and the workers, as ``JobFeed`` takes it.

    Args:
        running: the filter of the running ones.
        selection: further fields of the job.
    """
    field = field_of(noun)
    return f"""
query ($id: ID!) {{
  job: {field}(id: $id) {{ status {selection} }}
  running: {field}s(where: {running}, first: 0) {{ totalCount }}
  workers {{ kinds labels }}
}}
"""


def change_document(verb: str, noun: str, selection: str = "id uuid status") -> str:
    """Returns a mutation of one job, such as ``cancelRun``.

    Args:
        selection: the fields of the changed job.
    """
    return mutation_document(verb, noun, f"{field_of(noun)} {{ {selection} }}")


def delete_document(noun: str) -> str:
    """Returns the mutation that deletes an object of a type."""
    return mutation_document("delete", noun, "deletedUuid")


def mutation_document(verb: str, noun: str, selection: str) -> str:
    """Returns a mutation of a type's object with the errors of its payload.

    Args:
        selection: the other fields of the payload.
    """
    return f"""
mutation ($input: {verb.capitalize()}{noun}Input!) {{
  {verb}{noun}(input: $input) {{ {selection} errors {{ code message path }} }}
}}
"""
