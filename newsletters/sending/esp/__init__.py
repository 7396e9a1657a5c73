"""Mail providers through Anymail: answers, mails → provider, http → one file each → session."""

from newsletters.sending.esp.session import PROVIDERS, ProviderSession

__all__ = ["PROVIDERS", "ProviderSession"]
