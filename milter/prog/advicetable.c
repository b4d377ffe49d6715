#include "sts/prog/advice.h"

#define POLICY_URL "https://mta-sts.{domain}/.well-known/mta-sts.txt"
#define RECORD "    _mta-sts.{domain}. IN TXT \"v=STSv1; id={id}\""
#define WEEKS "    max_age: 1209600\n"
#define REPORTS                                                                \
	"    _smtp._tls.{domain}. IN TXT "                                     \
	"\"v=TLSRPTv1; rua=mailto:tls-reports@{domain}\""
#define NEW_ID                                                                 \
	"Then change the id in the TXT record, so that senders look "          \
	"again:\n" RECORD

const struct sts_advice sts_advice_table[] = {
	/* The TXT record. */
	{ STS_ABOUT_TXT, "none", NULL, true, STS_SEVERITY_WARNING,
	    "RFC 8461 section 8.3",
	    "The TXT record at _mta-sts.{domain} is gone, but a policy that "
	    "was fetched before is in force until {expires}.",
	    "publish the record again:\n" RECORD "\n"
	    "To withdraw a policy, first publish one with mode none under a "
	    "new id, and leave both until the old one's max_age has passed "
	    "(RFC 8461, section 8.3).",
	    NULL },
	{ STS_ABOUT_TXT, "none", "resembles", false, STS_SEVERITY_ERROR,
	    "RFC 8461 section 3.1",
	    "A TXT record at _mta-sts.{domain} looks like one for MTA-STS but "
	    "is none: its first field must be exactly v=STSv1, with nothing "
	    "before it, no spaces in it, and this upper and lower case.",
	    "publish it like this:\n" RECORD, NULL },
	{ STS_ABOUT_TXT, "none", NULL, false, STS_SEVERITY_WARNING,
	    "RFC 8461 section 3.1",
	    "{domain} has no MTA-STS: there is no such TXT record at "
	    "_mta-sts.{domain}, so senders do not look for a policy.",
	    "put the policy's text first at\n"
	    "    " POLICY_URL "\n"
	    "served as text/plain, with a certificate for mta-sts.{domain}. "
	    "Begin with the mode testing:\n{policy}\n"
	    "When it can be fetched, publish this record:\n" RECORD "\n"
	    "Both are made, with what a web server needs and in which order, "
	    "by\n"
	    "    mta-sts generate {domain} --from-dns",
	    "nothing is wrong on your side. Mail goes out as it does without "
	    "MTA-STS." },
	{ STS_ABOUT_TXT, "multiple", NULL, false, STS_SEVERITY_ERROR,
	    "RFC 8461 section 3.1",
	    "_mta-sts.{domain} has more than one TXT record that begins with "
	    "v=STSv1. Senders must then act as if there were none.",
	    "delete all of them but one. Often one was left behind by a "
	    "provider used before.",
	    NULL },
	{ STS_ABOUT_TXT, "multiple", NULL, true, STS_SEVERITY_WARNING,
	    "RFC 8461 section 3.1",
	    "_mta-sts.{domain} has more than one TXT record that begins with "
	    "v=STSv1, which counts as none. A policy that was fetched before "
	    "is in force until {expires}.",
	    "delete all of them but one.", NULL },
	{ STS_ABOUT_TXT, "invalid", NULL, false, STS_SEVERITY_ERROR,
	    "RFC 8461 section 3.1",
	    "The TXT record has a fault ({detail}). Senders must then act as "
	    "if there were none.",
	    "publish one of this form instead; mta-sts lint --txt checks "
	    "it:\n" RECORD,
	    NULL },
	{ STS_ABOUT_TXT, "invalid", NULL, true, STS_SEVERITY_WARNING,
	    "RFC 8461 section 3.1",
	    "The TXT record has a fault ({detail}) and counts as none. A "
	    "policy that was fetched before is in force until {expires}.",
	    "publish one of this form instead:\n" RECORD, NULL },
	{ STS_ABOUT_TXT, "dns-failure", NULL, false, STS_SEVERITY_WARNING,
	    "RFC 8461 section 3.1",
	    "Whether there is a policy could not be told, which is not the "
	    "same as none: the DNS lookup failed ({detail}).",
	    "see that all name servers of {domain} answer, and that its "
	    "DNSSEC signatures are valid:\n"
	    "    dig TXT _mta-sts.{domain}",
	    "try again later. If other domains fail too, see to your "
	    "resolver (dns_servers in the configuration)." },
	{ STS_ABOUT_TXT, "dns-failure", NULL, true, STS_SEVERITY_WARNING,
	    "RFC 8461 section 3.1",
	    "The DNS lookup of the TXT record failed ({detail}). A policy "
	    "that was fetched before is in force until {expires}.",
	    "see that all name servers of {domain} answer:\n"
	    "    dig TXT _mta-sts.{domain}",
	    "see to your resolver if other domains fail too." },

	/* The fetch of the policy over HTTPS. */
	{ STS_ABOUT_FETCH, "sts-policy-fetch-error", "has no address record",
	    false, STS_SEVERITY_ERROR, "RFC 8461 section 3.3",
	    "The policy host has no address: the TXT record says that there "
	    "is a policy, but mta-sts.{domain} does not resolve.",
	    "publish an address for the web server that has the policy, or "
	    "a CNAME to it:\n"
	    "    mta-sts.{domain}. IN A     <IPv4 address>\n"
	    "    mta-sts.{domain}. IN AAAA  <IPv6 address>",
	    NULL },
	{ STS_ABOUT_FETCH, "sts-policy-fetch-error", "address lookup of", false,
	    STS_SEVERITY_ERROR, "RFC 8461 section 3.3",
	    "The policy host's address could not be looked up ({detail}).",
	    "see that the name servers of mta-sts.{domain} answer.",
	    "see to your resolver if other domains fail too." },
	{ STS_ABOUT_FETCH, "sts-policy-fetch-error", "connection refused",
	    false, STS_SEVERITY_ERROR, "RFC 8461 section 3.3",
	    "The policy host refuses connections: nothing listens on port 443 "
	    "of mta-sts.{domain}.",
	    "start the web server there, or open port 443 in the firewall.",
	    NULL },
	{ STS_ABOUT_FETCH, "sts-policy-fetch-error", "timed out", false,
	    STS_SEVERITY_ERROR, "RFC 8461 section 3.3",
	    "The policy host did not answer in time ({detail}).",
	    "see that port 443 of mta-sts.{domain} is open on all its "
	    "addresses, IPv6 too, and that the server is quick.",
	    "see whether this machine may connect to port 443 at all." },
	{ STS_ABOUT_FETCH, "sts-policy-fetch-error", "TLS handshake", false,
	    STS_SEVERITY_ERROR, "RFC 8461 section 3.3",
	    "TLS with the policy host could not be set up ({detail}). "
	    "TLS 1.2 or later is asked for.",
	    "turn on TLS 1.2 and 1.3 at mta-sts.{domain}, and see that it has "
	    "a certificate for that very name (SNI).",
	    NULL },
	{ STS_ABOUT_FETCH, "sts-policy-fetch-error", "redirect", false,
	    STS_SEVERITY_ERROR, "RFC 8461 section 3.3",
	    "The policy host answers with a redirect, and senders must not "
	    "follow one ({detail}).",
	    "serve the text itself at this address, with status 200:\n"
	    "    " POLICY_URL,
	    NULL },
	{ STS_ABOUT_FETCH, "sts-policy-fetch-error", "HTTP status 404", false,
	    STS_SEVERITY_ERROR, "RFC 8461 section 3.3",
	    "The policy host has no policy (HTTP status 404).",
	    "put the text at exactly this address:\n    " POLICY_URL, NULL },
	{ STS_ABOUT_FETCH, "sts-policy-fetch-error", "HTTP status", false,
	    STS_SEVERITY_ERROR, "RFC 8461 section 3.3",
	    "The policy host does not hand out the policy ({detail}); only "
	    "status 200 counts.",
	    "let everyone read this address, without a log-in or a check for "
	    "browsers:\n    " POLICY_URL,
	    NULL },
	{ STS_ABOUT_FETCH, "sts-policy-fetch-error", "media type", false,
	    STS_SEVERITY_ERROR, "RFC 8461 section 3.3",
	    "The policy is served with the wrong media type ({detail}); only "
	    "text/plain counts.",
	    "set it in the web server:\n"
	    "    nginx:  location = /.well-known/mta-sts.txt { default_type "
	    "text/plain; }\n"
	    "    Apache: AddType text/plain .txt",
	    NULL },
	{ STS_ABOUT_FETCH, "sts-policy-fetch-error", "encoding", false,
	    STS_SEVERITY_ERROR, "RFC 8461 section 3.3",
	    "The policy is served compressed ({detail}), though that was not "
	    "asked for.",
	    "serve the text as it is: no compression for this address.", NULL },
	{ STS_ABOUT_FETCH, "sts-policy-fetch-error", "body over", false,
	    STS_SEVERITY_ERROR, "RFC 8461 section 3.3",
	    "What the policy host sends is too long ({detail}).",
	    "serve the policy's text alone: a few lines, no web page.", NULL },
	{ STS_ABOUT_FETCH, "sts-policy-fetch-error", "a moment ago", false,
	    STS_SEVERITY_WARNING, "RFC 8461 section 3.3",
	    "The policy could not be fetched a moment ago, and is not tried "
	    "again for five minutes.",
	    "see what  mta-sts query {domain}  says.", NULL },
	{ STS_ABOUT_FETCH, "sts-policy-fetch-error", NULL, false,
	    STS_SEVERITY_ERROR, "RFC 8461 section 3.3",
	    "The TXT record says that there is a policy, but it could not be "
	    "fetched ({detail}).",
	    "see that this address works from outside your network:\n"
	    "    curl -v " POLICY_URL,
	    "see whether this machine may connect to port 443 at all." },
	{ STS_ABOUT_FETCH, "sts-policy-invalid", NULL, false,
	    STS_SEVERITY_ERROR, "RFC 8461 section 3.2",
	    "The policy's text has errors, so it does not count: {detail}",
	    "mend the text; mta-sts lint FILE checks it before it is "
	    "published. " NEW_ID,
	    NULL },
	{ STS_ABOUT_FETCH, "sts-webpki-invalid", "certificate names", false,
	    STS_SEVERITY_ERROR, "RFC 8461 section 3.3",
	    "The policy host's certificate is for another name ({detail}).",
	    "get a certificate whose subjectAltName has mta-sts.{domain}. A "
	    "common name (CN) does not count, and a certificate for {domain} "
	    "alone does not either.",
	    NULL },
	{ STS_ABOUT_FETCH, "sts-webpki-invalid", "expired", false,
	    STS_SEVERITY_ERROR, "RFC 8461 section 3.3",
	    "The policy host's certificate has expired ({detail}).",
	    "renew the certificate of mta-sts.{domain}, have the web server "
	    "load it, and see why it was not renewed by itself.",
	    "see that this machine's clock is right." },
	{ STS_ABOUT_FETCH, "sts-webpki-invalid", "not yet valid", false,
	    STS_SEVERITY_ERROR, "RFC 8461 section 3.3",
	    "The policy host's certificate is not valid yet ({detail}).",
	    "see that the clock was right where the certificate was made.",
	    "see that this machine's clock is right." },
	{ STS_ABOUT_FETCH, "sts-webpki-invalid", NULL, false,
	    STS_SEVERITY_ERROR, "RFC 8461 section 3.3",
	    "The policy host's certificate is not trusted ({detail}).",
	    "get a certificate for mta-sts.{domain} from a public authority, "
	    "and serve the intermediate certificates with it.",
	    "see that the system's list of authorities is up to date, and "
	    "ca_file in the configuration right." },
	{ STS_ABOUT_FETCH, "address-refused", NULL, false, STS_SEVERITY_ERROR,
	    "RFC 8461 section 3.3",
	    "The policy host is not on the public Internet, so it is not "
	    "connected to ({detail}).",
	    "publish a public address for mta-sts.{domain}.",
	    "if that network is your own, name it in allow_networks in the "
	    "configuration." },

	{ STS_ABOUT_FETCH, "", NULL, false, STS_SEVERITY_WARNING,
	    "RFC 8461 section 3.3",
	    "The policy could not be looked at again ({detail}).",
	    "see that this address works from outside your network:\n"
	    "    curl -v " POLICY_URL,
	    NULL },

	/* The policy itself. */
	{ STS_ABOUT_POLICY, "standing", NULL, false, STS_SEVERITY_NOTE,
	    "RFC 8461 section 5.1",
	    "A policy that was fetched before is in force until {expires}.",
	    NULL, NULL },
	{ STS_ABOUT_POLICY, "late", NULL, false, STS_SEVERITY_WARNING,
	    "RFC 8461 section 3.3",
	    "Whether there is a policy was not found out in time.", NULL,
	    "ask again." },
	{ STS_ABOUT_POLICY, "testing", NULL, false, STS_SEVERITY_NOTE,
	    "RFC 8461 section 5",
	    "The policy is in mode testing: failures are reported, and mail "
	    "is delivered all the same.",
	    "when the TLS reports (RFC 8460) have shown no failures for some "
	    "weeks, change the mode to enforce. " NEW_ID,
	    NULL },
	{ STS_ABOUT_POLICY, "none", NULL, false, STS_SEVERITY_NOTE,
	    "RFC 8461 section 8.3",
	    "The policy is in mode none: it asks for nothing, and withdraws "
	    "an earlier one.",
	    NULL, NULL },
	{ STS_ABOUT_POLICY, "zero", NULL, false, STS_SEVERITY_ERROR,
	    "RFC 8461 section 3.2",
	    "max_age is 0, so no sender keeps the policy: it protects "
	    "nothing.",
	    "set it to weeks in the policy:\n" WEEKS NEW_ID, NULL },
	{ STS_ABOUT_POLICY, "short", NULL, false, STS_SEVERITY_WARNING,
	    "RFC 8461 section 10.2",
	    "max_age is only {max_age} seconds. Who keeps a sender from "
	    "fetching the policy for that long switches it off.",
	    "once all works, raise it to weeks:\n" WEEKS NEW_ID, NULL },
	{ STS_ABOUT_POLICY, "weeks", NULL, false, STS_SEVERITY_NOTE,
	    "RFC 8461 section 3.2",
	    "max_age is {max_age} seconds; weeks or more are expected of a "
	    "policy that is enforced.",
	    "raise it:\n" WEEKS NEW_ID, NULL },
	{ STS_ABOUT_POLICY, "unused-mx", NULL, false, STS_SEVERITY_WARNING,
	    "RFC 8461 section 4.1",
	    "The policy allows names that no MX record has:\n{patterns}",
	    "if they are left over, take these lines out of the policy: who "
	    "comes by one of the names may take mail for {domain}. " NEW_ID
	    "\nIf they stand by for later, let them stand.",
	    NULL },
	{ STS_ABOUT_POLICY, "same-id", NULL, false, STS_SEVERITY_WARNING,
	    "RFC 8461 section 3.1",
	    "The policy has changed, and its id has not: the daemon here "
	    "fetched another text under the same id. Senders who have the "
	    "old one do not look again before it expires.",
	    "change the id each time that the policy changes:\n" RECORD,
	    "have the daemon look again:\n"
	    "    mta-sts cache refresh {domain}" },

	/* The MX lookup. */
	{ STS_ABOUT_MX, "null", NULL, false, STS_SEVERITY_NOTE,
	    "RFC 7505 section 3",
	    "{domain} takes no mail at all: its MX record says so (null MX, "
	    "RFC 7505; reason null-mx).",
	    "if it is to take mail, replace that record by the names of its "
	    "mail hosts.",
	    "the address is wrong; the MTA bounces such mail." },
	{ STS_ABOUT_MX, "unknown", NULL, false, STS_SEVERITY_WARNING,
	    "RFC 5321 section 5.1",
	    "The MX hosts could not be looked up ({detail}).",
	    "see that all name servers of {domain} answer:\n"
	    "    dig MX {domain}",
	    "try again later. If other domains fail too, see to your "
	    "resolver (dns_servers in the configuration)." },
	{ STS_ABOUT_MX, "pending", NULL, false, STS_SEVERITY_WARNING,
	    "RFC 5321 section 5.1",
	    "The MX hosts were not all looked at in time.", NULL,
	    "ask again." },
	{ STS_ABOUT_MX, "implicit", NULL, false, STS_SEVERITY_NOTE,
	    "RFC 5321 section 5.1",
	    "{domain} has no MX record, so the domain itself is its only mail "
	    "host, and the policy must name it too.",
	    NULL, NULL },

	/* Each MX host. */
	{ STS_ABOUT_HOST, "mx-mismatch", NULL, false, STS_SEVERITY_ERROR,
	    "RFC 8461 section 4.1", "Not allowed by the policy:\n{hosts}",
	    "if they are yours, add these lines to the policy:\n{mx_lines}\n"
	    "(* stands for exactly one label.) " NEW_ID "\n"
	    "If they are not yours, take them out of the MX records.",
	    "such hosts are passed over: their names may be forged." },
	{ STS_ABOUT_HOST, "starttls-not-supported", NULL, false,
	    STS_SEVERITY_ERROR, "RFC 8461 section 4.2",
	    "STARTTLS is not offered, so mail would go in the clear:\n{hosts}",
	    "turn on STARTTLS, with a certificate for the host's name "
	    "(Postfix: smtpd_tls_security_level = may, and "
	    "smtpd_tls_chain_files).",
	    "if other networks see STARTTLS there, something on the way "
	    "takes it out: a firewall that rewrites SMTP, or an attacker." },
	{ STS_ABOUT_HOST, "certificate-host-mismatch", NULL, false,
	    STS_SEVERITY_ERROR, "RFC 8461 section 4.2",
	    "The certificate does not name the MX host:\n{hosts}",
	    "get a certificate whose subjectAltName has the very name in the "
	    "MX record, e.g. {host}. A common name (CN) does not count. Or "
	    "point the MX record (and the policy's mx) to a name that the "
	    "certificate has.",
	    NULL },
	{ STS_ABOUT_HOST, "certificate-expired", "not valid", false,
	    STS_SEVERITY_ERROR, "RFC 8461 section 4.2",
	    "The certificate is not valid yet:\n{hosts}",
	    "see that the clock was right where the certificate was made.",
	    "see that this machine's clock is right." },
	{ STS_ABOUT_HOST, "certificate-expired", NULL, false,
	    STS_SEVERITY_ERROR, "RFC 8461 section 4.2",
	    "The certificate has expired:\n{hosts}",
	    "renew it, and have the mail server load it (Postfix: postfix "
	    "reload). Then see why it was not renewed by itself.",
	    "see that this machine's clock is right." },
	{ STS_ABOUT_HOST, "certificate-not-trusted", "self-signed", false,
	    STS_SEVERITY_ERROR, "RFC 8461 section 4.2",
	    "The certificate is self-signed, so it proves nothing:\n{hosts}",
	    "get one from a public authority (Let's Encrypt is free). "
	    "Self-signed certificates work with DANE only.",
	    NULL },
	{ STS_ABOUT_HOST, "certificate-not-trusted", NULL, false,
	    STS_SEVERITY_ERROR, "RFC 8461 section 4.2",
	    "The certificate is not trusted:\n{hosts}",
	    "have the mail server send the intermediate certificates too "
	    "(use the full chain file), from an authority that the usual "
	    "lists have.",
	    "see that the system's list of authorities is up to date, and "
	    "ca_file in the configuration right." },
	{ STS_ABOUT_HOST, "validation-failure", "injection", false,
	    STS_SEVERITY_ERROR, "RFC 8461 section 4.2",
	    "Clear text was slipped in behind the answer to STARTTLS:\n"
	    "{hosts}",
	    "update the mail server: this fault is known as STARTTLS command "
	    "injection.",
	    "if other networks do not see this, somebody on the way tampers "
	    "with the connection." },
	{ STS_ABOUT_HOST, "validation-failure", NULL, false, STS_SEVERITY_ERROR,
	    "RFC 8461 section 4.2",
	    "STARTTLS is offered, but TLS could not be proved valid:\n"
	    "{hosts}",
	    "see that TLS 1.2 or later works:\n"
	    "    openssl s_client -starttls smtp -connect {host}:25 "
	    "-verify_hostname {host}",
	    NULL },
	{ STS_ABOUT_HOST, "tlsa-invalid", NULL, false, STS_SEVERITY_ERROR,
	    "RFC 7672 section 2.2",
	    "The certificate does not match the TLSA records (DANE), which "
	    "count before MTA-STS:\n{hosts}",
	    "publish the TLSA record of the certificate in use, and in "
	    "future the new record before the new certificate.",
	    NULL },
	{ STS_ABOUT_HOST, "dnssec-invalid", NULL, false, STS_SEVERITY_ERROR,
	    "RFC 7672 section 2.1.1",
	    "The TLSA records could not be looked up with valid DNSSEC "
	    "signatures:\n{hosts}",
	    "see that the zone's signatures are valid and its name servers "
	    "answer for TLSA:\n    dig +dnssec TLSA _25._tcp.{host}",
	    "see to your validating resolver if other domains fail too." },
	{ STS_ABOUT_HOST, "dane-required", NULL, false, STS_SEVERITY_ERROR,
	    "RFC 7672 section 2.2",
	    "DANE is asked for, and the host has no usable TLSA record:\n"
	    "{hosts}",
	    "publish TLSA records in a signed zone:\n"
	    "    dig +dnssec TLSA _25._tcp.{host}",
	    "take back the requirement of DANE for this domain." },
	{ STS_ABOUT_HOST, "unreachable", NULL, false, STS_SEVERITY_WARNING,
	    "RFC 5321 section 4.5.4",
	    "Not reached, which proves nothing either way:\n{hosts}",
	    "see that port 25 is open and that the server greets with 220.",
	    "many networks block outgoing port 25. See whether this machine "
	    "may connect:\n    nc -v -w 10 {host} 25" },
	{ STS_ABOUT_HOST, "dns-failure", NULL, false, STS_SEVERITY_WARNING,
	    "RFC 5321 section 5.1",
	    "The host's address could not be looked up:\n{hosts}",
	    "see that the name servers of the host's domain answer:\n"
	    "    dig {host}",
	    "see to your resolver if other domains fail too." },
	{ STS_ABOUT_HOST, "address-refused", NULL, false, STS_SEVERITY_ERROR,
	    "RFC 5321 section 5.1",
	    "The host is not on the public Internet, so it is not connected "
	    "to:\n{hosts}",
	    "publish a public address for {host}.",
	    "if that network is your own, name it in allow_networks in the "
	    "configuration." },
	{ STS_ABOUT_HOST, "expires-soon", NULL, false, STS_SEVERITY_WARNING,
	    "RFC 8461 section 4.2", "The certificate expires soon:\n{hosts}",
	    "renew it in time; when it has expired, mail stops coming in.",
	    NULL },

	{ STS_ABOUT_HOST, "dane", NULL, false, STS_SEVERITY_NOTE,
	    "RFC 7672 section 1.3",
	    "DANE protects the way to these hosts too, and counts before "
	    "MTA-STS:\n{hosts}",
	    NULL, NULL },

	{ STS_ABOUT_DANE, "secure", NULL, false, STS_SEVERITY_NOTE,
	    "RFC 7672 section 2.2",
	    "There are TLSA records (DANE), signed by DNSSEC, and they were "
	    "not looked at:\n{tlsa_hosts}",
	    "see that the MX records of {domain} and the hosts' addresses are "
	    "signed too: only then do senders use DANE.\n"
	    "    dig +dnssec MX {domain}",
	    "if the way to your resolver is trusted, have its word count "
	    "(mta-sts-milter.conf):\n    dns_trust_ad = true" },
	{ STS_ABOUT_DANE, "insecure", NULL, false, STS_SEVERITY_NOTE,
	    "RFC 7672 section 2.2",
	    "There are TLSA records (DANE), but the resolver here does not "
	    "say that DNSSEC vouches for them, so they do not count:\n"
	    "{tlsa_hosts}",
	    "see that the zone is signed:\n    dig +dnssec MX {domain}",
	    "ask a resolver that validates DNSSEC." },

	/* The TLS reports. */
	{ STS_ABOUT_TLSRPT, "none", NULL, true, STS_SEVERITY_WARNING,
	    "RFC 8460 section 3",
	    "{domain} asks for no TLS reports: when its policy or a mail host "
	    "breaks, no sender tells its owner.",
	    "choose a mailbox that somebody reads, and publish:\n" REPORTS,
	    NULL },
	{ STS_ABOUT_TLSRPT, "none", NULL, false, STS_SEVERITY_NOTE,
	    "RFC 8460 section 3",
	    "{domain} asks for no TLS reports: nobody tells its owner how "
	    "mail arrives.",
	    "begin with the reports, before any policy: choose a mailbox that "
	    "somebody reads, and publish:\n" REPORTS,
	    NULL },
	{ STS_ABOUT_TLSRPT, "multiple", NULL, false, STS_SEVERITY_ERROR,
	    "RFC 8460 section 3",
	    "_smtp._tls.{domain} has more than one TXT record that begins "
	    "with v=TLSRPTv1. Senders must then send no reports.",
	    "delete all of them but one; it may name several places, with "
	    "commas between:\n" REPORTS,
	    NULL },
	{ STS_ABOUT_TLSRPT, "invalid", NULL, false, STS_SEVERITY_ERROR,
	    "RFC 8460 section 3",
	    "The record that asks for TLS reports has a fault ({detail}), so "
	    "none are sent.",
	    "publish one of this form instead:\n" REPORTS, NULL },
	{ STS_ABOUT_TLSRPT, "found", NULL, false, STS_SEVERITY_WARNING,
	    "RFC 8460 section 3",
	    "The record that asks for TLS reports names a place that cannot "
	    "be used ({detail}).",
	    "name only mailto: and https: places in it:\n" REPORTS, NULL },
	{ STS_ABOUT_TLSRPT, "unknown", NULL, false, STS_SEVERITY_WARNING,
	    "RFC 8460 section 3",
	    "Whether TLS reports are asked for could not be told: the DNS "
	    "lookup failed ({detail}).",
	    "see that all name servers of {domain} answer for "
	    "_smtp._tls.{domain}.",
	    "try again later." },

	/* The whole. */
	{ STS_ABOUT_RESULT, "enforced", NULL, false, STS_SEVERITY_ERROR,
	    "RFC 8461 section 5",
	    "Mail to {domain} must not be delivered while no MX host "
	    "validates: its owner asks for that (mode enforce).",
	    NULL,
	    "tell the owner, over another channel. If mail must go all the "
	    "same, make an exception with an end in mta-sts-milter.conf:\n"
	    "    domain \"{domain}\" {\n"
	    "        on_fail = \"tag\"\n"
	    "        until = \"YYYY-MM-DD\"\n"
	    "        reason = \"agreed with ...\"\n"
	    "    }" },
};

const size_t sts_advice_table_n =
    sizeof(sts_advice_table) / sizeof(sts_advice_table[0]);
