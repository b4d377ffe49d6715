"""TLS as our servers speak it, rightly or wrongly."""

import functools
import ssl
import warnings


@functools.lru_cache(maxsize=None)
def _context(certificate, old):
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate)
    if old:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", DeprecationWarning)
            context.minimum_version = ssl.TLSVersion.TLSv1_1
            context.maximum_version = ssl.TLSVersion.TLSv1_1
        context.set_ciphers("ALL:@SECLEVEL=0")
    # A socket of Python does not tell the name that the client asked for.
    context.sni_callback = lambda tls, name, _: setattr(tls, "server_name", name)
    return context


def accept(connection, certificate, old=False):
    """The server's side of a handshake; OLD is TLS 1.1 and nothing else.

    The result's server_name is the client's SNI, or None.
    """
    tls = _context(certificate, old).wrap_socket(
        connection, server_side=True, do_handshake_on_connect=False
    )
    tls.server_name = None
    tls.do_handshake()
    return tls
