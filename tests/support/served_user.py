"""A user of a started server."""

from __future__ import annotations

from typing import Any

import httpx

from tests.support.servers import RunningServer


class ServedUser:
    """Sends GraphQL requests to a started server."""

    def __init__(self, server: RunningServer, http: httpx.AsyncClient) -> None:
        self.server = server
        self.http = http

    async def ask(self, query: str, **variables: Any) -> Any:
        """Returns the only field that a GraphQL request selects."""
        body = (await self.http.post("/graphql", json={"query": query, "variables": variables})).json()
        assert "errors" not in body, body
        (answer,) = body["data"].values()
        return answer
