"""``make release``: the files to deploy without SAM and without this checkout, the same bytes on every machine.

Start at ``__main__``. Functions and layer are zips. Their names hold their SHA-256, and the templates use these names.
With them come a bill of materials, the licences of the layer's distributions, and checksums.
"""
