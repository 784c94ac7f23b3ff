"""``/sources/new/<kind>/``: a form, and once it is sent the secret with what to paste where."""

from typing import Any

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_http_methods

from dashboard.how_to import filled, how_to, only_here
from dashboard.pages.change import UNREADABLE
from dashboard.pages.sources.around import address_of, operator, trail
from dashboard.pages.sources.options import NewSourceForm
from ingest.inbox.manage import SourceRefused, create_source
from ingest.models import Source
from ingest.models.inbox import SourceKind, public_id
from ingest.parsers.senders import SENDERS


@require_http_methods(["GET", "HEAD", "POST"])
def page(request: HttpRequest, kind: str) -> HttpResponse:
    """The form; or the source that it made, with its secret, which is shown this once."""
    person = operator(request)
    if kind not in SENDERS:
        raise Http404
    if request.method != "POST":
        return _form(request, kind, NewSourceForm(kind), status=200)
    form = NewSourceForm(kind, request.POST)
    if not form.is_valid():
        return _form(request, kind, form, UNREADABLE)
    said = form.cleaned_data
    try:
        source, secret = create_source(
            kind, said["name"], said["options"], by=person.get_username(), public_id=said["public_id"]
        )
    except SourceRefused as refused:
        return _again(request, kind, form, refused)
    return _made(request, source, secret)


def _again(request: HttpRequest, kind: str, form: NewSourceForm, refused: SourceRefused) -> HttpResponse:
    """The form was sent twice, or is to be mended."""
    made = Source.objects.filter(kind=kind, public_id=form.cleaned_data["public_id"]).first()
    if made is not None:
        messages.warning(request, str(refused))
        return redirect("source", made.public_id)
    form.add_error(refused.field if refused.field in form.fields else None, str(refused))
    return _form(request, kind, form, UNREADABLE)


def _form(request: HttpRequest, kind: str, form: NewSourceForm, status: int) -> HttpResponse:
    label = SourceKind(kind).label
    form.initial.update(name=label, public_id=public_id())
    context: dict[str, Any] = {"form": form, "kind": kind, "label": label, "told": how_to(kind), "trail": trail()}
    return render(request, "pages/source_new.html", context, status=status)


def _made(request: HttpRequest, source: Source, secret: str) -> HttpResponse:
    """Not by a redirect: the secret stands in this one answer and nowhere else."""
    url = address_of(source)
    context = {
        "source": source,
        "url": url,
        "secret": secret,
        "local": only_here(url),
        "blocks": filled(how_to(source.kind), url, secret),
        "trail": trail(),
    }
    return render(request, "pages/source_made.html", context)
