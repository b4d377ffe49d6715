#include "sts/report/relief.h"

const char *
sts_relief_text(enum sts_relief relief)
{
	switch (relief) {
	case STS_RELIEF_NONE:
		return "";
	case STS_RELIEF_TLS_REQUIRED_NO:
		return "tls-required-no";
	case STS_RELIEF_OUTAGE:
		return "outage";
	}
	return "";
}

enum sts_action
sts_relief_of(const struct sts_conf *conf,
    const struct sts_circumstances *about, const struct sts_verdict *verdict,
    enum sts_action action, enum sts_relief *relief)
{
	*relief = STS_RELIEF_NONE;
	if (action <= STS_ACTION_LOG)
		return action;
	if (verdict->required)
		*relief = STS_RELIEF_NONE;
	else if (conf->honor_tls_required_no && about->tls_required_no)
		*relief = STS_RELIEF_TLS_REQUIRED_NO;
	else if (conf->on_outage == STS_OUTAGE_LOG && about->outage)
		*relief = STS_RELIEF_OUTAGE;
	if (*relief != STS_RELIEF_NONE)
		return STS_ACTION_LOG;
	if (about->by_command && action == STS_ACTION_DEFER)
		return STS_ACTION_QUARANTINE;
	return action;
}
