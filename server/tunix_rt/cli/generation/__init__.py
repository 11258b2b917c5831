"""``tunix-rt generate`` and ``tunix-rt generation``: start, inspect, cancel."""
