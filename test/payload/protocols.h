/* SPDX-License-Identifier: MIT */
#pragma once
/* UEFI 2.10 protocols that payloads use, and the GUIDs they name. */
#include "efi_api.h"

/* 12.2 Simple Text Input Ex */
struct key_data {
	struct input_key key;
	uint32_t shift_state;
	uint8_t toggle_state;
};

struct text_input_ex {
	efi_status_t(EFIAPI *reset)(struct text_input_ex *this, uint8_t extended);
	efi_status_t(EFIAPI *read_key_stroke_ex)(struct text_input_ex *this, struct key_data *key);
	event_t wait_for_key_ex;
	efi_status_t(EFIAPI *set_state)(struct text_input_ex *this, uint8_t *toggle);
	void *register_key_notify, *unregister_key_notify;
};

/* 9.1 Loaded Image */
struct loaded_image {
	uint32_t revision;
	handle_t parent;
	struct system_table *system_table;
	handle_t device;
	struct device_path *file_path;
	void *reserved;
	uint32_t load_options_bytes;
	void *load_options;
	void *image_base;
	uint64_t image_bytes;
	uint32_t code_type, data_type;
	efi_status_t(EFIAPI *unload)(handle_t image);
};

/* 11.1 Driver Binding */
/* 11.3, 11.5 and 11.4: whoever has a say in which driver comes first */
struct platform_driver_override {
	efi_status_t(EFIAPI *get_driver)(struct platform_driver_override *this, handle_t controller,
					 handle_t *image);
	void *get_driver_path, *driver_loaded;
};

struct bus_driver_override {
	efi_status_t(EFIAPI *get_driver)(struct bus_driver_override *this, handle_t *image);
};

struct driver_family_override {
	uint32_t(EFIAPI *get_version)(struct driver_family_override *this);
};

struct driver_binding {
	efi_status_t(EFIAPI *supported)(struct driver_binding *this, handle_t controller,
					struct device_path *remaining);
	efi_status_t(EFIAPI *start)(struct driver_binding *this, handle_t controller,
				    struct device_path *remaining);
	efi_status_t(EFIAPI *stop)(struct driver_binding *this, handle_t controller,
				   uint64_t n_children, handle_t *children);
	uint32_t version;
	handle_t image, driver_binding_handle;
};

/* 37.5 Random Number Generator */
struct rng {
	efi_status_t(EFIAPI *get_info)(struct rng *this, uint64_t *n_bytes, struct efi_guid *list);
	efi_status_t(EFIAPI *get_rng)(struct rng *this, const struct efi_guid *algorithm,
				      uint64_t n_bytes, void *value);
};

/* UEFI PI 1.8, volume 5, 6.1 */
struct smbios_record {
	uint8_t type, n_bytes;
	uint16_t handle;
};

struct smbios {
	void *add, *update_string, *remove;
	efi_status_t(EFIAPI *get_next)(struct smbios *this, uint16_t *handle, uint8_t *type,
				       struct smbios_record **record, handle_t *producer);
	uint8_t major, minor;
};

/* EFI Device Tree Fixup Protocol Specification */
struct dt_fixup {
	uint64_t revision;
	efi_status_t(EFIAPI *fixup)(struct dt_fixup *this, void *fdt, uint64_t *n_bytes,
				    uint32_t flags);
};

/* TCG EFI Protocol, 6 */
struct tcg2_capability {
	uint8_t n_bytes, structure_major, structure_minor, protocol_major, protocol_minor;
	uint32_t algorithms, logs;
	uint8_t present;
	uint16_t most_command, most_response;
	uint32_t manufacturer, n_banks, active;
};

/* An event of up to 1000 bytes; nothing is aligned. */
struct tcg2_event {
	uint32_t n_bytes, header_bytes;
	uint16_t header_version;
	uint32_t pcr, type;
	uint8_t event[1000];
} __attribute__((packed));

struct tcg2 {
	efi_status_t(EFIAPI *get_capability)(struct tcg2 *this, struct tcg2_capability *capability);
	efi_status_t(EFIAPI *get_event_log)(struct tcg2 *this, uint32_t format, uint64_t *log,
					    uint64_t *last, uint8_t *truncated);
	efi_status_t(EFIAPI *hash_log_extend_event)(struct tcg2 *this, uint64_t flags,
						    uint64_t data, uint64_t n_bytes,
						    const struct tcg2_event *event);
	efi_status_t(EFIAPI *submit_command)(struct tcg2 *this, uint32_t n_in, const void *in,
					     uint32_t n_out, void *out);
	efi_status_t(EFIAPI *get_active_pcr_banks)(struct tcg2 *this, uint32_t *banks);
	efi_status_t(EFIAPI *set_active_pcr_banks)(struct tcg2 *this, uint32_t banks);
	efi_status_t(EFIAPI *get_result_of_set_active_pcr_banks)(struct tcg2 *this,
								 uint32_t *operation,
								 uint32_t *response);
};

/* 37.7 Memory Attribute */
struct memory_attribute {
	efi_status_t(EFIAPI *get)(struct memory_attribute *this, uint64_t base, uint64_t n_bytes,
				  uint64_t *attributes);
	efi_status_t(EFIAPI *set)(struct memory_attribute *this, uint64_t base, uint64_t n_bytes,
				  uint64_t attributes);
	efi_status_t(EFIAPI *clear)(struct memory_attribute *this, uint64_t base, uint64_t n_bytes,
				    uint64_t attributes);
};

/* 10.5 Device Path to Text */
struct device_path_to_text {
	char16 *(EFIAPI *node)(const struct device_path *node, uint8_t display, uint8_t shortcuts);
	char16 *(EFIAPI *path)(const struct device_path *path, uint8_t display, uint8_t shortcuts);
};

struct device_path_from_text {
	struct device_path *(EFIAPI *node)(const char16 *text);
	struct device_path *(EFIAPI *path)(const char16 *text);
};

/* 13.2 Load File 2 */
struct load_file2 {
	efi_status_t(EFIAPI *load_file)(struct load_file2 *this, struct device_path *path,
					uint8_t boot_policy, uint64_t *n_bytes, void *buffer);
};

/* 13.4 Simple File System, 13.5 File */
#define FILE_READ UINT64_C(1)
#define FILE_WRITE UINT64_C(2)
#define FILE_CREATE (UINT64_C(1) << 63)

struct file {
	uint64_t revision;
	efi_status_t(EFIAPI *open)(struct file *this, struct file **file, const char16 *name,
				   uint64_t mode, uint64_t attributes);
	efi_status_t(EFIAPI *close)(struct file *this);
	efi_status_t(EFIAPI *delete)(struct file *this);
	efi_status_t(EFIAPI *read)(struct file *this, uint64_t *n_bytes, void *buffer);
	efi_status_t(EFIAPI *write)(struct file *this, uint64_t *n_bytes, const void *buffer);
	efi_status_t(EFIAPI *get_position)(struct file *this, uint64_t *position);
	efi_status_t(EFIAPI *set_position)(struct file *this, uint64_t position);
	efi_status_t(EFIAPI *get_info)(struct file *this, const struct efi_guid *kind,
				       uint64_t *n_bytes, void *info);
	efi_status_t(EFIAPI *set_info)(struct file *this, const struct efi_guid *kind,
				       uint64_t n_bytes, const void *info);
	efi_status_t(EFIAPI *flush)(struct file *this);
};

struct file_system {
	uint64_t revision;
	efi_status_t(EFIAPI *open_volume)(struct file_system *this, struct file **root);
};

struct file_info {
	uint64_t size, file_size, physical_size;
	struct efi_time created, accessed, modified;
	uint64_t attribute;
	char16 name[];
};

struct file_system_info {
	uint64_t size;
	uint8_t read_only;
	uint64_t volume_size, free_space;
	uint32_t block_size;
	char16 label[];
};

/* 13.9 Block I/O, 13.10 Block I/O 2, 13.7 Disk I/O */
struct block_media {
	uint32_t media_id;
	uint8_t removable, present, logical_partition, read_only, write_caching;
	uint32_t block_bytes, io_align;
	uint64_t last_block, lowest_aligned;
	uint32_t logical_per_physical, granularity;
};

struct block_io {
	uint64_t revision;
	struct block_media *media;
	efi_status_t(EFIAPI *reset)(struct block_io *this, uint8_t extended);
	efi_status_t(EFIAPI *read)(struct block_io *this, uint32_t media_id, uint64_t block,
				   uint64_t n_bytes, void *buffer);
	efi_status_t(EFIAPI *write)(struct block_io *this, uint32_t media_id, uint64_t block,
				    uint64_t n_bytes, const void *buffer);
	efi_status_t(EFIAPI *flush)(struct block_io *this);
};

struct block_token {
	event_t event;
	efi_status_t status;
};

struct block_io2 {
	struct block_media *media;
	efi_status_t(EFIAPI *reset)(struct block_io2 *this, uint8_t extended);
	efi_status_t(EFIAPI *read)(struct block_io2 *this, uint32_t media_id, uint64_t block,
				   struct block_token *token, uint64_t n_bytes, void *buffer);
	efi_status_t(EFIAPI *write)(struct block_io2 *this, uint32_t media_id, uint64_t block,
				    struct block_token *token, uint64_t n_bytes,
				    const void *buffer);
	efi_status_t(EFIAPI *flush)(struct block_io2 *this, struct block_token *token);
};

struct disk_io {
	uint64_t revision;
	efi_status_t(EFIAPI *read)(struct disk_io *this, uint32_t media_id, uint64_t offset,
				   uint64_t n_bytes, void *buffer);
	efi_status_t(EFIAPI *write)(struct disk_io *this, uint32_t media_id, uint64_t offset,
				    uint64_t n_bytes, const void *buffer);
};

/* 12.8 Serial I/O */
enum {
	SERIAL_DATA_TERMINAL_READY = 0x1,
	SERIAL_CLEAR_TO_SEND = 0x10,
	SERIAL_INPUT_BUFFER_EMPTY = 0x100,
	SERIAL_OUTPUT_BUFFER_EMPTY = 0x200,
	SERIAL_SOFTWARE_LOOPBACK = 0x2000,
};

struct serial_mode {
	uint32_t control_mask, timeout_us;
	uint64_t baud;
	uint32_t fifo, data_bits, parity, stop_bits;
};

struct serial_io {
	uint64_t revision;
	efi_status_t(EFIAPI *reset)(struct serial_io *this);
	efi_status_t(EFIAPI *set_attributes)(struct serial_io *this, uint64_t baud, uint32_t fifo,
					     uint32_t timeout_us, uint32_t parity,
					     uint8_t data_bits, uint32_t stop_bits);
	efi_status_t(EFIAPI *set_control)(struct serial_io *this, uint32_t bits);
	efi_status_t(EFIAPI *get_control)(struct serial_io *this, uint32_t *bits);
	efi_status_t(EFIAPI *write)(struct serial_io *this, uint64_t *n_bytes, const void *buffer);
	efi_status_t(EFIAPI *read)(struct serial_io *this, uint64_t *n_bytes, void *buffer);
	struct serial_mode *mode;
};

/* 12.9 Graphics Output */
enum blt_operation {
	BLT_VIDEO_FILL,
	BLT_VIDEO_TO_BUFFER,
	BLT_BUFFER_TO_VIDEO,
	BLT_VIDEO_TO_VIDEO,
};

struct graphics_info {
	uint32_t version, width, height, format, mask[4], line_pixels;
};

struct graphics_mode {
	uint32_t max_mode, mode;
	struct graphics_info *info;
	uint64_t info_bytes, base, n_bytes;
};

struct graphics_output {
	efi_status_t(EFIAPI *query_mode)(struct graphics_output *this, uint32_t mode,
					 uint64_t *n_bytes, struct graphics_info **info);
	efi_status_t(EFIAPI *set_mode)(struct graphics_output *this, uint32_t mode);
	efi_status_t(EFIAPI *blt)(struct graphics_output *this, void *buffer, uint32_t operation,
				  uint64_t source_x, uint64_t source_y, uint64_t x, uint64_t y,
				  uint64_t width, uint64_t height, uint64_t delta);
	struct graphics_mode *mode;
};

#define GUID_(name, ...) static const struct efi_guid name __attribute__((unused)) = { __VA_ARGS__ }

GUID_(loaded_image_guid, 0x5b1b31a1, 0x9562, 0x11d2,
      { 0x8e, 0x3f, 0x00, 0xa0, 0xc9, 0x69, 0x72, 0x3b });
GUID_(loaded_image_device_path_guid, 0xbc62157e, 0x3e33, 0x4fec,
      { 0x99, 0x20, 0x2d, 0x3b, 0x36, 0xd7, 0x50, 0xdf });
GUID_(device_path_guid, 0x09576e91, 0x6d3f, 0x11d2,
      { 0x8e, 0x39, 0x00, 0xa0, 0xc9, 0x69, 0x72, 0x3b });
GUID_(platform_driver_override_guid, 0x6b30c738, 0xa391, 0x11d4,
      { 0x9a, 0x3b, 0x00, 0x90, 0x27, 0x3f, 0xc1, 0x4d });
GUID_(driver_family_override_guid, 0xb1ee129e, 0xda36, 0x4181,
      { 0x91, 0xf8, 0x04, 0xa4, 0x92, 0x37, 0x66, 0xa7 });
GUID_(bus_driver_override_guid, 0x3bc1b285, 0x8a15, 0x4a82,
      { 0xaa, 0xbf, 0x4d, 0x7d, 0x13, 0xfb, 0x32, 0x65 });
GUID_(driver_binding_guid, 0x18a031ab, 0xb443, 0x4d1a,
      { 0xa5, 0xc0, 0x0c, 0x09, 0x26, 0x1e, 0x9f, 0x71 });
GUID_(text_output_guid, 0x387477c2, 0x69c7, 0x11d2,
      { 0x8e, 0x39, 0x00, 0xa0, 0xc9, 0x69, 0x72, 0x3b });
GUID_(text_input_guid, 0x387477c1, 0x69c7, 0x11d2,
      { 0x8e, 0x39, 0x00, 0xa0, 0xc9, 0x69, 0x72, 0x3b });
GUID_(text_input_ex_guid, 0xdd9e7534, 0x7762, 0x4698,
      { 0x8c, 0x14, 0xf5, 0x85, 0x17, 0xa6, 0x25, 0xaa });
GUID_(rng_guid, 0x3152bca5, 0xeade, 0x433d, { 0x86, 0x2e, 0xc0, 0x1c, 0xdc, 0x29, 0x1f, 0x44 });
GUID_(rng_raw_guid, 0xe43176d7, 0xb6e8, 0x4827, { 0xb7, 0x84, 0x7f, 0xfd, 0xc4, 0xb6, 0x85, 0x61 });
GUID_(tcg2_guid, 0x607f766c, 0x7455, 0x42be, { 0x93, 0x0b, 0xe4, 0xd7, 0x6d, 0xb2, 0x72, 0x0f });
GUID_(memory_attribute_guid, 0xf4560cf6, 0x40ec, 0x4b4a,
      { 0xa1, 0x92, 0xbf, 0x1d, 0x57, 0xd0, 0xb1, 0x89 });
GUID_(device_path_to_text_guid, 0x8b843e20, 0x8132, 0x4852,
      { 0x90, 0xcc, 0x55, 0x1a, 0x4e, 0x4a, 0x7f, 0x1c });
GUID_(load_file2_guid, 0x4006c0c1, 0xfcb3, 0x403e,
      { 0x99, 0x6d, 0x4a, 0x6c, 0x87, 0x24, 0xe0, 0x6d });
GUID_(initrd_media_guid, 0x5568e427, 0x68fc, 0x4f3d,
      { 0xac, 0x74, 0xca, 0x55, 0x52, 0x31, 0xcc, 0x68 });
GUID_(global_variable_guid, 0x8be4df61, 0x93ca, 0x11d2,
      { 0xaa, 0x0d, 0x00, 0xe0, 0x98, 0x03, 0x2b, 0x8c });
GUID_(rt_properties_guid, 0xeb66918a, 0x7eef, 0x402a,
      { 0x84, 0x2e, 0x93, 0x1d, 0x21, 0xc3, 0x8a, 0xe9 });
GUID_(smbios_guid, 0x03583ff6, 0xcb36, 0x4940, { 0x94, 0x7e, 0xb9, 0xb3, 0x9f, 0x4a, 0xfa, 0xf7 });
GUID_(dt_fixup_guid, 0xe617d64c, 0xfe08, 0x46da,
      { 0xf4, 0xdc, 0xbb, 0xd5, 0x87, 0x0c, 0x73, 0x00 });
GUID_(device_tree_guid, 0xb1b621d5, 0xf19c, 0x41a5,
      { 0x83, 0x0b, 0xd9, 0x15, 0x2c, 0x69, 0xaa, 0xe0 });
GUID_(acpi20_guid, 0x8868e871, 0xe4f1, 0x11d3, { 0xbc, 0x22, 0x00, 0x80, 0xc7, 0x3c, 0x88, 0x81 });
GUID_(exit_boot_services_guid, 0x27abf055, 0xb1b8, 0x4c26,
      { 0x80, 0x48, 0x74, 0x8f, 0x37, 0xba, 0xa2, 0xdf });
GUID_(before_exit_boot_services_guid, 0x8be0e274, 0x3970, 0x4b44,
      { 0x80, 0xc5, 0x1a, 0xb9, 0x50, 0x2f, 0x3b, 0xfc });
GUID_(reset_system_guid, 0x62da6a56, 0x13fb, 0x485a,
      { 0xa8, 0xda, 0xa3, 0xdd, 0x79, 0x12, 0xcb, 0x6b });
GUID_(shim_lock_guid, 0x605dab50, 0xe046, 0x4300,
      { 0xab, 0xb6, 0x3d, 0xd8, 0x10, 0xdd, 0x8b, 0x23 });
GUID_(simple_pointer_guid, 0x31878c87, 0x0b75, 0x11d5,
      { 0x9a, 0x4f, 0x00, 0x90, 0x27, 0x3f, 0xc1, 0x4d });
GUID_(simple_file_system_guid, 0x964e5b22, 0x6459, 0x11d2,
      { 0x8e, 0x39, 0x00, 0xa0, 0xc9, 0x69, 0x72, 0x3b });
GUID_(file_info_guid, 0x09576e92, 0x6d3f, 0x11d2,
      { 0x8e, 0x39, 0x00, 0xa0, 0xc9, 0x69, 0x72, 0x3b });
GUID_(file_system_info_guid, 0x09576e93, 0x6d3f, 0x11d2,
      { 0x8e, 0x39, 0x00, 0xa0, 0xc9, 0x69, 0x72, 0x3b });
GUID_(file_system_label_guid, 0xdb47d7d3, 0xfe81, 0x11d3,
      { 0x9a, 0x35, 0x00, 0x90, 0x27, 0x3f, 0xc1, 0x4d });
GUID_(graphics_output_guid, 0x9042a9de, 0x23dc, 0x4a38,
      { 0x96, 0xfb, 0x7a, 0xde, 0xd0, 0x80, 0x51, 0x6a });
GUID_(device_path_from_text_guid, 0x05c99a21, 0xc70f, 0x4ad2,
      { 0x8a, 0x5f, 0x35, 0xdf, 0x33, 0x43, 0xf5, 0x1e });
GUID_(block_io_guid, 0x964e5b21, 0x6459, 0x11d2,
      { 0x8e, 0x39, 0x00, 0xa0, 0xc9, 0x69, 0x72, 0x3b });
GUID_(block_io2_guid, 0xa77b2472, 0xe282, 0x4e9f,
      { 0xa2, 0x45, 0xc2, 0xc0, 0xe2, 0x7b, 0xbc, 0xc1 });
GUID_(disk_io_guid, 0xce345171, 0xba0b, 0x11d2, { 0x8e, 0x4f, 0x00, 0xa0, 0xc9, 0x69, 0x72, 0x3b });
GUID_(load_file_guid, 0x56ec3091, 0x954c, 0x11d2,
      { 0x8e, 0x3f, 0x00, 0xa0, 0xc9, 0x69, 0x72, 0x3b });
GUID_(serial_io_guid, 0xbb25cf6f, 0xf1d4, 0x11d2,
      { 0x9a, 0x0c, 0x00, 0x90, 0x27, 0x3f, 0xc1, 0xfd });
/* Of the variables by which systemd's loader and stub tell what they have done (LoaderInfo, ...).
 */
GUID_(systemd_guid, 0x4a67b082, 0x0a4c, 0x41cf, { 0xb6, 0xc7, 0x44, 0x0b, 0x29, 0xbb, 0x8c, 0x4f });
