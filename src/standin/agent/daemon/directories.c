#include "directories.h"
#include "configuration.h"
#include "generation.h"
#include "log.h"
#include "text.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

struct directories directories;

static char *configured(const char *key, const char *fallback)
{
    return configuration_value(CONFIGURATION_NETDATA, "directories", key, fallback);
}

void directories_read(void)
{
    char *registry;

    directories.config = configured("config", CONFIGURED_CONFIG);
    directories.lib = configured("lib", CONFIGURED_LIB);
    directories.cache = configured("cache", CONFIGURED_CACHE);
    directories.log = configured("log", CONFIGURED_LOG);
    directories.run = configured("run", CONFIGURED_RUN);
    registry = formatted("%s/registry", directories.lib);
    directories.registry = configured("registry", registry);
    free(registry);
    directories.cloud = STATE_IS_CLAIM_D ? formatted("%s/claim.d", directories.config) : formatted("%s/cloud.d", directories.lib);
}

static int make_with_parents(const char *path, mode_t mode)
{
    char *partial = copy_of(path);
    int result;

    for (char *at = partial + 1; *at; at++) {
        if (*at != '/')
            continue;
        *at = '\0';
        mkdir(partial, 0755);
        *at = '/';
    }
    free(partial);
    result = mkdir(path, mode);
    return result && errno == EEXIST ? 0 : result;
}

/* By descriptor and without following links, so that root cannot be led to another place. */
static int give(const char *path, uid_t user, gid_t group)
{
    int descriptor = open(path, O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC);
    int result;

    if (descriptor < 0)
        return errno == ENOENT ? 0 : -1;
    result = fchown(descriptor, user, group);
    close(descriptor);
    return result;
}

static int prepare(const char *path, mode_t mode, uid_t user, gid_t group)
{
    if (make_with_parents(path, mode) == 0 && (geteuid() != 0 || give(path, user, group) == 0))
        return 0;
    log_error("The directory %s cannot be made ready: %s", path, strerror(errno));
    return -1;
}

int directories_prepare(uid_t user, gid_t group)
{
    static const char *const own_files[] = {"%s/netdata.public.unique.id", "%s/netdata.node.id", "%s/error.log"};
    const char *const own_places[] = {directories.registry, directories.lib, directories.log};
    /* The group of the directory of the logs is an installer's to choose. */
    const struct { const char *path; mode_t mode; gid_t group; } wanted[] = {
        {directories.lib, 0755, group}, {directories.cache, 0755, group}, {directories.log, 0755, (gid_t)-1},
        {directories.run, 0755, group}, {directories.registry, 0770, group}, {directories.cloud, 0770, group},
    };

    for (size_t i = 0; i < sizeof(wanted) / sizeof(*wanted); i++)
        if (!(STATE_IS_CLAIM_D && wanted[i].path == directories.cloud) && prepare(wanted[i].path, wanted[i].mode, user, wanted[i].group))
            return -1;
    for (size_t i = 0; geteuid() == 0 && i < 3; i++) {
        char path[4096];

        snprintf(path, sizeof(path), own_files[i], own_places[i]);
        if (give(path, user, group) == 0)
            continue;
        log_error("The file %s cannot be given to the agent's user: %s", path, strerror(errno));
        return -1;
    }
    return 0;
}

int write_file(const char *path, const char *content, mode_t mode)
{
    char *temporary = formatted("%s.%d.new", path, (int)getpid());
    int descriptor, error;
    size_t length = strlen(content);

    unlink(temporary);
    descriptor = open(temporary, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW, mode);
    error = descriptor < 0 ? errno : 0;
    if (!error && (write(descriptor, content, length) != (ssize_t)length || fsync(descriptor)))
        error = errno ? errno : EIO;
    if (descriptor >= 0)
        close(descriptor);
    if (!error && rename(temporary, path))
        error = errno;
    if (error)
        unlink(temporary);
    free(temporary);
    errno = error;
    return error ? -1 : 0;
}

char *read_file(const char *path, size_t maximum)
{
    int descriptor = open(path, O_RDONLY | O_NONBLOCK | O_CLOEXEC);
    struct text text = {0};
    char buffer[4096];
    ssize_t length = 0;

    if (descriptor < 0)
        return NULL;
    text_add(&text, "", 0);
    while (text.length <= maximum && (length = read(descriptor, buffer, sizeof(buffer))) > 0)
        text_add(&text, buffer, (size_t)length);
    if (length < 0 || text.length > maximum) {
        int error = length < 0 ? errno : EFBIG;

        text_free(&text);
        close(descriptor);
        errno = error;
        return NULL;
    }
    close(descriptor);
    return text.bytes;
}
