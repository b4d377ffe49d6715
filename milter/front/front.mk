# The layer front: see milter/README.md.
noinst_LIBRARIES += libfront.a
libfront_a_SOURCES = \
	include/sts/front/blocking.h \
	include/sts/front/edits.h \
	include/sts/front/filter.h \
	include/sts/front/inquiry.h \
	include/sts/front/nodelay.h \
	include/sts/front/recipient.h \
	include/sts/front/reply.h \
	include/sts/front/session.h \
	include/sts/front/ticker.h \
	include/sts/front/waiters.h \
	milter/front/blocking.c \
	milter/front/edits.c \
	milter/front/filter.c \
	milter/front/inquiry.c \
	milter/front/nodelay.c \
	milter/front/recipient.c \
	milter/front/reply.c \
	milter/front/session.c \
	milter/front/ticker.c \
	milter/front/waiters.c

# The control socket.
libfront_a_SOURCES += \
	include/sts/front/answerjson.h \
	include/sts/front/control.h \
	include/sts/front/controlclient.h \
	include/sts/front/controlrequest.h \
	milter/front/answerjson.c \
	milter/front/control.c \
	milter/front/control_cache.c \
	milter/front/control_command.c \
	milter/front/control_status.c \
	milter/front/controlrequest.c

# The socketmap.
libfront_a_SOURCES += \
	include/sts/front/socketmap.h \
	include/sts/front/socketmapclient.h \
	include/sts/front/socketmapqueue.h \
	include/sts/front/socketmapreply.h \
	milter/front/socketmap.c \
	milter/front/socketmapclient.c \
	milter/front/socketmapqueue.c \
	milter/front/socketmapreply.c

# The milter's own server.
libfront_a_SOURCES += \
	include/sts/front/milterclient.h \
	include/sts/front/milterserver.h \
	include/sts/front/miltertalk.h \
	include/sts/front/notes.h \
	milter/front/milterclient.c \
	milter/front/milterserver.c \
	milter/front/miltertalk.c \
	milter/front/notes.c
