#ifndef PROTOBUF_H
#define PROTOBUF_H

#include "text.h"

#include <stdint.h>

/* Writes one field. As in proto3, a zero and an empty string are left out. */
void protobuf_number(struct text *message, unsigned field, uint64_t value);
void protobuf_string(struct text *message, unsigned field, const char *value);
/* An embedded message, also when it is empty. Frees it. */
void protobuf_message(struct text *message, unsigned field, struct text *embedded);

struct protobuf_field {
    unsigned number;
    uint64_t value;    /* varint and fixed-length fields */
    const char *bytes; /* length-delimited fields; NULL otherwise */
    size_t length;
};

/* Takes the next field off the front of what is left. false: at the end, or broken; *left is 0 only at the end. */
bool protobuf_next(const char **at, size_t *left, struct protobuf_field *field);
/* The last string with that number, in new memory; "" when there is none. NULL: the message is broken. */
char *protobuf_find_string(const char *message, size_t length, unsigned number);
/* The last number with that field number, 0 when there is none or the message is broken. */
uint64_t protobuf_find_number(const char *message, size_t length, unsigned number);

#endif
