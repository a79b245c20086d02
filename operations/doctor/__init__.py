"""``make doctor``: looks at a deployed stack from outside and tells what is wrong, and how to mend it."""
