// SPDX-License-Identifier: MIT
/* One run of an image, its code the steps of a made-up machine: what is left of it, and when. */
#include "boot/inside.h"
#include "tap.h"
#include "unit/fake_machine.h"

/* In the image's data, and in tables: offsets of the functions (4.4). */
enum {
	MAP_BYTES = 0x500, /* how many, then the map's key and what else is told of it */
	MAP_KEY = 0x508,
	MAP_REST = 0x510,
	MAP = 0x520,
	INITRD_AT = 0x600,
	PARAMS_AT = 0x1000 - FAKE_DATA % 0x1000, /* they have a page of their own */
	BOOT_SERVICES = 96,
	GET_MEMORY_MAP = 56,
	EXIT_BOOT_SERVICES = 232,
};

static enum { LEAVE, BOOT, FAULT, BREAK } how;
static unsigned n_steps, n_starts, n_stopped;
static uint64_t initrd_bytes;
static bool open_at_stop;
static FILE *trace;
static long traced_at_stop;

static void call(struct fake_step *s, unsigned function)
{
	const uint64_t services = fake_u64(fake.frame[0].arg[1] + BOOT_SERVICES);

	s->gate = fake_u64(services + function);
}

/* Boot parameters, as a Linux before 6.1 leaves them: nothing else tells of its initrd. */
static void put_params(void)
{
	const uint64_t params = fake_data(PARAMS_AT), system_table = fake.frame[0].arg[1];
	const uint64_t initrd = fake_data(INITRD_AT);

	fake_put_u64(params + 0x1c0, system_table << 32 | 0x34364c45 /* "EL64" */);
	fake_put_u64(params + 0x1d8, system_table >> 32);
	fake_put_u64(params + 0x210, 0x21);
	fake_put_u64(params + 0x218, initrd_bytes << 32 | (initrd & 0xffffffff));
	fake_put_u64(params + 0x0c0, initrd >> 32 | initrd_bytes >> 32 << 32);
	fake_put_u64(initrd, 0x3130373037303030);
}

static void boot_step(struct fake_step *s)
{
	switch (n_steps) {
	case 1:
		if (initrd_bytes)
			put_params();
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

static struct firmware *firmware;

static int run(int way, struct firmware_config config, struct report *report, struct why *why)
{
	const struct inside_events events = { &fake, on_start, on_stop };

	memset(&fake, 0, sizeof(fake));
	memset(report, 0, sizeof(*report));
	fake.next = next;
	how = way;
	n_steps = n_starts = n_stopped = 0;
	return inside_image(&config, &events, report, &firmware, why);
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
	struct report report;
	struct why why;

	require(run(LEAVE, config_of(&image), &report, &why) == 0);
	check(report.end == FIRMWARE_EXITED && report.status == (7 | UINT64_C(1) << 63));
	check(report.entry == fake.base + TINY_TEXT_RVA && !report.frozen && !report.why.text[0]);
	check(n_starts == 1 && n_stopped == 1 && !open_at_stop);
	firmware_free(firmware);
}

/* What the trace explains comes when the terminal is the caller's again. */
static void test_explained_last(void)
{
	const struct tiny_pe image = tiny_new(NULL, 0);
	struct firmware_config config = config_of(&image);
	struct report report;
	struct why why;
	char *text;
	size_t n;

	config.trace = trace = open_memstream(&text, &n);
	require(run(LEAVE, config, &report, &why) == 0);
	check(ftell(trace) > traced_at_stop);
	firmware_free(firmware);
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

static void test_boots(void)
{
	const struct tiny_pe image = tiny_new(NULL, 0);
	struct report report;
	struct frozen f;
	struct why why;

	require(run(BOOT, config_of(&image), &report, &why) == 0);
	require(report.end == FIRMWARE_BOOT && report.frozen && n_steps == 2);
	check(machine_pc(&report.regs) == fake.base + TINY_TEXT_RVA + FAKE_RETURN_ADDRESS &&
	      !unit_result(&report.regs));
	firmware_frozen(firmware, &f);
	check(unit_fpu_is_marked(&report.fpu) && f.resume.end - f.resume.start == 0x3000);
	check(is_in(report.pages, report.n_pages, machine_pc(&report.regs)) &&
	      !is_in(report.pages, report.n_pages, f.resume.start));
	/* the image's code lies where it was entered */
	check(!memcmp(f.ram->host + report.entry, image.p + TINY_TEXT_DATA, 3));
	check(report.options && !strcmp(report.options, "quiet"));
	check(report.initrd_error == 0 && report.initrd.end == 0);
	firmware_free(firmware);
}

static void test_initrd_in_params(void)
{
	const struct tiny_pe image = tiny_new(NULL, 0);
	struct report report;
	struct why why;

	initrd_bytes = 8;
	require(run(BOOT, config_of(&image), &report, &why) == 0);
	if (UNIT_HAS_BOOT_PARAMS)
		check(report.initrd_error == 0 && report.initrd.start == fake_data(INITRD_AT) &&
		      report.initrd.end == fake_data(INITRD_AT) + 8);
	else
		check(report.initrd_error == 0 && report.initrd.end == 0);
	firmware_free(firmware);
	/* not all of it is there */
	initrd_bytes = UINT64_C(1) << 40;
	require(run(BOOT, config_of(&image), &report, &why) == 0);
	if (UNIT_HAS_BOOT_PARAMS)
		check_msg(report.initrd_error == -EBADMSG &&
				  strstr(report.initrd_why.text, "lies outside its memory"),
			  "%d %s", report.initrd_error, report.initrd_why.text);
	else
		check(report.initrd_error == 0 && report.initrd.end == 0);
	firmware_free(firmware);
	initrd_bytes = 0;
}

static void test_violation(void)
{
	const struct tiny_pe image = tiny_new(NULL, 0);
	struct report report;
	struct why why;

	require(run(FAULT, config_of(&image), &report, &why) == 0);
	check(report.end == FIRMWARE_VIOLATION && strstr(report.why.text, "a fault at"));
	check(n_stopped == 1);
	firmware_free(firmware);
}

/* It is we who fail: nothing is left open. */
static void test_broken(void)
{
	struct tiny_pe image = tiny_new(NULL, 0);
	struct report report;
	struct why why = { "" };

	check(run(BREAK, config_of(&image), &report, &why) == -EIO);
	check(!strcmp(why.text, "the machine broke"));
	check(n_starts == 1 && n_stopped == 1 && !fake.is_open);
	tiny_put16(&image, TINY_MAGIC, 0);
	check(run(LEAVE, config_of(&image), &report, &why) == -ENOEXEC);
	check(why.text[0] && n_starts == 0 && n_stopped == 0);
}

static void test_unheard(void)
{
	const struct tiny_pe image = tiny_new(NULL, 0);
	const struct firmware_config config = config_of(&image);
	const struct inside_events none = { 0 };
	struct report report = { 0 };
	struct why why;

	memset(&fake, 0, sizeof(fake));
	fake.next = next;
	how = LEAVE;
	require(inside_image(&config, &none, &report, &firmware, &why) == 0);
	firmware_free(firmware);
}

int main(void)
{
	test_leaves();
	test_explained_last();
	test_boots();
	test_initrd_in_params();
	test_violation();
	test_broken();
	test_unheard();
	return tap_done();
}
