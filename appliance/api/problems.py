"""Errors as `application/problem+json` (RFC 9457), the sentence in the asker's language."""

from __future__ import annotations

from appliance.errors import Conflict, EnvironmentFault, Forbidden, NotFound, UserError
from appliance.i18n import sentence
from appliance.wire.problem import Problem

TITLES = {
    400: "Not understood",
    401: "Sign in",
    403: "Not allowed",
    404: "Not there",
    405: "Not so",
    409: "Conflict",
    412: "Changed meanwhile",
    413: "Too large",
    415: "Not JSON",
    422: "Cannot be done as asked",
    429: "Too often",
    500: "A fault of the program",
    503: "The server cannot do this now",
}


BY_CODE = {
    "access.sign_in": 401,
    "request.wrong_method": 405,
    "request.too_large": 413,
    "request.wrong_media_type": 415,
    "request.wrong_version_tag": 412,
    "request.too_many": 429,
}


def status_of(error: UserError | EnvironmentFault) -> int:
    """The HTTP status that fits an error."""
    if isinstance(error, NotFound):
        return 404
    if isinstance(error, Forbidden):
        return 403
    if isinstance(error, Conflict):
        return 409
    if isinstance(error, EnvironmentFault):
        return 503
    if error.code in BY_CODE:
        return BY_CODE[error.code]
    return 400 if error.code.startswith("request.") else 422


def problem_of(error: UserError | EnvironmentFault, language: str = "en", status: int = 0) -> Problem:
    """What the asker is told; `status` in the place of the usual one."""
    status = status or status_of(error)
    return Problem(
        title=TITLES[status],
        status=status,
        code=error.code,
        detail=sentence(error.code, error.parameters, language),
        field=error.field if isinstance(error, UserError) else None,
        parameters={key: str(value) for key, value in error.parameters.items()},
    )


def bug(language: str = "en") -> Problem:
    """What is told of a fault of the program: nothing that helps an attacker; the log has the rest."""
    return Problem(title=TITLES[500], status=500, code="program.fault", detail=sentence("program.fault", {}, language))
