"""Generation: the request, the prompts as tokens, the model to load, and the sampler."""
