#include "endpoint.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

static bool copy_port(const char *text, endpoint *endpoint) {
  const size_t length = strlen(text);
  if (length == 0 || length >= ENDPOINT_PORT_BYTES || strspn(text, "0123456789") != length) return false;
  const long port = strtol(text, NULL, 10);
  if (port < 1 || port > 65535) return false;
  memcpy(endpoint->port, text, length + 1);
  return true;
}

bool endpoint_parse(const char *text, endpoint *endpoint) {
  const char *colon = strrchr(text, ':');
  if (colon == NULL || !copy_port(colon + 1, endpoint)) return false;
  const char *host = text;
  size_t length = (size_t)(colon - text);
  if (length >= 2 && host[0] == '[' && host[length - 1] == ']') {
    host++;
    length -= 2;
  } else if (memchr(host, ':', length) != NULL) {
    return false;  // an IPv6 address wants brackets
  }
  if (length == 0 || length >= ENDPOINT_HOST_BYTES) return false;
  memcpy(endpoint->host, host, length);
  endpoint->host[length] = '\0';
  return strpbrk(endpoint->host, " \t/[]@") == NULL;
}

bool endpoint_is_address(const endpoint *endpoint) {
  struct in6_addr address;
  return inet_pton(AF_INET, endpoint->host, &address) == 1 ||
         inet_pton(AF_INET6, endpoint->host, &address) == 1;
}

bool endpoint_is_loopback(const endpoint *endpoint) {
  union {
    struct sockaddr any;
    struct sockaddr_in four;
    struct sockaddr_in6 six;
  } address = {.six = {0}};
  if (inet_pton(AF_INET, endpoint->host, &address.four.sin_addr) == 1) {
    address.any.sa_family = AF_INET;
    return endpoint_address_is_loopback(&address.any);
  }
  if (inet_pton(AF_INET6, endpoint->host, &address.six.sin6_addr) == 1) {
    address.any.sa_family = AF_INET6;
    return endpoint_address_is_loopback(&address.any);
  }
  return strcasecmp(endpoint->host, "localhost") == 0;
}

bool endpoint_address_is_loopback(const struct sockaddr *address) {
  if (address->sa_family == AF_INET) {
    const struct sockaddr_in *four = (const struct sockaddr_in *)(const void *)address;
    return ntohl(four->sin_addr.s_addr) >> 24 == 127;
  }
  if (address->sa_family == AF_INET6) {
    const struct sockaddr_in6 *six = (const struct sockaddr_in6 *)(const void *)address;
    return IN6_IS_ADDR_LOOPBACK(&six->sin6_addr);
  }
  return false;
}
