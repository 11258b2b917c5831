"""How operations run: documents parsed once, selections compiled to plans, the reference executor as fallback."""
