"""(pure) Jenkinsfiles and shared libraries as a tree of calls, each with its strings and lines."""

from ingest.repository.documents.groovy.model import Annotation, Assignment, Call, GroovyString, Jenkinsfile
from ingest.repository.documents.groovy.read import read_groovy

__all__ = ["Annotation", "Assignment", "Call", "GroovyString", "Jenkinsfile", "read_groovy"]
