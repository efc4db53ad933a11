#include "protobuf.h"

#include <stdlib.h>
#include <string.h>

enum wire { WIRE_VARINT = 0, WIRE_FIXED64 = 1, WIRE_BYTES = 2, WIRE_FIXED32 = 5 };

static void add_varint(struct text *message, uint64_t value)
{
    unsigned char bytes[10];
    size_t length = 0;

    do {
        bytes[length] = (unsigned char)(value & 0x7f) | (value > 0x7f ? 0x80 : 0);
        value >>= 7;
    } while (bytes[length++] & 0x80);
    text_add(message, bytes, length);
}

static void add_bytes(struct text *message, unsigned field, const char *bytes, size_t length)
{
    add_varint(message, (uint64_t)field << 3 | WIRE_BYTES);
    add_varint(message, length);
    text_add(message, bytes, length);
}

void protobuf_number(struct text *message, unsigned field, uint64_t value)
{
    if (!value)
        return;
    add_varint(message, (uint64_t)field << 3 | WIRE_VARINT);
    add_varint(message, value);
}

void protobuf_string(struct text *message, unsigned field, const char *value)
{
    if (*value)
        add_bytes(message, field, value, strlen(value));
}

void protobuf_message(struct text *message, unsigned field, struct text *embedded)
{
    add_bytes(message, field, embedded->bytes, embedded->length);
    text_free(embedded);
}

static bool take_varint(const char **at, size_t *left, uint64_t *value)
{
    *value = 0;
    for (int shift = 0; shift < 70 && *left; shift += 7) {
        unsigned char byte = (unsigned char)**at;

        ++*at, --*left;
        if (shift < 64)
            *value |= (uint64_t)(byte & 0x7f) << shift;
        if (!(byte & 0x80))
            return true;
    }
    return false;
}

bool protobuf_next(const char **at, size_t *left, struct protobuf_field *field)
{
    uint64_t key, length;

    *field = (struct protobuf_field){0};
    if (*left == 0)
        return false;
    if (!take_varint(at, left, &key))
        goto broken;
    field->number = (unsigned)(key >> 3);
    if ((key & 7) == WIRE_VARINT) {
        if (!take_varint(at, left, &field->value))
            goto broken;
        return true;
    }
    length = (key & 7) == WIRE_FIXED64 ? 8 : 4;
    if ((key & 7) == WIRE_BYTES && !take_varint(at, left, &length))
        goto broken;
    if (((key & 7) != WIRE_BYTES && (key & 7) != WIRE_FIXED64 && (key & 7) != WIRE_FIXED32) || length > *left)
        goto broken;
    if ((key & 7) == WIRE_BYTES) {
        field->bytes = *at;
        field->length = (size_t)length;
    }
    *at += length;
    *left -= (size_t)length;
    return true;
broken:
    *left = *left ? *left : 1;
    return false;
}

char *protobuf_find_string(const char *message, size_t length, unsigned number)
{
    struct protobuf_field field;
    char *found = copy_of("");

    while (protobuf_next(&message, &length, &field)) {
        if (field.number != number || !field.bytes)
            continue;
        free(found);
        found = formatted("%.*s", (int)field.length, field.bytes);
    }
    if (length == 0)
        return found;
    free(found);
    return NULL;
}

uint64_t protobuf_find_number(const char *message, size_t length, unsigned number)
{
    struct protobuf_field field;
    uint64_t found = 0;

    while (protobuf_next(&message, &length, &field))
        if (field.number == number && !field.bytes)
            found = field.value;
    return length == 0 ? found : 0;
}
