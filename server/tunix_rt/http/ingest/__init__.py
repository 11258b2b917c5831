"""The routes that take lines of any number: traces and scores."""
