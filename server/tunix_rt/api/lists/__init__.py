"""Lists of a noun, beyond Relay: the shape of an object, its listing, fields and orders, the request for a page, and its reading."""
