"""The bundled sample: small traces for exploring a new installation."""
