"""Signing in and out."""

import time
from http import HTTPStatus
from typing import Any

from django.contrib.auth.forms import AuthenticationForm
from django.contrib.auth.views import LoginView, LogoutView
from django.http import HttpRequest, HttpResponse

from dashboard.attempts import attempt_of


class SignIn(LoginView):
    """The sign-in form: fields ``username`` and ``password``; 429 after too many tries."""

    template_name = "pages/sign_in.html"
    redirect_authenticated_user = True

    def post(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        """Count the try, then look at the password."""
        attempt = attempt_of(request, time.time())
        if not attempt.count():
            return self._too_many(attempt.retry_after)
        response: HttpResponse = super().post(request, *args, **kwargs)
        if request.user.is_authenticated:
            attempt.succeeded()
        return response

    def _too_many(self, seconds: int) -> HttpResponse:
        form = AuthenticationForm(self.request, initial={"username": self.request.POST.get("username", "")})
        context = self.get_context_data(form=form, minutes=-(-seconds // 60))
        response = self.render_to_response(context, status=HTTPStatus.TOO_MANY_REQUESTS)
        response["Retry-After"] = str(seconds)
        return response


class SignOut(LogoutView):
    """Ends the session; POST only."""
