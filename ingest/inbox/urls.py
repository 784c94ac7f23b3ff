"""Webhook addresses: /ingest/<kind>/<source>/."""

from django.urls import path

from ingest.inbox.views import webhook

urlpatterns = [path("<slug:kind>/<str:public_id>/", webhook, name="webhook")]
