// SPDX-License-Identifier: MIT
#include "boot/way.h"
#include "host/kexec_gate.h"

#include <errno.h>

/* Is it about kexec_load(2)? What passes by itself is about nobody's way. */
static bool is_refusal(int r)
{
	return r == -EPERM || r == -EACCES || r == -EOPNOTSUPP || r == -ENOSYS;
}

int way_choose(struct boot_request *request, struct why *ret_because, struct why *why)
{
	struct why because;
	int r;

	ret_because->text[0] = '\0';
	if (request->way != HANDOVER_AUTO)
		return 0;
	r = kexec_gate(&because);
	if (r == 0) {
		request->way = HANDOVER_FREEZE;
		return 0;
	}
	if (!is_refusal(r)) {
		*why = because;
		return r;
	}
	r = kexec_gate_file("", why);
	if (r < 0)
		return r;
	request->way = HANDOVER_FILE;
	*ret_because = because;
	return 0;
}

int way_is_open(enum handover_way way, struct why *why)
{
	struct why inner;
	int r;

	if (way == HANDOVER_FILE)
		return kexec_gate_file("", why);
	r = kexec_gate(&inner);
	if (r < 0)
		why_set(why, r, "%s%s", inner.text,
			is_refusal(r) && kexec_gate_file("", NULL) == 0
				? "; --handover auto boots a signed kernel"
				: "");
	return r;
}
