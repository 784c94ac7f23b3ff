"""Addresses of the weekly report."""

from django.urls import path

from dashboard.reports import confirm, page, sending, shown, unsubscribe

urlpatterns = [
    path("", page.page, name="reports"),
    path("mail/", shown.mail, name="report-mail"),
    path("sent/<int:pk>/", shown.sent, name="sent-report"),
    path("sent/<int:pk>/mail/", shown.sent_mail, name="sent-report-mail"),
    path("sending/", sending.page, name="report-sending"),
    path("confirm/<str:link>/", confirm.page, name="confirm-address"),
    path("unsubscribe/<str:key>/", unsubscribe.page, name="unsubscribe"),
]
