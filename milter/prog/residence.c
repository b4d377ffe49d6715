#include "sts/prog/residence.h"

#include <link.h>
#include <malloc.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/mman.h>
#include <unistd.h>

/* Code and constants of one library: mapped from its file and never written, so
 * that nothing is lost. */
static int
trim_library(struct dl_phdr_info *info, size_t size, void *cookie)
{
	const uintptr_t page = (uintptr_t)sysconf(_SC_PAGESIZE);

	(void)size;
	(void)cookie;
	for (size_t i = 0; i < info->dlpi_phnum; i++) {
		const ElfW(Phdr) *segment = &info->dlpi_phdr[i];
		uintptr_t from = info->dlpi_addr + segment->p_vaddr, to;

		if (segment->p_type != PT_LOAD || (segment->p_flags & PF_W))
			continue;
		to = (from + segment->p_filesz) & ~(page - 1);
		from = (from + page - 1) & ~(page - 1);
		if (from < to)
			(void)madvise((void *)from, to - from, MADV_DONTNEED);
	}
	return 0;
}

void
sts_residence_trim(void)
{
	(void)dl_iterate_phdr(trim_library, NULL);
	(void)malloc_trim(0);
}
