"""What AWS does and MiniStack does not, or otherwise: set right in MiniStack's own process, before it serves.

Each function replaces something of MiniStack's and says what: :mod:`.cloudformation` for stacks, :mod:`.functions` for
Lambda; :mod:`.processes` lets a function's process be killed.
"""
