#include "unix-address.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

int unix_address(const char *path, struct sockaddr_un *address, int *directory)
{
    const char *slash = strrchr(path, '/');
    char parent[PATH_MAX];
    int length;

    *directory = -1;
    *address = (struct sockaddr_un){.sun_family = AF_UNIX};
    if (strlen(path) < sizeof(address->sun_path)) {
        strcpy(address->sun_path, path);
        return 0;
    }
    if (!slash || (size_t)(slash - path) >= sizeof(parent)) {
        errno = ENAMETOOLONG;
        return -1;
    }
    snprintf(parent, sizeof(parent), "%.*s", (int)(slash - path), path);
    *directory = open(parent, O_PATH | O_DIRECTORY | O_CLOEXEC);
    if (*directory < 0)
        return -1;
    length = snprintf(address->sun_path, sizeof(address->sun_path), "/proc/self/fd/%d%s", *directory, slash);
    if (length < (int)sizeof(address->sun_path))
        return 0;
    close(*directory);
    *directory = -1;
    errno = ENAMETOOLONG;
    return -1;
}
