// SPDX-License-Identifier: MIT
/* What a boot menu's files are, said by a process that they may have taken over. */
#include "boot/menu_look.h"
#include "menu/menu.h"
#include "menu/packed.h"
#include "tap.h"
#include "tiny_pe.h"

#include <errno.h>
#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

/* In the place of what looks into a file: set before the process is made that does so. */
static void (*spoil)(struct menu_packed *packed);
static void (*spoil_conf)(struct menu *menu);
static pid_t keeper;

int __real_menu_entry_parse(struct bytes text, struct menu_entry *entry, struct why *why);
int __wrap_menu_entry_parse(struct bytes text, struct menu_entry *entry, struct why *why);
int __real_menu_entry_unified(const struct menu_unified *unified, struct menu_entry *entry,
			      struct why *why);
int __wrap_menu_entry_unified(const struct menu_unified *unified, struct menu_entry *entry,
			      struct why *why);
int __real_menu_take_conf(struct menu *menu, struct bytes text, struct why *why);
int __wrap_menu_take_conf(struct menu *menu, struct bytes text, struct why *why);
void __real_menu_pack(const struct menu_entry *entry, struct menu_packed *packed);
void __wrap_menu_pack(const struct menu_entry *entry, struct menu_packed *packed);

static void not_here(void)
{
	if (getpid() == keeper)
		abort();
}

int __wrap_menu_entry_parse(struct bytes text, struct menu_entry *entry, struct why *why)
{
	not_here();
	return __real_menu_entry_parse(text, entry, why);
}

int __wrap_menu_entry_unified(const struct menu_unified *unified, struct menu_entry *entry,
			      struct why *why)
{
	not_here();
	return __real_menu_entry_unified(unified, entry, why);
}

int __wrap_menu_take_conf(struct menu *menu, struct bytes text, struct why *why)
{
	const int r = __real_menu_take_conf(menu, text, why);

	not_here();
	if (spoil_conf)
		spoil_conf(menu);
	return r;
}

void __wrap_menu_pack(const struct menu_entry *entry, struct menu_packed *packed)
{
	not_here();
	__real_menu_pack(entry, packed);
	if (spoil)
		spoil(packed);
}

static struct bytes text_of(const char *text)
{
	return (struct bytes){ (const uint8_t *)text, strlen(text) };
}

static void test_good(const struct tiny_pe *pe)
{
	struct menu_entry e;
	struct why why = { "" };
	char *pattern = NULL;
	unsigned count = 77;

	require(look_entry("a+2.conf", text_of("title T\nlinux k\n"), &e, &why) == 0);
	check(!strcmp(e.id, "a.conf") && e.tries_left == 2 && !strcmp(e.kernel, "/k"));
	menu_entry_free(&e);
	check(look_entry("a b.conf", text_of("linux k\n"), &e, &why) < 0 &&
	      strstr(why.text, "no file of this name"));
	check(look_entry("a.conf", (struct bytes){ (const uint8_t *)"a\0", 2 }, &e, &why) < 0 &&
	      strstr(why.text, "line 1: contains a NUL"));
	require(look_unified("u.efi", (struct bytes){ pe->p, TINY_BYTES }, 0, &e, &count, &why) ==
		0);
	check(!strcmp(e.id, "u.efi") && !strcmp(e.title, "os") && count == 0);
	menu_entry_free(&e);
	check(look_unified("u.txt", (struct bytes){ pe->p, TINY_BYTES }, 0, &e, &count, &why) < 0);
	check(look_unified("u.efi", (struct bytes){ pe->p, 10 }, 0, &e, &count, &why) < 0);
	require(look_conf(text_of("timeout 3\ndefault d*\n"), &pattern, &why) == 0);
	check(pattern && !strcmp(pattern, "d*"));
	free(pattern);
	check(look_conf(text_of("timeout 3\n"), &pattern, &why) == 0 && !pattern);
	check(look_conf((struct bytes){ (const uint8_t *)"\0", 1 }, &pattern, &why) < 0 &&
	      strstr(why.text, "line 1: contains a NUL"));
}

static void crash(struct menu_packed *packed)
{
	__asm__ volatile("" ::"r"(packed));
	__builtin_trap();
}

static void leave(struct menu_packed *packed)
{
	_exit(packed->n_bytes[0] ? 0 : 1);
}

static void signals(struct menu_packed *packed)
{
	kill(getppid(), packed->n_bytes[0] ? SIGKILL : 0);
}

static void without_id(struct menu_packed *packed)
{
	packed->n_bytes[0] = 0;
}

static void too_long(struct menu_packed *packed)
{
	packed->n_bytes[1] = UINT32_MAX;
}

static const struct {
	const char *name;
	void (*spoil)(struct menu_packed *packed);
} rows[] = {
	{ "a crash", crash },
	{ "an end without an answer", leave },
	{ "a signal to who asks", signals },
	{ "no id", without_id },
	{ "a text of 4 GiB", too_long },
};

/* An image whose process names a program that is not the image. */
static void other_program(struct menu_packed *packed)
{
	struct menu_entry e = { .id = (char *)"u.efi",
				.kernel = (char *)"/other",
				.tries_left = -1,
				.tries_done = -1 };

	memset(packed, 0, sizeof(*packed));
	__real_menu_pack(&e, packed);
}

static void test_hostile(const struct tiny_pe *pe)
{
	const struct bytes image = { pe->p, TINY_BYTES };
	struct menu_entry e = { .n_initrds = 77 };
	unsigned count = 77;
	struct why why;

	for (unsigned i = 0; i < ARRAY_SIZE(rows); i++) {
		spoil = rows[i].spoil;
		why = (struct why){ "" };
		check_msg(look_entry("a.conf", text_of("title T\n"), &e, &why) < 0 && why.text[0] &&
				  look_unified("u.efi", image, 0, &e, &count, &why) < 0 &&
				  e.n_initrds == 77 && count == 77,
			  "%s: %s", rows[i].name, why.text);
		check(waitpid(-1, NULL, WNOHANG) < 0 && errno == ECHILD);
	}
	spoil = other_program;
	check(look_unified("u.efi", image, 0, &e, &count, &why) == -EBADMSG && e.n_initrds == 77);
	spoil = NULL;
}

static void pattern_without_end(struct menu *menu)
{
	menu->pattern = malloc(MENU_LINE_BYTES + 2);
	if (!menu->pattern)
		abort();
	memset(menu->pattern, 'a', MENU_LINE_BYTES + 1);
	menu->pattern[MENU_LINE_BYTES + 1] = '\0'; /* its end does not fit */
}

static void test_hostile_conf(void)
{
	char *pattern = (char *)"before";
	struct why why = { "" };

	spoil_conf = pattern_without_end;
	check_msg(look_conf(text_of("default a\n"), &pattern, &why) < 0 && why.text[0] &&
			  !strcmp(pattern, "before"),
		  "a pattern without end: %s", why.text);
	spoil_conf = NULL;
}

int main(void)
{
	struct tiny_pe pe = tiny_new(NULL, 0);

	keeper = getpid();
	memset(pe.p + tiny_section(0, 0), 0, 8);
	memcpy(pe.p + tiny_section(0, 0), ".osrel", 6);
	memset(pe.p + TINY_TEXT_DATA, 0, TINY_TEXT_BYTES);
	memcpy(pe.p + TINY_TEXT_DATA, "ID=os\n", 6);
	test_good(&pe);
	test_hostile(&pe);
	test_hostile_conf();
	return tap_done();
}
