#include "sts/prog/confine.h"

#include <openssl/x509.h>
#include <stdio.h>
#include <sys/socket.h>
#include <unistd.h>

enum { SMTP = 25, DNS = 53, HTTPS = 443 };

/* Libraries, their settings, and what they look up: names, certificates, the
 * time of day, how many processors there are. */
static void
plan_system(struct sts_sandbox *s)
{
	const char *const folders[] = { "/etc", "/lib", "/lib64", "/usr",
		"/sys/devices/system/cpu", X509_get_default_cert_area(),
		X509_get_default_cert_dir() };
	/* With systemd-resolved and the like the first is a link to /run. */
	const char *const files[] = { "/etc/resolv.conf",
		X509_get_default_cert_file(), "/dev/urandom", "/dev/random" };

	for (size_t i = 0; i < sizeof(folders) / sizeof(folders[0]); i++)
		sts_sandbox_allow_folder(s, STS_SANDBOX_READ, folders[i]);
	for (size_t i = 0; i < sizeof(files) / sizeof(files[0]); i++)
		sts_sandbox_allow_file(s, STS_SANDBOX_READ, files[i]);
	sts_sandbox_allow_file(s, STS_SANDBOX_WRITE, "/dev/null");
}

static void
plan_ports(struct sts_sandbox *s, const struct sts_conf *conf)
{
	sts_sandbox_allow_port(s, SMTP);
	sts_sandbox_allow_port(s, DNS);
	sts_sandbox_allow_port(s, HTTPS);
	for (size_t i = 0; i < conf->n_dns_servers; i++)
		sts_sandbox_allow_port(s, conf->dns_servers[i].port);
	/* front/ticker.h */
	if (conf->milter_server == STS_MILTER_LIBMILTER &&
	    conf->milter.family != AF_UNIX)
		sts_sandbox_allow_port(s, conf->milter.port);
	if (conf->tlsrpt && conf->tlsrpt_smtp.family != AF_UNIX)
		sts_sandbox_allow_port(s, conf->tlsrpt_smtp.port);
}

void
sts_confine_plan(
    struct sts_sandbox *s, const struct sts_conf *conf, const char *path)
{
	plan_system(s);
	plan_ports(s, conf);
	sts_sandbox_allow_file(s, STS_SANDBOX_READ, path);
	sts_sandbox_allow_file(s, STS_SANDBOX_READ, STS_CONF_PATH);
	sts_sandbox_allow_file(s, STS_SANDBOX_READ, conf->ca_file);
	sts_sandbox_allow_file(s, STS_SANDBOX_WRITE, conf->store);
	sts_sandbox_allow_file(s, STS_SANDBOX_WRITE, conf->audit_file);
	if (conf->tlsrpt)
		sts_sandbox_allow_file(
		    s, STS_SANDBOX_WRITE, conf->tlsrpt_store);
	/* Sockets are taken away at the end. */
	sts_sandbox_allow_file(s, STS_SANDBOX_REMOVE, conf->milter.path);
	sts_sandbox_allow_file(s, STS_SANDBOX_REMOVE, conf->socketmap.path);
	sts_sandbox_allow_file(s, STS_SANDBOX_REMOVE, conf->control.path);
}

static void
tell(struct sts_buf *message, const struct sts_conf *conf, const char *key,
    const char *value)
{
	sts_buf_printf(message,
	    "%s: %s = \"%s\" is outside of what the running daemon may reach "
	    "since its start; restart it",
	    conf->path[0] == '\0' ? "the defaults" : conf->path, key, value);
}

static enum sts_err
judge_ports(const struct sts_sandbox *s, const struct sts_conf *conf,
    struct sts_buf *message)
{
	char text[STS_ADDR_TEXT + 8], address[STS_ADDR_TEXT];

	for (size_t i = 0; i < conf->n_dns_servers; i++) {
		const struct sts_dns_server *server = &conf->dns_servers[i];

		if (sts_sandbox_permits_port(s, server->port))
			continue;
		(void)snprintf(text, sizeof(text), "[%s]:%u",
		    sts_addr_text(&server->addr, address),
		    (unsigned)server->port);
		tell(message, conf, "dns_servers", text);
		return STS_E_REFUSED;
	}
	if (conf->tlsrpt && conf->tlsrpt_smtp.family != AF_UNIX &&
	    !sts_sandbox_permits_port(s, conf->tlsrpt_smtp.port)) {
		tell(message, conf, "tlsrpt_smtp", conf->tlsrpt_smtp_socket);
		return STS_E_REFUSED;
	}
	return STS_OK;
}

enum sts_err
sts_confine_judge(const struct sts_sandbox *s, const struct sts_conf *conf,
    struct sts_buf *message)
{
	/* One that is not there is for who opens it: no restart helps. */
	if (access(conf->ca_file, F_OK) == 0 &&
	    !sts_sandbox_permits(s, STS_SANDBOX_READ, conf->ca_file)) {
		tell(message, conf, "ca_file", conf->ca_file);
		return STS_E_REFUSED;
	}
	if (!sts_sandbox_permits(s, STS_SANDBOX_WRITE, conf->audit_file)) {
		tell(message, conf, "audit_file", conf->audit_file);
		return STS_E_REFUSED;
	}
	return judge_ports(s, conf, message);
}
