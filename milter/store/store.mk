# The layer store: see milter/README.md.
noinst_LIBRARIES += libstore.a
libstore_a_CPPFLAGS = $(AM_CPPFLAGS) $(STORE_CFLAGS)
libstore_a_SOURCES = \
	include/sts/store/db.h \
	include/sts/store/dbfile.h \
	include/sts/store/disk.h \
	include/sts/store/memory.h \
	include/sts/store/row.h \
	include/sts/store/state.h \
	include/sts/store/store.h \
	milter/store/cleaner.c \
	milter/store/db.c \
	milter/store/dbfile.c \
	milter/store/disk.c \
	milter/store/due.c \
	milter/store/flush.c \
	milter/store/list.c \
	milter/store/lookup.c \
	milter/store/memory.c \
	milter/store/row.c \
	milter/store/store.c \
	milter/store/worker.c \
	milter/store/writer.c
