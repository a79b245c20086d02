"""The EventBridge bus, and the queue that keeps the events which the bus refuses.

Start with :mod:`.event` and :mod:`.publisher`; :mod:`.undelivered` is the queue, :mod:`.redelivery` empties it.
"""
