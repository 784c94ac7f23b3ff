"""Addresses of badges and of small charts."""

from django.urls import path

from dashboard.pages.badges import pictures

urlpatterns = [
    path("service/<str:slug>/<str:metric>.svg", pictures.service, {"picture": "badge"}, name="service-badge"),
    path("service/<str:slug>/<str:metric>/trend.svg", pictures.service, {"picture": "trend"}, name="service-trend"),
    path("team/<str:slug>/<str:metric>.svg", pictures.team, {"picture": "badge"}, name="team-badge"),
    path("team/<str:slug>/<str:metric>/trend.svg", pictures.team, {"picture": "trend"}, name="team-trend"),
]
