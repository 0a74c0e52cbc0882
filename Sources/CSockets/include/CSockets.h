// SPDX-License-Identifier: Apache-2.0
//
// Unix sockets that carry file descriptors. No header of the system's is included here: Swift would take its types, such as `stat`, for
// this module's.

#ifndef COVE_CSOCKETS_H
#define COVE_CSOCKETS_H

#include <stddef.h>

enum { cove_most_descriptors = 4 };

// Two connected stream sockets, closed on exec; 0, or -1 with errno.
int cove_socket_pair(int *ends);

// A pipe, closed on exec: the end to read from, and the one to write to; 0, or -1 with errno.
int cove_pipe(int *ends);

// Sends bytes and with them descriptors, without waiting; how many bytes were sent, or -1 with errno.
long cove_socket_give(int socket, const void *bytes, size_t size, const int *descriptors, int count);

#endif
