"""Petitions. Direction inside: petitions → signatures."""

from petitions.models.petitions import Petition, PetitionText, default_goals
from petitions.models.signatures import Signature

__all__ = ["Petition", "PetitionText", "Signature", "default_goals"]
