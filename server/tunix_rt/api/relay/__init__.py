"""The Relay specification: global ids, the `Node` interface, connections and page arguments."""
