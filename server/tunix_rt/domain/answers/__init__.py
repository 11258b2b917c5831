"""Final answers: how they are spelled, which value they state, and whether two of them state the same."""
