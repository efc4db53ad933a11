#include "daemonize.h"

#include <fcntl.h>
#include <sys/types.h>
#include <unistd.h>

static int ready_descriptor = -1;

static void wait_for_agent(int descriptor)
{
    char ready;

    _exit(read(descriptor, &ready, 1) == 1 ? 0 : 1);
}

int daemonize(void)
{
    int ends[2];
    pid_t child;

    if (pipe2(ends, O_CLOEXEC))
        return -1;
    child = fork();
    if (child < 0)
        return -1;
    if (child > 0) {
        close(ends[1]);
        wait_for_agent(ends[0]);
    }
    close(ends[0]);
    ready_descriptor = ends[1];
    setsid();
    child = fork(); /* not the leader of its session: no terminal can become its own again */
    if (child != 0)
        _exit(child < 0 ? 1 : 0);
    return chdir("/");
}

void daemon_ready(void)
{
    int nowhere;

    if (ready_descriptor < 0)
        return;
    nowhere = open("/dev/null", O_RDWR | O_CLOEXEC);
    for (int descriptor = 0; nowhere >= 0 && descriptor < 3; descriptor++)
        dup2(nowhere, descriptor);
    if (nowhere > 2)
        close(nowhere);
    if (write(ready_descriptor, "r", 1) < 0)
        return; /* the first process is gone: nobody waits */
    close(ready_descriptor);
    ready_descriptor = -1;
}
