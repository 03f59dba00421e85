// SPDX-License-Identifier: MIT
#include "firmware/tcg2/event_log.h"
#include "base/why.h"
#include "firmware/core/access.h"
#include "firmware/core/guid.h"
#include "firmware/core/memory.h"
#include "firmware/core/state.h"
#include "firmware/core/tables.h"
#include "tpm/write.h"

#include <errno.h>
#include <string.h>

enum { FORMAT_TCG_1_2 = 1, FORMAT_TCG_2 = 2 };

/*
 * Of a type that the next kernel leaves alone, and the one behind it may have: in memory that is
 * free by its name another kexec would put something else there.
 */
static int take_pages(struct firmware *fw, uint64_t n_bytes, efi_addr_t *ret, struct why *why)
{
	*ret = 0;
	if (memory_allocate(fw, EFI_ALLOCATE_ANY_PAGES, EFI_ACPI_RECLAIM_MEMORY, pages_for(n_bytes),
			    ret) != EFI_SUCCESS)
		return why_set(why, -ENOMEM, "no room for an event log");
	return 0;
}

int event_log_open(struct firmware *fw, struct tcg2 *t, struct why *why)
{
	const struct bytes log = fw->config.tpm->log;
	int r;

	if (log.n + tcg2_mark_bytes(t) > FIRMWARE_LOG_MOST_BYTES)
		return why_set(why, -EFBIG,
			       "the event log has %zu bytes, and is full: reboot by the firmware, "
			       "or boot with --no-measure",
			       log.n);
	t->log_room = min_u64(LOG_ROOM, FIRMWARE_LOG_MOST_BYTES - tcg2_mark_bytes(t) - log.n);
	t->area_bytes = align_up(LOG_AT + log.n + t->log_room + tcg2_mark_bytes(t), PAGE_BYTES);
	r = take_pages(fw, t->area_bytes, &t->area, why);
	if (r == 0)
		r = take_pages(fw, FINAL_BYTES, &t->final, why);
	if (r == 0 && (!event_log_write(fw, t, NULL) ||
		       table_install(fw, &guid_tcg2_final_events, t->final) != EFI_SUCCESS))
		r = why_set(why, -ENOMEM, "no room for final events");
	return r;
}

/* LINUX_EFI_TPM_EVENT_LOG: how long, how much of it is of the final events, of what format. */
static bool put_head(struct firmware *fw, efi_addr_t table, uint64_t n_log, uint64_t n_final,
		     uint8_t format)
{
	return guest_put_u32(fw, table, (uint32_t)n_log) &&
	       guest_put_u32(fw, table + 4, (uint32_t)n_final) &&
	       guest_put(fw, table + 8, &format, 1);
}

int event_log_pass_on(struct firmware *fw, struct why *why)
{
	const struct bytes log = fw->config.event_log;
	struct tpm_log read;
	efi_addr_t area;
	int r;

	if (!log.n)
		return 0;
	r = tpm_log_open(log, &read, why);
	if (r == 0)
		r = take_pages(fw, LOG_AT + log.n, &area, why);
	if (r == 0 &&
	    (!guest_put(fw, area + LOG_AT, log.p, log.n) ||
	     !put_head(fw, area + TABLE_AT, log.n, 0, read.agile ? FORMAT_TCG_2 : FORMAT_TCG_1_2) ||
	     table_install(fw, &guid_linux_tpm_event_log, area + TABLE_AT) != EFI_SUCCESS))
		r = why_set(why, -ENOMEM, "no room for an event log");
	return r;
}

struct output {
	uint8_t *p;
	uint64_t n, room;
};

static void add(struct output *o, const struct tpm_banks *banks, const struct tpm_record *r)
{
	o->n += tpm_record_write(banks, r, o->p + o->n, o->room - o->n);
}

/* Where the last one of a log begins that was found to hold. */
static uint64_t last_of(const struct firmware *fw)
{
	struct tpm_record record = { .offset = 0 };
	struct tpm_log read;
	size_t at;

	if (tpm_log_open(fw->config.tpm->log, &read, NULL) < 0)
		return 0;
	for (at = read.begin; tpm_log_next(&read, &at, &record, NULL) > 0;)
		;
	return record.offset;
}

static uint64_t write_both(struct firmware *fw, struct tcg2 *t, struct output *log,
			   struct output *final)
{
	const struct bytes all = { t->measured, t->n_measured };
	uint64_t last = last_of(fw), events = 0;
	struct measured m;
	size_t at = 0, from;

	for (from = 0; measured_next(all, &t->pcrs.banks, &at, &m, NULL) > 0; from = at) {
		if (!(m.flags & MEASURED_LOGGED))
			continue;
		last = log->n;
		add(log, &t->log_banks, &m.record);
		if (t->asked && from >= t->final_from && events < t->n_final_events) {
			add(final, &t->log_banks, &m.record);
			events++;
		}
	}
	return last;
}

bool event_log_write(struct firmware *fw, struct tcg2 *t, efi_addr_t *ret_last)
{
	const struct bytes begin = fw->config.tpm->log;
	uint8_t *area = guest_write(fw, t->area, t->area_bytes);
	uint8_t *final = guest_write(fw, t->final, FINAL_BYTES);
	const uint64_t version = 1;
	struct output log, events;
	uint64_t last;

	if (!area || !final)
		return false;
	log = (struct output){ area + LOG_AT, begin.n, t->area_bytes - LOG_AT };
	events = (struct output){ final + FINAL_HEAD_BYTES, 0, FINAL_BYTES - FINAL_HEAD_BYTES };
	memset(area, 0, LOG_AT);
	memcpy(log.p, begin.p, begin.n);
	last = write_both(fw, t, &log, &events);
	/* so whoever looks for the end without being told finds it, as behind EDK2's */
	memset(log.p + log.n, 0xff, log.room - log.n);
	memcpy(final, &version, sizeof(version));
	memcpy(final + sizeof(version), &t->n_final_events, sizeof(t->n_final_events));
	memset(events.p + events.n, 0, events.room - events.n);
	if (ret_last)
		*ret_last = t->area + LOG_AT + last;
	return true;
}

/*
 * What the image made of the log is one that ends when it asked. This one has all of it, and says
 * that all final events are in it; it is the one that is written anew when more is measured.
 */
bool event_log_hand_on(struct firmware *fw, struct tcg2 *t)
{
	const efi_addr_t table = t->area + TABLE_AT;

	if (!event_log_write(fw, t, NULL))
		return false;
	return !table_find(fw, &guid_linux_tpm_event_log) ||
	       (put_head(fw, table, fw->config.tpm->log.n + t->n_logged, t->n_final,
			 FORMAT_TCG_2) &&
		table_install_silently(fw, &guid_linux_tpm_event_log, table));
}
