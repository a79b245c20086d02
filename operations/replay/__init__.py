"""``make replay``: moves what the stack's dead-letter queues hold where it belongs, once its cause is fixed."""
