"""``tunix-rt score``: scores traces, lists scores and imports them."""
