"""Saved views: named states of the web client's pages."""
