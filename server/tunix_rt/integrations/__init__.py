"""Optional integrations: traces of UNGAR's card games, RediAI's health, Tunix, and the original application's data."""
