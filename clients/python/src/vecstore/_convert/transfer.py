"""What an import answers."""

from __future__ import annotations

from .._gen import error_pb2 as error_pb
from .._gen import transfer_pb2 as pb
from ..models.transfer import ImportFailure, ImportProgress


def from_import_response(response: pb.ImportResponse, resumptions: int) -> ImportProgress:
    """How far an import is."""
    return ImportProgress(
        response.rows, response.imported, response.failed, response.resume_token, response.sequence, resumptions
    )


def from_import_failure(failure: pb.ImportFailure) -> ImportFailure:
    """A record that was not written."""
    return ImportFailure(failure.row, failure.id, _reason(failure.reason), failure.message)


def _reason(number: int) -> str:
    try:
        return error_pb.ErrorReason.Name(number).removeprefix("ERROR_REASON_")
    except ValueError:
        return "UNSPECIFIED"
