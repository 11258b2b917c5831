"""The fields of the root type of queries, one noun a file: a command builds those alone that it asks for."""
