/// What the tests' own HTTP/2 client takes from nghttp2: it reads compressed header fields.
#pragma once

#include <nghttp2/nghttp2.h>
