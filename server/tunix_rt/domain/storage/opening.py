"""The storage that the settings name."""

from __future__ import annotations

from pathlib import Path
from urllib.parse import unquote, urlsplit

from tunix_rt.domain.storage.base import Storage
from tunix_rt.domain.storage.folder import FolderStorage
from tunix_rt.errors import NotInstalled
from tunix_rt.settings import Settings

INSTALL = "pip install 'tunix-rt[storage]'"


def open_storage(settings: Settings) -> Storage:
    """Returns the storage of the settings, without a request to it.

    Raises:
        NotInstalled: it is an object storage, and obstore is not installed.
        SettingsError: the storage's configuration is invalid.
    """
    if not settings.storage_url:
        return FolderStorage(settings.data_dir)
    url = urlsplit(settings.storage_url)
    if url.scheme == "file":
        return FolderStorage(Path(unquote(url.path)))
    try:
        from tunix_rt.domain.storage.objects import ObjectStorage
    except ModuleNotFoundError as error:
        raise NotInstalled(f"TUNIX_RT_STORAGE_URL needs obstore: {INSTALL}") from error
    return ObjectStorage(settings)
