"""Requests to an object storage: their limits, and their errors as ours."""

from __future__ import annotations

import logging
import os
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from typing import Any, TypeAlias

from obstore.exceptions import (
    BaseError,
    InvalidPathError,
    PermissionDeniedError,
    UnauthenticatedError,
    UnknownConfigurationKeyError,
)
from obstore.store import AzureStore, GCSStore, S3Store, from_url

from tunix_rt.domain.storage.base import StorageFailed
from tunix_rt.errors import SettingsError, Unavailable
from tunix_rt.settings import Settings

logger = logging.getLogger("tunix_rt")

CONNECT_SECONDS = 5.0
ALLOW_HTTP = ("AWS_ALLOW_HTTP", "AZURE_ALLOW_HTTP", "GOOGLE_ALLOW_HTTP")
"""The library's variables for storages without TLS, which it ignores if there are other options of connections."""

RETRIES = 2
RETRY_SECONDS = 10.0
"""Retries of one request, for passing errors; callers that can wait longer repeat the whole call."""

BucketStore: TypeAlias = S3Store | GCSStore | AzureStore

REFUSED = (PermissionDeniedError, UnauthenticatedError, InvalidPathError, UnknownConfigurationKeyError)


def connect(settings: Settings) -> BucketStore:
    """Returns the object storage of the settings, without a request; credentials come from the environment.

    Raises:
        SettingsError: the URL or the environment's configuration of the storage is invalid.
    """
    timeout = timedelta(seconds=settings.storage_timeout_seconds)
    options: Any = {
        "timeout": timeout,
        "connect_timeout": timedelta(seconds=CONNECT_SECONDS),
        "allow_http": any(os.environ.get(name, "").lower() == "true" for name in ALLOW_HTTP),
    }
    backoff: Any = {"init_backoff": timedelta(seconds=0.1), "max_backoff": timedelta(seconds=2), "base": 2}
    retries: Any = {
        "max_retries": RETRIES,
        "retry_timeout": timedelta(seconds=RETRY_SECONDS),
        "backoff": backoff,
    }
    try:
        store: Any = from_url(settings.storage_url, client_options=options, retry_config=retries)
    except (BaseError, ValueError) as error:
        raise SettingsError(f"TUNIX_RT_STORAGE_URL cannot be used: {first_line(error)}") from error
    bucket: BucketStore = store
    return bucket


@contextmanager
def converting_errors() -> Iterator[None]:
    """Converts errors of the object storage, whose details are logged.

    Raises:
        StorageFailed: it refuses the credentials or the key.
        Unavailable: it cannot be reached, or it failed.
    """
    try:
        yield
    except REFUSED as error:
        logger.warning("object storage: %s", first_line(error))
        raise StorageFailed("The object storage refuses the request; check its credentials and permissions.") from error
    except BaseError as error:
        logger.warning("object storage: %s", first_line(error))
        raise Unavailable("The object storage cannot be reached or has failed.") from error


def first_line(error: BaseException) -> str:
    """Returns the first line of an error; the others are the library's internals."""
    return (str(error).splitlines() or [type(error).__name__])[0]
