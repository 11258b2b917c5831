"""Keys and names of objects, which are unique for each type.

Modules beyond the usual ones of a noun:

    unknown  names that no object has, and those that may be meant
"""
