/*
 * Trust anchors: certificates of authorities, read into OpenSSL's store.
 *
 * The store is the caller's, and shared by threads only when all this is done.
 */
#ifndef STS_ENGINE_ANCHORS_H
#define STS_ENGINE_ANCHORS_H

#include "sts/base/err.h"

#include <openssl/x509.h>
#include <stddef.h>

/* All of a PEM file.  On failure `why` (of `size` bytes) tells a person:
 * STS_E_NOTFOUND, it cannot be read; STS_E_SYNTAX, it holds no certificates. */
STS_MUST_USE enum sts_err sts_anchors_load_bundle(
    X509_STORE *store, const char *path, char *why, size_t size);

/*
 * The system's, of which OpenSSL knows a bundle `file` and a folder `dir`.  A
 * folder with a link for each certificate's hash is only noted, and searched
 * when an issuer is asked for: to read all takes most of the start, and
 * megabytes.  The bundle is read too where it may have more.  STS_E_NOTFOUND.
 */
STS_MUST_USE enum sts_err sts_anchors_load_system(X509_STORE *store,
    const char *file, const char *dir, char *why, size_t size);

#endif
