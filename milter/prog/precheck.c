#include "sts/prog/precheck.h"

#include "sts/engine/tls.h"
#include "sts/prog/privileges.h"

#include <limits.h>
#include <stdarg.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

struct precheck {
	const struct sts_conf *conf;
	struct sts_buf *faults;
	bool failed;
};

static void STS_PRINTF(2, 3) tell(struct precheck *c, const char *fmt, ...)
{
	va_list ap;

	sts_buf_printf(c->faults,
	    "%s: ", c->conf->path[0] == '\0' ? "the defaults" : c->conf->path);
	va_start(ap, fmt);
	sts_buf_vprintf(c->faults, fmt, ap);
	va_end(ap);
	sts_buf_char(c->faults, '\n');
	c->failed = true;
}

static void
check_ca_file(struct precheck *c)
{
	const struct sts_tls *tls;
	char why[256] = "";

	if (c->conf->ca_file[0] == '\0')
		return;
	if (sts_tls_new(c->conf->ca_file, why, sizeof(why), &tls) == STS_OK)
		sts_tls_put(tls);
	else
		tell(c,
		    "ca_file: %s; name a file of PEM certificates, or \"\" for "
		    "the system's",
		    why);
}

static void
check_user(struct precheck *c)
{
	struct sts_identity identity;
	const char *user = c->conf->user;
	enum sts_err err;

	err = sts_identity_find(user, &identity);
	if (err == STS_E_NOTFOUND)
		tell(c,
		    "user: there is no user \"%s\"; make one (useradd --system "
		    "--shell /usr/sbin/nologin NAME), or change it",
		    user);
	else if (err == STS_E_REFUSED)
		tell(c,
		    "user: \"%s\" is root; name another, or leave it empty to "
		    "stay root on purpose",
		    user);
}

static bool
is_folder(const char *path)
{
	struct stat st;

	return stat(path, &st) == 0 && S_ISDIR(st.st_mode);
}

/* false: it has none. */
static bool
cut_last(char *path)
{
	char *slash = strrchr(path, '/');

	if (slash == NULL || slash[1] == '\0')
		return false;
	slash[slash == path] = '\0';
	return true;
}

/* The daemon makes the last folder of a path where `made` says so, or the
 * service manager before it starts (etc/mta-sts-milter.service.in). */
static void
check_folder(struct precheck *c, const char *key, const char *path, bool made)
{
	char folder[PATH_MAX], above[PATH_MAX];

	if (path[0] != '/' || sts_slice_copy(sts_slice_str(path), folder,
				  sizeof(folder)) != STS_OK)
		return;
	if (!cut_last(folder) || is_folder(folder))
		return;
	memcpy(above, folder, sizeof(above));
	if (made && access(folder, F_OK) != 0 && cut_last(above) &&
	    is_folder(above))
		return;
	tell(c,
	    "%s: there is no folder %s%s; make it: install -d -m 0750%s%s %s",
	    key, folder, made ? ", nor the one above it" : "",
	    c->conf->user[0] == '\0' ? "" : " -o ", c->conf->user, folder);
}

static const struct sts_slice logs =
    STS_LIT(STS_LOCALSTATEDIR "/log/mta-sts-milter/");

enum sts_err
sts_precheck(const struct sts_conf *conf, struct sts_buf *faults)
{
	struct precheck c = { conf, faults, false };
	const struct {
		const char *key, *path;
		bool made;
	} paths[] = {
		{ "milter_socket", conf->milter.path, true },
		{ "socketmap_socket", conf->socketmap.path, true },
		{ "control_socket", conf->control.path, true },
		{ "store", conf->store, true },
		{ "tlsrpt_store", conf->tlsrpt ? conf->tlsrpt_store : "",
		    true },
		{ "audit_file", conf->audit_file,
		    sts_slice_starts(sts_slice_str(conf->audit_file), logs) },
	};

	check_ca_file(&c);
	check_user(&c);
	for (size_t i = 0; i < sizeof(paths) / sizeof(paths[0]); i++)
		check_folder(&c, paths[i].key, paths[i].path, paths[i].made);
	return c.failed ? STS_E_NOTFOUND : STS_OK;
}
