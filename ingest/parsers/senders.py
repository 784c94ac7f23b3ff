"""(pure) Every kind of sender, by its name in the address of a webhook. What each reads: docs/sources.md."""

from ingest.parsers import (
    alertmanager,
    argo_rollouts,
    argocd,
    azuredevops,
    bitbucket,
    bitbucket_server,
    cdevents,
    flagger,
    flux,
    gitea,
    github,
    gitlab,
    jenkins,
    opsgenie,
    pagerduty,
    tekton,
)
from ingest.parsers.sender import Sender

SENDERS: dict[str, Sender] = {
    sender.kind: sender
    for sender in (
        github.SENDER,
        gitlab.SENDER,
        alertmanager.SENDER,
        argo_rollouts.SENDER,
        argocd.SENDER,
        azuredevops.SENDER,
        bitbucket.SENDER,
        bitbucket_server.SENDER,
        cdevents.SENDER,
        flagger.SENDER,
        flux.SENDER,
        gitea.SENDER,
        jenkins.SENDER,
        opsgenie.SENDER,
        pagerduty.SENDER,
        tekton.SENDER,
    )
}
