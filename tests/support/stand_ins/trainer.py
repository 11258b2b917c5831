"""A trainer that trains nothing: it speaks the protocol of ``tunix_rt.trainer`` by a plan, and is quick.

    trainer.py -c PROGRAM NAME...               the versions of the packages that training needs, as the probe asks
    trainer.py LAUNCHER train manifest.yaml     one attempt, by the plan that STAND_IN_PLAN names
    trainer.py LAUNCHER generate request.yaml   one attempt that answers each prompt, two answers a batch

The plan is a JSON object:

    steps       how many (3)
    save_every  steps between checkpoints (1)
    keeps       how many of the newest checkpoints are kept (all)
    lines       how many lines to write to standard output, numbered (0)
    long_line   how long one line on standard error is (0)
    gate        a file that is waited for after the first step
    last_gate   a file that is waited for after the last step
    deaf        SIGTERM is ignored
    dies_in     the attempt that kills itself after its second step
    loose       a process is started that would outlive it, its number written to the file loose.pid
    error       the code of the error to end with
    forgets     the checkpoints are removed at the end, after the last was reported
    receipt     the fields of the event ``env``
    rollouts    answers to each prompt that are sampled before each step, whose rewards are awaited (0)
    hashes      the hashes of the weights, by step, from before training
    exit        the exit code to end with, without an event
"""

from __future__ import annotations

import hashlib
import json
import os
import shutil
import signal
import subprocess
import sys
import time
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, NoReturn

PLAN: dict[str, Any] = json.loads(Path(os.environ["STAND_IN_PLAN"]).read_text())
ATTEMPT = int(os.environ.get("TUNIX_RT_ATTEMPT", "1"))
EVENTS = Path("events.jsonl")
CHECKPOINTS = Path("checkpoints")
ROLLOUTS, REWARDS = Path("rollouts.jsonl"), Path("rewards.jsonl")
STOP: list[int] = []


def emit(event: str, **values: Any) -> None:
    """Appends an event."""
    seq = len(EVENTS.read_bytes().splitlines()) + 1 if EVENTS.exists() else 1
    record = {"seq": seq, "at": datetime.now(UTC).isoformat(), "attempt": ATTEMPT, "event": event, **values}
    with EVENTS.open("ab") as file:
        file.write(json.dumps(record).encode() + b"\n")


def saved() -> int:
    """The step of the newest checkpoint; 0 if there is none."""
    return max((int(found.name) for found in CHECKPOINTS.glob("*")), default=0)


def save(step: int) -> None:
    """Makes a checkpoint."""
    folder = CHECKPOINTS / str(step)
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "weights").write_bytes(b"w" * 100)
    (folder / "empty").touch()
    for older in range(1, step - PLAN.get("keeps", step) + 1):
        shutil.rmtree(CHECKPOINTS / str(older), ignore_errors=True)
    emit("checkpoint", step=step, path=f"{CHECKPOINTS}/{step}", **digest(step))


def digest(step: int) -> dict[str, Any]:
    """Returns the hash of a step's weights, if the plan has it."""
    return {"sha256": PLAN["hashes"][step]} if "hashes" in PLAN else {}


def end(event: str, status: int, **values: Any) -> NoReturn:
    """The last event, and the end."""
    emit(event, **values)
    sys.exit(status)


def stop_if_requested(step: int) -> None:
    """Ends with a checkpoint if a stop is requested."""
    if STOP:
        save(step)
        end("stopped", 3, step=step, checkpointStep=step)


def wait_for_gate(step: int) -> None:
    """Waits for the file that lets it go on."""
    gates = [PLAN.get("gate"), PLAN.get("last_gate") if step == PLAN.get("steps", 3) else None]
    while not all(Path(gate).exists() for gate in gates if gate):
        stop_if_requested(step)
        time.sleep(0.01)


def talk() -> None:
    """Writes the texts of the plan to the standard streams."""
    sys.stdout.writelines(f"line {number}\n" for number in range(PLAN.get("lines", 0)))
    sys.stdout.flush()
    if PLAN.get("long_line"):
        sys.stderr.write("é" * PLAN["long_line"] + "\n")
    sys.stderr.flush()


def leave_loose() -> None:
    """Starts a process that nobody waits for."""
    if PLAN.get("loose"):
        process = subprocess.Popen([sys.executable, "-c", "import time; time.sleep(600)"], start_new_session=True)
        Path("loose.pid").write_text(str(process.pid))


def train() -> None:
    """One attempt."""
    if not PLAN.get("deaf"):
        signal.signal(signal.SIGTERM, lambda *_: STOP.append(1))
    else:
        signal.signal(signal.SIGTERM, signal.SIG_IGN)
    steps, first = PLAN.get("steps", 3), saved()
    print("the stand-in trains", flush=True)
    emit("dataset", split="TRAIN", records=2, used=2, tooLong=0, dropped=0, tokens=20, totalSteps=steps)
    if "receipt" in PLAN:
        emit("env", **PLAN["receipt"])
        emit("model", **digest(0))
    if first:
        emit("restored", step=first, path=f"{CHECKPOINTS}/{first}")
    leave_loose()
    for step in range(first + 1, steps + 1):
        if PLAN.get("rollouts"):
            emit("metric", step=step, name="train/rewards/sum", value=roll_out(step - 1), kind="FINITE")
        emit("metric", step=step, name="train/loss", value=1.0 / step, kind="FINITE")
        emit("progress", step=step, totalSteps=steps, epoch=step / steps, etaSeconds=1.0)
        if step % PLAN.get("save_every", 1) == 0:
            save(step)
        if PLAN.get("dies_in") == ATTEMPT and step == 2:
            os.kill(os.getpid(), signal.SIGKILL)
        wait_for_gate(step)
        stop_if_requested(step)
    talk()
    finish(steps)


def finish(steps: int) -> None:
    """Ends as the plan requires."""
    if PLAN.get("forgets"):
        shutil.rmtree(CHECKPOINTS)
    if "error" in PLAN:
        end("error", 1, code=PLAN["error"], message="The stand-in fails as planned.")
    if "exit" in PLAN:
        sys.stderr.write("the stand-in crashes as planned\n")
        sys.exit(PLAN["exit"])
    model = Path("model")
    model.mkdir(exist_ok=True)
    (model / "model.safetensors").write_bytes(b"weights")
    digest = hashlib.sha256(b"weights").hexdigest()
    emit(
        "artifact", name="model.safetensors", kind="WEIGHTS", path="model/model.safetensors", byteSize=7, sha256=digest
    )
    end(
        "done", 0, step=steps, totalSteps=steps, trainLoss=1.0 / steps, evalLoss=None, durationSeconds=0.1, path="model"
    )


def batch_line(path: Path, batch: int) -> dict[str, Any] | None:
    """The complete line of a batch in a file; None if there is none yet."""
    lines = path.read_bytes().splitlines(keepends=True) if path.exists() else []
    found = [json.loads(line) for line in lines if line.endswith(b"\n")]
    return next((line for line in found if line["batch"] == batch), None)


def roll_out(batch: int) -> float:
    """Answers the first two prompts, unless an earlier attempt has, and returns the mean sum of the rewards."""
    import yaml

    if batch_line(ROLLOUTS, batch) is None:
        answers = [found for some in answer_batches(2, PLAN["rollouts"]) for found in some]
        with ROLLOUTS.open("a") as file:
            file.write(json.dumps({"batch": batch, "policyVersion": batch, "answers": answers}) + "\n")
    while (given := batch_line(REWARDS, batch)) is None:
        time.sleep(0.005)
    weights = yaml.safe_load(Path("manifest.yaml").read_text())["grpo"]["rewards"]
    sums = [sum(weights[name] * values[position] for name, values in given["rewards"].items()) for position in range(
        2 * PLAN["rollouts"])]  # fmt: skip
    return sum(sums) / len(sums)


def answer_batches(prompts: int, samples: int) -> list[list[dict[str, Any]]]:
    """The answers to all prompts, in batches of two; every third one is malformed."""
    places = [(prompt, sample) for prompt in range(prompts) for sample in range(samples)]
    texts = [f"Reasoning:\n1. count\nAnswer: {prompt + sample}" for prompt, sample in places]
    answers = [
        {"prompt": prompt, "sample": sample, "text": text if position % 3 else "?", "tokens": 3}
        | {"finishReason": "STOP", "meanLogProbability": -0.1}
        for position, ((prompt, sample), text) in enumerate(zip(places, texts, strict=True))
    ]
    return [answers[start : start + 2] for start in range(0, len(answers), 2)]


def generate() -> None:
    """One attempt at a generation."""
    import yaml

    signal.signal(signal.SIGTERM, lambda *_: STOP.append(1))
    request = yaml.safe_load(Path(sys.argv[-1]).read_text())
    prompts = len(Path(request["prompts_path"]).read_bytes().splitlines())
    batches = answer_batches(prompts, request["sampling"]["samples_per_prompt"])
    events = map(json.loads, EVENTS.read_text().splitlines() if EVENTS.exists() else ())
    first = max((event["batch"] + 1 for event in events if event["event"] == "answers"), default=0)
    emit("dataset", records=prompts, used=prompts, tooLong=0, batches=len(batches))
    for batch in range(first, len(batches)):
        emit("answers", batch=batch, answers=batches[batch])
        if PLAN.get("dies_in") == ATTEMPT and batch == 1:
            os.kill(os.getpid(), signal.SIGKILL)
        gate = PLAN.get("gate")
        while gate and not Path(gate).exists():
            if STOP:
                end("stopped", 3, batch=batch)
            time.sleep(0.01)
    if "error" in PLAN:
        end("error", 1, code=PLAN["error"], message="The stand-in fails as planned.")
    end("done", 0, batches=len(batches))


def main() -> None:
    """Runs the command of its arguments."""
    if sys.argv[1] == "-c":
        from tunix_rt.integrations.tunix import PINS

        print(json.dumps(PINS))
    elif "generate" in sys.argv:
        generate()
    else:
        train()


if __name__ == "__main__":
    main()
