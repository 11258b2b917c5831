"""Formats of conversations, and of prompts with completions."""
