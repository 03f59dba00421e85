// SPDX-License-Identifier: MIT
/* Functions of ours that are called from the other side, and do as we do. */
#include "fuzz.h"

#define FILE_(name, path)                                                                          \
	__asm__(".section .rdata,\"dr\"\n.globl " #name "\n.globl " #name "_end\n" #name           \
		":\n.incbin \"" path "\"\n" #name "_end:\n.byte 0\n")
FILE_(child_file, "fuzz_child.efi");
FILE_(driver_file, "fuzz_driver.efi");

static uint64_t some_status(void)
{
	static const efi_status_t status[] = { EFI_NOT_FOUND, EFI_UNSUPPORTED, EFI_BUFFER_TOO_SMALL,
					       EFI_OUT_OF_RESOURCES, EFI_ABORTED };

	return one_in(3) ? status[any(5)] : EFI_SUCCESS;
}

static void nested_steps(uint64_t n)
{
	if (!enter())
		return;
	some_steps((unsigned)any(n));
	leave();
}

static void put(uint64_t addr, uint64_t value)
{
	if (can_write(addr) || (addr >= (uint64_t)&arena && addr + 8 <= (uint64_t)(&arena + 1)))
		memcpy((void *)addr, &value, 8);
}

uint64_t EFIAPI on_anything(uint64_t a, uint64_t b, uint64_t c, uint64_t d, uint64_t e)
{
	if (one_in(6))
		remember((enum kind)any(N_KINDS), one_in(2) ? a : b);
	nested_steps(5);
	return some_status();
}

/* Start() of a driver: takes what is there. */
static uint64_t EFIAPI on_start(uint64_t this, uint64_t controller, uint64_t rest)
{
	void *p;

	bs->open_protocol((handle_t)controller, &arena.guid[any(N_GUIDS)], &p,
			  (handle_t)arena.interface[0][5], (handle_t)controller,
			  one_in(4) ? 8 : 16);
	nested_steps(4);
	return some_status();
}

static uint64_t EFIAPI on_stop(uint64_t this, uint64_t controller, uint64_t n, uint64_t children)
{
	for (unsigned i = 0; i < N_GUIDS; i++)
		bs->close_protocol((handle_t)controller, &arena.guid[i],
				   (handle_t)arena.interface[0][5], (handle_t)controller);
	nested_steps(4);
	return some_status();
}

/* GetDriver(), of a platform or of a bus */
static uint64_t EFIAPI on_get_driver(uint64_t this, uint64_t b, uint64_t c)
{
	put(one_in(2) ? b : c, recall(KIND_HANDLE));
	nested_steps(3);
	return some_status();
}

static uint64_t EFIAPI on_load_file(uint64_t this, uint64_t path, uint64_t boot,
				    uint64_t inout_bytes, uint64_t to)
{
	const uint64_t n = (uint64_t)(child_file_end - child_file);
	uint64_t room = 0;

	nested_steps(4);
	if (!can_read(inout_bytes, 8) || one_in(12))
		return some_status();
	memcpy(&room, (void *)inout_bytes, 8);
	put(inout_bytes, one_in(12) ? any(1 << 20) : n);
	if (!to || room < n)
		return EFI_BUFFER_TOO_SMALL;
	if (can_write(to) && can_write(to + n - 8))
		memcpy((void *)to, child_file, n);
	return one_in(8) ? some_status() : EFI_SUCCESS;
}

/* A file system of ours: one file, whatever it is called. */
static uint64_t EFIAPI on_open(uint64_t this, uint64_t to, uint64_t c, uint64_t d, uint64_t e)
{
	put(to, (uint64_t)arena.interface[3]);
	nested_steps(3);
	return one_in(8) ? some_status() : EFI_SUCCESS;
}

static uint64_t EFIAPI on_get_info(uint64_t this, uint64_t kind, uint64_t inout_bytes, uint64_t to)
{
	put(to + 8, (uint64_t)(child_file_end - child_file));
	put(to + 72, one_in(10) ? 0x10 : 0);
	nested_steps(3);
	return one_in(8) ? some_status() : EFI_SUCCESS;
}

static uint64_t EFIAPI on_read(uint64_t this, uint64_t inout_bytes, uint64_t to)
{
	return on_load_file(this, 0, 0, inout_bytes, to);
}

uint64_t some_function(void)
{
	switch (any(12)) {
	case 0:
		return (uint64_t)on_start;
	case 1:
		return (uint64_t)on_get_driver;
	case 2:
		return (uint64_t)on_load_file;
	case 3:
		return (uint64_t)on_open;
	default:
		return (uint64_t)on_anything;
	}
}

void interfaces_fill(void)
{
	const uint64_t all = (uint64_t)on_anything;
	uint64_t(*p)[16] = arena.interface;

	for (unsigned i = 0; i < 16; i++)
		for (unsigned k = 0; k < 16; k++)
			p[i][k] = all;
	memcpy(p[0],
	       (uint64_t[]){ all, (uint64_t)on_start, (uint64_t)on_stop, any(4), (uint64_t)self,
			     (uint64_t)self },
	       48);
	p[1][0] = (uint64_t)on_load_file;
	p[2][1] = (uint64_t)on_open;
	p[3][1] = (uint64_t)on_open;
	p[3][4] = (uint64_t)on_read;
	p[3][8] = (uint64_t)on_get_info;
	p[4][0] = p[5][0] = (uint64_t)on_get_driver;
}

efi_status_t EFIAPI child_main(handle_t image, struct system_table *table)
{
	remember(KIND_IMAGE, (uint64_t)image);
	remember(KIND_HANDLE, (uint64_t)image);
	nested_steps(12);
	if (one_in(3))
		bs->exit(image, some_status(), any(3) * 8, arena.text[0]);
	return some_status();
}
