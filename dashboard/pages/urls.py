"""Addresses of the pages. Names of teams and services may hold letters of any script."""

from django.urls import path

from dashboard.pages import (
    account,
    change_service,
    change_team,
    control,
    deployments,
    environments,
    explain,
    explain_standards,
    incidents,
    maturity,
    meaning,
    naming,
    overview,
    packs,
    plotly,
    scorecard,
    search,
    service,
    standards,
    team,
    team_standards,
    teams,
    use_the_data,
    waiver,
    waivers,
)
from dashboard.pages.adoption import capability, explained
from dashboard.pages.adoption import overview as adoption
from dashboard.pages.api_docs import page as api_docs
from dashboard.pages.badges import page as badges
from dashboard.pages.campaigns import campaign
from dashboard.pages.campaigns import index as campaigns
from dashboard.pages.campaigns import views as campaign_forms
from dashboard.pages.corrections import views as corrections
from dashboard.pages.data import coverage, deliveries, same
from dashboard.pages.data import page as data
from dashboard.pages.defining import views as defining
from dashboard.pages.gate import exemption
from dashboard.pages.gate import views as gate
from dashboard.pages.outcomes import page as outcomes
from dashboard.pages.prometheus import objectives as prometheus_objectives
from dashboard.pages.prometheus import servers as prometheus
from dashboard.pages.prometheus import signals as prometheus_signals
from dashboard.pages.reliability import gamedays
from dashboard.pages.reliability import overview as reliability
from dashboard.pages.reliability import service as service_reliability
from dashboard.pages.sources import index as sources
from dashboard.pages.sources import new as new_source
from dashboard.pages.sources import source
from dashboard.pages.tokens import page as tokens

urlpatterns = [
    path("", overview.page, name="overview"),
    path("teams/", teams.page, name="teams"),
    path("teams/<str:slug>/", team.page, name="team"),
    path("services/<str:slug>/", service.page, name="service"),
    path("services/<str:slug>/exemption/", exemption.page, name="exemption"),
    path("gate/", gate.page, name="gate"),
    path("gate/freeze/", gate.freeze, name="gate-freeze"),
    path("gate/freeze/<int:pk>/cancel/", gate.cancel, name="gate-cancel"),
    path("gate/mode/", gate.mode, name="gate-mode"),
    path("gate/pipelines/", gate.pipelines, name="gate-pipelines"),
    path("teams/<str:slug>/change/", change_team.page, name="change-team"),
    path("services/<str:slug>/change/", change_service.page, name="change-service"),
    path("teams/<str:slug>/badges/", badges.team, name="team-badges"),
    path("services/<str:slug>/badges/", badges.service, name="service-badges"),
    path("deployments/", deployments.page, name="deployments"),
    path("deployments/all.<slug:form>", deployments.file, name="deployments-file"),
    path("deployments/<int:pk>/", deployments.detail, name="deployment"),
    path("deployments/<int:pk>/correct/", corrections.deployment, name="correct-deployment"),
    path("incidents/", incidents.page, name="incidents"),
    path("incidents/all.<slug:form>", incidents.file, name="incidents-file"),
    path("incidents/<int:pk>/", incidents.detail, name="incident"),
    path("incidents/<int:pk>/correct/", corrections.incident, name="correct-incident"),
    path("corrections/", corrections.page, name="corrections"),
    path("corrections/<int:pk>/undo/", corrections.take_back, name="undo-correction"),
    path("teams/<str:slug>/standards/", team_standards.page, name="team-standards"),
    path("services/<str:slug>/standards/", scorecard.page, name="service-standards"),
    path("services/<str:slug>/reliability/", service_reliability.page, name="service-reliability"),
    path("reliability/", reliability.page, name="reliability"),
    path("gamedays/", gamedays.page, name="gamedays"),
    path("standards/", standards.page, name="standards"),
    path("standards/sections/<str:name>/", standards.section, name="standard-section"),
    path("standards/<str:name>/", control.page, name="control"),
    path("maturity/", maturity.page, name="maturity"),
    path("adoption/", adoption.page, name="adoption"),
    path("adoption/<str:name>/", capability.page, name="adoption-capability"),
    path("campaigns/", campaigns.page, name="campaigns"),
    path("campaigns/new/", campaign_forms.new, name="new-campaign"),
    path("campaigns/<str:slug>/", campaign.page, name="campaign"),
    path("campaigns/<str:slug>/change/", campaign_forms.change, name="change-campaign"),
    path("outcomes/", outcomes.page, name="outcomes"),
    path("packs/", packs.page, name="packs"),
    path("packs/new/", packs.new, name="new-pack"),
    path("packs/facts/", packs.facts, name="pack-facts"),
    path("packs/<int:pk>/", packs.edit, name="pack"),
    path("packs/<int:pk>/preview/", packs.preview, name="pack-preview"),
    path("packs/<int:pk>/withdraw/", packs.end, name="withdraw-pack"),
    path("waivers/", waivers.page, name="waivers"),
    path("waivers/request/", waiver.ask, name="request-waiver"),
    path("waivers/<int:pk>/", waiver.page, name="waiver"),
    path("data/", data.page, name="data"),
    path("data/deliveries/", deliveries.page, name="deliveries"),
    path("data/replay/", deliveries.replay, name="replay"),
    path("data/coverage/", coverage.page, name="coverage"),
    path("data/same/", same.page, name="possible-duplicates"),
    path("data/merge/", naming.merge, name="merge-names"),
    path("data/assign/", data.assign, name="assign"),
    path("data/environment/", environments.classify, name="classify"),
    path("data/prometheus/", prometheus.index, name="prometheus"),
    path("data/prometheus/new/", prometheus.new, name="new-prometheus"),
    path("data/prometheus/<int:pk>/", prometheus.page, name="prometheus-server"),
    path("data/prometheus/<int:pk>/change/", prometheus.change, name="change-prometheus"),
    path("data/prometheus/<int:pk>/signals/new/", prometheus_signals.new, name="new-signal"),
    path("data/prometheus/<int:pk>/objectives/new/", prometheus_objectives.new, name="new-objective"),
    path("data/prometheus/signals/<int:pk>/", prometheus_signals.page, name="prometheus-signal"),
    path("data/prometheus/objectives/<int:pk>/", prometheus_objectives.page, name="prometheus-objective"),
    path("use-the-data/", use_the_data.page, name="use-the-data"),
    path("use-the-data/<slug:name>.json", use_the_data.dashboard, name="grafana-dashboard"),
    path("api/docs/", api_docs.page, name="api-docs"),
    path("tokens/", tokens.page, name="tokens"),
    path("tokens/<int:pk>/revoke/", tokens.revoke, name="revoke-token"),
    path("sources/", sources.page, name="sources"),
    path("sources/new/<slug:kind>/", new_source.page, name="new-source"),
    path("sources/<str:public_id>/", source.page, name="source"),
    path("sources/<str:public_id>/state/", source.state, name="source-state"),
    path("sources/<str:public_id>/trial/", source.trial, name="source-trial"),
    path("search/", search.page, name="search"),
    path("definitions/", meaning.page, name="definitions"),
    path("definitions/change/", defining.change, name="change-definitions"),
    path("definitions/what-if/<int:pk>/", defining.what_if, name="what-if"),
    path("definitions/<int:pk>/withdraw/", defining.withdraw, name="withdraw-definition"),
    path("explain/standards/", explain_standards.page, name="explain-standards"),
    path("explain/adoption/", explained.page, name="explain-adoption"),
    path("explain/<str:metric>/", explain.page, name="explain"),
    path("sign-in/", account.SignIn.as_view(), name="sign-in"),
    path("password/", account.Password.as_view(), name="password"),
    path("sign-out/", account.SignOut.as_view(), name="sign-out"),
    path("static-plotly/plotly.min.js", plotly.script, name="plotly"),
]
