// SPDX-License-Identifier: Apache-2.0
//
// Unix sockets that carry file descriptors: the control data of sendmsg is made by macros, which Swift does not see.

#define _GNU_SOURCE
#include "CSockets.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/uio.h>
#include <unistd.h>

int cove_socket_pair(int *ends) { return socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends); }

int cove_pipe(int *ends) { return pipe2(ends, O_CLOEXEC); }

// Sends bytes and with them descriptors, without waiting; how many bytes were sent, or -1.
long cove_socket_give(int socket, const void *bytes, size_t size, const int *descriptors, int count) {
    union { char space[CMSG_SPACE(sizeof(int) * cove_most_descriptors)]; struct cmsghdr aligned; } control;
    if (count < 1 || count > cove_most_descriptors) { errno = EINVAL; return -1; }
    memset(&control, 0, sizeof control);
    struct iovec part = {.iov_base = (void *)bytes, .iov_len = size};
    struct msghdr message;
    memset(&message, 0, sizeof message);
    message.msg_iov = &part;
    message.msg_iovlen = 1;
    message.msg_control = control.space;
    message.msg_controllen = CMSG_SPACE(sizeof(int) * (size_t)count);
    struct cmsghdr *header = CMSG_FIRSTHDR(&message);
    header->cmsg_level = SOL_SOCKET;
    header->cmsg_type = SCM_RIGHTS;
    header->cmsg_len = CMSG_LEN(sizeof(int) * (size_t)count);
    memcpy(CMSG_DATA(header), descriptors, sizeof(int) * (size_t)count);
    return sendmsg(socket, &message, MSG_NOSIGNAL | MSG_DONTWAIT);
}
