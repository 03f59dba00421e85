// SPDX-License-Identifier: MIT
/* EFI_TCG2_PROTOCOL (TCG EFI Protocol Specification, 6), with the argument rules of EDK2's. */
#include "firmware/tcg2/tcg2.h"
#include "base/why.h"
#include "firmware/core/access.h"
#include "firmware/core/end.h"
#include "firmware/core/guid.h"
#include "firmware/core/install.h"
#include "firmware/core/measurer.h"
#include "firmware/core/state.h"
#include "firmware/tcg2/acpi_log.h"
#include "firmware/tcg2/command.h"
#include "firmware/tcg2/event_log.h"
#include "firmware/tcg2/image_event.h"
#include "pe/image.h"
#include "tpm/hash.h"
#include "tpm/kexec.h"
#include "tpm/write.h"

#include <errno.h>
#include <string.h>

/* 6.4.1, EFI_TCG2_BOOT_SERVICE_CAPABILITY; one of version 1.0 ends before n_banks */
struct capability {
	uint8_t n_bytes, structure_major, structure_minor, protocol_major, protocol_minor;
	uint8_t padding1[3];
	uint32_t algorithms, logs;
	uint8_t present, padding2;
	uint16_t most_command, most_response;
	uint16_t padding3;
	uint32_t manufacturer, n_banks, active;
};
static_assert(sizeof(struct capability) == 36, "EFI_TCG2_BOOT_SERVICE_CAPABILITY");
static_assert(offsetof(struct capability, manufacturer) == 24, "EFI_TCG2_BOOT_SERVICE_CAPABILITY");

enum { OLD_CAPABILITY_BYTES = offsetof(struct capability, n_banks), LOG_TCG_2 = 2 };

/* 6.6.1, EFI_TCG2_EVENT, without padding: size, then a header, then the event */
enum {
	EVENT_HEADER_BYTES = 4,
	EVENT_PCR = 10,
	EVENT_TYPE = 14,
	EVENT_BYTES = 18,
};

enum { FLAG_EXTEND_ONLY = 1, FLAG_PE_COFF_IMAGE = 0x10 };

enum { EXIT_PCR = 5, KEXEC_MOST_BYTES = 64 };

static struct tcg2 *tcg2_of(const struct firmware *fw)
{
	return part_state(fw, &part_tcg2);
}

static uint32_t active_banks(const struct firmware *fw)
{
	const struct firmware_tpm *tpm = fw->config.tpm;
	uint32_t bits = 0;

	for (unsigned b = 0; b < tpm->pcrs->banks.n; b++) {
		const struct tpm_algorithm *a = tpm_algorithm(tpm->pcrs->banks.bank[b].id);

		if (a && tpm->active >> b & 1)
			bits |= a->efi;
	}
	return bits;
}

static void describe(const struct firmware *fw, struct capability *c)
{
	*c = (struct capability){
		.n_bytes = sizeof(*c),
		.structure_major = 1,
		.structure_minor = 1,
		.protocol_major = 1,
		.protocol_minor = 1,
		.algorithms = active_banks(fw),
		.logs = LOG_TCG_2,
		.present = 1,
		.most_command = COMMAND_MOST_BYTES,
		.most_response = COMMAND_MOST_BYTES,
		.active = active_banks(fw),
	};
	for (uint32_t bits = c->active; bits; bits &= bits - 1)
		c->n_banks++;
}

/* Who has too little room for all of it is one of version 1.0, or is told how much it takes. */
static efi_status_t get_capability(struct call *c)
{
	struct capability ours;
	uint8_t room;

	if (!c->arg[1] || !guest_get(c->fw, c->arg[1], &room, sizeof(room)))
		return EFI_INVALID_PARAMETER;
	describe(c->fw, &ours);
	if (room < OLD_CAPABILITY_BYTES)
		return guest_put(c->fw, c->arg[1], &ours.n_bytes, 1) ? EFI_BUFFER_TOO_SMALL
								     : EFI_INVALID_PARAMETER;
	if (room < sizeof(ours)) {
		ours.n_bytes = OLD_CAPABILITY_BYTES;
		ours.structure_minor = ours.protocol_minor = 0;
	}
	return guest_put(c->fw, c->arg[1], &ours, ours.n_bytes) ? EFI_SUCCESS
								: EFI_INVALID_PARAMETER;
}

/* Each of the three may be NULL. */
static efi_status_t get_event_log(struct call *c)
{
	struct tcg2 *t = tcg2_of(c->fw);
	const uint8_t truncated = t->truncated;
	efi_addr_t last;

	if ((uint32_t)c->arg[1] != LOG_TCG_2 || (c->arg[2] && !guest_write(c->fw, c->arg[2], 8)) ||
	    (c->arg[3] && !guest_write(c->fw, c->arg[3], 8)) ||
	    (c->arg[4] && !guest_write(c->fw, c->arg[4], 1)))
		return EFI_INVALID_PARAMETER;
	if (!t->asked)
		t->final_from = t->n_measured;
	t->asked = true;
	if (!event_log_write(c->fw, t, &last)) {
		violation(c->fw, "freed the memory of the event log");
		return EFI_ABORTED;
	}
	if (c->arg[2])
		guest_put_u64(c->fw, c->arg[2], t->area + LOG_AT);
	if (c->arg[3])
		guest_put_u64(c->fw, c->arg[3], last);
	if (c->arg[4])
		guest_put(c->fw, c->arg[4], &truncated, 1);
	return EFI_SUCCESS;
}

/* The event behind its header; false when it is not all there, or too short for one. */
static bool take_event(struct firmware *fw, efi_addr_t at, struct measurement *m)
{
	uint8_t head[EVENT_BYTES];
	const struct bytes b = { head, sizeof(head) };
	uint32_t n, header;

	if (!guest_get(fw, at, head, sizeof(head)) || !bytes_le32(b, 0, &n) ||
	    !bytes_le32(b, EVENT_HEADER_BYTES, &header) || !bytes_le32(b, EVENT_PCR, &m->pcr) ||
	    !bytes_le32(b, EVENT_TYPE, &m->type) || n < (uint64_t)header + 4)
		return false;
	m->event.n = n - header - 4;
	if (m->event.n)
		m->event.p = guest_read(fw, at + EVENT_BYTES, m->event.n);
	return !m->event.n || m->event.p;
}

static efi_status_t measure_pe(struct firmware *fw, const struct measurement *m)
{
	struct pe_image pe;

	if (pe_image_parse(m->piece[0], PE_MACHINE_OURS, UINT64_MAX, &pe, NULL) < 0)
		return EFI_UNSUPPORTED;
	return image_measure(fw, tcg2_of(fw), m, &pe);
}

static efi_status_t hash_log_extend_event(struct call *c)
{
	struct firmware *fw = c->fw;
	struct bytes data = { NULL, c->arg[3] };
	struct measurement m = { .piece = &data, .n_pieces = 1 };
	const bool is_pe = c->arg[1] & FLAG_PE_COFF_IMAGE;

	if (!c->arg[4] || !take_event(fw, c->arg[4], &m))
		return EFI_INVALID_PARAMETER;
	if (m.type != EV_NO_ACTION || is_pe) {
		if (data.n)
			data.p = guest_read(fw, c->arg[2], data.n);
		if (!c->arg[2] || (data.n && !data.p) || m.pcr >= TPM_PCRS)
			return EFI_INVALID_PARAMETER;
		/* the TPM would refuse it at the jump, when there is no way back */
		if (!tpm_pcr_takes_extends(m.pcr))
			return EFI_DEVICE_ERROR;
		m.flags = MEASURED_EXTENDED;
	} else if (m.pcr >= TPM_PCRS) {
		return EFI_UNSUPPORTED; /* an index of NV memory, which we have none of */
	}
	if (!(c->arg[1] & FLAG_EXTEND_ONLY))
		m.flags |= MEASURED_LOGGED;
	return is_pe ? measure_pe(fw, &m) : tcg2_measure(fw, tcg2_of(fw), &m);
}

static efi_status_t submit_command(struct call *c)
{
	struct firmware *fw = c->fw;
	const uint32_t n_in = (uint32_t)c->arg[1], n_out = (uint32_t)c->arg[3];
	uint8_t answer[COMMAND_MOST_BYTES];
	struct bytes in = { .n = n_in };
	size_t n;

	if (!n_in || !c->arg[2] || !n_out || !c->arg[4] || n_in > COMMAND_MOST_BYTES ||
	    n_out > COMMAND_MOST_BYTES)
		return EFI_INVALID_PARAMETER;
	in.p = guest_read(fw, c->arg[2], in.n);
	if (!in.p || !guest_write(fw, c->arg[4], n_out))
		return EFI_INVALID_PARAMETER;
	if (!command_answer(in, &tcg2_of(fw)->pcrs, fw->config.tpm->active, answer, n_out, &n))
		return EFI_UNSUPPORTED;
	if (n > n_out)
		return EFI_BUFFER_TOO_SMALL;
	guest_put(fw, c->arg[4], answer, n);
	return EFI_SUCCESS;
}

static efi_status_t get_active_banks(struct call *c)
{
	return c->arg[1] && guest_put_u32(c->fw, c->arg[1], active_banks(c->fw))
		       ? EFI_SUCCESS
		       : EFI_INVALID_PARAMETER;
}

/* Firmware does that at its next start, when a person agrees: there is none here. */
static efi_status_t set_active_banks(struct call *c)
{
	const uint32_t active = active_banks(c->fw), wanted = (uint32_t)c->arg[1];

	if (!wanted || wanted & ~active)
		return EFI_INVALID_PARAMETER;
	return wanted == active ? EFI_SUCCESS : EFI_UNSUPPORTED;
}

static efi_status_t get_result_of_set(struct call *c)
{
	if (!c->arg[1] || !c->arg[2] || !guest_write(c->fw, c->arg[1], 4) ||
	    !guest_write(c->fw, c->arg[2], 4))
		return EFI_INVALID_PARAMETER;
	guest_put_u32(c->fw, c->arg[1], 0);
	guest_put_u32(c->fw, c->arg[2], 0);
	return EFI_SUCCESS;
}

static const struct service services[] = {
	{ "GetCapability", 0, get_capability, { ARG_THIS, ARG_ADDR } },
	{ "GetEventLog",
	  1,
	  get_event_log,
	  { ARG_THIS, ARG_U32, ARG_OUT, ARG_OUT, ARG_ADDR },
	  "This machine's log, a record of the kexec, and what the image has measured; of TCG 2 "
	  "alone." },
	{ "HashLogExtendEvent",
	  2,
	  hash_log_extend_event,
	  { ARG_THIS, ARG_HEX, ARG_ADDR, ARG_SIZE, ARG_ADDR },
	  "Noted, and extended in the TPM at the jump." },
	{ "SubmitCommand",
	  3,
	  submit_command,
	  { ARG_THIS, ARG_U32, ARG_ADDR, ARG_U32, ARG_ADDR },
	  "TPM2_PCR_Read, with what the PCRs will be; no other." },
	{ "GetActivePcrBanks", 4, get_active_banks, { ARG_THIS, ARG_OUT_U32 } },
	{ "SetActivePcrBanks", 5, set_active_banks, { ARG_THIS, ARG_HEX } },
	{ "GetResultOfSetActivePcrBanks",
	  6,
	  get_result_of_set,
	  { ARG_THIS, ARG_OUT_U32, ARG_OUT_U32 } },
};

static const struct service_group group_tcg2 = {
	.name = "EFI_TCG2_PROTOCOL",
	.section = "TCG EFI Protocol, 6",
	.guid = &guid_tcg2,
	.n_slots = 7,
	.service = services,
	.n = ARRAY_SIZE(services),
};

static void on_image(struct firmware *fw, const struct pe_image *pe, const struct image *image)
{
	image_event(fw, tcg2_of(fw), pe, image);
}

static void on_stay(struct firmware *fw)
{
	tcg2_measure_text(fw, tcg2_of(fw), EXIT_PCR, EV_EFI_ACTION,
			  "Exit Boot Services Returned with Failure");
}

static void on_leave(struct firmware *fw)
{
	tcg2_measure_text(fw, tcg2_of(fw), EXIT_PCR, EV_EFI_ACTION,
			  "Exit Boot Services Invocation");
	tcg2_measure_text(fw, tcg2_of(fw), EXIT_PCR, EV_EFI_ACTION,
			  "Exit Boot Services Returned with Success");
	tcg2_mark_gaps(fw, tcg2_of(fw));
	if (!fw->ended && !event_log_hand_on(fw, tcg2_of(fw)))
		violation(fw, "freed the memory of the event log");
}

static const struct measurer measurer = { on_image, on_stay, on_leave };

static int measure_kexec(struct firmware *fw, struct why *why)
{
	static const struct bytes text = { (const uint8_t *)KEXEC_TEXT, sizeof(KEXEC_TEXT) - 1 };
	uint8_t event[KEXEC_MOST_BYTES];
	struct measurement m = {
		.flags = MEASURED_LOGGED | MEASURED_EXTENDED,
		.type = EV_EVENT_TAG,
		.piece = &text,
		.n_pieces = 1,
		.event = { event, tpm_tagged_write(KEXEC_TAG, text, event, sizeof(event)) },
	};

	for (unsigned i = 0; i < ARRAY_SIZE(kexec_pcrs); i++) {
		efi_status_t status;

		m.pcr = kexec_pcrs[i];
		status = tcg2_measure(fw, tcg2_of(fw), &m);
		if (status != EFI_SUCCESS && status != EFI_VOLUME_FULL)
			return why_set(why, -EIO, "the kexec cannot be measured");
	}
	return 0;
}

static int take_tpm(struct firmware *fw, struct tcg2 *t, struct why *why)
{
	const struct firmware_tpm *tpm = fw->config.tpm;

	t->pcrs = *tpm->pcrs;
	t->log_banks = tpm->pcrs->banks;
	t->log_banks.n = tpm->n_log_banks;
	for (unsigned b = 0; b < t->pcrs.banks.n; b++)
		if (!tpm_hash_has(t->pcrs.banks.bank[b].id))
			return why_set(why, -ENOTSUP,
				       "digests of algorithm %#x, which the TPM or its event log "
				       "has, cannot be computed",
				       t->pcrs.banks.bank[b].id);
	t->measured = heap_bytes(&fw->heap, MEASURED_MOST_BYTES);
	return t->measured ? 0 : why_errno(why, -ENOMEM, "measurements");
}

static int tcg2_open(struct firmware *fw, struct why *why)
{
	struct tcg2 *t = tcg2_of(fw);
	efi_handle_t handle = 0;
	int r;

	if (!fw->config.tpm)
		return event_log_pass_on(fw, why);
	r = take_tpm(fw, t, why);
	if (r == 0)
		r = acpi_log_withhold(fw, why);
	if (r == 0)
		r = event_log_open(fw, t, why);
	if (r == 0)
		r = measure_kexec(fw, why);
	if (r == 0)
		r = protocol_offer(fw, &handle, &group_tcg2, NULL, why);
	if (r == 0)
		fw->measurer = &measurer;
	return r;
}

static void tcg2_close(struct firmware *fw)
{
	heap_bytes_free(&fw->heap, tcg2_of(fw)->measured);
	fw->measurer = NULL;
}

const struct part part_tcg2 = {
	.groups = { &group_tcg2 },
	.state_bytes = sizeof(struct tcg2),
	.open = tcg2_open,
	.close = tcg2_close,
};

struct bytes tcg2_measured(struct firmware *fw)
{
	const struct tcg2 *t = tcg2_of(fw);

	return t && fw->config.tpm ? (struct bytes){ t->measured, t->n_measured }
				   : (struct bytes){ 0 };
}
