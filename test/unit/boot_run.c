// SPDX-License-Identifier: MIT
/* One run of an image, its code the steps of a made-up machine: what is left of it, and when. */
#include "boot/run.h"
#include "tap.h"
#include "unit/fake_machine.h"

/* In the image's data, and in tables: offsets of the functions (4.4). */
enum {
	MAP_BYTES = 0x500, /* how many, then the map's key and what else is told of it */
	MAP_KEY = 0x508,
	MAP_REST = 0x510,
	MAP = 0x520,
	BOOT_SERVICES = 96,
	GET_MEMORY_MAP = 56,
	EXIT_BOOT_SERVICES = 232,
};

static enum { LEAVE, BOOT, FAULT, BREAK } how;
static unsigned n_steps, n_starts, n_stopped;
static bool open_at_stop;
static FILE *trace;
static long traced_at_stop;

static void call(struct fake_step *s, unsigned function)
{
	const uint64_t services = fake_u64(fake.frame[0].arg[1] + BOOT_SERVICES);

	s->gate = fake_u64(services + function);
}

static void boot_step(struct fake_step *s)
{
	switch (n_steps) {
	case 1:
		fake_put_u64(fake_data(MAP_BYTES), FAKE_DATA_BYTES - MAP);
		call(s, GET_MEMORY_MAP);
		s->arg[0] = fake_data(MAP_BYTES);
		s->arg[1] = fake_data(MAP);
		s->arg[2] = fake_data(MAP_KEY);
		s->arg[3] = fake_data(MAP_REST);
		s->arg[4] = fake_data(MAP_REST + 8);
		return;
	case 2:
		call(s, EXIT_BOOT_SERVICES);
		s->arg[0] = fake.frame[0].arg[0];
		s->arg[1] = fake_u64(fake_data(MAP_KEY));
		return;
	default:
		s->kind = FAKE_BREAK; /* nothing runs behind it */
	}
}

static void next(struct fake_step *s)
{
	n_steps++;
	if (how == BOOT) {
		boot_step(s);
		return;
	}
	s->kind = how == LEAVE ? FAKE_LEAVE : how == FAULT ? FAKE_FAULT : FAKE_BREAK;
	s->status = 7 | UINT64_C(1) << 63;
}

static void on_start(void *context)
{
	check(context == &fake && n_steps == 0 && fake.is_open && !n_stopped);
	n_starts++;
}

static void on_stop(void *context)
{
	check(context == &fake && n_starts == 1);
	open_at_stop = fake.is_open;
	traced_at_stop = trace ? ftell(trace) : 0;
	n_stopped++;
}

static int run(int way, struct firmware_config config, struct run_result *result, struct why *why)
{
	const struct run_events events = { &fake, on_start, on_stop };

	memset(&fake, 0, sizeof(fake));
	fake.next = next;
	how = way;
	n_steps = n_starts = n_stopped = 0;
	return run_image(&config, &events, result, why);
}

/* With an image in it that config may point to. */
static struct firmware_config config_of(const struct tiny_pe *image)
{
	struct firmware_config config = fake_config();

	config.image = (struct bytes){ image->p, sizeof(image->p) };
	return config;
}

static void test_leaves(void)
{
	const struct tiny_pe image = tiny_new(NULL, 0);
	struct run_result result;
	struct why why;

	require(run(LEAVE, config_of(&image), &result, &why) == 0);
	check(result.end == FIRMWARE_EXITED && result.status == (7 | UINT64_C(1) << 63));
	check(result.summary.entry == fake.base + TINY_TEXT_RVA && !result.has_linux);
	check(n_starts == 1 && n_stopped == 1 && !open_at_stop);
	run_release(&result);
	check(!result.firmware && result.end == 0);
	run_release(&result);
}

/* What the trace explains comes when the terminal is the caller's again. */
static void test_explained_last(void)
{
	const struct tiny_pe image = tiny_new(NULL, 0);
	struct firmware_config config = config_of(&image);
	struct run_result result;
	struct why why;
	char *text;
	size_t n;

	config.trace = trace = open_memstream(&text, &n);
	require(run(LEAVE, config, &result, &why) == 0);
	check(ftell(trace) > traced_at_stop);
	run_release(&result);
	fclose(trace);
	trace = NULL;
	free(text);
}

static bool is_in(const struct ram_range *range, unsigned n, uint64_t addr)
{
	for (unsigned i = 0; i < n; i++)
		if (addr >= range[i].start && addr < range[i].end)
			return true;
	return false;
}

static bool is_erased(const struct ram *ram)
{
	struct ram_range data;

	for (unsigned i = 0; i < ram->n_ranges; i++)
		for (uint64_t at = ram->range[i].start; ram_data(ram, at, ram->range[i].end, &data);
		     at = data.end)
			for (uint64_t k = data.start; k < data.end; k++)
				if (ram->host[k])
					return false;
	return true;
}

static void test_boots(void)
{
	const struct tiny_pe image = tiny_new(NULL, 0);
	struct run_result result;
	const struct frozen *f = &result.frozen;
	struct why why;

	require(run(BOOT, config_of(&image), &result, &why) == 0);
	require(result.end == FIRMWARE_BOOT && n_steps == 2);
	check(f->regs.rip == fake.base + TINY_TEXT_RVA + FAKE_RETURN_ADDRESS && !f->regs.rax);
	check(f->fpu.fxsave[0] == 0x7f && f->resume.end - f->resume.start == 0x3000);
	check(is_in(f->pages, f->n_pages, f->regs.rip) &&
	      !is_in(f->pages, f->n_pages, f->resume.start));
	/* the image's code lies where it was entered */
	check(!memcmp(f->ram->host + result.summary.entry, image.p + TINY_TEXT_DATA, 3));
	check(result.options.text && !strcmp(result.options.text, "quiet"));
	check(result.has_linux && result.initrd.n == 0);
	check(!is_erased(f->ram));
	run_wipe(&result);
	check(is_erased(f->ram) && !result.options.text);
	run_release(&result);
}

static void test_violation(void)
{
	const struct tiny_pe image = tiny_new(NULL, 0);
	struct run_result result;
	struct why why;

	require(run(FAULT, config_of(&image), &result, &why) == 0);
	check(result.end == FIRMWARE_VIOLATION && strstr(result.why.text, "a fault at"));
	check(n_stopped == 1);
	run_release(&result);
}

/* It is we who fail: the result stays as it was, and nothing is left open. */
static void test_broken(void)
{
	struct tiny_pe image = tiny_new(NULL, 0);
	struct run_result result = { .status = 77 };
	struct why why = { "" };

	check(run(BREAK, config_of(&image), &result, &why) == -EIO);
	check(!strcmp(why.text, "the machine broke") && result.status == 77);
	check(n_starts == 1 && n_stopped == 1 && !fake.is_open);
	tiny_put16(&image, TINY_MAGIC, 0);
	check(run(LEAVE, config_of(&image), &result, &why) == -ENOEXEC);
	check(why.text[0] && result.status == 77 && n_starts == 0 && n_stopped == 0);
}

static void test_unheard(void)
{
	const struct tiny_pe image = tiny_new(NULL, 0);
	const struct firmware_config config = config_of(&image);
	const struct run_events none = { 0 };
	struct run_result result;
	struct why why;

	memset(&fake, 0, sizeof(fake));
	fake.next = next;
	how = LEAVE;
	require(run_image(&config, &none, &result, &why) == 0);
	run_release(&result);
}

int main(void)
{
	test_leaves();
	test_explained_last();
	test_boots();
	test_violation();
	test_broken();
	test_unheard();
	return tap_done();
}
