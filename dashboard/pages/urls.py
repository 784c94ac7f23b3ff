"""Addresses of the pages. Names of teams and services may hold letters of any script."""

from django.urls import path

from dashboard.pages import (
    account,
    change_service,
    change_team,
    data,
    deployments,
    environments,
    explain,
    incidents,
    meaning,
    overview,
    plotly,
    search,
    service,
    team,
    teams,
)

urlpatterns = [
    path("", overview.page, name="overview"),
    path("teams/", teams.page, name="teams"),
    path("teams/<str:slug>/", team.page, name="team"),
    path("services/<str:slug>/", service.page, name="service"),
    path("teams/<str:slug>/change/", change_team.page, name="change-team"),
    path("services/<str:slug>/change/", change_service.page, name="change-service"),
    path("deployments/", deployments.page, name="deployments"),
    path("deployments/<int:pk>/", deployments.detail, name="deployment"),
    path("incidents/", incidents.page, name="incidents"),
    path("incidents/<int:pk>/", incidents.detail, name="incident"),
    path("data/", data.page, name="data"),
    path("data/replay/", data.replay, name="replay"),
    path("data/assign/", data.assign, name="assign"),
    path("data/environment/", environments.classify, name="classify"),
    path("search/", search.page, name="search"),
    path("definitions/", meaning.page, name="definitions"),
    path("explain/<str:metric>/", explain.page, name="explain"),
    path("sign-in/", account.SignIn.as_view(), name="sign-in"),
    path("password/", account.Password.as_view(), name="password"),
    path("sign-out/", account.SignOut.as_view(), name="sign-out"),
    path("static-plotly/plotly.min.js", plotly.script, name="plotly"),
]
