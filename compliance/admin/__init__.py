"""The admin of compliance by topic: the rules, the partners with what they were told, and the decisions."""

from compliance.admin import decisions, figures, partners, policies

__all__ = ["decisions", "figures", "partners", "policies"]
