"""``make release``: what somebody deploys who has neither SAM nor this checkout, the same bytes whoever makes it.

Start at ``__main__``. Functions and layer are zips whose names hold their SHA-256, by which the templates name
them; a bill of materials, the licences of what the layer carries and checksums lie beside them.
"""
