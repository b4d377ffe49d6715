#include "sts/engine/mailer.h"

#include "sts/base/escape.h"

#include <curl/curl.h>
#include <stdio.h>
#include <sys/socket.h>

enum { URL_MAX = 640 };

struct sending {
	CURL *easy;
	curl_mime *mime;
	struct curl_slist *header, *rcpt;
	char error[CURL_ERROR_SIZE];
};

static bool
append(struct curl_slist **list, const char *text)
{
	struct curl_slist *grown = curl_slist_append(*list, text);

	if (grown != NULL)
		*list = grown;
	return grown != NULL;
}

/* Its path is what libcurl says at EHLO. */
static CURLcode
set_server(CURL *easy, const struct sts_sockspec *smtp, const char *helo)
{
	bool v6 = strchr(smtp->host, ':') != NULL;
	char url[URL_MAX];

	if (smtp->family == AF_UNIX) {
		(void)snprintf(url, sizeof(url), "smtp://localhost/%s", helo);
		if (curl_easy_setopt(
			easy, CURLOPT_UNIX_SOCKET_PATH, smtp->path) != CURLE_OK)
			return CURLE_OUT_OF_MEMORY;
	} else {
		(void)snprintf(url, sizeof(url), "smtp://%s%s%s:%u/%s",
		    v6 ? "[" : "", smtp->host, v6 ? "]" : "",
		    (unsigned)smtp->port, helo);
	}
	return curl_easy_setopt(easy, CURLOPT_URL, url);
}

static bool
add_text(curl_mime *mime, const char *text)
{
	curl_mimepart *part = curl_mime_addpart(mime);

	return part != NULL &&
	       curl_mime_type(part, "text/plain; charset=us-ascii") ==
		   CURLE_OK &&
	       curl_mime_data(part, text, CURL_ZERO_TERMINATED) == CURLE_OK;
}

static bool
add_file(curl_mime *mime, const struct sts_mail *mail)
{
	curl_mimepart *part = curl_mime_addpart(mime);

	return part != NULL && curl_mime_type(part, mail->type) == CURLE_OK &&
	       curl_mime_filename(part, mail->filename) == CURLE_OK &&
	       curl_mime_encoder(part, "base64") == CURLE_OK &&
	       curl_mime_data(part, mail->file.p, mail->file.n) == CURLE_OK;
}

static bool
set_message(struct sending *s, const struct sts_mail *mail)
{
	s->mime = curl_mime_init(s->easy);
	if (s->mime == NULL || !add_text(s->mime, mail->text) ||
	    !add_file(s->mime, mail) || !append(&s->rcpt, mail->to))
		return false;
	for (size_t i = 0; mail->header[i] != NULL; i++)
		if (!append(&s->header, mail->header[i]))
			return false;
	return curl_easy_setopt(s->easy, CURLOPT_MIMEPOST, s->mime) ==
		   CURLE_OK &&
	       curl_easy_setopt(s->easy, CURLOPT_HTTPHEADER, s->header) ==
		   CURLE_OK &&
	       curl_easy_setopt(s->easy, CURLOPT_MAIL_RCPT, s->rcpt) ==
		   CURLE_OK &&
	       curl_easy_setopt(s->easy, CURLOPT_MAIL_FROM, mail->from) ==
		   CURLE_OK;
}

static bool
set_options(
    struct sending *s, const struct sts_sockspec *smtp, const char *helo)
{
	int bad = 0;

	bad |= (int)set_server(s->easy, smtp, helo);
	bad |= (int)curl_easy_setopt(s->easy, CURLOPT_PROTOCOLS_STR, "smtp");
	bad |= (int)curl_easy_setopt(s->easy, CURLOPT_NOSIGNAL, 1L);
	bad |= (int)curl_easy_setopt(s->easy, CURLOPT_PROXY, "");
	bad |= (int)curl_easy_setopt(
	    s->easy, CURLOPT_TIMEOUT_MS, (long)STS_MAILER_TIMEOUT_MS);
	/* Of QUIT, which the deadline above no longer counts for. */
	bad |= (int)curl_easy_setopt(
	    s->easy, CURLOPT_SERVER_RESPONSE_TIMEOUT, 10L);
	bad |= (int)curl_easy_setopt(s->easy, CURLOPT_ERRORBUFFER, s->error);
	return bad == CURLE_OK;
}

/* Whatever the words of the server, they are shown to people. */
static void
tell(struct sts_mail *mail, const struct sending *s, CURLcode code, long reply)
{
	char text[2 * STS_DETAIL_SIZE];

	if (code == CURLE_OK)
		(void)snprintf(text, sizeof(text), "SMTP reply %ld", reply);
	else
		(void)snprintf(text, sizeof(text), "%s",
		    s->error[0] != '\0' ? s->error : curl_easy_strerror(code));
	(void)sts_escape_to(
	    mail->detail, sizeof(mail->detail), sts_slice_str(text));
}

bool
sts_mailer_send(
    struct sts_mail *mail, const struct sts_sockspec *smtp, const char *helo)
{
	struct sending s = { .easy = NULL };
	CURLcode code = CURLE_OUT_OF_MEMORY;
	long reply = 0;

	if (curl_global_init(CURL_GLOBAL_DEFAULT) != CURLE_OK)
		goto out;
	s.easy = curl_easy_init();
	if (s.easy != NULL && set_message(&s, mail) &&
	    set_options(&s, smtp, helo))
		code = curl_easy_perform(s.easy);
	if (s.easy != NULL)
		(void)curl_easy_getinfo(s.easy, CURLINFO_RESPONSE_CODE, &reply);
	curl_easy_cleanup(s.easy);
	curl_mime_free(s.mime);
	curl_slist_free_all(s.header);
	curl_slist_free_all(s.rcpt);
	curl_global_cleanup();
out:
	tell(mail, &s, code, reply);
	return code == CURLE_OK;
}
