"""Routes of ``/chat/``."""

from django.urls import path

from dashboard.chat import page

urlpatterns = [
    path("", page.page, name="chat"),
    path("<int:pk>/", page.channel, name="chat-channel"),
]
