"""What a noun's lists need beyond Relay: the shape of an object, its listing, fields and orders."""
