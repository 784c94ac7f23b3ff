"""Addresses of the weekly report."""

from django.urls import path

from dashboard.reports import page, unsubscribe

urlpatterns = [
    path("", page.page, name="reports"),
    path("unsubscribe/<str:key>/", unsubscribe.page, name="unsubscribe"),
]
