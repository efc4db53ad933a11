#include "threads.h"

#include <stdatomic.h>
#include <stdint.h>
#include <sys/eventfd.h>
#include <time.h>
#include <unistd.h>

static int descriptor = -1;
static atomic_bool wanted;

int stop_prepare(void)
{
    descriptor = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
    return descriptor < 0 ? -1 : 0;
}

int stop_descriptor(void)
{
    return descriptor;
}

bool stop_wanted(void)
{
    return atomic_load(&wanted);
}

void stop_now(void)
{
    uint64_t one = 1;

    atomic_store(&wanted, true);
    if (write(descriptor, &one, sizeof(one)) < 0)
        return; /* full: readable already */
}

long long monotonic_milliseconds(void)
{
    struct timespec now;

    clock_gettime(CLOCK_MONOTONIC, &now);
    return (long long)now.tv_sec * 1000 + now.tv_nsec / 1000000;
}
