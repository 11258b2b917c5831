"""The values of settings: their parsing from text, and their checks."""

from __future__ import annotations

import re
from contextlib import suppress
from dataclasses import field
from ipaddress import IPv4Network, IPv6Network, ip_address, ip_network
from pathlib import Path
from typing import Any
from urllib.parse import unquote, urlsplit

from tunix_rt.errors import SettingsError

PREFIX = "TUNIX_RT_"
LOOPBACK_HOSTS = ("127.0.0.1", "localhost", "::1")
SCOPES = ("read", "write", "run", "admin")
"""The scopes of keys and users, as ``domain.keys.scopes`` defines them."""
WORKER_LABELS_MAX = 32
LABEL_MAX_CHARS = 63
LABEL = re.compile(rf"[a-z0-9._-]{{1,{LABEL_MAX_CHARS}}}", re.ASCII)
LABEL_RULE = f"1 to {LABEL_MAX_CHARS} lower-case letters, digits and characters of . _ -"
HEADER = re.compile(r"[!#$%&'*+.^_`|~0-9A-Za-z-]{1,64}", re.ASCII)
"""The form of a header's name (RFC 9110, 5.1)."""


def setting(
    default: Any, description: str, low: float | None = None, high: float | None = None, *, secret: bool = False
) -> Any:
    """Returns a dataclass field with the metadata for the documentation and the range check.

    Args:
        secret: whether the value must not appear in logs.
    """
    metadata = {"description": description, "low": low, "high": high}
    return field(default=default, metadata=metadata, repr=not secret)


def check_range(name: str, value: Any, low: float | None, high: float | None) -> None:
    """Checks that a number is in ``low..high``.

    Raises:
        SettingsError: it is not; the message has the setting, the range and the value.
    """
    if low is not None and high is not None and not low <= value <= high:
        raise SettingsError(f"{PREFIX}{name.upper()} must be between {low} and {high}, not {value}.")


def check_judge(url: str, rubric_file: str) -> None:
    """Checks the address and the rubric's file of the scorer ``judge``.

    Raises:
        SettingsError: one is invalid; the message names the setting.
    """
    if url and not is_http_url(url):
        raise SettingsError(f"{PREFIX}JUDGE_URL must be an http or https URL with a host and nothing after '?'.")
    if rubric_file and not is_text_file(rubric_file):
        raise SettingsError(f"{PREFIX}JUDGE_RUBRIC_FILE must be a readable text file in UTF-8.")


def check_cluster(name: str, address: str, token: str, token_file: str, public_url: str) -> None:
    """Checks the address of a cluster, its token, and that the cluster reaches this server.

    Args:
        name: the first word of its settings, such as ``RAY``.

    Raises:
        SettingsError: one is missing or invalid; the message names the setting.
    """
    if not address:
        return
    if not is_http_url(address) or "@" in address:
        raise SettingsError(
            f"{PREFIX}{name}_ADDRESS must be an http or https URL with a host, without credentials and nothing after "
            "'?'."
        )
    if bool(token) == bool(token_file):
        raise SettingsError(
            f"{PREFIX}{name}_ADDRESS needs either {PREFIX}{name}_TOKEN or {PREFIX}{name}_TOKEN_FILE: without a token, "
            "everyone who reaches the cluster runs programs there."
        )
    if token_file and not is_text_file(token_file):
        raise SettingsError(f"{PREFIX}{name}_TOKEN_FILE must be a readable text file in UTF-8.")
    if not public_url:
        raise SettingsError(
            f"{PREFIX}{name}_ADDRESS needs {PREFIX}PUBLIC_URL, at which the cluster reaches this server."
        )


def check_slurm(api_version: str, folder: str) -> None:
    """Checks the version of Slurm's API, and the folder of its jobs.

    Raises:
        SettingsError: one is invalid; the message names the setting.
    """
    if api_version and not re.fullmatch(r"v[0-9]+\.[0-9]+\.[0-9]+", api_version, re.ASCII):
        raise SettingsError(f"{PREFIX}SLURM_API_VERSION must be a version such as v0.0.38, not {api_version!r}.")
    if not folder.startswith("/"):
        raise SettingsError(f"{PREFIX}SLURM_FOLDER must be an absolute path, not {folder!r}.")


def check_labels(text: str) -> None:
    """Checks the labels of the worker.

    Raises:
        SettingsError: there are too many, or one is invalid or there twice; the message has it.
    """
    labels = comma_separated(text)
    if len(labels) > WORKER_LABELS_MAX:
        raise SettingsError(
            f"{PREFIX}WORKER_LABELS must have at most {WORKER_LABELS_MAX} labels; it has {len(labels)}."
        )
    for position, label in enumerate(labels):
        if not LABEL.fullmatch(label):
            raise SettingsError(f"A label of {PREFIX}WORKER_LABELS must have {LABEL_RULE}, not {label[:100]!r}.")
        if label in labels[:position]:
            raise SettingsError(f"{PREFIX}WORKER_LABELS has the label {label!r} twice.")


def check_storage(text: str) -> None:
    """Checks the form of the storage's URL.

    Raises:
        SettingsError: it is not one of a bucket, a container or an absolute folder, or it contains credentials.
    """
    if not is_storage_url(text):
        raise SettingsError(
            f"{PREFIX}STORAGE_URL must be s3://BUCKET/PREFIX, gs://BUCKET/PREFIX, az://ACCOUNT/CONTAINER/PREFIX or "
            "file:///FOLDER, without credentials."
        )


def is_storage_url(text: str) -> bool:
    """Returns whether a text is empty, or the URL of a bucket, a container or an absolute folder."""
    try:
        url = urlsplit(text)
    except ValueError:
        return False
    rest = {"file": len(url.path) > 1 and not url.netloc and "\0" not in unquote(url.path), "": not text}
    in_bucket = url.scheme in {"s3", "gs", "az"} and bool(url.netloc) and "@" not in url.netloc
    return (in_bucket or rest.get(url.scheme, False)) and not url.query and not url.fragment


def check_addresses(host: str, public_url: str) -> None:
    """Checks the address to listen on, and the public URL.

    Raises:
        SettingsError: one is invalid; the message names the setting.
    """
    if not is_host(host):
        raise SettingsError(f"{PREFIX}HOST must be an IP address or the name of a host, not {host[:100]!r}.")
    if public_url and not is_http_url(public_url):
        raise SettingsError(
            f"{PREFIX}PUBLIC_URL must be an http or https URL with a host and nothing after '?', not "
            f"{public_url[:100]!r}."
        )


def check_proxies(addresses: str, scopes: str, headers: tuple[str, str], *, loopback_without_key: bool) -> None:
    """Checks the addresses of proxies, the scopes of the users whom they sign in, and the names of their headers.

    Raises:
        SettingsError: one is invalid, or they contradict each other; the message names the setting.
    """
    networks(addresses)
    if not group_scopes(scopes):
        return
    if not addresses:
        raise SettingsError(f"{PREFIX}PROXY_SCOPES needs {PREFIX}PROXY_ADDRESSES, since everybody can send headers.")
    if loopback_without_key:
        raise SettingsError(f"{PREFIX}PROXY_SCOPES cannot be combined with {PREFIX}LOOPBACK_WITHOUT_KEY.")
    for name, header in zip(("USER", "GROUPS"), headers, strict=True):
        if not HEADER.fullmatch(header):
            raise SettingsError(f"{PREFIX}PROXY_{name}_HEADER must be the name of a header, not {header!r}.")


def check_sign_out(text: str, scopes: str) -> None:
    """Checks the address at which a proxy signs users out; a query is permitted.

    Raises:
        SettingsError: it is neither a path on the proxy's host nor an HTTP URL, or no proxy signs users in.
    """
    if not text:
        return
    if not group_scopes(scopes):
        raise SettingsError(f"{PREFIX}PROXY_SIGN_OUT_URL needs {PREFIX}PROXY_SCOPES, by which a proxy signs users in.")
    is_path = re.fullmatch(r"/(?![/\\])[!-~]*", text) is not None
    if (not is_path and not is_http_url(text.partition("?")[0])) or not re.fullmatch("[!-~]+", text):
        raise SettingsError(
            f"{PREFIX}PROXY_SIGN_OUT_URL must be a path that starts with one '/', or an http or https URL with a host, "
            f"without spaces and accents, not {text[:100]!r}."
        )


def networks(text: str) -> tuple[IPv4Network | IPv6Network, ...]:
    """Returns the networks, or single addresses, of a comma-separated list.

    Raises:
        SettingsError: a part is neither, or has bits set beyond its mask.
    """
    try:
        return tuple(ip_network(part) for part in comma_separated(text))
    except ValueError as error:
        raise SettingsError(
            f"{PREFIX}PROXY_ADDRESSES must be addresses or networks, such as 127.0.0.1,10.0.0.0/8: {error}."
        ) from None


def group_scopes(text: str) -> dict[str, tuple[str, ...]]:
    """Returns the scopes of groups in a list like ``admins=admin,team=write+run``.

    Raises:
        SettingsError: a part has another form, or a group occurs twice.
    """
    found: dict[str, tuple[str, ...]] = {}
    for part in comma_separated(text):
        group, _, words = (piece.strip() for piece in part.rpartition("="))
        scopes = tuple(word.strip() for word in words.split("+"))
        if not group or group in found or not set(scopes) <= set(SCOPES):
            raise SettingsError(
                f"{PREFIX}PROXY_SCOPES must be like admins=admin,team=write+run,*=read, with each group once and the "
                f"scopes {', '.join(SCOPES)}; {part!r} is not."
            )
        found[group] = scopes
    return found


def check_rediai(mode: str, base_url: str, health_path: str) -> None:
    """Checks the mode, the address and the path of RediAI.

    Raises:
        SettingsError: one is invalid; the message names the setting.
    """
    if mode not in {"mock", "real"}:
        raise SettingsError(f"{PREFIX}REDIAI_MODE must be mock or real, not {mode!r}.")
    if not is_http_url(base_url):
        raise SettingsError(f"{PREFIX}REDIAI_BASE_URL must be an http or https URL with a host and nothing after '?'.")
    if not re.fullmatch(r"/[!-~]*", health_path):
        raise SettingsError(f"{PREFIX}REDIAI_HEALTH_PATH must start with '/' and have neither spaces nor accents.")


def parse_setting(name: str, text: str, default: Any) -> Any:
    """Parses a text as the type of the setting's default.

    Raises:
        SettingsError: the text is not of that type.
    """
    kind: Any = type(default)
    if kind is bool:
        return parse_bool(name, text)
    try:
        return Path(text) if isinstance(default, Path) else kind(text)
    except ValueError:
        raise SettingsError(
            f"{name} must be {'a whole number' if kind is int else 'a number'}, not {text!r}."
        ) from None


def parse_bool(name: str, text: str) -> bool:
    """Parses ``true/1/yes/on`` or ``false/0/no/off``, in upper or lower case.

    Raises:
        SettingsError: the text is any other word.
    """
    word = text.strip().lower()
    if word in {"1", "true", "yes", "on"}:
        return True
    if word in {"0", "false", "no", "off"}:
        return False
    raise SettingsError(f"{name} must be true or false, not {text!r}.")


def comma_separated(text: str) -> tuple[str, ...]:
    """Returns the non-empty parts of a comma-separated list."""
    return tuple(part.strip() for part in text.split(",") if part.strip())


def is_loopback(host: str) -> bool:
    """Returns whether an address to listen on can be reached from this machine only."""
    try:
        return host in LOOPBACK_HOSTS or ip_address(host).is_loopback
    except ValueError:
        return False


def is_text_file(name: str) -> bool:
    """Returns whether a name is a file's, not a pipe's, and this user can read the file as text in UTF-8."""
    path = Path(name)
    with suppress(OSError, ValueError):
        if path.is_file():
            path.read_text(encoding="utf-8")
            return True
    return False


def is_host(text: str) -> bool:
    """Returns whether a text can be looked up as the name or the address of a host."""
    try:
        text.encode("idna")  # as the look-up does, which raises UnicodeError for a..b
    except UnicodeError:
        return False
    return text.isprintable() and not set(text) & set(" /[]")


def is_http_url(text: str) -> bool:
    """Returns whether a text is an HTTP URL to which a path can be appended."""
    try:
        url = urlsplit(text)
        port = url.port
    except ValueError:
        return False
    plain = text.isascii() and text.isprintable() and " " not in text and not url.query and not url.fragment
    host = url.hostname or ""
    return plain and url.scheme in {"http", "https"} and host != "" and is_host(host) and port != 0


def base_url(server: str) -> str:
    """Returns the URL to which paths are appended, from the URL of a server or of its GraphQL API."""
    return server.rstrip("/").removesuffix("/graphql")
