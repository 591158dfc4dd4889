"""The one tree of errors.

    TauricError
    ├── UsageError             what was asked makes no sense; the person can mend it       exit code 2
    │   └── SettingsError      a setting is missing, unknown or out of range               exit code 2
    ├── UpstreamUnavailable    no usable answer: timeout, reset, 429, 5xx, a block         retryable
    │   └── DocumentCutOff     the answer came and its end is missing; keeps what there is retryable
    ├── UpstreamRefused        an answer, and it is no: absent, not entitled
    │   ├── DocumentAbsent     there is no such document
    │   └── DocumentTooLarge   the answer is larger than this house reads; keeps its beginning
    ├── MalformedDocument      bytes arrived and nothing in them is readable (also a ValueError)
    ├── LakeConflict           another writer changed the same partition                   retryable
    └── StorageUnavailable     disk full, folder missing or not writable                   exit code 2

Belongs here: error types, and what a retry loop needs to know of each.
Not here: handling; message texts (written where the error is raised: what, where, what to do).
"""


class TauricError(Exception):
    """Root of every error raised on purpose. `retryable` is decided once, here, for every retry loop."""

    retryable = False
    retry_after_s: float | None = None


class UsageError(TauricError):
    """The request makes no sense (unknown symbol, unparsable date, missing folder); says how to mend it."""


class SettingsError(UsageError):
    """A setting is missing, unknown or out of range."""


class UpstreamUnavailable(TauricError):
    """No usable answer came: timeout, reset, 429, 5xx, a block page."""

    retryable = True

    def __init__(self, message: str, retry_after_s: float | None = None) -> None:
        super().__init__(message)
        self.retry_after_s = retry_after_s


class DocumentCutOff(UpstreamUnavailable):
    """An answer whose end is missing. Asked again it may be whole; if it never is, `body` is all there is."""

    def __init__(self, message: str, body: bytes) -> None:
        super().__init__(message)
        self.body = body


class UpstreamRefused(TauricError):
    """The upstream answered, and the answer is no: it does not exist, or we may not have it."""


class DocumentAbsent(UpstreamRefused):
    """The upstream says that it has no such document."""


class DocumentGone(DocumentAbsent):
    """The upstream says that the document is gone and will not come back (410)."""


class DocumentTooLarge(UpstreamRefused):
    """An answer larger than this house reads. It was not read to its end; `body` is its beginning."""

    def __init__(self, message: str, body: bytes) -> None:
        super().__init__(message)
        self.body = body


class MalformedDocument(TauricError, ValueError):
    """Bytes arrived and nothing in them is readable as what they should be.

    Args:
        message: what is wrong.
        position: where, as `line:column`, a byte offset or a frame number; empty where unknown.
    """

    def __init__(self, message: str, position: str = "") -> None:
        super().__init__(message)
        self.position = position


class LakeConflict(TauricError):
    """Another writer changed the same partition between our read and our commit, more often than we retry."""

    retryable = True


class StorageUnavailable(TauricError):
    """The folder cannot be written: disk full, missing, no permission."""
