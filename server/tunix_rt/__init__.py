"""A GraphQL server for reasoning traces, scores, datasets and Tunix training runs."""

__version__ = "0.1.0"
