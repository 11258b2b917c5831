"""Speed against the budget: every figure stands beside the floor or the peer that was measured in the same run."""
