"""One invocation of a function: inputs, deadline, errors, logs, metrics, and how large its result may be.

Start with :mod:`.entrypoint`, which every handler is wrapped in.
"""
