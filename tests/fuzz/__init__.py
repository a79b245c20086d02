"""`make fuzz`: what strangers write, mutated as long as one likes, guided by what of the package it reaches.

A target is a module of :mod:`.targets`: its pure ``fuzz_one(data)`` reads an input, lets the package have it, and
asserts what is promised of what comes back, judged by other code than the package's. :mod:`.worker` runs one under
atheris, :mod:`.__main__` one after the other.
"""
