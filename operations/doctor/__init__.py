"""``make doctor``: looks at a deployed stack from outside and says what is wrong, and how to fix it."""
