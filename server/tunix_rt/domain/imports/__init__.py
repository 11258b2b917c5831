"""Imports: from lines, arrays and tables to stored traces."""
