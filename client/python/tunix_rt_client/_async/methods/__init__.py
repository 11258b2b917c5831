"""The methods of the client, a file a noun."""
