"""The part of UNGAR's API that is used: the same names, fields and random choices, without its tensors."""

__version__ = "0.1.0"
