// SPDX-License-Identifier: MIT
#include "base/fd.h"
#include "pe/certificates.h"
#include "tool/inspect.h"
#include "tool/tool.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <openssl/evp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>

static void odd(struct inspection *in, const char *fmt, ...) __attribute__((format(printf, 2, 3)));

static void odd(struct inspection *in, const char *fmt, ...)
{
	va_list ap;

	if (in->n_odd == MAX_ODD)
		return;
	va_start(ap, fmt);
	vsnprintf(in->odd[in->n_odd++], sizeof(in->odd[0]), fmt, ap);
	va_end(ap);
}

static bool hash(struct bytes data, char out[static SHA256_TEXT])
{
	unsigned char digest[EVP_MAX_MD_SIZE];
	unsigned n;

	if (!EVP_Digest(data.p, data.n, digest, &n, EVP_sha256(), NULL) || n != 32)
		return false;
	for (unsigned i = 0; i < n; i++)
		sprintf(out + 2 * i, "%02x", digest[i]);
	return true;
}

/* How many sections of that name stand before number i. */
static unsigned same_before(const struct inspection *in, unsigned i)
{
	unsigned n = 0;

	for (unsigned k = 0; k < i; k++)
		n += !strcmp(in->section[k].name, in->section[i].name);
	return n;
}

/* A name may come again behind a .profile, which begins a set of its own. */
static bool in_profile(const struct inspection *in, unsigned i)
{
	while (i-- > 0)
		if (!strcmp(in->section[i].name, ".profile"))
			return true;
	return false;
}

static void look_at_section(struct inspection *in, unsigned i)
{
	const struct pe_section *s = &in->section[i];

	if (s->permissions & PE_WRITE && s->permissions & PE_EXECUTE)
		odd(in, "section %s is writable and executable", s->name);
	if (same_before(in, i) && strcmp(s->name, ".profile") && !in_profile(in, i) &&
	    strcmp(s->name, ".dtbauto"))
		odd(in, "section %s is there more than once", s->name);
	if (s->rva % in->pe.alignment)
		odd(in, "section %s is not aligned to %u", s->name, in->pe.alignment);
}

static void look_at_file(struct inspection *in)
{
	uint64_t end = in->pe.header_size, certificates = in->pe.certificates.rva;
	uint32_t entry;

	for (unsigned i = 0; i < in->n_sections; i++)
		if (in->section[i].data.n)
			end = max_u64(end, (uint64_t)(in->section[i].data.p - in->pe.file.p) +
						   in->section[i].data.n);
	if (!in->pe.certificates.size)
		certificates = in->pe.file.n;
	if (certificates > align_up(end, 512))
		odd(in, "%ju bytes behind the last section belong to nothing",
		    (uintmax_t)(certificates - end));
	if (!in->pe.nx_compat)
		odd(in, "does not say NX_COMPAT: all of it is mapped writable and executable");
	if (in->pe.machine != PE_MACHINE_X86_64)
		odd(in, "is for another machine (%#x)", in->pe.machine);
	if (pe_image_entry(&in->pe, &entry, NULL) < 0)
		odd(in, "has no entry point: it is an addon or cannot be started");
}

static void look_at_signatures(struct inspection *in)
{
	struct pe_certificate c;
	uint32_t at = 0;
	int r;

	while ((r = pe_certificate_next(&in->pe, &at, &c)) > 0) {
		in->n_signatures += c.type == PE_CERTIFICATE_PKCS7;
		in->signature_bytes += c.data.n;
		if (c.type != PE_CERTIFICATE_PKCS7)
			odd(in, "a certificate of type %u, which nobody verifies", c.type);
	}
	if (r < 0)
		odd(in, "its certificate table is damaged");
}

static int look(struct inspection *in, struct why *why)
{
	if (in->pe.n_sections > MAX_SECTIONS)
		return why_set(why, -E2BIG, "has %u sections", in->pe.n_sections);
	in->n_sections = in->pe.n_sections;
	for (unsigned i = 0; i < in->n_sections; i++) {
		in->section[i] = pe_image_section(&in->pe, i);
		if (!hash(in->section[i].data, in->sha256[i]))
			return why_set(why, -EIO, "SHA-256 does not work");
		look_at_section(in, i);
	}
	if (!hash(in->pe.file, in->file_sha256))
		return why_set(why, -EIO, "SHA-256 does not work");
	in->stub = uki_stub_version(&in->pe);
	look_at_file(in);
	look_at_signatures(in);
	return 0;
}

static bool ends_in(const char *text, const char *end)
{
	const size_t n = strlen(text), n_end = strlen(end);

	return n > n_end && !strcasecmp(text + n - n_end, end);
}

/* Files of a folder that end so, in the order the stub takes them. */
static void list_sidecars(struct inspection *in, const char *root, const char *folder,
			  const char *end)
{
	char path[2 * PATH_MAX];
	struct dirent **entry;
	int n;

	snprintf(path, sizeof(path), "%s%s", root, folder);
	n = scandir(path, &entry, NULL, alphasort);
	for (int i = 0; i < n; i++) {
		if (ends_in(entry[i]->d_name, end) && in->n_sidecars < MAX_SIDECARS_SHOWN &&
		    asprintf(&in->sidecar[in->n_sidecars], "%s/%s", folder, entry[i]->d_name) > 0)
			in->n_sidecars++;
		free(entry[i]);
	}
	if (n >= 0)
		free(entry);
}

/* Addons are for stubs from 254 on, extensions for everybody from 262 on. */
static void find_sidecars(struct inspection *in, const struct esp *esp, const char *root)
{
	char own[PATH_MAX];

	if (!in->stub)
		return;
	snprintf(own, sizeof(own), "%s.extra.d", esp->image_path);
	if (in->stub >= 254) {
		list_sidecars(in, root, "/loader/addons", ".addon.efi");
		list_sidecars(in, root, own, ".addon.efi");
	}
	list_sidecars(in, root, own, ".cred");
	list_sidecars(in, root, "/loader/credentials", ".cred");
	list_sidecars(in, root, own, ".raw");
	if (in->stub >= 262)
		list_sidecars(in, root, "/loader/extensions", ".raw");
}

static int inspect(struct inspection *in, struct why *why)
{
	scoped_fd fd = open(in->path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
	const struct esp_options none = { 0 };
	struct esp esp = { .tree.fd = -1 };
	char root[PATH_MAX];
	struct stat st;
	struct bytes file;
	int r;

	if (fd < 0 || fstat(fd, &st) < 0)
		return why_errno(why, -errno, "cannot be opened");
	if (!S_ISREG(st.st_mode) || st.st_size == 0)
		return why_set(why, -EINVAL, "is not a regular file with something in it");
	file = (struct bytes){ mmap(NULL, (size_t)st.st_size, PROT_READ, MAP_PRIVATE, fd, 0),
			       (size_t)st.st_size };
	if (file.p == MAP_FAILED)
		return why_errno(why, -errno, "cannot be read");
	r = pe_image_parse(file, PE_MACHINE_X86_64, UINT64_MAX, &in->pe, why);
	if (r < 0 && pe_image_parse(file, PE_MACHINE_ARM64, UINT64_MAX, &in->pe, NULL) == 0)
		r = 0;
	if (r == 0)
		r = look(in, why);
	if (r == 0 && esp_folder(in->path, root, NULL) == 0 &&
	    esp_open(in->path, &none, &esp, NULL) == 0)
		find_sidecars(in, &esp, root[1] ? root : "");
	esp_close(&esp);
	return r; /* the file stays mapped: what is shown lies in it */
}

static int parse(int argc, char **argv, const char **ret_path, bool *ret_json)
{
	const char *path = NULL;

	for (int i = 1; i < argc; i++) {
		if (!strcmp(argv[i], "--json"))
			*ret_json = true;
		else if (argv[i][0] == '-')
			return usage_error(&verb_inspect, "unknown option %s", argv[i]);
		else if (path)
			return usage_error(&verb_inspect, "more than one IMAGE");
		else
			path = argv[i];
	}
	if (!path)
		return usage_error(&verb_inspect, "no IMAGE given");
	*ret_path = path;
	return EXIT_DONE;
}

static int cmd_inspect(int argc, char **argv)
{
	struct inspection *in;
	bool json = false;
	struct why why;
	int r;

	if (argc == 2 && !strcmp(argv[1], "--help")) {
		printf("usage: bardo %s %s\n\n%s.\n\n%s", verb_inspect.name, verb_inspect.usage,
		       verb_inspect.about, verb_inspect.help);
		return EXIT_DONE;
	}
	in = calloc(1, sizeof(*in));
	if (!in)
		return fail("%s", strerror(ENOMEM));
	r = parse(argc, argv, &in->path, &json);
	if (r == EXIT_DONE && in->path && inspect(in, &why) < 0)
		r = fail("%s: %s", in->path, why.text);
	if (r == EXIT_DONE)
		(json ? inspection_print_json : inspection_print)(in);
	for (unsigned i = 0; i < in->n_sidecars; i++)
		free(in->sidecar[i]);
	free(in);
	return r;
}

const struct verb verb_inspect = {
	"inspect",
	"[--json] IMAGE",
	"Show what an EFI image is made of",
	cmd_inspect,
	"  --json           for programs\n"
	"  --help           this text\n",
};
