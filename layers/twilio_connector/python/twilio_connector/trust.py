"""Whom TLS connections trust: a bundle of certificates is read once a process, at its start.

By itself botocore reads its bundle for each connection, and urllib3 the system's for each of a pool's: 20 to 40 ms of
processor a time. Here each bundle has one context, which clients of ours get and nobody else: who switches verification
off elsewhere in the process does so to another one.

AWS's bundle is what botocore says: ``AWS_CA_BUNDLE``, ``REQUESTS_CA_BUNDLE``, its configuration, or its own. Twilio's
is the system's, as ``SSL_CERT_FILE`` and ``SSL_CERT_DIR`` say. Where none of these variables is set, it is botocore's
own, too: Mozilla's list, as the system's is.

Why: docs/decisions.md#2026-11-29-one-trust-a-bundle
"""

import os
import ssl
from functools import cache
from typing import Any

from botocore import httpsession
from botocore.client import BaseClient
from urllib3.util.ssl_ import create_urllib3_context

VARIABLES = ("AWS_CA_BUNDLE", "REQUESTS_CA_BUNDLE", "SSL_CERT_FILE", "SSL_CERT_DIR")
# What there is where botocore's insides are not as they were, or a bundle cannot be read: its own way, slow and right.
_OTHERWISE = (AttributeError, LookupError, OSError, TypeError, ValueError)


class _Preloaded(ssl.SSLContext):
    """A context that does not read its *bundle* again."""

    bundle: str | None = None

    def load_verify_locations(self, cafile: Any = None, capath: Any = None, cadata: Any = None) -> None:
        if capath or cadata or cafile != self.bundle:
            super().load_verify_locations(cafile, capath, cadata)


def share(client: BaseClient) -> None:
    """Let *client* connect by the context of its bundle; where that cannot be it keeps botocore's own, and works."""
    try:
        http: Any = client._endpoint.http_session  # type: ignore[attr-defined]  # there is no public way to it
        options = http._manager.connection_pool_kw
        # A false one switches verification off, which is nothing to share.
        if http._verify and options["ssl_context"]:
            options["ssl_context"] = _context(httpsession.get_cert_path(http._verify))
    except _OTHERWISE:
        pass


def for_twilio() -> ssl.SSLContext:
    """The context of connections to Twilio."""
    if not _is_said():
        try:
            return _context(httpsession.get_cert_path(True))
        except _OTHERWISE:
            pass
    context = create_urllib3_context()
    context.load_default_certs()
    return context


@cache
def _context(bundle: str) -> ssl.SSLContext:
    """The context of one bundle, as botocore makes it. Raises OSError where that cannot be read."""
    context: _Preloaded = httpsession.create_urllib3_context()
    context.__class__ = _Preloaded
    context.load_verify_locations(bundle)
    context.bundle = bundle
    # OpenSSL then compares the name itself, and refuses that verification be switched off.
    context.check_hostname = True
    if bundle == httpsession.get_cert_path(True) and not _is_said():
        # For Twilio's sake, which shares it: urllib3 is as strict as Python about how public authorities write
        # certificates, and takes a host's name from where they write it today. An owner's authority may be older.
        of_urllib3 = create_urllib3_context()
        context.verify_flags |= of_urllib3.verify_flags
        context.hostname_checks_common_name = of_urllib3.hostname_checks_common_name
    return context


def _is_said() -> bool:
    """Whether a variable says whom to trust."""
    return any(os.environ.get(name) for name in VARIABLES)
