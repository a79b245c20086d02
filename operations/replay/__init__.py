"""``make replay``: moves messages from the stack's dead-letter queues back to work, once their cause is fixed."""
