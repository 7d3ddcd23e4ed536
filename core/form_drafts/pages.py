"""Which page of whose drafts a form was sent from: two hidden fields, which the script adds."""

from uuid import UUID

PAGE, REVISION = "_draft", "_draft_revision"


def page_of(request) -> tuple[UUID, int] | None:
    """The page and the revision of its draft that a form holds; None without the script."""
    try:
        return UUID(request.POST[PAGE]), int(request.POST[REVISION])
    except (LookupError, ValueError):
        return None
