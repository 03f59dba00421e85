// SPDX-License-Identifier: MIT
#include "firmware/core/path_index.h"
#include "base/util.h"
#include "firmware/core/access.h"
#include "firmware/core/end.h"
#include "firmware/core/guid.h"
#include "firmware/core/handle.h"
#include "firmware/core/index.h"
#include "firmware/core/state.h"

#include <string.h>

enum { END = 0x7f, END_BYTES = 4, MAX_NODES = 64 };

static struct protocol *protocol_of(struct index_node *node)
{
	return (struct protocol *)((char *)node - offsetof(struct protocol, path));
}

/* Goes on from a beginning's hash, so that each node of a path is looked at once. */
static uint64_t hash_node(struct firmware *fw, uint64_t hash, const uint8_t *p, uint64_t n)
{
	uint64_t word[2] = { hash };

	for (uint64_t at = 0; at < n; at += 8) {
		word[1] = 0;
		memcpy(&word[1], p + at, min_u64(8, n - at));
		word[0] = index_hash(&fw->heap, word, 2);
	}
	return word[0];
}

static uint64_t node_bytes(const uint8_t *node)
{
	return node[2] | (uint64_t)node[3] << 8;
}

/* Hash of a path's nodes, instances and all, without its end. */
static uint64_t hash_of(struct firmware *fw, const uint8_t *p, uint64_t n)
{
	uint64_t hash = 0;

	for (uint64_t at = 0; at < n; at += node_bytes(p + at))
		hash = hash_node(fw, hash, p + at, node_bytes(p + at));
	return hash;
}

/* A path's bytes without its end; NULL: it is none. */
static const uint8_t *nodes_of(struct firmware *fw, efi_addr_t path, uint64_t *ret_bytes)
{
	const struct bytes bytes = device_path_at(fw, path);

	*ret_bytes = bytes.n ? bytes.n - END_BYTES : 0;
	return bytes.p;
}

void path_note(struct firmware *fw, struct handle *handle, struct protocol *p)
{
	const uint8_t *nodes;
	uint64_t n;

	path_forget(fw, p);
	nodes = nodes_of(fw, p->interface, &n);
	if (!nodes)
		return;
	p->handle = handle;
	index_add(&fw->handles.by_path, &p->path, hash_of(fw, nodes, n));
}

void path_forget(struct firmware *fw, struct protocol *p)
{
	if (p->handle)
		index_remove(&fw->handles.by_path, &p->path);
	p->handle = NULL;
}

/* The oldest handle whose path is these n bytes, and which has the protocol; guid NULL: any. */
static struct handle *exactly(struct firmware *fw, const uint8_t *nodes, uint64_t n, uint64_t hash,
			      const struct efi_guid *guid)
{
	struct index_node *node = index_first(&fw->handles.by_path, hash);
	struct handle *found = NULL;
	const uint8_t *other;
	uint64_t n_other;

	for (; node && !out_of_time(fw); node = index_next(node)) {
		struct protocol *p = protocol_of(node);

		other = nodes_of(fw, p->interface, &n_other);
		if (!other || n_other != n || memcmp(other, nodes, n) ||
		    (guid && !handle_protocol(p->handle, guid)))
			continue;
		if (!found || p->handle->born < found->born)
			found = p->handle;
	}
	return found;
}

bool path_is_taken(struct firmware *fw, efi_addr_t path)
{
	uint64_t n;
	const uint8_t *nodes = nodes_of(fw, path, &n);

	return nodes && exactly(fw, nodes, n, hash_of(fw, nodes, n), NULL);
}

/* What the index does not know: paths that were changed, or have more nodes than anybody's. */
static struct handle *walk(struct firmware *fw, const uint8_t *nodes, uint64_t n,
			   const struct efi_guid *guid, uint64_t *ret_bytes)
{
	struct handle *found = NULL;
	const uint8_t *other;
	struct protocol *p;
	uint64_t n_other;

	for (struct handle *h = fw->handles.first; h && !out_of_time(fw); h = h->next) {
		p = handle_protocol(h, &guid_device_path);
		other = p ? nodes_of(fw, p->interface, &n_other) : NULL;
		if (!other || n_other > n || (found && n_other <= *ret_bytes) ||
		    memcmp(other, nodes, n_other) || !handle_protocol(h, guid))
			continue;
		found = h;
		*ret_bytes = n_other;
	}
	return found;
}

struct handle *path_longest(struct firmware *fw, efi_addr_t path, const struct efi_guid *guid,
			    uint64_t *ret_bytes)
{
	uint64_t hash[MAX_NODES + 1] = { 0 }, end[MAX_NODES + 1] = { 0 }, all, n = 0;
	const uint8_t *nodes = nodes_of(fw, path, &all);
	struct handle *found = NULL;
	unsigned i = 0;

	for (; nodes && nodes[n] != END && i < MAX_NODES; i++) {
		hash[i + 1] = hash_node(fw, hash[i], nodes + n, node_bytes(nodes + n));
		n += node_bytes(nodes + n);
		end[i + 1] = n;
	}
	while (nodes && nodes[n] != END)
		n += node_bytes(nodes + n);
	for (unsigned k = i + 1; nodes && k-- > 0 && !found;) {
		found = exactly(fw, nodes, end[k], hash[k], guid);
		*ret_bytes = end[k];
	}
	return found || !nodes ? found : walk(fw, nodes, n, guid, ret_bytes);
}
