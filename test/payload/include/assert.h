/* SPDX-License-Identifier: MIT */
#pragma once
/* The one thing that efi/types.h wants of the C library; payloads are built without one. */
#define static_assert _Static_assert
