"""Why no release is made."""


class ReleaseError(Exception):
    """Something keeps a release from being made; *remedy* says what to do."""

    def __init__(self, message: str, remedy: str) -> None:
        super().__init__(message)
        self.remedy = remedy
