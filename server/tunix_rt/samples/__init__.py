"""The bundled sample: small traces to explore a new installation with."""
