"""What a URL may say about TLS, in the same words for every broker."""

import ssl
from dataclasses import dataclass, fields

from linda_core.driver import BrokerURL, InvalidURL


@dataclass(frozen=True, slots=True, kw_only=True)
class TLSOptions:
    """For the options of a driver to inherit from. Files are PEM."""

    ca: str | None = None  #: file with the certificates to trust; by default the system's
    cert: str | None = None  #: file with our certificate, where the server asks for one
    cert_key: str | None = None  #: file with its private key, if that is not in the same file
    verify: bool = True  #: whether the server has to prove who it is

    def check_tls(self, url: BrokerURL) -> None:
        """Raises InvalidURL for a key without its certificate."""
        if self.cert_key and not self.cert:
            raise InvalidURL(f"{url}: cert_key is the key of a certificate; name that too: cert=FILE")

    def refuse_tls(self, url: BrokerURL, instead: str) -> None:
        """Raises InvalidURL when any is given where nothing is secured; `instead` is what secures."""
        for field in fields(TLSOptions):
            if field.name in url.options:
                raise InvalidURL(f"{url}: {field.name} has a meaning only with {instead}")

    def context(self, url: BrokerURL) -> ssl.SSLContext:
        """How to secure a connection. Raises InvalidURL for files that cannot be used."""
        try:
            context = ssl.create_default_context(cafile=self.ca)
        except OSError as error:
            raise InvalidURL(f"{url}: ca={self.ca} cannot be used: {error}") from error
        if self.cert:
            try:
                context.load_cert_chain(self.cert, self.cert_key, password="")  # nobody is asked for one
            except OSError as error:
                raise InvalidURL(f"{url}: cert={self.cert} and its key cannot be used: {error}") from error
        if not self.verify:
            context.check_hostname = False
            context.verify_mode = ssl.CERT_NONE
        return context
