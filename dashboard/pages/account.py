"""Signing in and out, and the own password."""

import time
from http import HTTPStatus
from typing import Any

from django.contrib import messages
from django.contrib.auth.forms import AuthenticationForm, PasswordChangeForm
from django.contrib.auth.views import LoginView, LogoutView, PasswordChangeView
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


class Password(PasswordChangeView):
    """A new password for who is signed in; other sessions of theirs end."""

    template_name = "pages/password.html"
    success_url = "/"

    def form_valid(self, form: PasswordChangeForm) -> HttpResponse:
        messages.success(self.request, "Your password is changed.")
        return super().form_valid(form)


class SignOut(LogoutView):
    """Ends the session; POST only."""
