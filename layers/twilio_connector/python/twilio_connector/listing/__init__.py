"""Reading an account's list of messages to its end, over as many invocations as it takes, by one at a time.

What polling and reconciliation share: start with :mod:`.pages` (how pages are read), :mod:`.parts` (what of a list is
left), :mod:`.lease` (which run reads) and :mod:`.memory` (what was published of it).
"""
