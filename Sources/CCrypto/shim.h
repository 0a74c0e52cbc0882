// SPDX-License-Identifier: Apache-2.0

#ifndef COVE_CCRYPTO_SHIM_H
#define COVE_CCRYPTO_SHIM_H

#include <openssl/evp.h>

#endif
