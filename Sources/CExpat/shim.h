// SPDX-License-Identifier: Apache-2.0

#ifndef COVE_CEXPAT_SHIM_H
#define COVE_CEXPAT_SHIM_H

#include <expat.h>

#endif
