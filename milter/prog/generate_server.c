/*
 * The web server's part (RFC 8461 section 3.3): for each domain a host
 * mta-sts.DOMAIN with a certificate of that name, the policy as text/plain at
 * its one place, no redirects, and nothing else.
 */
#include "sts/prog/generate.h"

#include <stdlib.h>

enum {
	NGINX_NAMES = 256, /* hosts, from which its hash may be too small */
	NGINX_NAME = 47, /* bytes of a name, the same */
};

static const char usual_certs[] = "/etc/letsencrypt/live";
static const char path_of_policy[] = "/.well-known/mta-sts.txt";

const char *
sts_server_file(enum sts_server server)
{
	static const char *const files[STS_N_SERVERS] = {
		[STS_SERVER_NGINX] = "nginx.conf",
		[STS_SERVER_APACHE] = "apache.conf",
		[STS_SERVER_CADDY] = "Caddyfile",
	};

	return files[server];
}

bool
sts_server_path_is_plain(const char *path)
{
	for (; *path != '\0'; path++)
		if (!sts_is_alnum(*path) && strchr("/._-+,:@=~", *path) == NULL)
			return false;
	return true;
}

struct writer {
	struct sts_buf *b;
	const char *root, *certs;
};

static void
nginx_host(const struct writer *w, const char *domain)
{
	sts_buf_printf(w->b,
	    "\nserver {\n"
	    "\tlisten 443 ssl;\n"
	    "\tlisten [::]:443 ssl;\n"
	    "\tserver_name mta-sts.%s;\n"
	    "\tssl_certificate %s/mta-sts.%s/fullchain.pem;\n"
	    "\tssl_certificate_key %s/mta-sts.%s/privkey.pem;\n"
	    "\tssl_protocols TLSv1.2 TLSv1.3;\n"
	    "\troot %s/mta-sts.%s;\n"
	    "\tlocation = %s {\n"
	    "\t\ttypes { }\n"
	    "\t\tdefault_type text/plain;\n"
	    "\t}\n"
	    "\tlocation / {\n"
	    "\t\treturn 404;\n"
	    "\t}\n"
	    "}\n",
	    domain, w->certs, domain, w->certs, domain, w->root, domain,
	    path_of_policy);
}

/* What many names or long ones need; the power of two that takes them. */
static void
nginx_hash(
    const struct writer *w, const struct sts_published *const *p, size_t n)
{
	size_t longest = 0, size = 512;

	for (size_t i = 0; i < n; i++)
		if (strlen(p[i]->domain) > longest)
			longest = strlen(p[i]->domain);
	while (size < 4 * n)
		size *= 2;
	if (n < NGINX_NAMES && longest + strlen("mta-sts.") < NGINX_NAME)
		return;
	sts_buf_printf(w->b,
	    "\n# Many names, or long ones; where nginx.conf has these lines "
	    "too, remove its own.\n"
	    "server_names_hash_max_size %zu;\n"
	    "server_names_hash_bucket_size 512;\n",
	    size);
}

static void
apache_host(const struct writer *w, const char *domain)
{
	sts_buf_printf(w->b,
	    "\n<VirtualHost *:443>\n"
	    "\tServerName mta-sts.%s\n"
	    "\tDocumentRoot %s/mta-sts.%s\n"
	    "\tSSLEngine on\n"
	    "\tSSLProtocol -all +TLSv1.2 +TLSv1.3\n"
	    "\tSSLCertificateFile %s/mta-sts.%s/fullchain.pem\n"
	    "\tSSLCertificateKeyFile %s/mta-sts.%s/privkey.pem\n"
	    "\t<Directory %s/mta-sts.%s>\n"
	    "\t\tOptions None\n"
	    "\t\tAllowOverride None\n"
	    "\t\tRequire all granted\n"
	    "\t</Directory>\n"
	    "\t<Location %s>\n"
	    "\t\tForceType text/plain\n"
	    "\t</Location>\n"
	    "</VirtualHost>\n",
	    domain, w->root, domain, w->certs, domain, w->certs, domain,
	    w->root, domain, path_of_policy);
}

/* Caddy gets certificates itself, unless it is told where they are. */
static void
caddy_host(const struct writer *w, const char *domain)
{
	sts_buf_printf(w->b, "\nmta-sts.%s {\n", domain);
	if (w->certs != NULL)
		sts_buf_printf(w->b,
		    "\ttls %s/mta-sts.%s/fullchain.pem "
		    "%s/mta-sts.%s/privkey.pem\n",
		    w->certs, domain, w->certs, domain);
	sts_buf_printf(w->b,
	    "\troot * %s/mta-sts.%s\n"
	    "\thandle %s {\n"
	    "\t\theader Content-Type text/plain\n"
	    "\t\tfile_server\n"
	    "\t}\n"
	    "\thandle {\n"
	    "\t\trespond 404\n"
	    "\t}\n"
	    "}\n",
	    w->root, domain, path_of_policy);
}

static const struct {
	const char *where, *verb; /* how the file is used */
	const char *end;
	void (*host)(const struct writer *w, const char *domain);
} writers[STS_N_SERVERS] = {
	[STS_SERVER_NGINX] = { "in the http block of nginx.conf", "include",
	    ";", nginx_host },
	[STS_SERVER_APACHE] = { "in apache2.conf, with the module ssl",
	    "Include", "", apache_host },
	[STS_SERVER_CADDY] = { "in the Caddyfile", "import", "", caddy_host },
};

void
sts_server_print(enum sts_server server, const char *root, const char *certs,
    const struct sts_published *const *published, size_t n, struct sts_buf *b)
{
	struct writer w = { b, root, certs };

	sts_buf_str(b, "# Written by mta-sts generate, which overwrites it.\n");
	if (certs != NULL)
		sts_buf_printf(b, "# mta-sts certs=%s\n", certs);
	sts_buf_printf(b, "# To be used %s: %s %s/%s%s\n",
	    writers[server].where, writers[server].verb, root,
	    sts_server_file(server), writers[server].end);
	if (certs == NULL && server != STS_SERVER_CADDY)
		w.certs = usual_certs;
	if (server == STS_SERVER_NGINX)
		nginx_hash(&w, published, n);
	for (size_t i = 0; i < n; i++)
		writers[server].host(&w, published[i]->domain);
}
