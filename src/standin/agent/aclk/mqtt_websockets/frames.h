#ifndef FRAMES_H
#define FRAMES_H

#include "text.h"

enum frame_kind { FRAME_CONTINUATION = 0, FRAME_TEXT = 1, FRAME_BINARY = 2, FRAME_CLOSE = 8, FRAME_PING = 9, FRAME_PONG = 10 };
enum frame_progress { FRAME_MORE, FRAME_WHOLE, FRAME_BROKEN };

/* A WebSocket frame (RFC 6455, section 5.2) that lies in the bytes it was read from. */
struct frame {
    enum frame_kind kind;
    const char *payload;
    size_t length;
    size_t size; /* with its header */
};

/* Adds a whole masked frame, as a client sends it. */
void frame_add(struct text *bytes, enum frame_kind kind, const void *payload, size_t length);
/* Looks at the first frame of what has arrived from a server. Longer than limit is broken. */
enum frame_progress frame_read(const struct text *arrived, size_t limit, struct frame *frame);

#endif
