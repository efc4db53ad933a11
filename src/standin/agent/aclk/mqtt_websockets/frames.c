#include "frames.h"

#include <openssl/rand.h>
#include <stdlib.h>

#define FINAL 0x80
#define MASKED 0x80

void frame_add(struct text *bytes, enum frame_kind kind, const void *payload, size_t length)
{
    unsigned char head[14] = {(unsigned char)(FINAL | kind)}, *at = head + 2, *mask;
    size_t length_bytes = length < 126 ? 0 : length <= 0xffff ? 2 : 8, start;

    head[1] = (unsigned char)(MASKED | (length < 126 ? length : length_bytes == 2 ? 126 : 127));
    for (size_t i = length_bytes; i > 0; i--)
        *at++ = (unsigned char)((unsigned long long)length >> 8 * (i - 1));
    mask = at;
    if (RAND_bytes(mask, 4) != 1)
        abort();
    text_add(bytes, head, (size_t)(mask + 4 - head));
    start = bytes->length;
    text_add(bytes, payload, length);
    for (size_t i = 0; i < length; i++)
        bytes->bytes[start + i] ^= (char)mask[i % 4];
}

enum frame_progress frame_read(const struct text *arrived, size_t limit, struct frame *frame)
{
    const unsigned char *head = (const unsigned char *)arrived->bytes;
    unsigned long long length;
    size_t head_length;

    if (arrived->length < 2)
        return FRAME_MORE;
    length = head[1] & 0x7f;
    head_length = 2 + (length == 126 ? 2 : length == 127 ? 8 : 0);
    /* A server does not mask, and nobody agreed on extensions. Control frames are short and whole. */
    if (head[1] & MASKED || head[0] & 0x70 || (head[0] & 0x08 && (length > 125 || !(head[0] & FINAL))))
        return FRAME_BROKEN;
    if (arrived->length < head_length)
        return FRAME_MORE;
    if (head_length > 2)
        length = 0;
    for (size_t i = 2; i < head_length; i++)
        length = length << 8 | head[i];
    if (length > limit)
        return FRAME_BROKEN;
    if (arrived->length - head_length < length)
        return FRAME_MORE;
    *frame = (struct frame){head[0] & 0x0f, arrived->bytes + head_length, (size_t)length, head_length + (size_t)length};
    return FRAME_WHOLE;
}
