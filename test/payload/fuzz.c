// SPDX-License-Identifier: MIT
/* The sequence of calls; load options: the seed, how many calls, "timers". See fuzz.h. */
#include "fuzz_rows.h"

enum { RING = 48, MAX_FORBIDDEN = 40, GATE_BYTES = 16, MAX_ARGS = 10 };

struct arena arena __attribute__((aligned(4096)));

static uint64_t state;
static struct {
	uint64_t value[RING];
	unsigned n;
} ring[N_KINDS];
static unsigned budget = 600, nested, total_weight;
static uint64_t first_gate, n_gates, forbidden[MAX_FORBIDDEN], own_start, own_end;
static unsigned n_forbidden;
static bool tame; /* for services that end the run where they cannot say no */
static const struct efi_guid *last_guid;
bool use_timers;

uint64_t any(uint64_t n)
{
	state ^= state << 13;
	state ^= state >> 7;
	state ^= state << 17;
	return n ? (state * UINT64_C(0x2545f4914f6cdd1d) >> 11) % n : state;
}

bool one_in(unsigned n)
{
	return any(n) == 0;
}

void remember(enum kind kind, uint64_t value)
{
	unsigned at = ring[kind].n < RING ? ring[kind].n++ : (unsigned)any(RING);

	ring[kind].value[at] = value;
}

static uint64_t wild(void)
{
	static const uint64_t values[] = { 0,
					   1,
					   8,
					   0xfff,
					   0x1000,
					   0x7fffffff,
					   0x80000000,
					   0xffffffff,
					   UINT64_C(1) << 40,
					   UINT64_C(0x7fffffffffff),
					   UINT64_C(1) << 63,
					   UINT64_MAX - 7,
					   UINT64_MAX };
	const unsigned n = sizeof(values) / sizeof(*values);
	const uint64_t i = any(n + 3);

	if (tame)
		return (uint64_t)arena.text[0];
	return i < n ? values[i] : i == n ? any(0) : i == n + 1 ? first_gate : (uint64_t)&arena;
}

/* One of the last of its kind; now and then of another. */
uint64_t recall(enum kind kind)
{
	if (one_in(60))
		return wild();
	if (one_in(9))
		kind = (enum kind)any(N_KINDS);
	return ring[kind].n ? ring[kind].value[any(ring[kind].n)] : 0;
}

/* Without these pages we would not get far. */
bool is_own(uint64_t addr, uint64_t n_bytes)
{
	const uint64_t stack = (entry_sp & ~UINT64_C(0xfff)) - (64 << 12);

	return (addr < own_end && addr + n_bytes > own_start) ||
	       (addr < stack + (66 << 12) && addr + n_bytes > stack);
}

bool can_read(uint64_t addr, uint64_t n_bytes)
{
	static uint32_t crc;

	return bs->calculate_crc32((void *)addr, n_bytes, &crc) == EFI_SUCCESS;
}

/* WaitForEvent looks at its arguments first, and only then where it was called. */
bool can_write(uint64_t addr)
{
	static event_t none;
	const tpl_t tpl = bs->raise_tpl(TPL_HIGH_LEVEL);
	const efi_status_t status = bs->wait_for_event(1, &none, (uint64_t *)addr);

	bs->restore_tpl(tpl);
	return status == EFI_UNSUPPORTED && !is_own(addr, 8);
}

static uint64_t size(void)
{
	switch (tame ? 5 : any(12)) {
	case 0:
		return wild();
	case 1:
	case 2:
		return any(BUFFER_BYTES / 4);
	case 3:
	case 4:
		return 8 * any(64);
	case 5:
		return 512 * any(9);
	default:
		return any(129);
	}
}

static uint64_t buffer(void)
{
	switch (tame ? 3 : any(30)) {
	case 0:
		return wild();
	case 1:
	case 2:
		return recall(KIND_POOL);
	case 4:
		return (uint64_t)&arena + any(sizeof(arena));
	default:
		return (uint64_t)arena.buffer + (any(BUFFER_BYTES / 2) & ~(one_in(4) ? 0u : 7u));
	}
}

/* What may be an interface of the protocol that was named last. */
static uint64_t some_interface(void)
{
	if (one_in(50))
		return one_in(2) ? buffer() : recall(KIND_INTERFACE);
	if (last_guid && guid_same(last_guid, &device_path_guid))
		return (uint64_t)arena.path[any(N_PATHS)];
	return one_in(60) ? 0 : (uint64_t)arena.interface[any(16)];
}

/* Cells that a call fills, and what is in them then. */
struct pending {
	unsigned n;
	struct {
		uint64_t *cell;
		enum kind kind;
	} item[MAX_ARGS];
};

static uint64_t *cell_with(uint64_t value)
{
	static unsigned next;
	uint64_t *cell = &arena.cell[next++ % (N_CELLS - 4)];

	*cell = value;
	return cell;
}

static uint64_t out(struct pending *p, enum kind kind, uint64_t value)
{
	uint64_t *cell = cell_with(value);

	p->item[p->n].cell = cell;
	p->item[p->n++].kind = kind;
	return (uint64_t)(one_in(60) ? (uint64_t *)wild() : cell);
}

static uint64_t flags(char letter)
{
	static const uint32_t event[] = { 0,	      0x100,	  0x200,      0x200,	  0x201,
					  0x60000202, 0x80000000, 0x80000200, 0x80000100, 0x300 };
	static const uint8_t variable[] = { 7, 7, 3, 2, 6, 0x47, 0x42, 0, 1, 0x27 };
	static const uint8_t tpl[] = { 8, 8, 16, 16, 4, 31 };
	static const uint64_t mode[] = {
		1, 1, 3, 3, 3 | UINT64_C(1) << 63, 3 | UINT64_C(1) << 63, 2
	};

	switch (letter) {
	case 'y':
		return event[any(sizeof(event) / sizeof(*event))];
	case 'v':
		return variable[any(sizeof(variable))];
	case 'q':
		return tpl[any(sizeof(tpl))];
	case 'l':
		return mode[any(sizeof(mode) / sizeof(*mode))];
	case 'j':
		return one_in(8) ? 48 : 1u << any(6);
	case 'u':
		return one_in(10) ? 0x80000000 + any(3) : any(15);
	default: /* 'w' */
		return one_in(2) ? 0x10 : any(64);
	}
}

static uint64_t number(char letter)
{
	switch (letter) {
	case '1':
		return any(2);
	case '2': /* a medium */
		return one_in(8) ? any(3) : 1;
	case '3':
		return any(4);
	case 'n':
		return !tame && one_in(16) ? wild() : any(9);
	case 'N':
		return one_in(20) ? wild() : 1 + any(8);
	case 'B':
		return one_in(4) ? wild() : any(1 << 17);
	case 'C':
		return 512 * any(9);
	case 'z':
		return size();
	default:
		return 0;
	}
}

/* Where something of ours lies. */
static uint64_t place(char letter)
{
	uint64_t *token = (uint64_t *)(arena.buffer + 8 * any(BUFFER_BYTES / 8 - 8));

	if (one_in(100))
		return wild();
	switch (letter) {
	case 'g':
		last_guid = &arena.guid[any(N_GUIDS)];
		return (uint64_t)last_guid;
	case 't':
		return (uint64_t)arena.text[any(N_TEXTS)];
	case 'a':
		return (uint64_t)arena.ascii[any(N_ASCII)];
	case 'd':
		return (uint64_t)arena.path[any(N_PATHS)];
	case 'D':
		return (uint64_t)cell_with((uint64_t)arena.path[any(N_PATHS)]);
	case 'Y':
		return (uint64_t)arena.key[any(N_KEYS)];
	case 'X':
		return (uint64_t)arena.list[any(N_LISTS)];
	case 'Z':
		return (uint64_t)cell_with(size());
	case 'T':
		token[0] = one_in(4) ? 0 : recall(KIND_EVENT);
		return (uint64_t)token;
	case 'G':
		for (unsigned i = 0; i < 3; i++)
			token[i] = recall(KIND_HANDLE);
		token[3] = 0;
		return one_in(2) ? 0 : (uint64_t)token;
	default: /* 'o' */
		return (uint64_t)cell_with(0);
	}
}

static bool is_in(char letter, const char *letters)
{
	while (*letters && *letters != letter)
		letters++;
	return *letters != 0;
}

static uint64_t argument(const struct row *row, char letter, struct pending *p)
{
	static const char of_kind[] = "hekrpP*fmI", out_of_kind[] = "HEKRLQJOMA";

	if (letter == 'V')
		return out(p, KIND_HANDLE, one_in(2) ? 0 : recall(KIND_HANDLE));
	for (unsigned i = 0; i < N_KINDS; i++) {
		if (letter == out_of_kind[i])
			return out(p, (enum kind)i,
				   letter == 'Q' && one_in(2) ? recall(KIND_PAGES) : 0);
		if (letter == of_kind[i])
			return recall((enum kind)i);
	}
	if (is_in(letter, "yvqljuw"))
		return flags(letter);
	if (is_in(letter, "0123nNBCz"))
		return number(letter);
	switch (letter) {
	case 'i':
		return row && row->interface && !one_in(5) ? row->interface : recall(KIND_INTERFACE);
	case 'b':
		return buffer();
	case 'c':
		return some_function();
	case 'x':
		return recall((enum kind)any(N_KINDS));
	case 's':
		return some_interface();
	default:
		return place(letter);
	}
}

static uint64_t call_gate(uint64_t gate, const uint64_t a[static MAX_ARGS])
{
	typedef uint64_t(EFIAPI * function)(uint64_t, uint64_t, uint64_t, uint64_t, uint64_t,
					    uint64_t, uint64_t, uint64_t, uint64_t, uint64_t);

	return ((function)gate)(a[0], a[1], a[2], a[3], a[4], a[5], a[6], a[7], a[8], a[9]);
}

static void take_results(const struct pending *p)
{
	for (unsigned i = 0; i < p->n; i++)
		if (*p->item[i].cell)
			remember(p->item[i].kind, *p->item[i].cell);
}

static void call_row(const struct row *row)
{
	uint64_t a[MAX_ARGS] = { 0 }, result;
	struct pending p = { 0 };
	unsigned n = 0;

	if (!row->gate)
		return;
	tame = row->weight == TAME;
	for (; row->args[n] && row->args[n] != ' '; n++)
		a[n] = argument(row, row->args[n], &p);
	tame = false;
	result = call_gate(row->gate, a);
	if (row->args[n] == ' ') {
		if (row->args[n + 1] == 'p' && result)
			remember(KIND_POOL, result);
	} else if (!status_is_error(result)) {
		take_results(&p);
	}
}

/* Any gate at all with anything at all: those too that nobody was offered. */
static void call_any(void)
{
	static const char letters[] = "hekrpPifmIgtadbbznwcxsYXDZTGoHEKRLQJOMA01";
	const uint64_t gate = first_gate + GATE_BYTES * any(n_gates);
	uint64_t a[MAX_ARGS], result;
	struct pending p = { 0 };

	for (unsigned i = 0; i < n_forbidden; i++)
		if (forbidden[i] == gate)
			return;
	for (unsigned i = 0; i < MAX_ARGS; i++)
		a[i] = argument(NULL, letters[any(sizeof(letters) - 1)], &p);
	result = call_gate(gate, a);
	if (!status_is_error(result))
		take_results(&p);
}

static unsigned weight(const struct row *row)
{
	return row->weight == TAME ? 1 : row->weight;
}

static void step(void)
{
	uint64_t at = any(total_weight);
	unsigned i;

	if (one_in(3))
		arena_spoil();
	if (one_in(6)) {
		special_step();
		return;
	}
	if (one_in(12)) {
		call_any();
		return;
	}
	for (i = 0; at >= weight(&rows[i]); i++)
		at -= weight(&rows[i]);
	/* now and then a lot of the same */
	for (uint64_t n = one_in(40) ? any(30) : 1; n > 0; n--)
		call_row(&rows[i]);
}

void some_steps(unsigned n)
{
	while (n-- > 0 && budget > 0) {
		budget--;
		step();
	}
}

bool enter(void)
{
	if (nested >= MAX_NESTED || !budget)
		return false;
	nested++;
	return true;
}

void leave(void)
{
	nested--;
}

static void forbid(uint64_t gate)
{
	if (gate && n_forbidden < MAX_FORBIDDEN)
		forbidden[n_forbidden++] = gate;
}

/* Those that end a run, or take a second each; special_step() calls them as they must be called. */
static void find_gates(void)
{
	static const uint8_t dangerous[] = { 3, 4, 6, 11, 12, 27, 29, 31, 32, 44, 45 };
	const uint64_t *boot = (const uint64_t *)bs;
	uint64_t last = 0;
	void *p;

	first_gate = boot[3];
	for (unsigned i = 3; i < 3 + EFI_N_BOOT_SERVICES; i++) {
		if (boot[i] && boot[i] < first_gate)
			first_gate = boot[i];
		last = boot[i] > last ? boot[i] : last;
	}
	n_gates = ((uint64_t)return_gate - first_gate) / GATE_BYTES;
	for (unsigned i = 0; i < sizeof(dangerous); i++)
		forbid(boot[dangerous[i]]);
	forbid(last + GATE_BYTES * 11); /* ResetSystem, behind them all */
	if (bs->locate_protocol(&memory_attribute_guid, NULL, &p) == EFI_SUCCESS) {
		forbid(((uint64_t *)p)[1]);
		forbid(((uint64_t *)p)[2]);
	}
	if (bs->locate_protocol(&serial_io_guid, NULL, &p) == EFI_SUCCESS)
		forbid(((uint64_t *)p)[6]);
}

static void find_rows(void)
{
	struct file_system *fs;
	struct file *root = NULL;
	void *p;

	if (bs->locate_protocol(&simple_file_system_guid, NULL, &fs) == EFI_SUCCESS &&
	    fs->open_volume(fs, &root) == EFI_SUCCESS)
		remember(KIND_FILE, (uint64_t)root);
	for (struct row *row = rows; row < rows + N_ROWS; row++) {
		total_weight += weight(row);
		if (row->table == TABLE_BOOT)
			row->gate = ((uint64_t *)bs)[row->slot];
		else if (row->table == TABLE_RUNTIME)
			row->gate = ((uint64_t *)rt)[row->slot];
		else if (row->table == TABLE_FILE)
			row->gate = root ? ((uint64_t *)root)[row->slot] : 0;
		else if (bs->locate_protocol(row->guid, NULL, &p) == EFI_SUCCESS) {
			row->interface = (uint64_t)p;
			row->gate = ((uint64_t *)p)[row->slot];
			if (row->weight == TAME)
				forbid(row->gate);
			remember(KIND_INTERFACE, row->interface);
		}
	}
}

static void find_handles(void)
{
	handle_t *handles;
	uint64_t n = 0;
	void *p;

	remember(KIND_HANDLE, (uint64_t)self);
	remember(KIND_IMAGE, (uint64_t)self);
	remember(KIND_EVENT, (uint64_t)st->con_in->wait_for_key);
	if (bs->locate_handle_buffer(ALL_HANDLES, NULL, NULL, &n, &handles) != EFI_SUCCESS)
		return;
	for (uint64_t i = 0; i < n; i++) {
		remember(KIND_HANDLE, (uint64_t)handles[i]);
		for (unsigned k = 0; k < N_GUIDS; k++)
			if (bs->handle_protocol(handles[i], &arena.guid[k], &p) == EFI_SUCCESS)
				remember(KIND_INTERFACE, (uint64_t)p);
	}
	remember(KIND_POOL, (uint64_t)handles);
}

static uint64_t number_at(const char16 **text)
{
	uint64_t n = 0;

	for (; **text >= '0' && **text <= '9'; (*text)++)
		n = 10 * n + (**text - '0');
	return n;
}

static void read_options(void)
{
	const struct loaded_image *image = own_image();
	const char16 *text = image->load_options;

	own_start = (uint64_t)image->image_base;
	own_end = own_start + image->image_bytes;
	state = 1;
	if (!text || !image->load_options_bytes)
		return;
	state = (number_at(&text) + 1) * UINT64_C(0x9e3779b97f4a7c15);
	if (*text == ' ') {
		text++;
		budget = (unsigned)number_at(&text);
	}
	use_timers = *text == ' ';
}

efi_status_t payload(void)
{
	struct map map;

	read_options();
	arena_fill();
	interfaces_fill();
	find_gates();
	special_begin();
	find_rows();
	find_handles();
	print("seed begins\n");
	some_steps(budget);
	switch (any(4)) {
	case 0:
		if (map_get(&map) == EFI_SUCCESS)
			bs->exit_boot_services(self, map.key);
		break;
	case 1:
		bs->exit(self, EFI_SUCCESS, 8, arena.text[0]);
		break;
	case 2:
		rt->reset_system(0, EFI_SUCCESS, 0, NULL);
		break;
	}
	return EFI_SUCCESS;
}
