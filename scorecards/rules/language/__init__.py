"""(pure) The language of rules: conditions over facts, three-valued, checked when they are saved."""

from scorecards.rules.language.model import Budget, Scope, Spent
from scorecards.rules.language.reading import Problem, Rule, read_rule

__all__ = ["Budget", "Problem", "Rule", "Scope", "Spent", "read_rule"]
