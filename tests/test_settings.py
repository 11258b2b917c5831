"""Settings: each is read from the environment, checked, and refused by its name."""

from __future__ import annotations

from dataclasses import fields
from pathlib import Path

import pytest

from tunix_rt.db.connections.engine import database_url
from tunix_rt.domain.keys.scopes import KeyScope
from tunix_rt.errors import SettingsError
from tunix_rt.setting_values import PREFIX, SCOPES
from tunix_rt.settings import Settings, settings_from

RANGED = [spec for spec in fields(Settings) if spec.metadata["low"] is not None]
NUMBERS = [spec for spec in fields(Settings) if type(spec.default) in {int, float}]


def variable(name: str) -> str:
    """The environment variable of a setting."""
    return PREFIX + name.upper()


def test_nothing_needs_to_be_set():
    assert settings_from({}) == Settings()
    assert settings_from({"PATH": "/bin", "TUNIX": "1"}) == Settings()


def test_every_setting_is_described():
    assert [spec.name for spec in fields(Settings) if not spec.metadata["description"].endswith(".")] == []


def test_every_number_has_a_range_around_its_default():
    assert {spec.name for spec in NUMBERS} == {spec.name for spec in RANGED}
    for spec in RANGED:
        assert spec.metadata["low"] <= spec.default <= spec.metadata["high"]


@pytest.mark.parametrize("spec", RANGED, ids=lambda spec: spec.name)
def test_each_end_of_a_range_is_taken_and_one_beyond_is_refused(spec):
    name, low, high = variable(spec.name), spec.metadata["low"], spec.metadata["high"]
    kind = type(spec.default)

    for end in (low, high):
        assert getattr(settings_from({name: str(kind(end))}), spec.name) == end
    for beyond in (low - 1, high + 1):
        with pytest.raises(SettingsError) as caught:
            settings_from({name: str(beyond)})
        assert name in caught.value.message
        assert f"between {low} and {high}" in caught.value.message
        assert str(kind(beyond)) in caught.value.message


@pytest.mark.parametrize("spec", NUMBERS, ids=lambda spec: spec.name)
@pytest.mark.parametrize("text", ["", "many", "1,000", "0x10", "1 2", "nan", "inf", "-inf"])
def test_what_is_not_a_number_is_refused(spec, text: str):
    with pytest.raises(SettingsError, match=variable(spec.name)):
        settings_from({variable(spec.name): text})


def test_whole_numbers_have_no_fraction():
    with pytest.raises(SettingsError, match=r"a whole number, not '8000\.5'"):
        settings_from({"TUNIX_RT_PORT": "8000.5"})


@pytest.mark.parametrize(
    ("text", "value"), [("1", True), ("TRUE", True), (" yes ", True), ("on", True), ("0", False), ("off", False)]
)
def test_booleans_are_words(text: str, value: bool):
    assert settings_from({"TUNIX_RT_LOAD_SAMPLES": text}).load_samples is value


@pytest.mark.parametrize("text", ["", "2", "maybe"])
def test_other_words_are_no_booleans(text: str):
    with pytest.raises(SettingsError, match="TUNIX_RT_LOAD_SAMPLES must be true or false"):
        settings_from({"TUNIX_RT_LOAD_SAMPLES": text})


@pytest.mark.parametrize("level", ["debug", "info", "warning", "error"])
def test_log_levels(level: str):
    assert settings_from({"TUNIX_RT_LOG_LEVEL": level}).log_level == level


@pytest.mark.parametrize("level", ["", "INFO ", "verbose"])
def test_other_log_levels_are_refused(level: str):
    with pytest.raises(SettingsError, match="TUNIX_RT_LOG_LEVEL must be debug, info, warning or error"):
        settings_from({"TUNIX_RT_LOG_LEVEL": level})


def test_an_unknown_name_is_refused_with_those_that_exist():
    with pytest.raises(SettingsError) as caught:
        settings_from({"TUNIX_RT_PROT": "80"})

    assert "TUNIX_RT_PROT" in caught.value.message
    for spec in fields(Settings):
        assert variable(spec.name) in caught.value.message


def test_the_command_line_wins_and_is_checked_too():
    environment = {"TUNIX_RT_PORT": "9000", "TUNIX_RT_DATA_DIR": "from-environment"}

    found = settings_from(environment, port=9001, data_dir=None)
    assert (found.port, found.data_dir) == (9001, Path("from-environment"))
    with pytest.raises(SettingsError, match="TUNIX_RT_PORT"):
        settings_from({}, port=70_000)


def test_lists_are_split_at_commas():
    found = settings_from(
        {
            "TUNIX_RT_ALLOWED_ORIGINS": " https://a.example ,,https://b.example",
            "TUNIX_RT_ALLOWED_HOSTS": "tunix.example",
        }
    )

    assert found.origins == ("https://a.example", "https://b.example")
    assert found.hosts == ("127.0.0.1", "localhost", "::1", "tunix.example")
    assert Settings().origins == ()


def test_settings_cannot_be_changed():
    with pytest.raises(AttributeError):
        Settings().port = 1  # type: ignore[misc]


def test_settings_are_handed_on_by_an_environment(tmp_path: Path):
    given = Settings(data_dir=tmp_path, database_url="sqlite:///x", load_samples=False, export_keep_hours=0.5)

    assert settings_from(given.environment()) == given
    assert settings_from(Settings().environment()).data_dir == Settings().data_dir.absolute()


@pytest.mark.parametrize("name", ["my data", "a%2Fb", "50% off", "what?", "a#b", "größe"])
def test_the_name_of_the_data_folder_is_no_url(name: str):
    url = database_url(Settings(data_dir=Path("/data") / name))

    assert url.database == f"/data/{name}/tunix-rt.sqlite"
    again = Settings(database_url=url.render_as_string(hide_password=False))
    assert database_url(again) == url


@pytest.mark.parametrize(
    ("given", "query"),
    [
        ("postgresql://u@h/d", {}),
        ("postgresql://u@h/d?sslmode=require", {"ssl": "require"}),
        ("postgres://u@h/d?sslmode=verify-full&host=/run/pg", {"ssl": "verify-full", "host": "/run/pg"}),
        ("postgresql+asyncpg://u@h/d?ssl=disable", {"ssl": "disable"}),
        ("postgresql://u@%2Frun%2Fpg:5433/d?ssl=disable", {"host": "/run/pg", "port": "5433", "ssl": "disable"}),
    ],
)
def test_parameters_of_a_database_url_are_understood(given: str, query: dict[str, str]):
    assert dict(database_url(Settings(database_url=given)).query) == query


@pytest.mark.parametrize(
    ("given", "reported"),
    [
        ("postgresql://u@h/d?sslmode=yes", "sslmode must be one of disable, allow, prefer, require"),
        ("postgresql://u@h/d?sslmode=require&sslmode=disable", "sslmode must be one of"),
        (
            "postgresql://u@h/d?connect_timeout=3",
            "'connect_timeout', which is unknown; the known ones are host, passfile",
        ),
        ("postgresql://u@h:abc/d", "is not a database URL"),
        ("postgresql://u@a..b/d", "has a host or a database whose name is invalid"),
        ("postgresql://u@h/d%00", "has a host or a database whose name is invalid"),
        ("sqlite:///%00", "has a host or a database whose name is invalid"),
        ("postgresql:///d?host=a&port=x", "port must be a number"),
        ("postgresql:///d?host=a&port=70000", "port must be a number"),
        ("postgresql:///d?host=a,b..c", "host must be names of hosts"),
        ("sqlite:///x.db?mode=ro", "'mode', which is unknown; an SQLite URL takes none"),
    ],
)
def test_parameters_of_a_database_url_that_are_not_known_are_refused(given: str, reported: str):
    with pytest.raises(SettingsError, match=reported):
        database_url(Settings(database_url=given))


@pytest.mark.parametrize(
    ("given", "message"),
    [
        ({"ADDRESSES": "10.0.0.1,proxy"}, "PROXY_ADDRESSES must be addresses or networks"),
        ({"ADDRESSES": "10.0.0.1/8"}, "PROXY_ADDRESSES must be addresses or networks"),
        ({"SCOPES": "*=read"}, "PROXY_SCOPES needs TUNIX_RT_PROXY_ADDRESSES"),
        ({"SCOPES": "read"}, "PROXY_SCOPES must be like .* 'read' is not"),
        ({"SCOPES": "a=read,b=write+all"}, "scopes read, write, run, admin; 'b=write\\+all' is not"),
        ({"SCOPES": "a=read,a=write"}, "each group once"),
        ({"SCOPES": "a="}, "'a=' is not"),
        ({"ADDRESSES": "::1", "SCOPES": "*=read", "USER_HEADER": "X User"}, "PROXY_USER_HEADER must be the name"),
        ({"ADDRESSES": "::1", "SCOPES": "*=read", "GROUPS_HEADER": ""}, "PROXY_GROUPS_HEADER must be the name"),
        ({"SIGN_OUT_URL": "/oauth2/sign_out"}, "PROXY_SIGN_OUT_URL needs TUNIX_RT_PROXY_SCOPES"),
        *(
            ({"ADDRESSES": "::1", "SCOPES": "*=read", "SIGN_OUT_URL": url}, "PROXY_SIGN_OUT_URL must be a path")
            for url in ("//evil.example", "/\\evil.example", "javascript:alert(1)", "out", "/a b", "https://", "/é")
        ),
    ],
)
def test_proxies_that_contradict_themselves_are_refused(given: dict[str, str], message: str):
    with pytest.raises(SettingsError, match=message):
        settings_from({f"TUNIX_RT_PROXY_{name}": value for name, value in given.items()})


@pytest.mark.parametrize(
    "url", ["/", "/oauth2/sign_out", "/oauth2/sign_out?rd=https%3A%2F%2Fa.example", "https://id.example/out?a=b#c"]
)
def test_a_proxy_signs_out_at_a_path_or_a_url(url: str):
    given = Settings(proxy_addresses="::1", proxy_scopes="*=read", proxy_sign_out_url=url)

    assert given.proxy_sign_out_url == url


def test_loopback_without_a_key_and_users_of_a_proxy_exclude_each_other():
    with pytest.raises(SettingsError, match="cannot be combined with TUNIX_RT_LOOPBACK_WITHOUT_KEY"):
        Settings(proxy_addresses="127.0.0.1", proxy_scopes="*=read", loopback_without_key=True)


def test_the_scopes_of_groups_are_those_of_keys():
    assert [scope.value for scope in KeyScope] == list(SCOPES)


@pytest.mark.parametrize(
    ("given", "words"),
    [
        ({"ADDRESS": "ray.example:8265"}, "RAY_ADDRESS must be an http or https URL"),
        ({"ADDRESS": "http://user:secret@ray.example"}, "RAY_ADDRESS must be an http or https URL"),
        ({"TOKEN": ""}, "needs either TUNIX_RT_RAY_TOKEN or TUNIX_RT_RAY_TOKEN_FILE"),
        ({"TOKEN_FILE": "token"}, "needs either TUNIX_RT_RAY_TOKEN or TUNIX_RT_RAY_TOKEN_FILE"),
        ({"TOKEN": "", "TOKEN_FILE": "missing"}, "RAY_TOKEN_FILE must be a readable text file"),
    ],
)
def test_a_ray_cluster_that_cannot_be_used(given: dict[str, str], words: str):
    values = {"ADDRESS": "http://ray.example:8265", "TOKEN": "secret"} | given
    environment = {f"TUNIX_RT_RAY_{name}": value for name, value in values.items()}

    with pytest.raises(SettingsError, match=words) as error:
        settings_from(environment | {"TUNIX_RT_PUBLIC_URL": "http://server.example"})
    assert "secret" not in error.value.message


@pytest.mark.parametrize("content", [b"caf\xe9", None], ids=["another encoding", "a folder"])
def test_files_of_settings_are_text(tmp_path: Path, content: bytes | None):
    file = tmp_path / "file"
    file.mkdir() if content is None else file.write_bytes(content)
    cluster = {"TUNIX_RT_RAY_ADDRESS": "http://ray.example", "TUNIX_RT_PUBLIC_URL": "http://server.example"}

    for name in ("TUNIX_RT_RAY_TOKEN_FILE", "TUNIX_RT_JUDGE_RUBRIC_FILE"):
        with pytest.raises(SettingsError, match=f"{name} must be a readable text file in UTF-8"):
            settings_from(cluster | {"TUNIX_RT_RAY_TOKEN": "x" if "JUDGE" in name else "", name: str(file)})


def test_a_ray_cluster_needs_the_url_of_the_server():
    with pytest.raises(SettingsError, match="RAY_ADDRESS needs TUNIX_RT_PUBLIC_URL"):
        settings_from({"TUNIX_RT_RAY_ADDRESS": "http://ray.example", "TUNIX_RT_RAY_TOKEN": "secret"})


def test_the_token_of_a_ray_cluster_is_not_shown():
    assert "of-the-cluster" not in repr(Settings(ray_token="of-the-cluster"))


@pytest.mark.parametrize(
    ("given", "words"),
    [
        ({"ADDRESS": "slurm.example:6820"}, "SLURM_ADDRESS must be an http or https URL"),
        ({"TOKEN": ""}, "needs either TUNIX_RT_SLURM_TOKEN or TUNIX_RT_SLURM_TOKEN_FILE"),
        ({"API_VERSION": "38"}, "SLURM_API_VERSION must be a version such as v0.0.38, not '38'"),
        ({"FOLDER": "scratch"}, "SLURM_FOLDER must be an absolute path, not 'scratch'"),
    ],
)
def test_a_slurm_cluster_that_cannot_be_used(given: dict[str, str], words: str):
    values = {"ADDRESS": "http://slurm.example:6820", "TOKEN": "secret"} | given
    environment = {f"TUNIX_RT_SLURM_{name}": value for name, value in values.items()}

    with pytest.raises(SettingsError, match=words) as error:
        settings_from(environment | {"TUNIX_RT_PUBLIC_URL": "http://server.example"})
    assert "secret" not in error.value.message


def test_a_slurm_cluster_needs_the_url_of_the_server():
    with pytest.raises(SettingsError, match="SLURM_ADDRESS needs TUNIX_RT_PUBLIC_URL"):
        settings_from({"TUNIX_RT_SLURM_ADDRESS": "http://slurm.example", "TUNIX_RT_SLURM_TOKEN": "secret"})


def test_the_token_of_a_slurm_cluster_is_not_shown():
    assert "of-the-cluster" not in repr(Settings(slurm_token="of-the-cluster"))


@pytest.mark.parametrize(
    ("labels", "message"),
    [
        ("gpu,GPU", "A label of TUNIX_RT_WORKER_LABELS must have 1 to 63 lower-case letters.*, not 'GPU'"),
        ("x" * 64, "1 to 63"),
        ("gpu,a,gpu", "TUNIX_RT_WORKER_LABELS has the label 'gpu' twice"),
        (",".join(map(str, range(33))), "TUNIX_RT_WORKER_LABELS must have at most 32 labels; it has 33"),
    ],
)
def test_invalid_labels_of_a_worker_are_refused(labels: str, message: str):
    with pytest.raises(SettingsError, match=message):
        settings_from({"TUNIX_RT_WORKER_LABELS": labels})


@pytest.mark.parametrize("labels", ["", "gpu, tpu-v5e", "x" * 63, ",".join(map(str, range(32)))])
def test_labels_of_a_worker(labels: str):
    assert settings_from({"TUNIX_RT_WORKER_LABELS": labels}).worker_labels == labels
