"""What a room raises when it cannot do what was asked; ``problems`` turns each into an answer."""

from typing import ClassVar

import msgspec


class FieldProblem(msgspec.Struct, frozen=True, kw_only=True):
    """One field that cannot be used."""

    field: str
    detail: str


class ProblemError(Exception):
    """An expected failure, with the HTTP status and problem type it is answered with."""

    status: ClassVar[int]
    name: ClassVar[str]
    title: ClassVar[str]
    keeps_changes: ClassVar[bool] = False
    """True where the failure itself must be remembered: the transaction commits all the same."""

    def __init__(
        self, detail: str, *, field: str | None = None, retry_after_s: int | None = None
    ) -> None:
        super().__init__(detail)
        self.detail = detail
        self.errors = [] if field is None else [FieldProblem(field=field, detail=detail)]
        self.retry_after_s = retry_after_s


class InvalidError(ProblemError):
    """The request has the wrong shape."""

    status, name, title = 400, "invalid", "The request cannot be read"


class SignInError(ProblemError):
    """No valid proof of who is calling."""

    status, name, title = 401, "not-signed-in", "Sign in first"


class SignInRefusedError(SignInError):
    """A code or token did not hold; that it was tried is remembered."""

    keeps_changes = True


class NotAllowedError(ProblemError):
    """The caller lacks the role for this."""

    status, name, title = 403, "not-allowed", "Your role does not allow this"


class NotFoundError(ProblemError):
    """There is no such thing in the caller's organization."""

    status, name, title = 404, "not-found", "There is no such thing here"

    def __init__(self, detail: str = "Check the id; it may belong to something removed.") -> None:
        super().__init__(detail)


class ConflictError(ProblemError):
    """The request collides with what is there."""

    status, name, title = 409, "conflict", "This collides with what is there"


class TooLargeError(ProblemError):
    """More than one request may carry."""

    status, name, title = 413, "too-large", "The request is too large"


class RefusedError(ProblemError):
    """The right shape with an impossible meaning."""

    status, name, title = 422, "refused", "This cannot be done"


class TooManyError(ProblemError):
    """Too many tries in too short a time."""

    status, name, title = 429, "too-many", "Too many tries"


class TryLaterError(ProblemError):
    """A service that this needs is away."""

    status, name, title = 503, "try-later", "Try again later"
