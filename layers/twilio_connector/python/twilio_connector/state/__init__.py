"""The state table: one way to call DynamoDB.

Start with :mod:`.table`, which every call goes through: :mod:`.verdicts` decides which answers are repeated,
:mod:`.repeats` when, and :mod:`.failures` reads botocore's exceptions.
"""
