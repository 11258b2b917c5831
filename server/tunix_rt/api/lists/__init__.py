"""Lists of a noun, beyond Relay: the shape of an object, its listing, the request for a page and its reading."""
