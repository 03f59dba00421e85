// SPDX-License-Identifier: MIT
/* A boot menu out of made-up partitions and variables. */
#include "boot/menu.h"
#include "tiny_pe.h"
#include "tree.h"

#include <errno.h>

#define VARIABLES "/sys/firmware/efi/efivars/"
#define LOADER "-4a67b082-0a4c-41cf-b6c7-440b29bb8c4f"

static struct tree t;
static struct menu menu;
static struct why why;

/* An image with an os-release and a command line. */
static void put_image(const char *path, const char *osrel, const char *cmdline, uint16_t machine)
{
	struct tiny_pe pe = tiny_new(NULL, 0);

	tiny_put16(&pe, TINY_MACHINE, machine);
	memset(pe.p + tiny_section(0, 0), 0, 8);
	memcpy(pe.p + tiny_section(0, 0), ".osrel", 6);
	memset(pe.p + TINY_TEXT_DATA, 0, TINY_TEXT_BYTES);
	memcpy(pe.p + TINY_TEXT_DATA, osrel, strlen(osrel));
	memcpy(pe.p + tiny_section(1, 0), ".cmdline", 8);
	memset(pe.p + TINY_DATA_DATA, 0, 0x80);
	memcpy(pe.p + TINY_DATA_DATA, cmdline, strlen(cmdline));
	tree_put_bytes(&t, path, pe.p, TINY_BYTES);
}

static int read_menu(const char *esp, const char *xbootldr)
{
	struct menu_places places = { 0 };

	menu_free(&menu);
	why.text[0] = '\0';
	if (esp)
		snprintf(places.esp, sizeof(places.esp), "%s%s", t.root, esp);
	if (xbootldr)
		snprintf(places.xbootldr, sizeof(places.xbootldr), "%s%s", t.root, xbootldr);
	return menu_read(t.root, &places, &menu, &why);
}

static void check_entry(unsigned i, const char *id, const char *source, bool absent,
			const char *why_not)
{
	const struct menu_entry *e = &menu.entry[i];
	char full[512];

	if (!check_msg(i < menu.n, "there is an entry %u, %s", i, id))
		return;
	snprintf(full, sizeof(full), "%s%s", t.root, source);
	check_msg(
		!strcmp(e->id, id) && !strcmp(e->source, full) && e->absent == absent &&
			(why_not ? strstr(e->why_not.text, why_not) != NULL : !e->why_not.text[0]),
		"%u: %s %s %s", i, e->id, e->source, e->why_not.text);
}

static void check_problem(unsigned i, const char *file, const char *text)
{
	check_msg(i < menu.n_problems && strstr(menu.problem[i].text, file) &&
			  strstr(menu.problem[i].text, text),
		  "%s: %s", file, i < menu.n_problems ? menu.problem[i].text : "nothing");
}

static void test_none(void)
{
	check(read_menu(NULL, NULL) == 0 && menu.n == 0);
	check(read_menu("/esp", NULL) == -ENOENT && strstr(why.text, "/esp: "));
	tree_put(&t, "/esp/file", "");
	check(read_menu("/esp", NULL) == 0 && menu.n == 0 && menu.n_problems == 0);
	check(read_menu("/esp", "/nowhere") == -ENOENT && strstr(why.text, "/nowhere: "));
}

static void test_both_partitions(void)
{
	tree_put(&t, "/esp/loader/loader.conf", "default b*\n");
	tree_put(&t, "/esp/loader/entries/a.conf", "title A\nlinux /kernel\ninitrd /initrd\n");
	tree_put(&t, "/esp/loader/entries/README", "no entry");
	tree_put(&t, "/esp/loader/entries/.hidden.conf", "linux /kernel\n");
	tree_put(&t, "/esp/kernel", "k");
	tree_put(&t, "/esp/initrd", "i");
	tree_put(&t, "/xb/loader/entries/b+3-1.conf", "title B\nefi /program\n");
	tree_put(&t, "/xb/loader/entries/c.conf", "linux /kernel\n");
	tree_put(&t, "/xb/loader/entries/d.conf", "linux /program\ninitrd /gone\n");
	tree_put(&t, "/xb/loader/entries/e.conf", "linux /program\narchitecture ia32\n");
	tree_put(&t, "/xb/loader/entries/f.conf", "linux /EFI\n");
	tree_put(&t, "/xb/loader/entries/g.conf", "linux /program\ninitrd /EFI\n");
	tree_put(&t, "/xb/program", "p");
	put_image("/xb/EFI/Linux/u.efi", "ID=os\nVERSION_ID=1\n", "quiet", PE_MACHINE_OURS);
	require(read_menu("/esp", "/xb") == 0);
	check(menu.n == 8 && menu.n_problems == 0);
	check_entry(0, "u.efi", "/xb/EFI/Linux/u.efi", false, NULL);
	check_entry(1, "g.conf", "/xb/loader/entries/g.conf", false, "/EFI: is not a regular file");
	check_entry(2, "f.conf", "/xb/loader/entries/f.conf", true, "/EFI: is not a regular file");
	check_entry(3, "e.conf", "/xb/loader/entries/e.conf", true, "architecture ia32");
	check_entry(4, "d.conf", "/xb/loader/entries/d.conf", false, "/gone: No such file");
	check_entry(5, "c.conf", "/xb/loader/entries/c.conf", true, "/kernel: No such file");
	check_entry(6, "b.conf", "/xb/loader/entries/b+3-1.conf", false, NULL);
	check_entry(7, "a.conf", "/esp/loader/entries/a.conf", false, NULL);
	check(menu.entry[6].tries_left == 3 && menu.entry[6].tries_done == 1);
	check(!strcmp(menu.entry[0].title, "os") && !strcmp(menu.entry[0].options, "quiet") &&
	      !strcmp(menu.entry[0].kernel, "/EFI/Linux/u.efi"));
	check(!strcmp(menu.pattern, "b*"));
}

static void test_variables(void)
{
	enum menu_choice by;

	tree_put_bytes(&t, VARIABLES "LoaderEntryOneShot" LOADER, "\7\0\0\0a\0*\0\0\0", 10);
	tree_put_bytes(&t, VARIABLES "LoaderEntrySelected" LOADER, "\6\0\0\0u\0.\0*\0", 10);
	tree_put_bytes(&t, VARIABLES "LoaderEntries" LOADER, "\6\0\0\0a\0u\0t\0o\0-\0x\0\0\0", 18);
	/* of another vendor */
	tree_put_bytes(&t, VARIABLES "LoaderEntryDefault-8be4df61-93ca-11d2-aa0d-00e098032b8c",
		       "\7\0\0\0u\0*\0\0\0", 10);
	require(read_menu("/esp", "/xb") == 0);
	check(menu.n == 9 && menu.entry[8].type == MENU_AUTO && menu.entry[8].why_not.text[0]);
	check(menu_default(&menu, &by) == menu_find(&menu, "a") && by == MENU_BY_ONE_SHOT);
	check(!menu.pointers.chosen && menu_selected(&menu) == menu_find(&menu, "u.efi"));
	tree_put_bytes(&t, VARIABLES "LoaderEntries" LOADER, NULL, 0);
}

/* Files that are wrong are told of, one line each; the others stay. */
static void test_problems(void)
{
	static char large[MENU_FILE_BYTES + 1];

	memset(large, '\n', sizeof(large));
	tree_put_bytes(&t, "/bad/loader/entries/large.conf", large, sizeof(large));
	tree_put(&t, "/bad/loader/loader.conf", "default \x01\n");
	tree_put(&t, "/bad/loader/entries/good.conf", "linux /k\n");
	tree_put(&t, "/bad/k", "k");
	require(read_menu("/bad", NULL) == 0 && menu.n == 1 && menu.n_problems == 1);
	check_problem(0, "large.conf", "65537 bytes, more than");
	tree_remove(&t, "/bad/loader/entries/large.conf");
	tree_put(&t, "/bad/loader/entries/b c.conf", "linux /k\n");
	require(read_menu("/bad", NULL) == 0 && menu.n == 1 && menu.n_problems == 1);
	check_problem(0, "b c.conf", "no file of this name");
	tree_remove(&t, "/bad/loader/entries/b c.conf");
	tree_link(&t, "/bad/loader/entries/link.conf", "/etc/passwd");
	require(read_menu("/bad", NULL) == 0 && menu.n == 1 && menu.n_problems == 1);
	check_problem(0, "link.conf", "symbolic");
	tree_remove(&t, "/bad/loader/entries/link.conf");
	tree_put(&t, "/bad/loader/entries/folder.conf/x", "");
	require(read_menu("/bad", NULL) == 0 && menu.n == 1 && menu.n_problems == 1);
	check_problem(0, "folder.conf", "is not a regular file");
	tree_remove(&t, "/bad/loader/entries/folder.conf/x");
	tree_remove(&t, "/bad/loader/entries/folder.conf");
	require(mkfifo(tree_path(&t, "/bad/loader/entries/pipe.conf"), 0600) == 0);
	require(read_menu("/bad", NULL) == 0 && menu.n == 1 && menu.n_problems == 1);
	check_problem(0, "pipe.conf", "is not a regular file");
	tree_remove(&t, "/bad/loader/entries/pipe.conf");
	tree_put_bytes(&t, "/bad/loader/loader.conf", "a\0b", 3);
	require(read_menu("/bad", NULL) == 0 && menu.n == 1 && menu.n_problems == 1);
	check_problem(0, "loader.conf", "line 1: contains a NUL");
	tree_remove(&t, "/bad/loader/loader.conf");
}

static void test_images(void)
{
	put_image("/bad/EFI/Linux/other.efi", "ID=os\n", "", UNIT_OTHER_PE);
	require(read_menu("/bad", NULL) == 0 && menu.n == 1 && menu.n_problems == 1);
	check_problem(0, "other.efi", "");
	tree_remove(&t, "/bad/EFI/Linux/other.efi");
	tree_put(&t, "/bad/EFI/Linux/text.efi", "no image");
	require(read_menu("/bad", NULL) == 0 && menu.n == 1 && menu.n_problems == 1);
	check_problem(0, "text.efi", "");
	tree_put(&t, "/bad/EFI/Linux/text.efi", "");
	require(read_menu("/bad", NULL) == 0 && menu.n == 1 && menu.n_problems == 1);
	check_problem(0, "text.efi", "is empty");
	tree_remove(&t, "/bad/EFI/Linux/text.efi");
	put_image("/bad/EFI/Linux/noname.efi", "VERSION_ID=1\n", "", PE_MACHINE_OURS);
	require(read_menu("/bad", NULL) == 0 && menu.n == 1 && menu.n_problems == 1);
	check_problem(0, "noname.efi", "has no name");
}

int main(void)
{
	t = tree_new();
	test_none();
	test_both_partitions();
	test_variables();
	test_problems();
	test_images();
	menu_free(&menu);
	tree_drop(&t);
	return tap_done();
}
