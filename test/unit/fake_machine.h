/* SPDX-License-Identifier: MIT */
#pragma once
/*
 * A machine in memory: instead of code it runs steps that a test thinks of, one
 * whenever the firmware lets it run. Its image is tiny_pe's. Linked with
 * fake_clock (meson.build), where each look at the clock takes a microsecond and
 * whoever sleeps has slept at once.
 */
#include "firmware/core/life.h"
#include "firmware/core/state.h"
#include "firmware/firmware.h"
#include "firmware/parts.h"
#include "machine/frozen.h"
#include "unit/tiny_pe.h"
#include "unit_machine.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

enum {
	FAKE_MAX_ARGS = 16,
	FAKE_MAX_FRAMES = 64,
	FAKE_FUNCTIONS = 0x40,	    /* in .text, 16 bytes each: what a test lets be called */
	FAKE_RETURN_ADDRESS = 0x30, /* in .text: where its calls return to */
	FAKE_DATA = TINY_DATA_RVA + 0x100,
	FAKE_DATA_BYTES = 0x1600,
	FAKE_LOW_END = 0x2000000,
	FAKE_SPECIAL = 0x3000000, /* memory of a special purpose, then a device */
	FAKE_DEVICE = 0x3100000,
};

#define FAKE_HIGH UINT64_C(0x100000000)
#define FAKE_RAM_BYTES (FAKE_HIGH + 0x800000)

struct fake_step {
	enum { FAKE_CALL, FAKE_LEAVE, FAKE_TICK, FAKE_HALT, FAKE_FAULT, FAKE_BREAK } kind;
	uint64_t gate;
	uint64_t arg[FAKE_MAX_ARGS];
	uint64_t status; /* FAKE_LEAVE: what the function returns */
	uint64_t sp;	 /* not 0: with this stack pointer */
};

struct fake_frame {
	uint64_t sp, call_sp, back;
	uint64_t function, arg[2];
};

static struct fake {
	struct machine machine;
	struct machine_config config;
	struct firmware *firmware;
	uint64_t base; /* of the image */
	void (*next)(struct fake_step *step);
	struct fake_frame frame[FAKE_MAX_FRAMES];
	unsigned depth;
	uint64_t result; /* of the last call */
	uint64_t clock_ns;
	bool bad_protect, is_open;
	unsigned n_entered; /* functions, the entry point not counted */
	char screen[4096];
	size_t n_screen;
	uint8_t prot[FAKE_RAM_BYTES >> PAGE_SHIFT];
} fake;

int __wrap_clock_gettime(clockid_t clock, struct timespec *t);
int __wrap_nanosleep(const struct timespec *t, struct timespec *left);

int __wrap_clock_gettime(clockid_t clock, struct timespec *t)
{
	fake.clock_ns += 1000;
	*t = (struct timespec){ (time_t)(fake.clock_ns / 1000000000 + 1000000),
				(long)(fake.clock_ns % 1000000000) };
	return 0;
}

int __wrap_nanosleep(const struct timespec *t, struct timespec *left)
{
	fake.clock_ns += (uint64_t)t->tv_sec * 1000000000 + (uint64_t)t->tv_nsec;
	return 0;
}

static void *fake_at(uint64_t addr)
{
	return fake.config.ram->host + addr;
}

static inline uint64_t fake_u64(uint64_t addr)
{
	uint64_t v;

	memcpy(&v, fake_at(addr), sizeof(v));
	return v;
}

static inline void fake_put_u64(uint64_t addr, uint64_t v)
{
	memcpy(fake_at(addr), &v, sizeof(v));
}

/* A place in the image's data. */
static inline uint64_t fake_data(unsigned offset)
{
	return fake.base + FAKE_DATA + offset;
}

static inline uint64_t fake_function(unsigned i)
{
	return fake.base + TINY_TEXT_RVA + FAKE_FUNCTIONS + 16 * i;
}

static int fake_machine_open(const struct machine_config *config, struct machine **ret_machine,
			     struct why *why);

static int fake_protect(struct machine *m, uint64_t addr, uint64_t n, unsigned prot,
			struct why *why)
{
	const struct ram *ram = fake.config.ram;
	bool inside = false;

	for (unsigned i = 0; i < ram->n_ranges; i++)
		inside |= addr >= ram->range[i].start && n <= ram->range[i].end - addr &&
			  addr < ram->range[i].end;
	if (!inside || addr % PAGE_BYTES || n % PAGE_BYTES || !n) {
		fake.bad_protect = true;
		return 0;
	}
	memset(fake.prot + (addr >> PAGE_SHIFT), (int)prot, n >> PAGE_SHIFT);
	return 0;
}

static void fake_enter(struct machine_regs *regs)
{
	struct fake_frame *f = &fake.frame[fake.depth];

	if (fake.depth == FAKE_MAX_FRAMES)
		abort();
	*f = (struct fake_frame){
		.sp = machine_sp(regs),
		.call_sp = align_down(machine_sp(regs) - 256, 16),
		.back = unit_return_address(regs, fake.config.ram->host),
		.function = machine_pc(regs),
		.arg = { unit_argument(regs, 0), unit_argument(regs, 1) },
	};
	fake.n_entered += fake.depth++ > 0;
	fake.result = 0;
}

static void fake_call(struct machine_regs *regs, const struct fake_step *s)
{
	unit_call(regs, fake.config.ram->host, fake.frame[fake.depth - 1].call_sp,
		  fake.base + TINY_TEXT_RVA + FAKE_RETURN_ADDRESS, s->arg, FAKE_MAX_ARGS);
	if (s->sp)
		machine_set_sp(regs, s->sp);
}

/* Out of the innermost function, by its return address. */
static uint64_t fake_leave(struct machine_regs *regs, uint64_t status)
{
	const struct fake_frame *f = &fake.frame[--fake.depth];

	unit_leave(regs, f->back, f->sp, status);
	return f->back;
}

/* Between two instructions behind the last call. */
static void fake_stand(struct machine_regs *regs)
{
	unit_stand(regs, fake.base + TINY_TEXT_RVA + FAKE_RETURN_ADDRESS,
		   fake.frame[fake.depth - 1].call_sp);
}

static int fake_run(struct machine *m, struct machine_exit *ret_exit, struct why *why)
{
	struct fake_step s = { 0 };

	if (!fake.depth) /* the entry point */
		fake.base = machine_pc(&m->regs) - TINY_TEXT_RVA;
	if (fake.depth && machine_pc(&m->regs) == fake.base + TINY_TEXT_RVA + FAKE_RETURN_ADDRESS) {
		/* Exit leaves functions without their returning */
		while (fake.depth > 1 && fake.frame[fake.depth - 1].call_sp != machine_sp(&m->regs))
			fake.depth--;
		fake.result = unit_result(&m->regs);
	} else {
		fake_enter(&m->regs);
	}
	fake.next(&s);
	*ret_exit = (struct machine_exit){ .kind = MACHINE_GATE, .addr = s.gate };
	switch (s.kind) {
	case FAKE_CALL:
		fake_call(&m->regs, &s);
		break;
	case FAKE_LEAVE:
		ret_exit->addr = fake_leave(&m->regs, s.status);
		break;
	case FAKE_TICK:
	case FAKE_HALT:
		ret_exit->kind = s.kind == FAKE_TICK ? MACHINE_TICK : MACHINE_HALT;
		fake_stand(&m->regs);
		break;
	case FAKE_FAULT:
		ret_exit->kind = MACHINE_FAULT;
		why_set(&ret_exit->why, 0, "a fault at %#jx", (uintmax_t)machine_pc(&m->regs));
		break;
	case FAKE_BREAK:
		return why_set(why, -EIO, "the machine broke");
	}
	return 0;
}

static int fake_get_fpu(struct machine *m, struct machine_fpu *ret_fpu, struct why *why)
{
	memset(ret_fpu, 0, sizeof(*ret_fpu));
	unit_fpu_mark(ret_fpu);
	return 0;
}

static int fake_set_fpu(struct machine *m, const struct machine_fpu *fpu, struct why *why)
{
	return 0;
}

static void fake_machine_close(struct machine *m)
{
	fake.is_open = false;
}

static const struct machine_ops fake_machine = {
	.name = "fake",
	.open = fake_machine_open,
	.protect = fake_protect,
	.run = fake_run,
	.get_fpu = fake_get_fpu,
	.set_fpu = fake_set_fpu,
	.close = fake_machine_close,
};

static int fake_machine_open(const struct machine_config *config, struct machine **ret_machine,
			     struct why *why)
{
	fake.config = *config;
	fake.machine = (struct machine){ .ops = &fake_machine };
	fake.is_open = true;
	*ret_machine = &fake.machine;
	return 0;
}

static void fake_write(void *context, const char *utf8, size_t n)
{
	n = min_u64(n, sizeof(fake.screen) - 1 - fake.n_screen);
	memcpy(fake.screen + fake.n_screen, utf8, n);
	fake.n_screen += n;
}

static size_t fake_read(void *context, uint8_t *buf, size_t n)
{
	return 0;
}

static void fake_wait(void *context, int timeout_ms)
{
	fake.clock_ns += (uint64_t)timeout_ms * 1000000;
}

static void fake_random(void *buf, size_t n)
{
	memset(buf, 0x42, n);
}

/* Low memory, a page of tables, 31 MiB, tables nobody may read, 8 MiB behind 4 GiB. */
static const struct firmware_memory *fake_memory(unsigned *ret_n)
{
	static const uint8_t tables[PAGE_BYTES] = "tables of the machine";
	static const struct firmware_memory memory[] = {
		{ 0x10000, 0x9f000, EFI_CONVENTIONAL_MEMORY, true, NULL },
		{ 0xf0000, 0xf1000, EFI_RESERVED_MEMORY, false, tables },
		{ 0x100000, FAKE_LOW_END, EFI_CONVENTIONAL_MEMORY, true, NULL },
		{ FAKE_LOW_END, FAKE_LOW_END + 0x10000, EFI_ACPI_RECLAIM_MEMORY, false, NULL },
		{ FAKE_LOW_END + 0x20000, FAKE_LOW_END + 0x30000, EFI_ACPI_RECLAIM_MEMORY, false,
		  NULL },
		{ FAKE_SPECIAL, FAKE_DEVICE, EFI_CONVENTIONAL_MEMORY, false, NULL },
		{ FAKE_DEVICE, FAKE_DEVICE + 0x10000, EFI_MEMORY_MAPPED_IO, false, NULL },
		{ FAKE_HIGH, FAKE_RAM_BYTES, EFI_CONVENTIONAL_MEMORY, true, NULL },
	};

	*ret_n = ARRAY_SIZE(memory);
	return memory;
}

static struct firmware_config fake_config(void)
{
	struct firmware_config config = {
		.machine = &fake_machine,
		.memory_limit = FAKE_RAM_BYTES,
		.resume_bytes = 0x3000,
		.acpi20 = 0xf0000,
		.image_path = "/boot/tiny.efi",
		.options = "quiet",
		.terminal = { NULL, false, 80, 25, NULL, fake_write, fake_read, fake_wait },
		.random = fake_random,
		.timeout_s = 5,
	};

	config.memory = fake_memory(&config.n_memory);
	return config;
}

/* A firmware of these parts with the tiny image on the fake machine; next thinks of its steps. */
static inline int fake_open_parts(struct firmware_config config, const struct parts *parts,
				  void (*next)(struct fake_step *), struct why *why)
{
	const struct tiny_pe image = tiny_new(NULL, 0);

	memset(&fake, 0, sizeof(fake));
	fake.next = next;
	if (!config.image.p)
		config.image = (struct bytes){ image.p, sizeof(image.p) };
	return core_new(&config, parts, &fake.firmware, why);
}

/* Of all there are. */
static inline int fake_open(struct firmware_config config, void (*next)(struct fake_step *),
			    struct why *why)
{
	return fake_open_parts(config, &firmware_parts, next, why);
}

static inline void fake_close(void)
{
	firmware_free(fake.firmware);
	fake.firmware = NULL;
}

/* The permissions that the machine was told of are those of the map. */
static inline bool fake_agrees(void)
{
	const struct page_map *map = &fake.firmware->map;

	for (unsigned i = 0; i < map->n; i++) {
		const struct region *r = &map->region[i];
		/* what may not be read may not be written or executed either */
		const unsigned prot = r->prot & MACHINE_READ ? r->prot : 0;

		for (uint64_t at = r->start; at < r->end && at < FAKE_RAM_BYTES; at += PAGE_BYTES)
			if (fake.prot[at >> PAGE_SHIFT] != prot)
				return false;
	}
	return !fake.bad_protect;
}
