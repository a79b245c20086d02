"""Reconciliation: the statuses of outbound messages that no callback brought become events on the bus.

Start with ``docs/reconciliation.md``, then :mod:`.reconciler` (one run), :mod:`.reconciliation` (what it reads) and
:mod:`.passes` (how far a pass has come).

Why: docs/decisions.md#2026-11-29-reconciliation-reads-the-whole-look-back-each-time
"""
