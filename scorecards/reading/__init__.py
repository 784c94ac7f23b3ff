"""(pure) What a repository's files mean: kinds of documents, workloads, pipelines, services. Checks ask here."""
