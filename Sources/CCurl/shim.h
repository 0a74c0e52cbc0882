// SPDX-License-Identifier: Apache-2.0
//
// libcurl as Swift can call it: one typed function for each shape of the variadic calls.

#ifndef COVE_CCURL_SHIM_H
#define COVE_CCURL_SHIM_H

#include <curl/curl.h>
#include <stdbool.h>
#include <stdint.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <sys/prctl.h>

static inline CURLcode cove_curl_set_long(CURL *easy, CURLoption option, long value) {
    return curl_easy_setopt(easy, option, value);
}

static inline CURLcode cove_curl_set_offset(CURL *easy, CURLoption option, curl_off_t value) {
    return curl_easy_setopt(easy, option, value);
}

static inline CURLcode cove_curl_set_string(CURL *easy, CURLoption option, const char *value) {
    return curl_easy_setopt(easy, option, value);
}

static inline CURLcode cove_curl_set_pointer(CURL *easy, CURLoption option, void *value) {
    return curl_easy_setopt(easy, option, value);
}

static inline CURLcode cove_curl_set_headers(CURL *easy, struct curl_slist *list) {
    return curl_easy_setopt(easy, CURLOPT_HTTPHEADER, list);
}

typedef size_t (*cove_curl_data_callback)(char *data, size_t size, size_t count, void *context);

static inline CURLcode cove_curl_set_data_callback(CURL *easy, CURLoption option, cove_curl_data_callback callback) {
    return curl_easy_setopt(easy, option, callback);
}

typedef int (*cove_curl_seek_callback)(void *context, curl_off_t offset, int origin);

static inline CURLcode cove_curl_set_seek_callback(CURL *easy, cove_curl_seek_callback callback) {
    return curl_easy_setopt(easy, CURLOPT_SEEKFUNCTION, callback);
}

static inline size_t cove_curl_read_abort(void) { return CURL_READFUNC_ABORT; }

static inline long cove_curl_info_long(CURL *easy, CURLINFO info) {
    long value = 0;
    curl_easy_getinfo(easy, info, &value);
    return value;
}

static inline curl_off_t cove_curl_info_offset(CURL *easy, CURLINFO info) {
    curl_off_t value = 0;
    curl_easy_getinfo(easy, info, &value);
    return value;
}

static inline void *cove_curl_info_private(CURL *easy) {
    char *value = NULL;
    curl_easy_getinfo(easy, CURLINFO_PRIVATE, &value);
    return value;
}

static inline CURLMcode cove_curl_multi_set_long(CURLM *multi, CURLMoption option, long value) {
    return curl_multi_setopt(multi, option, value);
}

typedef int (*cove_curl_socket_callback)(CURL *easy, curl_socket_t socket, int what, void *context, void *known);
typedef int (*cove_curl_timer_callback)(CURLM *multi, long milliseconds, void *context);

static inline void cove_curl_multi_set_callbacks(
    CURLM *multi, cove_curl_socket_callback on_socket, cove_curl_timer_callback on_timer, void *context) {
    curl_multi_setopt(multi, CURLMOPT_SOCKETFUNCTION, on_socket);
    curl_multi_setopt(multi, CURLMOPT_SOCKETDATA, context);
    curl_multi_setopt(multi, CURLMOPT_TIMERFUNCTION, on_timer);
    curl_multi_setopt(multi, CURLMOPT_TIMERDATA, context);
}

// The next transfer that ended, or NULL; its result goes to *result.
static inline CURL *cove_curl_multi_next_done(CURLM *multi, CURLcode *result) {
    int left;
    CURLMsg *message;
    while ((message = curl_multi_info_read(multi, &left))) {
        if (message->msg != CURLMSG_DONE) continue;
        *result = message->data.result;
        return message->easy_handle;
    }
    return NULL;
}

// The sockets of the transfers are watched with epoll, which the Glibc module does not show.

typedef struct { int socket; bool readable, writable, failed; } cove_poll_event;

static inline int cove_poll_create(void) { return epoll_create1(EPOLL_CLOEXEC); }

static inline int cove_poll_bell(void) { return eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK); }

static inline void cove_poll_ring(int bell) { eventfd_write(bell, 1); }

static inline void cove_poll_silence(int bell) {
    eventfd_t count;
    eventfd_read(bell, &count);
}

static inline bool cove_poll_set(int set, int operation, int socket, bool reading, bool writing) {
    struct epoll_event event = {.events = (reading ? EPOLLIN : 0u) | (writing ? EPOLLOUT : 0u), .data.fd = socket};
    return epoll_ctl(set, operation, socket, &event) == 0;
}

// Waits and returns how many of the events were filled in.
static inline int cove_poll_wait(int set, cove_poll_event *events, int room, int milliseconds) {
    struct epoll_event ready[128];
    int count = epoll_wait(set, ready, room < 128 ? room : 128, milliseconds);
    for (int i = 0; i < count; i++) {
        events[i].socket = ready[i].data.fd;
        events[i].readable = ready[i].events & EPOLLIN;
        events[i].writable = ready[i].events & EPOLLOUT;
        events[i].failed = ready[i].events & (EPOLLERR | EPOLLHUP);
    }
    return count < 0 ? 0 : count;
}

static inline void cove_thread_name(const char *name) { prctl(PR_SET_NAME, name, 0, 0, 0); }

#endif
