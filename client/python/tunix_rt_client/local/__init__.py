"""Local servers: found on a data folder, or started there, and stopped with their last client."""
