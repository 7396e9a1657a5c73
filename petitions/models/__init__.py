"""Petitions. Direction inside: petitions → signatures."""

from petitions.models.petitions import Milestone, Petition, PetitionText, default_goals
from petitions.models.signatures import Signature

__all__ = ["Milestone", "Petition", "PetitionText", "Signature", "default_goals"]
