"""What a browser sent, fit to be stored."""

from django.http import QueryDict


def without_nul(data: QueryDict | None) -> QueryDict | None:
    """The same with no NUL in any text: the database would refuse it."""
    if data is None:
        return None
    clean = data.copy()
    for name in clean:
        clean.setlist(name, [value.replace("\0", "�") for value in clean.getlist(name)])
    return clean
