#include "process-id.h"
#include "log.h"

#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

static const char *process_id_path;
static int descriptor = -1;
static bool written;

static int refuse(void)
{
    log_error("The process id cannot be written to %s: %s", process_id_path, strerror(errno));
    return -1;
}

int process_id_open(const char *path, const struct account *account)
{
    process_id_path = path;
    descriptor = open(path, O_WRONLY | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0644);
    if (descriptor < 0 || (geteuid() == 0 && fchown(descriptor, account->user, account->group)))
        return refuse();
    return 0;
}

int process_id_write(void)
{
    if (descriptor < 0)
        return 0;
    if (ftruncate(descriptor, 0) || dprintf(descriptor, "%d\n", (int)getpid()) < 0)
        return refuse();
    written = true;
    return 0;
}

void process_id_remove(void)
{
    /* The agent's user may not take names out of root's directory; an empty file names no process either. */
    if (written && unlink(process_id_path) && ftruncate(descriptor, 0))
        log_error("The process id stays in %s: %s", process_id_path, strerror(errno));
}
