"""Corrects what MiniStack does not do as AWS does, in MiniStack's own process, before it serves.

Each function replaces a part of MiniStack and says which: :mod:`.cloudformation` for stacks, :mod:`.functions` for
Lambda; :mod:`.processes` lets a function's process be killed.
"""
