// SPDX-License-Identifier: Apache-2.0

#ifndef COVE_CZLIB_SHIM_H
#define COVE_CZLIB_SHIM_H

#include <zlib.h>

// inflateInit2 is a macro, which Swift does not see. 16 + 15: a gzip member with the largest window (zlib.h).
static inline int cove_inflate_gzip_init(z_streamp stream) { return inflateInit2(stream, 16 + 15); }

// The same for deflateInit2, with zlib's own level and memory.
static inline int cove_deflate_gzip_init(z_streamp stream) {
    return deflateInit2(stream, Z_DEFAULT_COMPRESSION, Z_DEFLATED, 16 + 15, 8, Z_DEFAULT_STRATEGY);
}

#endif
