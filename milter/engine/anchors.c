#include "sts/engine/anchors.h"

#include "sts/engine/tls.h"

#include <dirent.h>
#include <errno.h>
#include <openssl/err.h>
#include <openssl/x509v3.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/*
 * How many certificates there are; a PEM file may hold nothing but revocation
 * lists.  What OpenSSL reads of a certificate's extensions, and keeps with it,
 * is read now: else the first handshakes would do it, on several threads.
 */
static size_t
settle(X509_STORE *store)
{
	STACK_OF(X509_OBJECT) *objects = X509_STORE_get0_objects(store);
	size_t n = 0;

	for (int i = 0; i < sk_X509_OBJECT_num(objects); i++) {
		X509 *cert =
		    X509_OBJECT_get0_X509(sk_X509_OBJECT_value(objects, i));

		if (cert == NULL)
			continue;
		(void)X509_check_purpose(cert, -1, 0);
		n++;
	}
	return n;
}

enum sts_err
sts_anchors_load_bundle(
    X509_STORE *store, const char *path, char *why, size_t size)
{
	char text[128];

	if (access(path, R_OK) != 0) {
		(void)snprintf(why, size, "%s: %s", path, strerror(errno));
		return STS_E_NOTFOUND;
	}
	if (X509_STORE_load_file(store, path) != 1) {
		(void)snprintf(why, size, "%s: not a PEM bundle: %s", path,
		    sts_tls_error_text(text, sizeof(text)));
		return STS_E_SYNTAX;
	}
	if (settle(store) == 0) {
		(void)snprintf(why, size, "%s: holds no certificate", path);
		return STS_E_SYNTAX;
	}
	return STS_OK;
}

/* Links like "4042bcee.0", as c_rehash and Debian make them. */
static size_t
count_links(const char *path)
{
	static const char hex[] = "0123456789abcdef";
	DIR *dir = opendir(path);
	struct dirent *entry;
	size_t n = 0;

	if (dir == NULL)
		return 0;
	while ((entry = readdir(dir)) != NULL)
		n += strspn(entry->d_name, hex) == 8 && entry->d_name[8] == '.';
	(void)closedir(dir);
	return n;
}

/* 0 where there is no such file. */
static size_t
count_certificates(const char *path)
{
	FILE *file = fopen(path, "re");
	char *line = NULL;
	size_t room = 0, n = 0;

	if (file == NULL)
		return 0;
	while (getline(&line, &room, file) > 0)
		n += strncmp(line, "-----BEGIN ", 11) == 0 &&
		     strstr(line, "CERTIFICATE-----") != NULL;
	free(line);
	(void)fclose(file);
	return n;
}

enum sts_err
sts_anchors_load_system(X509_STORE *store, const char *file, const char *dir,
    char *why, size_t size)
{
	size_t links = count_links(dir);
	bool found = links > 0 && X509_STORE_load_path(store, dir) == 1;

	/* An admin may have linked one certificate of his own, and left all
	 * others to the bundle. */
	if (links < count_certificates(file))
		found = X509_STORE_load_file(store, file) == 1 || found;
	ERR_clear_error();
	(void)settle(store);
	if (found)
		return STS_OK;
	(void)snprintf(why, size,
	    "no system certificates, neither %s nor %s/: install "
	    "ca-certificates or name a PEM bundle",
	    file, dir);
	return STS_E_NOTFOUND;
}
