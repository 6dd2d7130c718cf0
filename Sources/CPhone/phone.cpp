#include "phone.h"

#include <cstring>
#include <string>

#include <phonenumbers/phonenumberutil.h>

using i18n::phonenumbers::PhoneNumber;
using i18n::phonenumbers::PhoneNumberUtil;

namespace {

/// What libphonenumber calls the region of a text that must carry its own country code.
constexpr char no_country[] = "ZZ";

/// Copies with a terminating zero; what does not fit is a failure, never cut off.
cphone_result write(char *buffer, size_t capacity, const std::string &text) {
  if (text.size() >= capacity) return CPHONE_FAILED;
  std::memcpy(buffer, text.c_str(), text.size() + 1);
  return CPHONE_OK;
}

cphone_result parse(char *e164, const std::string &text, const char *country) {
  const PhoneNumberUtil &library = *PhoneNumberUtil::GetInstance();
  PhoneNumber number;
  switch (library.Parse(text, country, &number)) {
    case PhoneNumberUtil::NO_PARSING_ERROR: break;
    case PhoneNumberUtil::INVALID_COUNTRY_CODE_ERROR:
      return library.GetCountryCodeForRegion(country) == 0 ? CPHONE_UNKNOWN_COUNTRY : CPHONE_NO_SUCH_NUMBER;
    case PhoneNumberUtil::NOT_A_NUMBER: return CPHONE_NOT_A_NUMBER;
    case PhoneNumberUtil::TOO_SHORT_AFTER_IDD:
    case PhoneNumberUtil::TOO_SHORT_NSN:
    case PhoneNumberUtil::TOO_LONG_NSN: return CPHONE_NO_SUCH_NUMBER;
  }
  if (number.has_extension()) return CPHONE_NOT_A_NUMBER;
  if (!library.IsValidNumber(number)) return CPHONE_NO_SUCH_NUMBER;
  std::string written;
  library.Format(number, PhoneNumberUtil::E164, &written);
  return write(e164, CPHONE_E164_BYTES, written);
}

/// Reads back what `cphone_parse` wrote.
bool read(PhoneNumber *number, const char *e164) {
  return PhoneNumberUtil::GetInstance()->Parse(e164, no_country, number) == PhoneNumberUtil::NO_PARSING_ERROR;
}

cphone_result format(char *formatted, const char *e164, const char *country) {
  PhoneNumber number;
  if (!read(&number, e164)) return CPHONE_NOT_A_NUMBER;
  const PhoneNumberUtil &library = *PhoneNumberUtil::GetInstance();
  std::string home;
  library.GetRegionCodeForNumber(number, &home);
  std::string written;
  library.Format(
      number, home == country ? PhoneNumberUtil::NATIONAL : PhoneNumberUtil::INTERNATIONAL, &written);
  return write(formatted, CPHONE_FORMATTED_BYTES, written);
}

bool is_mobile(const char *e164) {
  PhoneNumber number;
  if (!read(&number, e164)) return false;
  const PhoneNumberUtil::PhoneNumberType type = PhoneNumberUtil::GetInstance()->GetNumberType(number);
  return type == PhoneNumberUtil::MOBILE || type == PhoneNumberUtil::FIXED_LINE_OR_MOBILE;
}

}  // namespace

cphone_result cphone_parse(char e164[CPHONE_E164_BYTES], const char *text, size_t length,
                           const char *country) {
  e164[0] = '\0';
  if (length > CPHONE_TEXT_MAXIMUM_BYTES) return CPHONE_NOT_A_NUMBER;
  try {
    return parse(e164, std::string(text, length), country);
  } catch (...) {
    return CPHONE_FAILED;
  }
}

cphone_result cphone_format(char formatted[CPHONE_FORMATTED_BYTES], const char *e164, const char *country) {
  formatted[0] = '\0';
  try {
    return format(formatted, e164, country);
  } catch (...) {
    return CPHONE_FAILED;
  }
}

bool cphone_is_mobile(const char *e164) {
  try {
    return is_mobile(e164);
  } catch (...) {
    return false;
  }
}
