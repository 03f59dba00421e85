// SPDX-License-Identifier: MIT
/* What a machine trusts, by folders of made-up files. */
#include "tree.h"
#include "trust/machine/machine.h"

#define EFI "/sys/firmware/efi"
#define DATABASE "-d719b2cb-3d3a-4596-a3bc-dad00e67656f"
#define SHIM "-605dab50-e046-4300-abb6-3dd810dd8b23"
#define VARIABLE EFI "/efivars/"
#define COPY EFI "/mok-variables/"

static struct machine_trust m;

/* "+db:text -dbx:text ...", + for what allows */
static const char *lists(const struct tree *t)
{
	static char text[1024];
	size_t at = 0;

	machine_trust_read(t->root, &m);
	text[0] = 0;
	for (unsigned i = 0; i < m.n_lists; i++)
		at += (size_t)snprintf(text + at, sizeof(text) - at, "%s%c%s:%.*s", i ? " " : "",
				       m.list[i].denies ? '-' : '+', m.list[i].name,
				       (int)m.list[i].data.n, (const char *)m.list[i].data.p);
	return text;
}

static bool are(const struct tree *t, const char *wanted, const char *refusal)
{
	const char *got = lists(t);
	const bool ok = !strcmp(got, wanted) &&
			(*refusal ? strstr(m.refusal.text, refusal) != NULL : !m.refusal.text[0]);

	if (!ok)
		printf("# \"%s\", refusal \"%s\"\n", got, m.refusal.text);
	machine_trust_free(&m);
	return ok;
}

static void test_firmware(void)
{
	struct tree t = tree_new();

	/* without EFI there is no dbx to know */
	check(are(&t, "", ""));
	tree_put(&t, EFI "/fw_platform_size", "64");
	check(are(&t, "", "dbx cannot be read: there are no variables in"));
	tree_put(&t, VARIABLE "BootOrder" DATABASE, "\7\0\0\0");
	check(are(&t, "", ""));
	tree_put_bytes(&t, VARIABLE "db" DATABASE, "\7\0\0\0one", 7);
	tree_put_bytes(&t, VARIABLE "dbx" DATABASE, "\7\0\0\0two", 7);
	check(are(&t, "-dbx:two +db:one", ""));
	/* one that is cut off is not one that is empty */
	tree_put_bytes(&t, VARIABLE "dbx" DATABASE, "\7\0\0", 3);
	check(are(&t, "+db:one", "dbx cannot be read"));
	tree_remove(&t, VARIABLE "dbx" DATABASE);
	tree_put(&t, VARIABLE "dbx" DATABASE "/x", "a folder, which cannot be read");
	check(are(&t, "+db:one", "dbx cannot be read"));
	tree_drop(&t);
}

static void test_shim(void)
{
	struct tree t = tree_new();

	tree_put_bytes(&t, VARIABLE "db" DATABASE, "\7\0\0\0one", 7);
	tree_put_bytes(&t, VARIABLE "MokListRT" SHIM, "\6\0\0\0mok", 7);
	tree_put_bytes(&t, VARIABLE "MokListXRT" SHIM, "\6\0\0\0mokx", 8);
	tree_put_bytes(&t, VARIABLE "SbatLevelRT" SHIM, "\6\0\0\0sbat,1\n", 11);
	check(are(&t, "-MokListXRT:mokx +db:one", ""));
	tree_put_bytes(&t, VARIABLE "MokListTrustedRT" SHIM, "\6\0\0\0\0", 5);
	check(are(&t, "-MokListXRT:mokx +db:one", ""));
	tree_put_bytes(&t, VARIABLE "MokListTrustedRT" SHIM, "\6\0\0\0\1", 5);
	check(are(&t, "-MokListXRT:mokx +db:one +MokListRT:mok", ""));
	lists(&t);
	check(m.sbat_level.n == 7 && !memcmp(m.sbat_level.p, "sbat,1\n", 7));
	machine_trust_free(&m);
	/* its copy is preferred, and of what denies both count */
	tree_put(&t, COPY "db", "copied");
	tree_put(&t, COPY "dbx", "copied");
	tree_put(&t, COPY "MokListXRT", "copied");
	check(are(&t, "-dbx:copied -MokListXRT:copied -MokListXRT:mokx +db:copied +MokListRT:mok",
		  ""));
	tree_put(&t, COPY "MokIgnoreDB", "\1");
	check(are(&t, "-dbx:copied -MokListXRT:copied -MokListXRT:mokx +MokListRT:mok", ""));
	tree_drop(&t);
	/* the copy is enough where efivarfs is not mounted */
	t = tree_new();
	tree_put(&t, COPY "db", "copied");
	tree_put(&t, COPY "dbx", "copied");
	tree_put(&t, COPY "MokListXRT", "copied");
	check(are(&t, "-dbx:copied -MokListXRT:copied +db:copied", ""));
	tree_drop(&t);
}

static void test_administrator(void)
{
	struct tree t = tree_new();

	tree_put(&t, "/proc/keys", "keys");
	tree_put(&t, "/etc/bardo/trust.d/b.pem", "b");
	tree_put(&t, "/etc/bardo/trust.d/a.der", "a");
	tree_put(&t, "/etc/bardo/trust.d/.hidden", "c");
	check(are(&t,
		  "-the kernel's blacklist:keys +/etc/bardo/trust.d/a.der:a "
		  "+/etc/bardo/trust.d/b.pem:b",
		  ""));
	tree_put(&t, "/etc/bardo/trust.d/folder/x", "not read");
	check(are(&t,
		  "-the kernel's blacklist:keys +/etc/bardo/trust.d/a.der:a "
		  "+/etc/bardo/trust.d/b.pem:b",
		  "/etc/bardo/trust.d/folder cannot be read"));
	tree_drop(&t);
}

int main(void)
{
	test_firmware();
	test_shim();
	test_administrator();
	return tap_done();
}
