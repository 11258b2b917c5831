"""Other systems: UNGAR, whose card games become traces, and RediAI, whose health is told. Neither is needed."""
