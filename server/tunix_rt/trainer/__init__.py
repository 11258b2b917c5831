"""The trainer: a program of its own that fine-tunes a model with Tunix, as one manifest says.

    <python> -m tunix_rt.trainer.train <manifest.yaml>     trains
    <python> -m tunix_rt.trainer.check <manifest.yaml>     counts what training would see, without JAX
    <python> <this folder>/launch.py train <manifest>    the same for an interpreter that has Tunix but not this package

Its process alone imports JAX and Tunix; the server starts it, reads what it writes and signals it, and imports from
here ``status``, ``plan`` and what dry runs check with. It reads its manifest, its data and its model, writes below its
output folder only, and says how it fares in ``<output_dir>/events.jsonl``. What people read goes to stdout, what
libraries say to stderr.

The exit code:

    0   done: the weights are exported
    3   stopped by SIGTERM or SIGINT; what was learnt is in the last checkpoint, the same command goes on from there
    1   failed: the last event is an ``error`` that says why
    2   the command line is wrong; nothing was written
    -   anything else (-9, -11, ...): killed, or crashed; the same command goes on from the last checkpoint

Running the same manifest again resumes from the newest checkpoint and ends with the very weights of a run that nothing
interrupted. A manifest that would learn something else is refused in a folder that has been trained in (CONFLICT).
An error before the output folder is known, or held by another process, is told on stderr only.

``events.jsonl`` has one JSON object a line, appended and flushed as it happens; a line is whole once its newline is
there, and a half line that a kill left is cut off by the next attempt. Every event has

    seq       1, 2, 3, ... without a gap, going on across attempts
    at        when, UTC, such as "2026-11-24T05:41:39.123456Z"
    attempt   which attempt wrote it: TUNIX_RT_ATTEMPT, or the manifest's, or one more than the last in the file
    event     what it is; the rest depends on that

    env         pid, python, platform, versions {jax, jaxlib, flax, optax, orbax, qwix, tunix}, devices [..]
    warning     message                             worth knowing, no reason to stop
    dataset     split TRAIN|EVAL, path, sha256, records, used, tooLong, truncated, withoutTarget, dropped, tokens,
                targetTokens, longest, sequenceLength, turns GEMMA|CHATML|LLAMA3|PLAIN; of TRAIN also batchesPerEpoch,
                batchesPerStep, stepsPerEpoch, totalSteps; records are used or dropped, dropped those too long (unless
                truncated) or without a target, which is a turn of the model
    model       modelId, source TINY_RANDOM|FOLDER|HUGGING_FACE, family, vocabulary, parameters, trainableParameters,
                dtype
    restored    step, path                          only if this attempt goes on from a checkpoint
    metric      step, name, value, kind             kind FINITE|NAN|POSITIVE_INFINITY|NEGATIVE_INFINITY; value is null
                                                    unless FINITE; names: train/loss train/perplexity train/grad_norm
                                                    train/learning_rate eval/loss eval/perplexity
    eval        step, loss, kind                    one evaluation has ended, the mean over all target tokens
    progress    step, totalSteps, epoch, etaSeconds, stepsPerSecond, tokensPerSecond    at most twice a second; epoch
                                                    is a fraction, the last three are null until they are known
    checkpoint  step, path                          is saved, whole; the newest three are kept
    artifact    name, kind, path, byteSize, sha256  a file made for keeping; kind WEIGHTS|ADAPTER|TOKENIZER|CONFIG|CARD
    stopped     step, checkpointStep                the last event before exit code 3; null if there is no checkpoint
    error       code, message                       the last event before exit code 1
    done        step, totalSteps, trainLoss, evalLoss, durationSeconds, peakMemoryBytes, path
                                                    the last event before exit code 0

Paths in events are relative to the output folder, but those of datasets. ``step`` counts updates of the weights. After
a kill, the steps since the last checkpoint are done, and told, again: of two metrics of one name and step the later
counts, and both have the same value. The codes of errors are in ``errors.py``.
"""
