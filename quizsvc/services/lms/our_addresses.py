"""What is told to a learning platform so that it finds us."""

from __future__ import annotations

from dataclasses import dataclass
from urllib.parse import urlencode, urlsplit


@dataclass(frozen=True, slots=True)
class OurAddresses:
    """The addresses of this service; `base` is what they begin with, such as https://quiz.example.org."""

    base: str

    @property
    def domain(self) -> str:
        """The host alone, with its port where it has one."""
        return urlsplit(self.base).netloc

    @property
    def login(self) -> str:
        """Where a platform begins: OpenID Connect calls it third-party initiated login."""
        return f"{self.base}/lti/login"

    @property
    def launch(self) -> str:
        """Where people arrive; the redirection URI as well."""
        return f"{self.base}/lti/launch"

    @property
    def deep_link(self) -> str:
        """Where instructors arrive who are to choose a set."""
        return f"{self.base}/lti/deep-link"

    @property
    def jwks(self) -> str:
        """Where our public keys are."""
        return f"{self.base}/lti/jwks"

    def launch_of(self, set_slug: str) -> str:
        """Where people arrive who are to work on a set."""
        return f"{self.launch}?{urlencode({'set': set_slug})}"

    def register(self, secret: str) -> str:
        """Where a platform registers itself that was invited with this secret."""
        return f"{self.base}/lti/register/{secret}"
