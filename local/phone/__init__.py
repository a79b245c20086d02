"""The page of `make local`: a phone, the bus, and buttons that break things on purpose.

Start with :mod:`.page`, which serves it. :mod:`.texts` and :mod:`.telling` decide what it shows, and are pure;
:mod:`.board` remembers what happened, :mod:`.stack` works with the deployed stack, and :mod:`.proofs` are the buttons.
"""
