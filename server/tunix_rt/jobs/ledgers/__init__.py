"""Ledgers as the supervisor of an attempt uses them: ``base`` is the interface, ``database`` the database itself."""
