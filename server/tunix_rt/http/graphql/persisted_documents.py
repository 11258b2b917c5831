"""Persisted documents: GraphQL documents that a request names by the SHA-256 of their text.

The server has those of its build of the web client, and stores no others. A request names one in Apollo's form, as
``extensions.persistedQuery``, or by the ``documentId`` of the draft of GraphQL over HTTP (appendix A).
"""

from __future__ import annotations

import hashlib
import json
import logging
import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from tunix_rt.errors import BadUserInput, PersistedQueryNotFound

logger = logging.getLogger(__name__)

DOCUMENT_ID = re.compile(r"sha256:([0-9a-f]{64})")
HASH = re.compile(r"[0-9a-f]{64}")
HASHED_MAX_CHARS = 1 << 20
"""Maximum length of a document that is compared with its hash, in about a millisecond."""


class PersistedDocuments:
    """The persisted documents of a build, which may be missing, and may be built while the server runs.

    Args:
        manifest: a JSON file, an object whose values are the documents.
    """

    def __init__(self, manifest: Path) -> None:
        self._manifest = manifest
        self._version: tuple[int, int] | None = None
        self._documents: dict[str, str] = {}

    def find(self, digest: str) -> str:
        """Returns the document with a hash.

        Raises:
            PersistedQueryNotFound: the build has no such document.
        """
        # A known document is the right one even if the manifest has changed, since the hash is computed from its text.
        known = self._documents.get(digest)
        if known is None:
            self._read_if_changed()
            known = self._documents.get(digest)
        if known is None:
            raise PersistedQueryNotFound
        return known

    def _read_if_changed(self) -> None:
        version = version_of(self._manifest)
        if version != self._version:
            self._version = version
            self._documents = {} if version is None else read_manifest(self._manifest)


def version_of(file: Path) -> tuple[int, int] | None:
    """Returns the modification time and the size of a file; None if it is missing."""
    try:
        found = file.stat()
    except OSError:
        return None
    return found.st_mtime_ns, found.st_size


def read_manifest(file: Path) -> dict[str, str]:
    """Returns the documents of a manifest by the hashes of their texts; none, with a warning, if it is malformed."""
    try:
        documents = json.loads(file.read_bytes()).values()
        return {hash_of(document): document for document in documents}
    except (OSError, ValueError, AttributeError) as error:
        logger.warning("The persisted documents of the web client cannot be read from %s: %s", file, error)
        return {}


def hash_of(document: str) -> str:
    """Returns the SHA-256 of a document's text in UTF-8; of lone surrogates too, which are refused later."""
    return hashlib.sha256(document.encode(errors="surrogatepass")).hexdigest()


def names_document(given: Mapping[str, Any]) -> bool:
    """Returns whether the parameters of a request name a persisted document."""
    return given.get("documentId") is not None or persisted_query_of(given) is not None


def persisted_query_of(given: Mapping[str, Any]) -> Any:
    """Returns ``extensions.persistedQuery`` of a request; None if it has none."""
    extensions = given.get("extensions")
    return extensions.get("persistedQuery") if isinstance(extensions, dict) else None


def named_document(given: Mapping[str, Any], documents: PersistedDocuments) -> str:
    """Returns the document of a request that names a persisted one: the request's own text if it has one.

    Args:
        given: the parameters of the request.

    Raises:
        BadUserInput: the name is malformed, or the text has another hash.
        PersistedQueryNotFound: the request has no text, and the build has no such document.
    """
    digest, query = named_hash(given), given.get("query")
    if query is None:
        return documents.find(digest)
    if not isinstance(query, str):
        raise BadUserInput("query must be a string.")
    if len(query) > HASHED_MAX_CHARS:
        raise BadUserInput(f"query must have at most {HASHED_MAX_CHARS} characters with a hash; it has {len(query)}.")
    if hash_of(query) != digest:
        raise BadUserInput(f"query must be the text with the given SHA-256; its own is {hash_of(query)}.")
    return query


def named_hash(given: Mapping[str, Any]) -> str:
    """Returns the hash of the document that a request names; raises as ``named_document`` does."""
    document_id, persisted_query = given.get("documentId"), persisted_query_of(given)
    by_id = None if document_id is None else hash_of_id(document_id)
    by_extension = None if persisted_query is None else hash_of_extension(persisted_query)
    if by_id and by_extension and by_id != by_extension:
        raise BadUserInput("documentId and extensions.persistedQuery must name the same document.")
    return by_id or by_extension or ""


def hash_of_id(document_id: Any) -> str:
    """Returns the hash in a ``documentId``; raises as ``named_document`` does."""
    found = DOCUMENT_ID.fullmatch(document_id) if isinstance(document_id, str) else None
    if found is None:
        raise BadUserInput("documentId must be `sha256:` and 64 lower-case hexadecimal digits.")
    return found[1]


def hash_of_extension(persisted_query: Any) -> str:
    """Returns the hash in Apollo's extension; raises as ``named_document`` does."""
    if isinstance(persisted_query, dict) and persisted_query.get("version") == 1:
        digest = persisted_query.get("sha256Hash")
        if isinstance(digest, str) and HASH.fullmatch(digest):
            return digest
    raise BadUserInput(
        "extensions.persistedQuery must have version 1, and 64 lower-case hexadecimal digits as sha256Hash."
    )
