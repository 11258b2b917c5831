"""Rows of public data sets and logs, a little shorter than they are found."""

from __future__ import annotations

from typing import Any

OPENR1: dict[str, Any] = {
    "problem": "What is the sum of the first three primes?",
    "solution": "They are 2, 3 and 5, so the sum is $\\boxed{10}$.",
    "answer": "10",
    "problem_type": "Number Theory",
    "question_type": "math-word-problem",
    "source": "olympiads",
    "uuid": "586fd646-76d6-5070-8c81-9993ab9d8559",
    "is_reasoning_complete": [True, True],
    "generations": [
        "<think>\nThe primes are 2, 3, 5.\n\nTheir sum is 10.\n</think>\n\nThe sum is \\boxed{10}.",
        "<think>\n1 + 2 + 3 is 6.\n</think>\n\nIt is $\\boxed{6}$.",
    ],
    "correctness_math_verify": [True, False],
    "correctness_llama": [True, None],
    "finish_reasons": ["stop", "stop"],
    "correctness_count": 1,
    "messages": [
        {"role": "user", "content": "What is the sum of the first three primes?"},
        {"role": "assistant", "content": "<think>…</think>10"},
    ],
}

MODEL_SOLUTIONS: dict[str, Any] = {
    "question": "A robe takes 4 bolts of blue fiber and half that much white fiber. How many bolts is that?",
    "ground_truth": "It takes 4/2=<<4/2=2>>2 bolts of white fiber\nSo it takes 4+2=<<4+2=6>>6 bolts\nA: 6",
    "6b_finetuning": {"is_correct": True, "solution": "It takes 4/2=2 bolts of white\nSo it takes 6 bolts\nA: 6"},
    "175b_verification": {
        "is_correct": False,
        "solution": "It takes 8 bolts of white\nSo it takes 12 bolts\nA: 12",
    },
}
"""A row in the shape of GSM8K's ``example_model_solutions``."""

ROWS: dict[str, Any] = {"prompt": "2 + 2?", "completions": ["Add them.\n\n4", "Guess.\n\n5"], "level": 1}

PREFERENCE: dict[str, Any] = {"prompt": "2 + 2?", "chosen": "Add them.\n\n4", "rejected": "A guess.\n\n5", "level": 1}
ULTRAFEEDBACK: dict[str, Any] = {
    "prompt": "2 + 2?",
    "prompt_id": "p1",
    "chosen": [{"role": "user", "content": "2 + 2?"}, {"role": "assistant", "content": "Add them.\n\n4"}],
    "rejected": [{"role": "user", "content": "2 + 2?"}, {"role": "assistant", "content": "A guess.\n\n5"}],
    "score_chosen": 8.5,
    "score_rejected": 4.0,
}
"""A row in the shape of the binarized UltraFeedback."""

RESPONSE: dict[str, Any] = {
    "id": "resp_1",
    "model": "o4-mini",
    "instructions": "Be brief.",
    "input": [{"role": "user", "content": [{"type": "input_text", "text": "Weather in Oslo?"}]}],
    "output": [
        {"type": "reasoning", "id": "rs_1", "summary": [{"type": "summary_text", "text": "I need the weather."}]},
        {"type": "function_call", "call_id": "c1", "name": "weather", "arguments": '{"city": "Oslo"}'},
        {"type": "function_call_output", "call_id": "c1", "output": "-3 C"},
        {"type": "message", "role": "assistant", "content": [{"type": "output_text", "text": "It is -3 °C."}]},
    ],
}

TRL_COMPLETION: dict[str, Any] = {
    "step": 10,
    "prompt": "2 + 2?",
    "completion": "<think>Add.</think>4",
    "accuracy_reward": 1.0,
    "format_reward": 0.5,
    "advantage": 0.7,
}

VERIFIERS_RESULT: dict[str, Any] = {
    "example_id": 3,
    "prompt": [{"role": "system", "content": "Think."}, {"role": "user", "content": "2 + 2?"}],
    "completion": [{"role": "assistant", "content": "<think>Add.</think>4"}],
    "answer": "4",
    "reward": 1.0,
    "metrics": {"correct": 1.0, "tokens": 7},
    "is_truncated": False,
    "task": "sums",
}
VERIFIERS_TRACE: dict[str, Any] = {
    "version": 1,
    "id": "t1",
    "task": {"type": "Sum", "data": {"question": "2 + 2?", "answer": "4"}, "key": "k"},
    "agent": {"name": "solver", "trainable": True},
    "nodes": [
        {"parent": None, "message": {"role": "user", "content": "2 + 2?"}, "token_ids": [1, 2]},
        {"parent": 0, "message": {"role": "assistant", "content": "Forgotten.\n\n5"}},
        {
            "parent": 0,
            "message": {
                "role": "assistant",
                "content": None,
                "reasoning_content": "Add.",
                "tool_calls": [{"id": "c", "name": "add", "arguments": "[2, 2]"}],
            },
        },
        {"parent": 2, "message": {"role": "tool", "tool_call_id": "c", "content": "4"}},
        {"parent": 3, "message": {"role": "assistant", "content": "It is 4."}, "sampled": True, "logprobs": [-0.1]},
    ],
    "rewards": {"correct": {"score": 1.0, "weight": 0.5}, "style": None},
    "metrics": {"turns": 2.0},
}

LM_EVAL: dict[str, Any] = {
    "doc_id": 0,
    "doc": {"question": "2 + 2?", "answer": "Add.\n#### 4"},
    "target": "Add.\n#### 4",
    "arguments": {"gen_args_0": {"arg_0": "Question: 2 + 2?\nAnswer:", "arg_1": {"until": ["Question:"]}}},
    "resps": [["Two and two.\n\nThe answer is 4."]],
    "filtered_resps": ["4"],
    "filter": "strict-match",
    "metrics": ["exact_match"],
    "exact_match": 1.0,
    "doc_hash": "d",
    "prompt_hash": "p",
    "target_hash": "t",
}

S1K: dict[str, Any] = {
    "question": "2 + 2?",
    "solution": "4",
    "cot_type": "math",
    "source_type": "sums",
    "thinking_trajectories": ["Two.\n\nAnd two."],
    "attempt": "It is 4.",
}
S1K_11: dict[str, Any] = {
    "question": "2 + 2?",
    "solution": "4",
    "cot_type": "math",
    "deepseek_thinking_trajectory": "Two.\n\nAnd two.",
    "deepseek_attempt": "It is \\boxed{4}.",
    "deepseek_grade": "Yes",
    "deepseek_grade_reason": "Equal.",
    "gemini_thinking_trajectory": "A guess.",
    "gemini_attempt": "It is \\boxed{5}.",
    "gemini_grade": "No",
}

PROCESSBENCH: dict[str, Any] = {
    "id": "gsm8k-0",
    "generator": "Qwen2-7B-Instruct",
    "problem": "2 + 2, doubled?",
    "steps": ["2 + 2 is 4.", "Doubled it is 9.", "The answer is 9."],
    "final_answer_correct": False,
    "label": 1,
}

MATH_SHEPHERD: dict[str, Any] = {
    "input": "2 + 2, doubled? Step 1: 2 + 2 is 4. ки\nStep 2: Doubled it is 9. The answer is: 9 ки",
    "label": "2 + 2, doubled? Step 1: 2 + 2 is 4. +\nStep 2: Doubled it is 9. The answer is: 9 -",
    "task": "GSM8K",
}

ATIF: dict[str, Any] = {
    "schema_version": "ATIF-v1.7",
    "session_id": "session-1",
    "trajectory_id": "traj-1",
    "agent": {"name": "shell-agent", "version": "1.0", "model_name": "m", "tool_definitions": [{"name": "bash"}]},
    "steps": [
        {"step_id": 1, "source": "system", "message": "You have a shell."},
        {"step_id": 2, "source": "user", "message": "Which files are here?"},
        {
            "step_id": 3,
            "source": "agent",
            "message": "I list them.",
            "reasoning_content": "The user asks for files.",
            "tool_calls": [{"tool_call_id": "c1", "function_name": "bash", "arguments": {"command": "ls"}}],
            "observation": {"results": [{"source_call_id": "c1", "content": "a.txt"}]},
            "metrics": {"prompt_tokens": 100, "logprobs": [-0.1]},
        },
        {"step_id": 4, "source": "agent", "message": "There is a.txt."},
    ],
    "final_metrics": {"total_steps": 4},
    "extra": {"environment": "test"},
}

TUNIX_TRAJECTORY: dict[str, Any] = {
    "metadata": {
        "schema_version": "ATIF-v1.7",
        "trajectory_id": "traj_7",
        "agent": {"name": "tunix", "version": "0.1.8"},
        "prompt_id": "p3",
        "group_index": 1,
        "status": "SUCCEEDED",
        "extra": {"host": "a", "_tunix_extensions": {"total_reward": 1.5}},
    },
    "steps": [
        {"step_id": 0, "source": "user", "message": "2 + 2, doubled?"},
        {
            "step_id": 1,
            "source": "agent",
            "message": "2 + 2 is 4.",
            "extra": {"_tunix_extensions": {"mc_return": 1.5, "policy_version": 4, "assistant_tokens": [1, 2]}},
        },
        {"step_id": 2, "source": "user", "message": "Go on.", "reward": 0.5, "done": False},
        {"step_id": 3, "source": "agent", "message": "Doubled.\n\nIt is 8.", "mc_return": 1.0, "policy_version": 5},
        {"step_id": 4, "source": "user", "message": "", "reward": 1.0, "done": True},
    ],
}

INSPECT_SAMPLE: dict[str, Any] = {
    "id": "sum-1",
    "epoch": 2,
    "input": "2 + 2?",
    "target": "4",
    "messages": [
        {"role": "user", "content": "2 + 2?"},
        {
            "role": "assistant",
            "content": [{"type": "reasoning", "reasoning": "Add."}, {"type": "text", "text": "I add."}],
            "tool_calls": [{"id": "c", "function": "add", "arguments": {"a": 2, "b": 2}, "type": "function"}],
        },
        {"role": "tool", "content": "4", "tool_call_id": "c", "function": "add"},
        {"role": "assistant", "content": "It is 4."},
    ],
    "output": {"model": "m", "choices": [{"message": {"role": "assistant", "content": "It is 4."}}]},
    "scores": {
        "match": {"value": "C", "answer": "4", "explanation": "Equal."},
        "quality": {"value": {"style": 0.5, "length": 3}},
    },
    "metadata": {"level": 1},
}
INSPECT: dict[str, Any] = {
    "version": 2,
    "status": "success",
    "eval": {"task": "sums", "model": "openai/m", "run_id": "r1", "dataset": {"name": "sums"}},
    "samples": [INSPECT_SAMPLE],
}
