// SPDX-License-Identifier: MIT
/*
 * The input is an image: which services it calls with what. Byte 0 turns the
 * trace on, byte 1 says which allocation fails; then steps, each a byte for the
 * service and its arguments as argument() reads them.
 */
#include "firmware/core/dispatch.h"
#include "firmware/core/gate.h"
#include "firmware/core/services.h"
#include "firmware/parts.h"
#include "fuzz/fuzz.h"
#include "unit/alloc.h"
#include "unit/fake_machine.h"

#include <stdio.h>

enum {
	/* places in the image's data, in cells of 8 bytes */
	CELL_GUIDS = 64,
	CELL_TEXT = 112,
	CELL_PATH = 120,
	CELL_IMAGE = 128,

	/* the low bits of an argument's first byte */
	KIND_NUMBER = 1, /* the rest of it */
	KIND_CELL,	 /* the address of a cell, whose number follows */
	KIND_VALUE,	 /* what lies in that cell */
	KIND_16,
	KIND_64,
	KIND_FUNCTION,
	KIND_SPECIAL,

	/* instead of a service */
	STEP_LEAVE = 240,
	STEP_TICK = 248,
	STEP_HALT = 251,
	STEP_FAULT = 255,
};

static struct bytes input;
static unsigned n_idle; /* steps since the input ended */

static uint64_t take(unsigned n)
{
	uint64_t v = 0;

	for (unsigned i = 0; i < n && input.n; i++, input.p++, input.n--)
		v |= (uint64_t)*input.p << 8 * i;
	return v;
}

static uint64_t special(unsigned which)
{
	struct firmware *fw = fake.firmware;

	switch (which % 8) {
	case 0:
		return fake.frame[0].arg[0]; /* the image's handle */
	case 1:
		return fw->system_table;
	case 2:
		return fw->map.key;
	case 3:
		return fake.frame[fake.depth - 1].sp;
	case 4:
		return fw->gates;
	case 5:
		return fw->handles.first ? fw->handles.first->protocols->interface : 0;
	case 6:
		return fw->handles.last ? fw->handles.last->name : 0;
	default:
		return fw->runtime_data;
	}
}

static uint64_t argument(void)
{
	const unsigned b = (unsigned)take(1), rest = b >> 3;

	switch (b & 7) {
	case KIND_NUMBER:
		return rest;
	case KIND_CELL:
		return fake_data(8 * (unsigned)take(1));
	case KIND_VALUE:
		return fake_u64(fake_data(8 * (unsigned)take(1)));
	case KIND_16:
		return take(2) << rest;
	case KIND_64:
		return take(8);
	case KIND_FUNCTION:
		return fake_function(rest % 8);
	case KIND_SPECIAL:
		return special(rest);
	default:
		return 0;
	}
}

static void fill_data(void)
{
	static const struct efi_guid *const guids[] = {
		&guid_loaded_image,
		&guid_device_path,
		&guid_simple_text_output,
		&guid_simple_text_input,
		&guid_rng,
		&guid_memory_attribute,
		&guid_load_file2,
		&guid_driver_binding,
		&guid_linux_initrd_media,
		&guid_event_exit_boot_services,
		&guid_event_ready_to_boot,
		&guid_event_memory_map_change,
		&guid_device_path_to_text,
		&guid_event_virtual_address_change,
	};
	static const uint8_t path[] = { 4, 4, 8, 0, 'a', 0, 0, 0, 0x7f, 0xff, 4, 0 };
	const struct tiny_pe image = tiny_new(NULL, 0);

	for (unsigned i = 0; i < ARRAY_SIZE(guids); i++)
		memcpy(fake_at(fake_data(8 * CELL_GUIDS + 16 * i)), guids[i], 16);
	memcpy(fake_at(fake_data(8 * CELL_TEXT)), u"Name", 10);
	memcpy(fake_at(fake_data(8 * CELL_PATH)), path, sizeof(path));
	memcpy(fake_at(fake_data(8 * CELL_IMAGE)), image.p, sizeof(image.p));
}

/* Behind the input everything returns at once, and time flies: loops end at the limit. */
static void next_idle(struct fake_step *s)
{
	s->kind = FAKE_LEAVE;
	if (++n_idle % 16 == 0) {
		s->kind = FAKE_TICK;
		fake.clock_ns += 1000000000;
	}
}

static struct groups all;

static unsigned n_services(void)
{
	unsigned n = 0;

	if (!all.n)
		groups_list(&firmware_parts, &all);
	for (unsigned g = 0; g < all.n; g++)
		n += all.group[g]->n;
	return n;
}

static const struct service *service_of(unsigned i)
{
	i %= n_services();
	for (unsigned g = 0;; i -= all.group[g++]->n)
		if (i < all.group[g]->n)
			return &all.group[g]->service[i];
}

static void next(struct fake_step *s)
{
	const struct service *service;
	unsigned b;

	if (fake.depth == 1 && !fake_u64(fake_data(8 * CELL_GUIDS)))
		fill_data();
	if (!input.n || fake.depth > 45) {
		next_idle(s);
		return;
	}
	b = (unsigned)take(1);
	if (b >= STEP_LEAVE) {
		s->kind = b == STEP_FAULT  ? FAKE_FAULT
			  : b >= STEP_HALT ? FAKE_HALT
			  : b >= STEP_TICK ? FAKE_TICK
					   : FAKE_LEAVE;
		s->status = b & 1 ? EFI_NOT_FOUND : EFI_SUCCESS;
		return;
	}
	service = service_of(b);
	s->gate = service_gate(fake.firmware, service);
	for (unsigned i = 0; i < SERVICE_MAX_ARGS && service->args[i]; i++)
		s->arg[i] = argument();
	if (service->slot == BS_INSTALL_MULTIPLE || service->slot == BS_UNINSTALL_MULTIPLE)
		for (unsigned i = 4; i < 7; i++)
			s->arg[i] = argument();
}

/* What is frozen is the image's, all of it. */
static void look_at_frozen(void)
{
	struct frozen frozen;
	uint64_t n = 0;

	firmware_frozen(fake.firmware, &frozen);
	for (unsigned i = 0; i < frozen.n_pages; i++) {
		fuzz_assert(page_map_owned(&fake.firmware->map, frozen.pages[i].start,
					   frozen.pages[i].end, REGION_IMAGE));
		n += (frozen.pages[i].end - frozen.pages[i].start) >> PAGE_SHIFT;
	}
	fuzz_assert(n == fake.firmware->map.image_pages);
}

static void run(unsigned fail_at)
{
	enum firmware_end end = FIRMWARE_VIOLATION;
	struct why why = { "" };
	efi_status_t status;
	int r;

	if (fail_at)
		alloc_fail_at(fail_at);
	r = firmware_run(fake.firmware, &end, &status, &why);
	for (const struct handle *h = fake.firmware->handles.first; h; h = h->next)
		fuzz_assert(h->protocols);
	/* it is the image that fails, not we; but for memory */
	fuzz_assert(alloc_failed() ? r == 0 || r == -ENOMEM : r == 0);
	if (r == 0 && (end == FIRMWARE_EXITED || end == FIRMWARE_BOOT))
		fuzz_assert(fake_agrees());
	else
		fuzz_assert(why.text[0]);
	if (r == 0 && end == FIRMWARE_BOOT)
		look_at_frozen();
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n_bytes)
{
	static FILE *nowhere;
	struct firmware_config config = fake_config();
	struct why why;
	unsigned fail_at;

	if (!nowhere)
		nowhere = fopen("/dev/null", "w");
	input = (struct bytes){ data, n_bytes };
	n_idle = 0;
	config.trace = take(1) & 1 ? nowhere : NULL;
	fail_at = (unsigned)take(1);
	fuzz_assert(fake_open(config, next, &why) == 0);
	run(fail_at);
	fake_close();
	return 0;
}

struct writer {
	uint8_t *p;
	size_t n, cap;
};

static void put(struct writer *w, uint8_t byte)
{
	if (w->n < w->cap)
		w->p[w->n++] = byte;
}

/* A call as next() reads it; text is pairs of a letter and a number, see there. */
static void call(struct writer *w, const char *name, const char *args)
{
	unsigned v, i = 0;
	int used;
	char kind;

	for (unsigned k = 0; k < n_services(); k++)
		if (!strcmp(service_of(k)->name, name))
			i = k;
	put(w, (uint8_t)i);
	for (; sscanf(args, " %c%u%n", &kind, &v, &used) == 2; args += used) {
		switch (kind) {
		case 'n': /* number */
			put(w, (uint8_t)(KIND_NUMBER | v << 3));
			break;
		case 'c': /* cell */
		case 'v': /* value */
			put(w, kind == 'c' ? KIND_CELL : KIND_VALUE);
			put(w, (uint8_t)v);
			break;
		case 'w': /* 16 bits */
			put(w, KIND_16);
			put(w, (uint8_t)v);
			put(w, (uint8_t)(v >> 8));
			break;
		case 'f': /* function */
		case 's': /* special */
			put(w, (uint8_t)((kind == 'f' ? KIND_FUNCTION : KIND_SPECIAL) | v << 3));
			break;
		}
	}
}

size_t fuzz_seed(unsigned i, uint8_t *data, size_t cap)
{
	struct writer w = { data, 0, cap };

	put(&w, 1);
	put(&w, i == 6 ? 5 : 0);
	switch (i) {
	case 0:
		call(&w, "AllocatePages", "n0 n2 n4 c0");
		call(&w, "AllocatePool", "n4 n24 c1");
		call(&w, "FreePages", "v0 n1");
		call(&w, "FreePool", "v1");
		call(&w, "GetMemoryMap", "c2 c3 c4 c5 c6");
		break;
	case 1:
		call(&w, "InstallMultipleProtocolInterfaces", "c0 c64 n1 c66 c120 n0 n0");
		call(&w, "OpenProtocol", "v0 c64 c1 s0 v0 n16");
		call(&w, "ConnectController", "v0 n0 n0 n1");
		call(&w, "UninstallMultipleProtocolInterfaces", "v0 c64 n1 n0 n0 n0");
		break;
	case 2:
		call(&w, "CreateEvent", "w512 n8 f0 n0 c0");
		call(&w, "RegisterProtocolNotify", "c64 v0 c1");
		call(&w, "SignalEvent", "v0");
		call(&w, "CreateEventEx", "w256 n16 f1 n0 c82 c2");
		call(&w, "CheckEvent", "v2");
		call(&w, "WaitForEvent", "n1 c2 c3");
		call(&w, "CloseEvent", "v2");
		break;
	case 3:
		call(&w, "SetVariable", "c112 c64 n7 n8 c0");
		call(&w, "GetVariable", "c112 c64 c1 c2 c3");
		call(&w, "GetNextVariableName", "c120 c0 c64");
		call(&w, "QueryVariableInfo", "n7 c1 c2 c3");
		break;
	case 4:
		call(&w, "LoadImage", "n0 s0 c120 c128 w1024 c0");
		call(&w, "StartImage", "v0 c1 c2");
		call(&w, "Exit", "v0 n0 n0 n0");
		call(&w, "UnloadImage", "v0");
		break;
	case 5:
		call(&w, "SetVariable", "c112 c64 n7 n8 c0");
		call(&w, "CreateEvent", "w513 n8 f0 n0 c0");
		call(&w, "ExitBootServices", "s0 s2");
		break;
	case 6:
		call(&w, "LocateProtocol", "c88 n0 c0");
		call(&w, "ConvertDevicePathToText", "c120 n0 n0");
		call(&w, "LocateProtocol", "c68 n0 c0");
		call(&w, "OutputString", "v0 c112");
		call(&w, "LocateHandleBuffer", "n0 n0 n0 c1 c2");
		call(&w, "ReinstallProtocolInterface", "s0 c64 n0 n0");
		call(&w, "Stall", "w5000");
		call(&w, "RaiseTPL", "n16");
		break;
	default:
		return 0;
	}
	return w.n;
}
