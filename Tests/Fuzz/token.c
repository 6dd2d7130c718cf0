/// Tokens (CCore/include/ccore/token.h). The first byte of an input chooses:
///   - the rest is the text of a token, as it stands or, so that long ones are met, with most of its
///     characters chosen from the alphabet. Form is judged as a second, slow reading of the rules judges it;
///     what verifies is signed anew and must come out as it came in.
///   - the rest is key, message, footer and assertion. What was signed verifies, a second signature is
///     the same, and any one change (text, footer, assertion, key, capacity) is refused for its reason.
#include <ccore.h>
#include <sodium.h>

#include "fuzz.h"

enum { CANARY = 0xA5, HEADER = 10, TEXT_ROOM = LK_TOKEN_MAXIMUM_BYTES + 1 };

static const char alphabet[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";

// A second reading of base64url and of the token's form ------------------------------------------------

/// Decodes strictly: no padding, no foreign characters, unused bits zero. False for anything else.
static bool read_base64(const uint8_t *text, size_t characters, uint8_t *bytes, size_t *length) {
  if (characters % 4 == 1) return false;
  uint32_t bits = 0;
  int count = 0;
  *length = 0;
  for (size_t i = 0; i < characters; i++) {
    const char *found = text[i] == 0 ? NULL : strchr(alphabet, text[i]);
    if (found == NULL) return false;
    bits = bits << 6 | (uint32_t)(found - alphabet);
    count += 6;
    if (count < 8) continue;
    count -= 8;
    bytes[(*length)++] = (uint8_t)(bits >> count);
    bits &= (1u << count) - 1;
  }
  return bits == 0;
}

typedef struct {
  uint8_t body[LK_TOKEN_MAXIMUM_BYTES], footer[LK_TOKEN_MAXIMUM_BYTES];
  size_t body_length, footer_length;
} reading;

static lk_token_result read_token(const uint8_t *text, size_t length, reading *out) {
  out->body_length = out->footer_length = 0;
  if (length > LK_TOKEN_MAXIMUM_BYTES) return LK_TOKEN_TOO_LARGE;
  if (length < HEADER || memcmp(text, "v4.public.", HEADER) != 0) return LK_TOKEN_MALFORMED;
  size_t dot = HEADER;
  while (dot < length && text[dot] != '.') dot++;
  const bool has_footer = dot < length;
  const size_t footer = has_footer ? length - dot - 1 : 0;
  if (has_footer && footer == 0) return LK_TOKEN_MALFORMED;
  const size_t body_maximum = ((LK_TOKEN_MAXIMUM_MESSAGE + LK_SIGNATURE_BYTES) * 4 + 2) / 3;
  if (dot - HEADER > body_maximum) return LK_TOKEN_TOO_LARGE;
  if (footer > (LK_TOKEN_MAXIMUM_FOOTER * 4 + 2) / 3) return LK_TOKEN_TOO_LARGE;
  if (!read_base64(text + HEADER, dot - HEADER, out->body, &out->body_length)) return LK_TOKEN_MALFORMED;
  if (out->body_length < LK_SIGNATURE_BYTES) return LK_TOKEN_MALFORMED;
  if (has_footer && !read_base64(text + dot + 1, footer, out->footer, &out->footer_length))
    return LK_TOKEN_MALFORMED;
  return LK_TOKEN_OK;
}

// Verifying into a buffer of exactly the size given -------------------------------------------------------

/// As lk_token_verify; what is refused must have left the buffer alone.
static lk_token_result verify(lk_bytes token, lk_bytes footer, lk_bytes assertion, const uint8_t *key,
                              size_t capacity, uint8_t *copy, size_t *length) {
  uint8_t *message = malloc(capacity > 0 ? capacity : 1);
  memset(message, CANARY, capacity > 0 ? capacity : 1);
  size_t written = capacity;
  const lk_token_result result = lk_token_verify(message, &written, token, footer, assertion, key);
  if (result == LK_TOKEN_OK) {
    REQUIRE(written <= capacity);
    memcpy(copy, message, written);
    *length = written;
  } else {
    for (size_t i = 0; i < capacity; i++) REQUIRE(message[i] == CANARY);
  }
  free(message);
  return result;
}

// Any text --------------------------------------------------------------------------------------------

/// The key that texts are verified with; texts of the corpus that verify were signed with it.
static uint8_t public_key[LK_PUBLIC_KEY_BYTES], secret_key[LK_SECRET_KEY_BYTES];

static void read_any_text(const uint8_t *text, size_t length) {
  static reading expected;
  const lk_bytes token = {text, length};
  const lk_token_result form = read_token(text, length, &expected);
  uint8_t footer[LK_TOKEN_MAXIMUM_FOOTER];
  size_t footer_length = sizeof footer;
  REQUIRE(lk_token_peek_footer(footer, &footer_length, token) == form);
  uint8_t message[LK_TOKEN_MAXIMUM_MESSAGE];
  size_t message_length = 0;
  if (form != LK_TOKEN_OK) {
    const lk_bytes none = {NULL, 0};
    REQUIRE(verify(token, none, none, public_key, sizeof message, message, &message_length) == form);
    return;
  }
  REQUIRE(footer_length == expected.footer_length && memcmp(footer, expected.footer, footer_length) == 0);
  if (footer_length > 0) {
    size_t small = footer_length - 1;
    REQUIRE(lk_token_peek_footer(footer, &small, token) == LK_TOKEN_TOO_LARGE);
  }
  const lk_bytes found = {footer, footer_length}, nothing = {NULL, 0};
  const lk_token_result result =
      verify(token, found, nothing, public_key, sizeof message, message, &message_length);
  REQUIRE(result == LK_TOKEN_OK || result == LK_TOKEN_FORGED);
  if (result == LK_TOKEN_FORGED) return;

  REQUIRE(message_length == expected.body_length - LK_SIGNATURE_BYTES);
  REQUIRE(memcmp(message, expected.body, message_length) == 0);
  char again[TEXT_ROOM];
  size_t again_length = sizeof again;
  REQUIRE(lk_token_sign(again, &again_length, (lk_bytes){message, message_length}, found, nothing,
                        secret_key) == LK_TOKEN_OK);
  REQUIRE(again_length == length && memcmp(again, text, length) == 0);
}

/// Characters of the alphabet, but for an escape now and then; those that the input lacks are 'A'.
static size_t compose_part(fuzz_input *input, uint8_t *text, uint32_t maximum) {
  enum { ESCAPE = 0xF8 };
  const uint32_t length = fuzz_between(input, 0, maximum);
  for (uint32_t i = 0; i < length; i++) {
    const uint8_t choice = fuzz_byte(input);
    text[i] = choice < ESCAPE ? (uint8_t)alphabet[choice % 64] : fuzz_byte(input);
  }
  return length;
}

static void read_composed_text(fuzz_input *input) {
  static uint8_t composed[2 * LK_TOKEN_MAXIMUM_BYTES];
  memcpy(composed, "v4.public.", HEADER);
  const uint8_t way = fuzz_byte(input);
  const bool is_long = way % 4 == 3, has_footer = way % 8 >= 4;
  size_t length = HEADER + compose_part(input, composed + HEADER, is_long ? 2820 : 200);
  if (has_footer) {
    composed[length++] = '.';
    length += compose_part(input, composed + length, is_long ? 686 : 40);
  }
  read_any_text(composed, length);
}

// What was signed -------------------------------------------------------------------------------------

typedef struct {
  uint8_t bytes[LK_TOKEN_MAXIMUM_MESSAGE + 2];
  lk_bytes value;
} text;

/// Up to two more than allowed; bytes that the input lacks are counted up.
static void take_text(fuzz_input *input, text *out, uint32_t maximum) {
  const uint32_t length = fuzz_between(input, 0, maximum + 2);
  size_t taken;
  const uint8_t *bytes = fuzz_take(input, length, &taken);
  for (uint32_t i = 0; i < length; i++) out->bytes[i] = i < taken ? bytes[i] : (uint8_t)i;
  out->value = (lk_bytes){length > 0 ? out->bytes : NULL, length};
}

typedef struct {
  uint8_t public_key[LK_PUBLIC_KEY_BYTES], secret_key[LK_SECRET_KEY_BYTES];
  text message, footer, assertion;
  uint8_t token[TEXT_ROOM];
  size_t length;
} signing;

static lk_token_result verify_signed(const signing *made, lk_bytes token) {
  uint8_t message[LK_TOKEN_MAXIMUM_MESSAGE];
  size_t length;
  return verify(token, made->footer.value, made->assertion.value, made->public_key, sizeof message, message,
                &length);
}

static void check_whole(const signing *made) {
  const lk_bytes token = {made->token, made->length};
  const size_t length = made->message.value.length;
  uint8_t message[LK_TOKEN_MAXIMUM_MESSAGE];
  size_t found = 0;
  REQUIRE(verify(token, made->footer.value, made->assertion.value, made->public_key, length, message,
                 &found) == LK_TOKEN_OK);
  REQUIRE(found == length && (length == 0 || memcmp(message, made->message.bytes, length) == 0));
  if (length > 0) {
    REQUIRE(verify(token, made->footer.value, made->assertion.value, made->public_key, length - 1, message,
                   &found) == LK_TOKEN_TOO_LARGE);
  }
  static reading second;
  REQUIRE(read_token(made->token, made->length, &second) == LK_TOKEN_OK);
  REQUIRE(second.body_length == length + LK_SIGNATURE_BYTES);
  REQUIRE(second.footer_length == made->footer.value.length);
}

/// One change of the text: a byte altered, put in or left out, or the end cut off.
static void check_changed_text(const signing *made, fuzz_input *input) {
  static uint8_t changed[TEXT_ROOM + 1];
  const uint8_t way = fuzz_byte(input);
  const size_t at = fuzz_number(input, 2) % made->length;
  const uint8_t value = fuzz_byte(input);
  size_t length = made->length;
  memcpy(changed, made->token, length);
  switch (way % 4) {
    case 0: changed[at] ^= value == 0 ? 1 : value; break;
    case 1:
      memmove(changed + at + 1, changed + at, length - at);
      changed[at] = value;
      length++;
      break;
    case 2: memmove(changed + at, changed + at + 1, --length - at); break;
    default: length = at; break;
  }
  if (length == made->length && memcmp(changed, made->token, length) == 0) return;
  REQUIRE(verify_signed(made, (lk_bytes){changed, length}) != LK_TOKEN_OK);
}

/// The same token for another footer, another assertion, another key.
static void check_other_circumstances(signing *made, fuzz_input *input) {
  const lk_bytes token = {made->token, made->length};
  const uint8_t change = (uint8_t)(fuzz_byte(input) | 1);
  signing other = *made;
  other.footer.value.bytes = other.footer.bytes;
  other.assertion.value.bytes = other.assertion.bytes;
  if (other.footer.value.length > 0) {
    other.footer.bytes[change % other.footer.value.length] ^= change;
    REQUIRE(verify_signed(&other, token) == LK_TOKEN_WRONG_FOOTER);
    other.footer = made->footer;
    other.footer.value.length--;
    REQUIRE(verify_signed(&other, token) == LK_TOKEN_WRONG_FOOTER);
    other.footer = made->footer;
  } else {
    other.footer.value.length = 1;
    REQUIRE(verify_signed(&other, token) == LK_TOKEN_WRONG_FOOTER);
    other.footer.value.length = 0;
  }
  if (other.assertion.value.length > 0) {
    other.assertion.bytes[change % other.assertion.value.length] ^= change;
  } else {
    other.assertion.value.length = 1;
  }
  REQUIRE(verify_signed(&other, token) == LK_TOKEN_FORGED);
  other.assertion = made->assertion;
  other.public_key[change % LK_PUBLIC_KEY_BYTES] ^= change;
  REQUIRE(verify_signed(&other, token) == LK_TOKEN_FORGED);
}

static void check_key_id(const uint8_t key[LK_PUBLIC_KEY_BYTES]) {
  char id[LK_KEY_ID_BYTES], material[7 + 10 + 44];
  memset(id, CANARY, sizeof id);
  lk_key_id(id, key);
  REQUIRE(strlen(id) == LK_KEY_ID_BYTES - 1 && memcmp(id, "k4.pid.", 7) == 0);
  uint8_t found[33], expected[33];
  size_t length;
  REQUIRE(read_base64((const uint8_t *)id + 7, 44, found, &length) && length == sizeof found);
  memcpy(material, "k4.pid.k4.public.", 17);
  for (int i = 0; i < 43; i++) {
    uint32_t bits = 0;
    for (int bit = 6 * i; bit < 6 * i + 6; bit++)
      bits = bits << 1 | (bit < 256 ? key[bit / 8] >> (7 - bit % 8) & 1u : 0);
    material[17 + i] = alphabet[bits];
  }
  (void)crypto_generichash(expected, sizeof expected, (const uint8_t *)material, 60, NULL, 0);
  REQUIRE(memcmp(found, expected, sizeof found) == 0);
}

static void sign_and_check(fuzz_input *input) {
  static signing made;
  uint8_t seed[LK_KEY_SEED_BYTES] = {fuzz_byte(input), fuzz_byte(input)};
  lk_key_pair(made.public_key, made.secret_key, seed);
  check_key_id(made.public_key);
  take_text(input, &made.message, LK_TOKEN_MAXIMUM_MESSAGE - 2);
  take_text(input, &made.footer, LK_TOKEN_MAXIMUM_FOOTER);
  take_text(input, &made.assertion, LK_TOKEN_MAXIMUM_ASSERTION);
  if (fuzz_byte(input) == 0xFF) made.message.value.length = LK_TOKEN_MAXIMUM_MESSAGE + 1;

  made.length = sizeof made.token;
  const lk_token_result result = lk_token_sign((char *)made.token, &made.length, made.message.value,
                                               made.footer.value, made.assertion.value, made.secret_key);
  const bool fits = made.message.value.length <= LK_TOKEN_MAXIMUM_MESSAGE &&
                    made.footer.value.length <= LK_TOKEN_MAXIMUM_FOOTER &&
                    made.assertion.value.length <= LK_TOKEN_MAXIMUM_ASSERTION;
  REQUIRE(result == (fits ? LK_TOKEN_OK : LK_TOKEN_TOO_LARGE));
  if (!fits) return;
  REQUIRE(made.length <= LK_TOKEN_MAXIMUM_BYTES && made.token[made.length] == 0);

  char *exact = malloc(made.length + 1);
  size_t length = made.length + 1;
  REQUIRE(lk_token_sign(exact, &length, made.message.value, made.footer.value, made.assertion.value,
                        made.secret_key) == LK_TOKEN_OK);
  REQUIRE(length == made.length && memcmp(exact, made.token, length) == 0);
  REQUIRE(lk_token_sign(exact, &length, made.message.value, made.footer.value, made.assertion.value,
                        made.secret_key) == LK_TOKEN_TOO_LARGE);
  free(exact);
  check_whole(&made);
  check_changed_text(&made, input);
  check_other_circumstances(&made, input);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
  static const uint8_t seed[LK_KEY_SEED_BYTES] = {7};
  static bool started;
  if (!started) {
    REQUIRE(lk_crypto_start() == 0);
    lk_key_pair(public_key, secret_key, seed);
    started = true;
  }
  fuzz_input input = {data, size};
  switch (fuzz_byte(&input) % 4) {
    case 0: read_any_text(input.next, input.left); break;
    case 1: read_composed_text(&input); break;
    default: sign_and_check(&input); break;
  }
  return 0;
}
