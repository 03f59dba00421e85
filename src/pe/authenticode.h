/* SPDX-License-Identifier: MIT */
#pragma once
/*
 * What a signature of an image covers, and the checksum beside it (Windows Authenticode Portable
 * Executable Signature Format, "Calculating the PE Image Hash"). Pure: who hashes is somebody else.
 */
#include "pe/image.h"

/* At most so many pieces besides the sections. */
enum { PE_SIGNED_PIECES = 4 };

/*
 * The pieces of the file that a signature's digest is made over, in that order, into ret_pieces,
 * which has room for image->n_sections + PE_SIGNED_PIECES; returns how many. The file's checksum
 * and its certificate table are in none of them.
 */
unsigned pe_signed_pieces(const struct pe_image *image, struct bytes *ret_pieces);

/*
 * Is the file laid out such that all that hash it agree on the pieces? A certificate table has to
 * begin where they end, and to be the end of the file: firmware takes its size off the end of the
 * file wherever it lies, and shim refuses it elsewhere. 0, or -EBADMSG.
 */
must_check int pe_check_signed_layout(const struct pe_image *image, struct why *why);

/* The checksum that stands in the file; most tools leave it 0. */
uint32_t pe_checksum_noted(const struct pe_image *image);
/* What it would have to be. */
uint32_t pe_checksum(const struct pe_image *image);
