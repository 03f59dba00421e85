/* SPDX-License-Identifier: MIT */
#pragma once
/*
 * UEFI 2.10 as an EFI program sees it: tables of function pointers and
 * protocols. Kept apart from src/efi on purpose: a layout slip made there is
 * not made here a second time.
 */
#include "efi/types.h"
#include "payload_cpu.h"

#include <stdbool.h>

typedef void *handle_t;
typedef void *event_t;
typedef uint64_t tpl_t;
typedef uint16_t char16;
typedef void(EFIAPI *notify_fn)(event_t event, void *context);

/* 10.2 Device path */
struct device_path {
	uint8_t type, subtype;
	uint8_t length[2]; /* little endian, not aligned */
};

/* 7.1 Event, timer, and task priority services */
enum {
	TPL_APPLICATION = 4,
	TPL_CALLBACK = 8,
	TPL_NOTIFY = 16,
	TPL_HIGH_LEVEL = 31,
};

enum {
	EVT_NOTIFY_WAIT = 0x100,
	EVT_NOTIFY_SIGNAL = 0x200,
	EVT_SIGNAL_EXIT_BOOT_SERVICES = 0x201,
	EVT_SIGNAL_VIRTUAL_ADDRESS_CHANGE = 0x60000202,
	EVT_RUNTIME = 0x40000000,
};
#define EVT_TIMER 0x80000000u

enum timer_delay { TIMER_CANCEL, TIMER_PERIODIC, TIMER_RELATIVE };

/* 7.3 Protocol handler services */
enum locate_search { ALL_HANDLES, BY_REGISTER_NOTIFY, BY_PROTOCOL };

enum {
	OPEN_BY_HANDLE_PROTOCOL = 0x01,
	OPEN_GET_PROTOCOL = 0x02,
	OPEN_TEST_PROTOCOL = 0x04,
	OPEN_BY_CHILD_CONTROLLER = 0x08,
	OPEN_BY_DRIVER = 0x10,
	OPEN_EXCLUSIVE = 0x20,
};

struct open_information {
	handle_t agent, controller;
	uint32_t attributes, open_count;
};

/* 4.4 EFI Boot Services Table: 44 pointers behind the header, in this order */
struct boot_services {
	struct efi_table_header header;

	tpl_t(EFIAPI *raise_tpl)(tpl_t tpl);
	void(EFIAPI *restore_tpl)(tpl_t tpl);

	efi_status_t(EFIAPI *allocate_pages)(uint32_t how, uint32_t type, uint64_t n_pages,
					     uint64_t *memory);
	efi_status_t(EFIAPI *free_pages)(uint64_t memory, uint64_t n_pages);
	efi_status_t(EFIAPI *get_memory_map)(uint64_t *n_bytes, void *map, uint64_t *key,
					     uint64_t *descriptor_bytes, uint32_t *version);
	efi_status_t(EFIAPI *allocate_pool)(uint32_t type, uint64_t n_bytes, void **buffer);
	efi_status_t(EFIAPI *free_pool)(void *buffer);

	efi_status_t(EFIAPI *create_event)(uint32_t type, tpl_t tpl, notify_fn notify,
					   void *context, event_t *event);
	efi_status_t(EFIAPI *set_timer)(event_t event, uint32_t how, uint64_t n_100ns);
	efi_status_t(EFIAPI *wait_for_event)(uint64_t n, event_t *events, uint64_t *index);
	efi_status_t(EFIAPI *signal_event)(event_t event);
	efi_status_t(EFIAPI *close_event)(event_t event);
	efi_status_t(EFIAPI *check_event)(event_t event);

	efi_status_t(EFIAPI *install_protocol)(handle_t *handle, const struct efi_guid *protocol,
					       uint32_t type, void *interface);
	efi_status_t(EFIAPI *reinstall_protocol)(handle_t handle, const struct efi_guid *protocol,
						 void *old, void *new);
	efi_status_t(EFIAPI *uninstall_protocol)(handle_t handle, const struct efi_guid *protocol,
						 void *interface);
	efi_status_t(EFIAPI *handle_protocol)(handle_t handle, const struct efi_guid *protocol,
					      void *ret_interface);
	void *reserved;
	efi_status_t(EFIAPI *register_protocol_notify)(const struct efi_guid *protocol,
						       event_t event, void **registration);
	efi_status_t(EFIAPI *locate_handle)(uint32_t search, const struct efi_guid *protocol,
					    void *key, uint64_t *n_bytes, handle_t *handles);
	efi_status_t(EFIAPI *locate_device_path)(const struct efi_guid *protocol,
						 struct device_path **path, handle_t *device);
	efi_status_t(EFIAPI *install_configuration_table)(const struct efi_guid *guid, void *table);

	efi_status_t(EFIAPI *load_image)(uint8_t boot_policy, handle_t parent,
					 struct device_path *path, const void *source,
					 uint64_t n_bytes, handle_t *image);
	efi_status_t(EFIAPI *start_image)(handle_t image, uint64_t *exit_bytes, char16 **exit_data);
	efi_status_t(EFIAPI *exit)(handle_t image, efi_status_t status, uint64_t exit_bytes,
				   char16 *exit_data);
	efi_status_t(EFIAPI *unload_image)(handle_t image);
	efi_status_t(EFIAPI *exit_boot_services)(handle_t image, uint64_t key);

	efi_status_t(EFIAPI *get_next_monotonic_count)(uint64_t *count);
	efi_status_t(EFIAPI *stall)(uint64_t microseconds);
	efi_status_t(EFIAPI *set_watchdog_timer)(uint64_t seconds, uint64_t code, uint64_t n_bytes,
						 const char16 *data);

	efi_status_t(EFIAPI *connect_controller)(handle_t controller, handle_t *drivers,
						 struct device_path *remaining, uint8_t recursive);
	efi_status_t(EFIAPI *disconnect_controller)(handle_t controller, handle_t driver,
						    handle_t child);

	efi_status_t(EFIAPI *open_protocol)(handle_t handle, const struct efi_guid *protocol,
					    void *ret_interface, handle_t agent,
					    handle_t controller, uint32_t attributes);
	efi_status_t(EFIAPI *close_protocol)(handle_t handle, const struct efi_guid *protocol,
					     handle_t agent, handle_t controller);
	efi_status_t(EFIAPI *open_protocol_information)(handle_t handle,
							const struct efi_guid *protocol,
							struct open_information **entries,
							uint64_t *n);

	efi_status_t(EFIAPI *protocols_per_handle)(handle_t handle, struct efi_guid ***protocols,
						   uint64_t *n);
	efi_status_t(EFIAPI *locate_handle_buffer)(uint32_t search, const struct efi_guid *protocol,
						   void *key, uint64_t *n, handle_t **handles);
	efi_status_t(EFIAPI *locate_protocol)(const struct efi_guid *protocol, void *registration,
					      void *ret_interface);
	efi_status_t(EFIAPI *install_multiple)(handle_t *handle, ...);
	efi_status_t(EFIAPI *uninstall_multiple)(handle_t handle, ...);

	efi_status_t(EFIAPI *calculate_crc32)(const void *data, uint64_t n_bytes, uint32_t *crc);
	void(EFIAPI *copy_mem)(void *to, const void *from, uint64_t n_bytes);
	void(EFIAPI *set_mem)(void *buffer, uint64_t n_bytes, uint8_t value);
	efi_status_t(EFIAPI *create_event_ex)(uint32_t type, tpl_t tpl, notify_fn notify,
					      const void *context, const struct efi_guid *group,
					      event_t *event);
};
static_assert(sizeof(struct boot_services) == 24 + EFI_N_BOOT_SERVICES * 8, "EFI_BOOT_SERVICES");

/* 4.5 EFI Runtime Services Table */
struct time_capabilities {
	uint32_t resolution, accuracy;
	uint8_t sets_to_zero;
};

struct runtime_services {
	struct efi_table_header header;

	efi_status_t(EFIAPI *get_time)(struct efi_time *time, struct time_capabilities *caps);
	efi_status_t(EFIAPI *set_time)(struct efi_time *time);
	efi_status_t(EFIAPI *get_wakeup_time)(uint8_t *enabled, uint8_t *pending,
					      struct efi_time *time);
	efi_status_t(EFIAPI *set_wakeup_time)(uint8_t enable, struct efi_time *time);
	efi_status_t(EFIAPI *set_virtual_address_map)(uint64_t n_bytes, uint64_t descriptor_bytes,
						      uint32_t version, void *map);
	efi_status_t(EFIAPI *convert_pointer)(uint64_t disposition, void **address);
	efi_status_t(EFIAPI *get_variable)(const char16 *name, const struct efi_guid *vendor,
					   uint32_t *attributes, uint64_t *n_bytes, void *data);
	efi_status_t(EFIAPI *get_next_variable_name)(uint64_t *n_bytes, char16 *name,
						     struct efi_guid *vendor);
	efi_status_t(EFIAPI *set_variable)(const char16 *name, const struct efi_guid *vendor,
					   uint32_t attributes, uint64_t n_bytes, const void *data);
	efi_status_t(EFIAPI *get_next_high_monotonic_count)(uint32_t *count);
	void(EFIAPI *reset_system)(uint32_t type, efi_status_t status, uint64_t n_bytes,
				   void *data);
	efi_status_t(EFIAPI *update_capsule)(void **capsules, uint64_t n, uint64_t list);
	efi_status_t(EFIAPI *query_capsule_capabilities)(void **capsules, uint64_t n,
							 uint64_t *max_bytes, uint32_t *reset);
	efi_status_t(EFIAPI *query_variable_info)(uint32_t attributes, uint64_t *max_storage,
						  uint64_t *remaining, uint64_t *max_variable);
};
static_assert(sizeof(struct runtime_services) == 24 + EFI_N_RUNTIME_SERVICES * 8,
	      "EFI_RUNTIME_SERVICES");

/* 12.4 Simple Text Output */
struct text_mode {
	int32_t max_mode, mode, attribute, cursor_column, cursor_row;
	uint8_t cursor_visible;
};

struct text_output {
	efi_status_t(EFIAPI *reset)(struct text_output *this, uint8_t extended);
	efi_status_t(EFIAPI *output_string)(struct text_output *this, const char16 *text);
	efi_status_t(EFIAPI *test_string)(struct text_output *this, const char16 *text);
	efi_status_t(EFIAPI *query_mode)(struct text_output *this, uint64_t mode, uint64_t *columns,
					 uint64_t *rows);
	efi_status_t(EFIAPI *set_mode)(struct text_output *this, uint64_t mode);
	efi_status_t(EFIAPI *set_attribute)(struct text_output *this, uint64_t attribute);
	efi_status_t(EFIAPI *clear_screen)(struct text_output *this);
	efi_status_t(EFIAPI *set_cursor_position)(struct text_output *this, uint64_t column,
						  uint64_t row);
	efi_status_t(EFIAPI *enable_cursor)(struct text_output *this, uint8_t visible);
	struct text_mode *mode;
};

/* 12.3 Simple Text Input */
struct input_key {
	uint16_t scan_code;
	char16 unicode;
};

struct text_input {
	efi_status_t(EFIAPI *reset)(struct text_input *this, uint8_t extended);
	efi_status_t(EFIAPI *read_key_stroke)(struct text_input *this, struct input_key *key);
	event_t wait_for_key;
};

/* 4.3 EFI System Table */
struct configuration_table {
	struct efi_guid guid;
	void *table;
};

struct system_table {
	struct efi_table_header header;
	const char16 *firmware_vendor;
	uint32_t firmware_revision;
	handle_t con_in_handle;
	struct text_input *con_in;
	handle_t con_out_handle;
	struct text_output *con_out;
	handle_t std_err_handle;
	struct text_output *std_err;
	struct runtime_services *runtime_services;
	struct boot_services *boot_services;
	uint64_t n_tables;
	struct configuration_table *tables;
};
static_assert(sizeof(struct system_table) == 120, "EFI_SYSTEM_TABLE");
static_assert(sizeof(struct system_table) == sizeof(struct efi_system_table), "EFI_SYSTEM_TABLE");
