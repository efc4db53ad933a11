#ifndef CONFIGURATION_H
#define CONFIGURATION_H

#include <stdbool.h>

/* netdatacli and -W know the first two, by the names netdata and cloud; the last is claim.conf. */
enum configuration_file { CONFIGURATION_NETDATA, CONFIGURATION_CLOUD, CONFIGURATION_CLAIM };

/* "netdata" or "cloud" → the file; false for anything else. */
bool configuration_file_named(const char *name, enum configuration_file *file);
/* Replaces what an earlier load of the same file gave. -1 with errno when the file cannot be read: then nothing of it is kept. */
int configuration_load(enum configuration_file file, const char *path);
/* In memory only, and stronger than the file: -W set, write-config, command line options. */
void configuration_set(enum configuration_file file, const char *section, const char *key, const char *value);
/* The value in new memory; NULL when there is none and fallback is NULL. */
char *configuration_value(enum configuration_file file, const char *section, const char *key, const char *fallback);

#endif
