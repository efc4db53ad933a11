#include "configuration.h"
#include "text.h"

#include <ctype.h>
#include <errno.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct setting {
    struct setting *next;
    enum configuration_file file;
    bool from_file;
    char *section, *key, *value;
};

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static struct setting *settings;

bool configuration_file_named(const char *name, enum configuration_file *file)
{
    *file = strcmp(name, "cloud") == 0 ? CONFIGURATION_CLOUD : CONFIGURATION_NETDATA;
    return *file == CONFIGURATION_CLOUD || strcmp(name, "netdata") == 0;
}

static struct setting *find(enum configuration_file file, const char *section, const char *key, bool from_file)
{
    for (struct setting *at = settings; at; at = at->next)
        if (at->file == file && at->from_file == from_file && !strcmp(at->section, section) && !strcmp(at->key, key))
            return at;
    return NULL;
}

static void put(enum configuration_file file, const char *section, const char *key, const char *value, bool from_file)
{
    struct setting *setting = find(file, section, key, from_file);

    if (setting) {
        free(setting->value);
        setting->value = copy_of(value);
        return;
    }
    setting = calloc(1, sizeof(*setting));
    if (!setting)
        abort();
    *setting = (struct setting){settings, file, from_file, copy_of(section), copy_of(key), copy_of(value)};
    settings = setting;
}

static void forget_file(enum configuration_file file)
{
    for (struct setting **link = &settings; *link;) {
        struct setting *setting = *link;

        if (setting->file != file || !setting->from_file) {
            link = &setting->next;
            continue;
        }
        *link = setting->next;
        free(setting->section);
        free(setting->key);
        free(setting->value);
        free(setting);
    }
}

static char *trimmed(char *value)
{
    char *end = value + strlen(value);

    while (end > value && isspace((unsigned char)end[-1]))
        *--end = '\0';
    while (isspace((unsigned char)*value))
        value++;
    return value;
}

int configuration_load(enum configuration_file file, const char *path)
{
    char line[4096], section[128] = "";
    FILE *stream = fopen(path, "re");
    int error = errno;

    pthread_mutex_lock(&lock);
    forget_file(file);
    while (stream && fgets(line, sizeof(line), stream)) {
        char *at = trimmed(line), *equals = strchr(at, '='), *end = strchr(at, ']');

        if (*at == '[' && end) {
            snprintf(section, sizeof(section), "%.*s", (int)(end - at - 1), at + 1);
        } else if (*at != '#' && *at != '\0' && equals) {
            *equals = '\0';
            put(file, section, trimmed(at), trimmed(equals + 1), true);
        }
    }
    pthread_mutex_unlock(&lock);
    if (stream)
        fclose(stream);
    errno = error;
    return stream ? 0 : -1;
}

void configuration_set(enum configuration_file file, const char *section, const char *key, const char *value)
{
    pthread_mutex_lock(&lock);
    put(file, section, key, value, false);
    pthread_mutex_unlock(&lock);
}

char *configuration_value(enum configuration_file file, const char *section, const char *key, const char *fallback)
{
    struct setting *setting;
    const char *value;
    char *copy;

    pthread_mutex_lock(&lock);
    setting = find(file, section, key, false);
    if (!setting)
        setting = find(file, section, key, true);
    value = setting ? setting->value : fallback;
    copy = value ? copy_of(value) : NULL;
    pthread_mutex_unlock(&lock);
    return copy;
}
