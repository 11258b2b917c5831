"""Sends the rollouts of any Tunix program to a tunix-rt server, live: each completion with its rewards as a trace.

    writer = RolloutWriter("http://127.0.0.1:8000", "my-grpo", step=lambda: cluster.global_steps)
    learner = GRPOLearner(
        rl_cluster=cluster,
        algo_config=config,
        reward_fns=writer.rewards(correct, brief),
        metric_fns=[writer],
    )
    with mesh:
        learner.train(dataset)
    writer.close()

With ``run``, a ``RunReporter`` or the name of a registered run, each trace is one that the run has produced.

It needs the standard library only, and neither Tunix nor the server. The traces have the source that is given, and the
metadata ``rollout`` with step and position; each reward is a score by the reward function's name, and their sum a score
by ``reward``, whose mean over a step Tunix reports as ``rewards/train/sum``.
"""

from __future__ import annotations

import json
import math
import time
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from functools import wraps
from typing import Any

from tunix_rt_tunix.connection import Connection, RequestRefused, storable
from tunix_rt_tunix.reporting import RunReporter

PATH = "/v1/traces?on_error=keep"
ANSWER = "Answer:"
EMPTY = "(no final answer)"
"""The final answer of a completion without one, which every grader of the server knows as wrong."""
TOTAL = "reward"
ANSWER_MAX_CHARS, STEP_MAX_CHARS, RAW_TEXT_MAX_CHARS = 50_000, 200_000, 250_000
"""The server's limits. A longer answer is none: it counts as reasoning, and longer reasoning is several steps."""
TRIES = 3
SECONDS_BETWEEN = 0.5
UNSENT_MAX = 100_000

RewardFunction = Callable[..., Sequence[float]]
"""A reward function of Tunix: prompts, completions and the columns of the dataset to a reward of each completion."""

Parse = Callable[[str], tuple[str, str]]
"""Returns the reasoning and the final answer of a completion; the reasoning may be empty."""


class RolloutsRefused(Exception):
    """The server has refused rollouts, or could not be reached until the writer was closed."""


def split_answer(completion: str) -> tuple[str, str]:
    """Returns the text before and after the last ``Answer:``; without one, all of it is the answer."""
    reasoning, mark, answer = completion.rpartition(ANSWER)
    return (reasoning.strip(), answer.strip()) if mark else ("", completion.strip())


class RolloutWriter:
    """Writes rollouts; an instance is a metric function of Tunix's learners.

    While the server cannot be reached, training goes on: what is unsent is sent with later rollouts, at the latest by
    ``close``. Sending rollouts twice stores them once.

    Args:
        url: the server's address.
        source: the source of the traces; distinguish runs by it.
        step: returns the training step; by default the calls are counted.
        run: the run that the rollouts belong to: its reporter, or the name of one that is registered. The traces are
            then stored as produced by it, with the step as policy version. A reporter's run is registered first.
        sampling: how completions are sampled: Tunix's ``RolloutConfig``, or ``temperature``, ``top_p``,
            ``max_new_tokens`` and perhaps ``seed``; for ``run`` only.
        reference: the column of the dataset with the reference answers.
        parse: splits a completion into reasoning and final answer.
        prompt: converts a prompt as the model gets it, for example to remove chat markup.
        seconds: the time limit of a request.
        key: an API key with the scope WRITE, if the server has keys.
    """

    def __init__(  # noqa: PLR0913 - all but two are optional and named
        self,
        url: str,
        source: str,
        *,
        step: Callable[[], int] | None = None,
        run: RunReporter | str | None = None,
        sampling: Any = None,
        reference: str = "answer",
        parse: Parse = split_answer,
        prompt: Callable[[str], str] = str,
        seconds: float = 10.0,
        key: str | None = None,
    ) -> None:
        self._connection = Connection(url, key, seconds)
        self.source = source
        self.stored = 0
        self._step = step
        self._run = run
        self._sampling = None if sampling is None else sampling_of(sampling)
        self._reference = reference
        self._parse = parse
        self._prompt = prompt
        self._rewards: dict[str, list[float]] = {}
        self._unsent: list[bytes] = []
        self._calls = 0
        self._counted_step: int | None = None
        self._counts: Counter[str] = Counter()

    def rewards(self, *functions: RewardFunction) -> list[RewardFunction]:
        """Returns reward functions that record their values, so that each becomes a score by the function's name."""
        return [self._recording(function) for function in functions]

    def _recording(self, function: RewardFunction) -> RewardFunction:
        name = function.__name__

        @wraps(function)
        def recorded(*arguments: Any, **columns: Any) -> Sequence[float]:
            found = function(*arguments, **columns)
            self._rewards[name] = [float(value) for value in found]
            return found

        return recorded

    def __call__(
        self, prompts: Sequence[str], completions: Sequence[str], rewards: Sequence[float], **columns: Any
    ) -> dict[str, Any]:
        """Sends the completions of one batch; called by the learner.

        Returns:
            No metrics.

        Raises:
            RolloutsRefused: the server has refused some of them, or their run.
        """
        step = self._calls if self._step is None else int(self._step())
        self._calls += 1
        references = columns.get(self._reference)
        for position, completion in enumerate(completions):
            reference = None if references is None else str(references[position])
            line = self._line(step, storable(str(prompts[position])), storable(str(completion)), reference)
            line["scores"] = scores_of({**self._scores(position), TOTAL: float(rewards[position])})
            self._unsent.append(json.dumps(line).encode() + b"\n")
        self._rewards.clear()
        if self._unsent:
            self._send(tries=1)
        if len(self._unsent) > UNSENT_MAX:
            raise RolloutsRefused(f"{self._connection.url} could not be reached for {len(self._unsent):,} rollouts.")
        return {}

    def _line(self, step: int, prompt: str, completion: str, reference: str | None) -> dict[str, Any]:
        if step != self._counted_step:
            self._counted_step, self._counts = step, Counter()
        position = self._counts.total()
        reasoning, answer = self._parse(completion)
        if len(answer) > ANSWER_MAX_CHARS:
            reasoning, answer = completion.strip(), ""
        parts = [reasoning[start : start + STEP_MAX_CHARS] for start in range(0, len(reasoning), STEP_MAX_CHARS)]
        steps = [{"i": index, "type": "reasoning", "content": part} for index, part in enumerate(parts)]
        answer_step = {"i": 0, "type": "answer", "content": answer or EMPTY}
        name = self._run.name if isinstance(self._run, RunReporter) else self._run
        origin = {} if name is None else {"produced_by": self._origin(name, step, prompt, completion)}
        identifier = f"{step}/{position}"
        self._counts[prompt] += 1
        return {
            "trace_version": "1.0",
            "prompt": self._prompt(prompt),
            "final_answer": answer or EMPTY,
            "steps": steps or [answer_step],
            "meta": {"source": self.source, "rollout": {"step": step, "position": position}},
            "external_id": identifier if name is None else f"{name}/{identifier}",
            "reference_answer": reference,
            **origin,
        }

    def _origin(self, run: str, step: int, prompt: str, completion: str) -> dict[str, Any]:
        return {
            "run": run,
            "policy_version": step,
            "sample_index": self._counts[prompt],
            "sampling_parameters": self._sampling,
            "raw_text": completion[:RAW_TEXT_MAX_CHARS],
        }

    def _scores(self, position: int) -> dict[str, float]:
        return {name: values[position] for name, values in self._rewards.items() if position < len(values)}

    def close(self) -> None:
        """Sends what is unsent.

        Raises:
            RolloutsRefused: the server cannot be reached or has refused some.
        """
        if self._unsent:
            self._send(tries=TRIES)
        if self._unsent:
            left, url = len(self._unsent), self._connection.url
            raise RolloutsRefused(f"{url} cannot be reached; {left:,} rollouts are not stored.")

    def _post(self) -> dict[str, Any] | None:
        """Returns the server's report; None if it cannot take the lines now."""
        if isinstance(self._run, RunReporter) and not self._run.is_registered:
            if self._run.refusal is not None:
                raise RolloutsRefused(f"The run {self._run.name} is not registered: {self._run.refusal}")
            return None
        try:
            return self._connection.post(PATH, b"".join(self._unsent), "application/x-ndjson")
        except RequestRefused as error:
            raise RolloutsRefused(str(error)) from None

    def _send(self, tries: int) -> None:
        for number in range(tries):
            if number:
                time.sleep(SECONDS_BETWEEN * 2**number)
            if (report := self._post()) is None:
                continue
            self._unsent.clear()
            self.stored += int(report["added"])
            if report["rejected"]:
                raise RolloutsRefused(f"{report['rejected']} rollouts were refused: {report['refusals'][0]}")
            return


def sampling_of(given: Any) -> dict[str, Any]:
    """Returns sampling parameters as the server takes them; the greatest mass of tokens if none is given.

    Args:
        given: a mapping, or an object with Tunix's names.
    """
    names = {"temperature": "temperature", "top_p": "top_p", "max_new_tokens": "max_tokens_to_generate", "seed": "seed"}
    if isinstance(given, Mapping):
        found = {name: given.get(name) for name in names}
    else:
        found = {name: getattr(given, attribute, None) for name, attribute in names.items()}
    found["top_p"] = 1.0 if found["top_p"] is None else found["top_p"]
    try:
        found["seed"] = None if found["seed"] is None else int(found["seed"])
    except TypeError:  # a key of JAX, which is not a number
        found["seed"] = None
    return found


def scores_of(rewards: Mapping[str, float]) -> list[dict[str, Any]]:
    """Returns the scores of a line by their scorers, without those that are no finite numbers."""
    return [
        {"scorer": name, "kind": "MODEL", "score": value} for name, value in rewards.items() if math.isfinite(value)
    ]
