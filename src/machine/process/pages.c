// SPDX-License-Identifier: MIT
#include "machine/process/pages.h"

#include <string.h>
#include <sys/mman.h>

bool pages_open(const struct ram *ram, struct pages *ret_pages)
{
	const uint64_t n = ram->n_bytes >> PAGE_SHIFT;
	/* costs nothing where nobody writes to it, and shared, no limit for data counts it */
	void *list = mmap(NULL, n, PROT_READ | PROT_WRITE,
			  MAP_SHARED | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);

	if (list == MAP_FAILED)
		return false;
	*ret_pages = (struct pages){ ram, list, n };
	return true;
}

void pages_close(struct pages *pages)
{
	if (pages->prot)
		munmap(pages->prot, pages->n);
	*pages = (struct pages){ 0 };
}

void pages_protect(struct pages *pages, uint64_t addr, uint64_t n_bytes, unsigned prot)
{
	memset(pages->prot + (addr >> PAGE_SHIFT), (int)prot, n_bytes >> PAGE_SHIFT);
}

bool pages_allow(const struct pages *pages, uint64_t addr, size_t n, unsigned prot)
{
	const uint64_t end = addr + n;

	if (end <= addr || end > pages->ram->n_bytes)
		return false;
	for (uint64_t page = addr >> PAGE_SHIFT; page << PAGE_SHIFT < end; page++)
		if ((pages->prot[page] & prot) != prot)
			return false;
	return true;
}

bool pages_read(const struct pages *pages, uint64_t addr, void *buf, size_t n)
{
	if (!pages_allow(pages, addr, n, MACHINE_READ))
		return false;
	memcpy(buf, pages->ram->host + addr, n);
	return true;
}

bool pages_write(const struct pages *pages, uint64_t addr, const void *buf, size_t n)
{
	if (!pages_allow(pages, addr, n, MACHINE_WRITE))
		return false;
	memcpy(pages->ram->host + addr, buf, n);
	return true;
}
