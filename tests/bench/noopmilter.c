/*
 * noopmilter SOCKET: a milter that accepts all, on libmilter.  The floor: what
 * libmilter and the MTA's side cost, with the callbacks that ours needs.
 */
#include "load.h"

#include <errno.h>
#include <libmilter/mfapi.h>
#include <libmilter/mfdef.h>
#include <stdbool.h>

static const unsigned long actions =
    SMFIF_ADDHDRS | SMFIF_CHGHDRS | SMFIF_QUARANTINE;

/* As in front/filter.c. */
static const unsigned long spared = SMFIP_NOCONNECT | SMFIP_NOHELO |
				    SMFIP_NOBODY | SMFIP_NOUNKNOWN |
				    SMFIP_NR_HDR | SMFIP_NR_EOH;

static sfsistat
on_negotiate(SMFICTX *ctx, unsigned long f0, unsigned long f1, unsigned long f2,
    unsigned long f3, unsigned long *pf0, unsigned long *pf1,
    unsigned long *pf2, unsigned long *pf3)
{
	char rcpt[] = "i {rcpt_mailer} {rcpt_host} {rcpt_addr}", id[] = "i";

	(void)f0;
	(void)f2;
	(void)f3;
	(void)smfi_setsymlist(ctx, SMFIM_ENVRCPT, rcpt);
	(void)smfi_setsymlist(ctx, SMFIM_DATA, id);
	(void)smfi_setsymlist(ctx, SMFIM_EOM, id);
	*pf0 = actions;
	*pf1 = f1 & spared;
	*pf2 = 0;
	*pf3 = 0;
	return SMFIS_CONTINUE;
}

static sfsistat
on_command(SMFICTX *ctx, char **argv)
{
	(void)ctx;
	(void)argv;
	return SMFIS_CONTINUE;
}

static sfsistat
on_step(SMFICTX *ctx)
{
	(void)ctx;
	return SMFIS_CONTINUE;
}

static sfsistat
on_header(SMFICTX *ctx, char *name, char *value)
{
	(void)ctx;
	(void)name;
	(void)value;
	return SMFIS_NOREPLY;
}

static sfsistat
on_eoh(SMFICTX *ctx)
{
	(void)ctx;
	return SMFIS_NOREPLY;
}

int
main(int argc, char **argv)
{
	char name[] = "noopmilter";
	const struct smfiDesc desc = {
		.xxfi_name = name,
		.xxfi_version = SMFI_VERSION,
		.xxfi_flags = actions,
		.xxfi_negotiate = on_negotiate,
		.xxfi_envfrom = on_command,
		.xxfi_envrcpt = on_command,
		.xxfi_data = on_step,
		.xxfi_header = on_header,
		.xxfi_eoh = on_eoh,
		.xxfi_eom = on_step,
		.xxfi_abort = on_step,
		.xxfi_close = on_step,
	};

	errno = 0;
	if (argc != 2)
		load_die("noopmilter SOCKET");
	if (smfi_register(desc) != MI_SUCCESS ||
	    smfi_setconn(argv[1]) != MI_SUCCESS ||
	    smfi_setbacklog(128) != MI_SUCCESS ||
	    smfi_opensocket(true) != MI_SUCCESS)
		load_die(argv[1]);
	return smfi_main() == MI_SUCCESS ? 0 : 1;
}
