"""The socket that the server listens on. It imports nothing of the server, since `doctor` tries it, too."""

from __future__ import annotations

import errno
import socket

from tunix_rt.errors import SettingsError
from tunix_rt.settings import Settings

OF_THE_PORT = frozenset({errno.EADDRINUSE, errno.EACCES})
"""The errors for which another port may help."""


def bind(settings: Settings) -> socket.socket:
    """Binds the socket to listen on.

    Raises:
        SettingsError: the address is not available, for example because another server uses it, or because this machine
            has no IPv6.
    """
    host = f"[{settings.host}]" if ":" in settings.host else settings.host
    try:
        return open_listener(settings)
    except OSError as error:
        advice = "another port with --port" if error.errno in OF_THE_PORT else "another address with --host"
        reason = error.strerror or str(error)
        raise SettingsError(f"Cannot listen on {host}:{settings.port}: {reason}. Choose {advice}.") from None


def open_listener(settings: Settings) -> socket.socket:
    """Returns the bound socket; raises OSError."""
    family = socket.AF_INET6 if ":" in settings.host else socket.AF_INET
    listener = socket.socket(family, socket.SOCK_STREAM)
    try:
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        listener.bind((settings.host, settings.port))
    except OSError:
        listener.close()
        raise
    return listener
