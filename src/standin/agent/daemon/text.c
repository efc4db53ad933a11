#include "text.h"

#include <ctype.h>
#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static void need(const void *memory)
{
    if (memory)
        return;
    fputs("netdata: out of memory\n", stderr);
    abort();
}

static void reserve(struct text *text, size_t length)
{
    size_t wanted = text->length + length + 1;

    if (wanted <= text->capacity)
        return;
    text->capacity = wanted < 256 ? 256 : wanted + wanted / 2;
    text->bytes = realloc(text->bytes, text->capacity);
    need(text->bytes);
}

void text_add(struct text *text, const void *bytes, size_t length)
{
    reserve(text, length);
    if (length)
        memcpy(text->bytes + text->length, bytes, length);
    text->length += length;
    text->bytes[text->length] = '\0';
}

static void format_into(struct text *text, const char *format, va_list arguments)
{
    va_list again;
    int length;

    va_copy(again, arguments);
    length = vsnprintf(NULL, 0, format, again);
    va_end(again);
    if (length < 0)
        return;
    reserve(text, (size_t)length);
    vsnprintf(text->bytes + text->length, (size_t)length + 1, format, arguments);
    text->length += (size_t)length;
}

void text_format(struct text *text, const char *format, ...)
{
    va_list arguments;

    va_start(arguments, format);
    format_into(text, format, arguments);
    va_end(arguments);
}

/* Length of the UTF-8 sequence that starts here, 0 when there is none. Enough for JSON: surrogates and overlong forms are not looked for. */
static size_t sequence_length(const unsigned char *at)
{
    size_t length = at[0] < 0x80 ? 1 : at[0] < 0xc2 ? 0 : at[0] < 0xe0 ? 2 : at[0] < 0xf0 ? 3 : at[0] < 0xf5 ? 4 : 0;

    for (size_t i = 1; i < length; i++)
        if ((at[i] & 0xc0) != 0x80)
            return 0;
    return length;
}

void text_json(struct text *text, const char *value)
{
    if (!value) {
        text_add(text, "null", 4);
        return;
    }
    text_add(text, "\"", 1);
    for (const unsigned char *at = (const unsigned char *)value; *at;) {
        size_t length = sequence_length(at);

        if (!length)
            text_add(text, "?", 1);
        else if (*at == '"' || *at == '\\')
            text_format(text, "\\%c", *at);
        else if (*at < 0x20)
            text_format(text, "\\u%04x", *at);
        else
            text_add(text, at, length);
        at += length ? length : 1;
    }
    text_add(text, "\"", 1);
}

void text_drop(struct text *text, size_t length)
{
    if (!length)
        return;
    memmove(text->bytes, text->bytes + length, text->length - length + 1);
    text->length -= length;
}

void text_free(struct text *text)
{
    free(text->bytes);
    *text = (struct text){0};
}

char *copy_of(const char *value)
{
    char *copy = strdup(value);

    need(copy);
    return copy;
}

char *formatted(const char *format, ...)
{
    struct text text = {0};
    va_list arguments;

    va_start(arguments, format);
    format_into(&text, format, arguments);
    va_end(arguments);
    need(text.bytes);
    return text.bytes;
}

bool is_uuid(const char *value)
{
    for (int i = 0; i < 36; i++) {
        bool hyphen = i == 8 || i == 13 || i == 18 || i == 23;

        if (hyphen ? value[i] != '-' : !isxdigit((unsigned char)value[i]))
            return false;
    }
    return value[36] == '\0';
}

long parse_number(const char *value, long minimum, long maximum, long fallback)
{
    char *end;
    long number;

    errno = 0;
    number = strtol(value, &end, 10);
    if (end == value || *end || errno || number < minimum || number > maximum)
        return fallback;
    return number;
}
