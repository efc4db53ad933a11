#ifndef TEXT_H
#define TEXT_H

#include <stdbool.h>
#include <stddef.h>

/* A growing run of bytes that always ends in a NUL. Start with {0}. Running out of memory ends the program. */
struct text {
    char *bytes;
    size_t length;
    size_t capacity;
};

void text_add(struct text *text, const void *bytes, size_t length);
void text_format(struct text *text, const char *format, ...) __attribute__((format(printf, 2, 3)));
/* Adds a quoted JSON string; NULL becomes null. Bytes that are no UTF-8 become question marks. */
void text_json(struct text *text, const char *value);
/* Takes bytes away from the front. */
void text_drop(struct text *text, size_t length);
void text_free(struct text *text);

/* strdup and printf into new memory; both end the program instead of returning NULL. */
char *copy_of(const char *value);
char *formatted(const char *format, ...) __attribute__((format(printf, 1, 2)));

/* 36 characters, 8-4-4-4-12 hex digits of either case. */
bool is_uuid(const char *value);
/* A whole number in decimal, nothing around it, at least minimum and at most maximum; otherwise fallback. */
long parse_number(const char *value, long minimum, long maximum, long fallback);

#endif
