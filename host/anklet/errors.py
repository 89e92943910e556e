"""One family of errors: each message is a plain sentence that says what is wrong and what to do."""


class AnkletError(Exception):
    """Anything that a user can be told in one sentence. The command line exits with 1."""


class UsageError(AnkletError):
    """The call itself is wrong (options that do not go together). The command line exits with 2."""


class DataError(AnkletError):
    """A file, a packet or a signal that cannot be used as it is."""


class CalibrationError(AnkletError):
    """The zero, the axis or its sign cannot be told from the recording."""


class PacketError(DataError):
    """Bytes that are not a packet that this version can read."""


class StoreError(AnkletError):
    """The database cannot be opened, read or written."""


class SensorError(AnkletError):
    """A sensor that cannot be reached, refuses, or does not prove which one it is.

    Parameters
    ----------
    why : str
        One plain sentence.
    code : str
        What it is to a program: the sensor's own code, or one of `anklet.sensor`.
    """

    def __init__(self, why: str, code: str = "sensor") -> None:
        super().__init__(why)
        self.code = code
