/// ccore.h — the C core of Latchkey: everything in one include. The four headers are the contract.
#ifndef CCORE_H
#define CCORE_H

#include <ccore/crypto.h>
#include <ccore/lock.h>
#include <ccore/pin.h>
#include <ccore/token.h>

#endif
