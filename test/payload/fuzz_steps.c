// SPDX-License-Identifier: MIT
/* Calls that only make sense together, or that would end the run when made blindly. */
#include "fuzz.h"

/* As they were in the beginning: what we scribble over does not lead us astray. */
static struct memory_attribute attribute_functions;
static struct text_input input_functions;

void special_begin(void)
{
	struct memory_attribute *a;

	if (bs->locate_protocol(&memory_attribute_guid, NULL, &a) == EFI_SUCCESS)
		attribute_functions = *a;
	input_functions = *st->con_in;
}

static void change_tpl(void)
{
	static const tpl_t level[] = { TPL_APPLICATION, TPL_APPLICATION, TPL_APPLICATION,
				       TPL_CALLBACK,	TPL_NOTIFY,	 TPL_HIGH_LEVEL };

	bs->raise_tpl(TPL_HIGH_LEVEL);
	bs->restore_tpl(level[any(6)]);
}

/* For two, of which one is signalled: others may never be. */
static void wait(void)
{
	uint64_t *list = arena.cell + N_CELLS - 4;

	list[0] = recall(KIND_EVENT);
	if (bs->create_event(0, 0, NULL, NULL, (event_t *)(list + 1)) != EFI_SUCCESS)
		return;
	bs->signal_event((event_t)list[1]);
	bs->wait_for_event(2, (event_t *)list, list + 2);
	bs->close_event((event_t)list[1]);
}

static void set_timer(void)
{
	if (use_timers)
		bs->set_timer((event_t)recall(KIND_EVENT), (uint32_t)any(4), any(20000));
	else
		bs->set_timer((event_t)recall(KIND_EVENT), TIMER_CANCEL, 0);
}

/* Neither can say no. */
static void copy(void)
{
	uint8_t *to = arena.buffer + any(BUFFER_BYTES / 2);

	if (one_in(2))
		bs->set_mem(to, any(300), (uint8_t)any(256));
	else
		bs->copy_mem(to, to + any(64), any(300));
}

/* Pages under what firmware keeps its pools in, and then something else there. */
static void free_under(void)
{
	uint64_t page = (one_in(3)   ? recall(KIND_PAGES)
			 : one_in(3) ? recall(KIND_INTERFACE)
				     : recall(KIND_POOL)) &
			~UINT64_C(0xfff);
	const uint64_t n = 1 + (one_in(4) ? any(4) : 0);

	if (is_own(page, n << 12) || bs->free_pages(page, n) != EFI_SUCCESS)
		return;
	if (one_in(2))
		bs->allocate_pages(2, (uint32_t)any(10), n, &page);
}

static void reinstall(void)
{
	const handle_t handle = (handle_t)recall(KIND_HANDLE);
	const struct efi_guid *guid = &arena.guid[any(N_GUIDS)];
	void *interface;

	if (bs->handle_protocol(handle, guid, &interface) != EFI_SUCCESS)
		return;
	if (one_in(2))
		bs->uninstall_protocol(handle, guid, interface);
	else
		bs->reinstall_protocol(handle, guid, interface,
				       one_in(2) ? interface : arena.interface[any(6)]);
}

static void load(void)
{
	const bool driver = one_in(2);
	const uint8_t *file = driver ? driver_file : child_file;
	uint64_t n = (uint64_t)((driver ? driver_file_end : child_file_end) - file);
	struct loaded_image *image = NULL;
	uint64_t *handle = arena.cell + N_CELLS - 1;

	if (one_in(6))
		n = any(n);
	if (bs->load_image(false, self, one_in(2) ? (void *)arena.path[any(N_PATHS)] : NULL, file,
			   n, (handle_t *)handle) != EFI_SUCCESS)
		return;
	remember(KIND_IMAGE, *handle);
	remember(KIND_HANDLE, *handle);
	if (bs->handle_protocol((handle_t)*handle, &loaded_image_guid, &image) != EFI_SUCCESS ||
	    !can_write((uint64_t)image) || !can_write((uint64_t)&image->unload))
		return;
	image->load_options = child_main;
	image->load_options_bytes = CHILD_OPTIONS;
	if (one_in(2))
		image->unload = (void *)some_function();
	remember(KIND_INTERFACE, (uint64_t)image);
	if (!one_in(3))
		bs->start_image((handle_t)recall(KIND_IMAGE), arena.cell, NULL);
}

static void change_attributes(void)
{
	static const uint64_t attributes[] = { 0x2000, 0x4000, 0x20000, 0x26000, 0x22000, 1 };
	const uint64_t page = recall(KIND_PAGES), n = (1 + any(3)) << 12;

	if (is_own(page, n))
		return;
	if (one_in(2))
		attribute_functions.set(NULL, page, n, attributes[any(6)]);
	else
		attribute_functions.clear(NULL, page, n, attributes[any(6)]);
}

/* Over what firmware left in our memory. */
static void scribble(void)
{
	const uint64_t at = recall(one_in(2) ? KIND_INTERFACE : KIND_POOL) + 8 * any(12);

	if (can_write(at))
		*(uint64_t *)at = one_in(2) ? some_function() : recall((enum kind)any(N_KINDS));
}

static void install(enum kind kind, const struct efi_guid *guid, unsigned which)
{
	uint64_t *handle = arena.cell + N_CELLS - 2;

	*handle = one_in(2) ? 0 : recall(kind);
	if (bs->install_multiple((handle_t *)handle, guid, arena.interface[which],
				 one_in(2) ? &device_path_guid : NULL, arena.path[any(N_PATHS)],
				 NULL) == EFI_SUCCESS) {
		remember(KIND_HANDLE, *handle);
		if (which == 0)
			arena.interface[0][5] = *handle;
	}
}

static void install_ours(void)
{
	switch (any(7)) {
	case 0:
	case 1:
		install(KIND_HANDLE, &driver_binding_guid, 0);
		break;
	case 2:
		install(KIND_HANDLE, &load_file2_guid, 1);
		break;
	case 3:
		install(KIND_HANDLE, &simple_file_system_guid, 2);
		break;
	case 4:
		install(KIND_HANDLE, &platform_driver_override_guid, 4);
		break;
	case 5:
		install(KIND_HANDLE, &bus_driver_override_guid, 5);
		break;
	default:
		install(KIND_HANDLE, &driver_family_override_guid, 6);
		break;
	}
}

/* What was typed, as somebody reads it who waits for it. */
static void read_keys(void)
{

	for (uint64_t n = any(6); n > 0; n--)
		bs->check_event((event_t)recall(KIND_EVENT));
	input_functions.read_key_stroke(st->con_in, (struct input_key *)arena.buffer);
}

void special_step(void)
{
	static void (*const steps[])(void) = {
		change_tpl, wait, set_timer,	     copy,     free_under,   reinstall,
		load,	    load, change_attributes, scribble, install_ours, install_ours,
		read_keys,
	};

	steps[any(sizeof(steps) / sizeof(*steps))]();
}
