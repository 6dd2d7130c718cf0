/// phone.h — phone numbers as libphonenumber knows them, behind a C interface (D11).
///
/// Every function is thread-safe, keeps no state of its own, and lets no C++ exception out. Texts are UTF-8,
/// given with their length and borrowed for the call; buffers belong to the caller. The numbering plans
/// are those of the installed libphonenumber.
#ifndef CPHONE_PHONE_H
#define CPHONE_PHONE_H

#include <stdbool.h>
#include <stddef.h>

#ifdef __cplusplus
extern "C" {
#endif

enum {
  CPHONE_TEXT_MAXIMUM_BYTES = 64,  ///< a longer text is refused unread: no number is written that long
  CPHONE_E164_BYTES = 24,          ///< `+`, at most 3 + 17 digits, a terminating zero
  CPHONE_FORMATTED_BYTES = 64      ///< the longest display form, with a terminating zero
};

typedef enum {
  CPHONE_OK = 0,
  CPHONE_NOT_A_NUMBER = -1,   ///< no number is in the text, it is too long, or it has an extension
  CPHONE_NO_SUCH_NUMBER = -2, ///< a number, but the numbering plan of its country has none like it
  CPHONE_UNKNOWN_COUNTRY = -3,///< national notation, and `country` names no known country
  CPHONE_FAILED = -4          ///< out of memory, or the library failed
} cphone_result;

/// Reads a number in any usual notation. One without a country code is read as a number of `country`
/// (ISO 3166-1 alpha-2, upper-case, zero-terminated). Writes E.164 with a terminating zero; on any other
/// result `e164` is the empty string.
cphone_result cphone_parse(char e164[CPHONE_E164_BYTES], const char *text, size_t length,
                           const char *country) __attribute__((warn_unused_result));

/// Writes how people in `country` write the number: national for a number of that country, international
/// for any other. Zero-terminated; empty on any other result than CPHONE_OK.
cphone_result cphone_format(char formatted[CPHONE_FORMATTED_BYTES], const char *e164, const char *country)
    __attribute__((warn_unused_result));

/// True when a mobile phone may be behind the number: where a country's plan does not tell mobile from
/// fixed lines (e.g. the US), that is every number of the two. False for what is no number.
bool cphone_is_mobile(const char *e164);

#ifdef __cplusplus
}
#endif
#endif
