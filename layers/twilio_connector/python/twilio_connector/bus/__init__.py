"""The EventBridge bus, and the queue that keeps the events which the bus refuses.

Start with :mod:`.outbox`, where events go: :mod:`.publisher` is the bus, :mod:`.undelivered` the queue, which
:mod:`.redelivery` empties.
"""
