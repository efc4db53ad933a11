#include "machine-guid.h"
#include "directories.h"
#include "log.h"
#include "text.h"

#include <ctype.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>

/* Shipped by accident in images that many machines were made from (agent 1.31, registry). */
static const char *const banned[] = {"8a795b0c-2311-11e6-8563-000c295076a6", "4aed1458-1c3e-11e6-a53f-000c290fc8f5"};

static char guid[37];

const char *machine_guid(void)
{
    return guid;
}

static bool take(const char *content)
{
    size_t length = strcspn(content, " \t\r\n");

    if (length != 36)
        return false;
    for (size_t i = 0; i < 36; i++)
        guid[i] = (char)tolower((unsigned char)content[i]);
    guid[36] = '\0';
    for (size_t i = 0; i < sizeof(banned) / sizeof(*banned); i++)
        if (strcmp(guid, banned[i]) == 0)
            return false;
    return is_uuid(guid);
}

int random_uuid(char uuid[37])
{
    unsigned char random[16];

    if (getrandom(random, sizeof(random), 0) != sizeof(random))
        return -1;
    random[6] = (random[6] & 0x0f) | 0x40;
    random[8] = (random[8] & 0x3f) | 0x80;
    for (int i = 0, at = 0; i < 16; i++)
        at += snprintf(uuid + at, 37 - (size_t)at, i == 4 || i == 6 || i == 8 || i == 10 ? "-%02x" : "%02x", random[i]);
    return 0;
}

static int make(const char *path)
{
    return random_uuid(guid) ? -1 : write_file(path, guid, 0644);
}

int machine_guid_load(void)
{
    char *path = formatted("%s/netdata.public.unique.id", directories.registry);
    char *content = read_file(path, 256);
    int result = 0;

    /* A file that is there and cannot be read is not replaced: that would be a new machine for everyone who knows the old one. */
    if (!content && errno != ENOENT) {
        log_error("The machine's identity %s cannot be read: %s", path, strerror(errno));
        result = -1;
    } else if (!content || !take(content)) {
        if (content)
            log_error("%s holds no usable identity. A new one takes its place.", path);
        result = make(path);
        if (result)
            log_error("The machine's identity %s cannot be written: %s", path, strerror(errno));
    }
    free(content);
    free(path);
    return result;
}
