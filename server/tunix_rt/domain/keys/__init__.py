"""API keys: their scopes, secrets and storage, and the decision about each request.

Modules beyond the usual ones of a noun:

    acting   the client whose request is served, as the author of objects
    grant    the permissions of one request
    quotas   the cost points and open operations of keys
    ring     the keys in memory, by which requests are decided
    scopes   what a key may do
    secret   secrets and their hashes
    sign_ins signed tokens of browsers
"""
