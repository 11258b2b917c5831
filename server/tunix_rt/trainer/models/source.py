"""The origin of a base model: built in, a folder of this machine, a run's model, or Hugging Face."""

from __future__ import annotations

import re
from collections.abc import Iterator
from difflib import get_close_matches
from enum import Enum
from itertools import islice
from pathlib import Path

from tunix_rt.trainer.contract import CONFIG_FILE, MODEL_FOLDER, RUN_PREFIX, TINY_MODELS, TrainerErrorCode
from tunix_rt.trainer.errors import TrainerError
from tunix_rt.trainer.manifest.manifest import ModelSection

TINY_OWNER = "tiny-random/"
HUGGING_FACE_ID = re.compile(r"[A-Za-z0-9][\w.-]{0,95}/[A-Za-z0-9][\w.-]{0,95}")
COMPARED_MAX = 500
"""Maximum number of folders whose names are compared with the name of an unknown model."""
WANTED_FILES = ["*.safetensors", "*.json", "*.jinja", "tokenizer.model"]


class ModelOrigin(Enum):
    """The origin of a base model."""

    TINY_RANDOM = "TINY_RANDOM"
    FOLDER = "FOLDER"
    RUN = "RUN"
    HUGGING_FACE = "HUGGING_FACE"


def origin_of(model: ModelSection) -> ModelOrigin:
    """Returns the model's origin, without a download.

    Raises:
        TrainerError: NOT_FOUND if it is neither available locally nor a possible Hugging Face id.
    """
    if model.model_id in TINY_MODELS:
        return ModelOrigin.TINY_RANDOM
    if folder_of(model) is not None:
        return ModelOrigin.RUN if is_of_run(model) else ModelOrigin.FOLDER
    if is_of_run(model):
        raise TrainerError(TrainerErrorCode.NOT_FOUND, f"The run has no exported model: {model.model_id}.")
    if HUGGING_FACE_ID.fullmatch(model.model_id) and not model.model_id.startswith(TINY_OWNER):
        return ModelOrigin.HUGGING_FACE
    raise TrainerError(
        TrainerErrorCode.NOT_FOUND,
        f"There is no model {model.model_id!r}: it must be a folder with a {CONFIG_FILE} in the "
        f"models folder, a Hugging Face id of the form owner/name, or one of {', '.join(TINY_MODELS)}."
        + did_you_mean(model),
    )


def did_you_mean(model: ModelSection) -> str:
    """Returns a question with the model of this machine whose name is most similar; empty if none is."""
    known = [*TINY_MODELS, *islice(folders_in(model.models_dir), COMPARED_MAX)]
    return "".join(f" Did you mean {found!r}?" for found in get_close_matches(model.model_id, known, 1))


def folders_in(models_dir: str | None) -> Iterator[str]:
    """Yields the names of the models in a folder, ``NAME`` and ``OWNER/NAME``."""
    if models_dir is not None:
        for pattern in (f"*/{CONFIG_FILE}", f"*/*/{CONFIG_FILE}"):
            yield from (found.parent.relative_to(models_dir).as_posix() for found in Path(models_dir).glob(pattern))


def is_of_run(model: ModelSection) -> bool:
    """Returns whether the model is one that a run has exported."""
    return model.model_id.startswith(RUN_PREFIX)


def folder_of(model: ModelSection) -> Path | None:
    """Returns the model's folder inside the models folder or inside a run's folder; None if there is none."""
    parent = model.runs_dir if is_of_run(model) else model.models_dir
    if parent is None:
        return None
    root, name = Path(parent).resolve(), model.model_id
    folder = (root / name.removeprefix(RUN_PREFIX) / MODEL_FOLDER if is_of_run(model) else root / name).resolve()
    inside = folder != root and folder.is_relative_to(root)
    return folder if inside and (folder / CONFIG_FILE).is_file() else None


def download(model: ModelSection) -> Path:
    """Returns the folder of a model from Hugging Face, downloaded unless it is in the cache.

    Raises:
        TrainerError: NOT_FOUND if there is no such model, UNAVAILABLE if it cannot be downloaded now.
    """
    from huggingface_hub import snapshot_download
    from huggingface_hub.errors import GatedRepoError, RepositoryNotFoundError, RevisionNotFoundError

    try:
        return Path(snapshot_download(model.model_id, revision=model.revision, allow_patterns=WANTED_FILES))
    except GatedRepoError:
        raise TrainerError(
            TrainerErrorCode.UNAVAILABLE,
            f"{model.model_id} is a gated model: accept its licence on Hugging Face, and set HF_TOKEN for the worker.",
        ) from None
    except (RepositoryNotFoundError, RevisionNotFoundError):
        raise TrainerError(
            TrainerErrorCode.NOT_FOUND, f"Hugging Face has no model {model.model_id}{at_revision(model)}."
        ) from None
    except Exception as error:  # the network fails in as many ways as there are libraries below
        raise TrainerError(
            TrainerErrorCode.UNAVAILABLE,
            f"{model.model_id} could not be downloaded from Hugging Face: {type(error).__name__}, {first_line(error)}. "
            f"Without a network, put its folder below the models folder as {model.model_id}.",
        ) from error


def at_revision(model: ModelSection) -> str:
    """Returns a suffix with the revision for messages; empty if there is none."""
    return f" at revision {model.revision}" if model.revision else ""


def first_line(error: BaseException) -> str:
    """Returns the first line of an error's message."""
    return next(iter(str(error).strip().splitlines()), "no reason given")
