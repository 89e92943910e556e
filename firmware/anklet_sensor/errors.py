"""The one kind of error that the firmware raises on purpose."""


class Fault(Exception):
    """Something is wrong that a person or the desktop should know of.

    Parameters
    ----------
    code : str
        Short name, stable: the LED, the status and the log use it.
    why : str
        One plain sentence: what is wrong, where, and what to do.
    """

    def __init__(self, code: str, why: str) -> None:
        super().__init__(code, why)
        self.code = code
        self.why = why
