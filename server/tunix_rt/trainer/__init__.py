"""The trainer: a separate program that fine-tunes a model with Tunix as a manifest specifies.

    <python> -m tunix_rt.trainer.train <manifest.yaml>     trains
    <python> -m tunix_rt.trainer.check <manifest.yaml>     counts records and tokens, without JAX
    <python> -m tunix_rt.trainer.generate <request.yaml>   answers prompts, see that module
    <python> <this folder>/launch.py train <manifest>    the same for an interpreter that has Tunix but not this package

Only its process imports JAX and Tunix. The server starts it, reads its files and signals it; of this package it imports
only ``contract``, ``step_plan`` and ``check``. The trainer reads the manifest, the datasets and the model, writes only
to its output folder, and reports events in ``<output_dir>/events.jsonl``. Lines for people go to stdout, output of
libraries to stderr.

The exit code:

    0   done: the weights are exported
    3   stopped by SIGTERM or SIGINT; the last checkpoint is saved, and the same command resumes from it
    1   failed: the last event is an ``error`` with the reason
    2   the command line is wrong; nothing was written
    -   anything else (-9, -11, ...): killed, or crashed; the same command resumes from the last checkpoint

Running the same manifest again resumes from the newest checkpoint and ends with exactly the weights of an uninterrupted
run. A folder that was trained in rejects a manifest that would train other weights (CONFLICT). Errors before the output
folder is known, and those of a folder that another process has locked, are reported on stderr only.

``events.jsonl`` has one JSON object per line, appended and flushed at once. A line is complete once it has its
newline; the next attempt truncates a partial line of a killed one. Every event has

    seq       1, 2, 3, ... without gaps, continued across attempts
    at        the time, UTC, such as "2026-11-24T05:41:39.123456Z"
    attempt   the attempt's number: TUNIX_RT_ATTEMPT, or the manifest's, or the last in the file plus one
    event     what it is; the rest depends on that

    env         pid, python, platform, versions {jax, jaxlib, flax, optax, orbax, qwix, tunix}, devices [..],
                flags {..}                          environment variables that change how JAX computes
    warning     message                             a problem that does not stop training
    dataset     split TRAIN|EVAL, path, sha256, records, used, tooLong, truncated, withoutTarget, dropped, tokens,
                targetTokens, longest, sequenceLength, turns GEMMA|CHATML|LLAMA3|PLAIN; of TRAIN also batchesPerEpoch,
                batchesPerStep, stepsPerEpoch, totalSteps; records are used or dropped, dropped those too long (unless
                truncated) or without a target, which is a turn of the model
    model       modelId, source TINY_RANDOM|FOLDER|RUN|HUGGING_FACE, family, vocabulary, parameters,
                trainableParameters, dtype, sha256  sha256 of all parameters before training
    restored    step, path                          only if this attempt resumes from a checkpoint
    metric      step, name, value, kind             kind FINITE|NAN|POSITIVE_INFINITY|NEGATIVE_INFINITY; value is null
                                                    unless FINITE; names: train/loss train/perplexity train/grad_norm
                                                    train/learning_rate eval/loss eval/perplexity; DPO has no
                                                    perplexity but rewards/chosen rewards/rejected rewards/margin
                                                    rewards/accuracy log_probs/chosen log_probs/rejected of both;
                                                    GRPO has rewards/… completions/… kl entropy of train
    eval        step, loss, kind                    an evaluation has ended; the mean over all target tokens or pairs
    progress    step, totalSteps, epoch, etaSeconds, stepsPerSecond, tokensPerSecond    at most twice a second; epoch
                                                    is a fraction, the last three are null until they are known
    checkpoint  step, path, sha256                  a complete checkpoint; the newest three are kept; sha256 of what is
                                                    trained: all parameters, or the adapters
    artifact    name, kind, path, byteSize, sha256  an exported file; kind WEIGHTS|ADAPTER|TOKENIZER|CONFIG|CARD
    stopped     step, checkpointStep                the last event before exit code 3; null if there is no checkpoint
    error       code, message                       the last event before exit code 1
    done        step, totalSteps, trainLoss, evalLoss, durationSeconds, peakMemoryBytes, path
                                                    the last event before exit code 0

Paths in events are relative to the output folder, except those of datasets. ``step`` counts updates of the weights.
With GRPO, ``rollouts.jsonl`` and ``rewards.jsonl`` are written too, as ``training/rollout_files.py`` describes.
After a kill, the steps since the last checkpoint are repeated and reported again: of two metrics of one name and step
the later one counts, and both have the same value. The codes of errors are in ``contract.py``.
"""
