#pragma once

#include <zlib.h>

/// zlib's own are macros. Both read and write gzip (RFC 1952) with the largest window.
static inline int czlib_inflate_init(z_stream *stream) { return inflateInit2(stream, 15 + 16); }
static inline int czlib_deflate_init(z_stream *stream, int level) {
  return deflateInit2(stream, level, Z_DEFLATED, 15 + 16, 8, Z_DEFAULT_STRATEGY);
}
