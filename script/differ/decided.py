"""The differences that are meant: each rule is a row of docs/compatibility.md."""


class Rule:
    def __init__(self, name, holds):
        self.name = name
        self.holds = holds          # of a step, a difference and the two whole answers


RULES = []


def rule(name):
    """Makes a rule of a function; name says where docs/compatibility.md has it."""
    def add(function):
        RULES.append(Rule(name, function))
        return function
    return add


def decided(step, difference, answers):
    """The name of the rule that a difference falls under, or None."""
    for each in RULES:
        if each.holds(step, difference, answers):
            return each.name
    return None
