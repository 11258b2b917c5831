"""The Relay specification: the `Node` interface, connections and page arguments."""
