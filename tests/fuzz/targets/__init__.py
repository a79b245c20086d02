"""The targets, a module each.

``fuzz_one(data)`` raises nothing unless a promise is broken; ``seeds()`` are inputs to begin with; ``DICTIONARY`` are
words to put into them. Inputs are JSON documents where ``IS_JSON`` is set: what is none is passed over.
"""
