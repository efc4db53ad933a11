#include "wait.h"
#include "threads.h"

#include <errno.h>
#include <poll.h>

enum waited wait_for(int descriptor, short events, int interrupt, long long deadline)
{
    struct pollfd wanted[] = {{descriptor, events, 0}, {interrupt, POLLIN, 0}};

    for (;;) {
        long long left = deadline - monotonic_milliseconds();
        int ready = poll(wanted, 2, left < 0 ? 0 : left > 3600000 ? 3600000 : (int)left);

        if (ready > 0 && wanted[1].revents)
            return WAITED_INTERRUPTED;
        if (ready > 0 || (ready < 0 && errno != EINTR))
            return WAITED_READY; /* a broken descriptor says so when it is used */
        if (left <= 0)
            return WAITED_LATE;
    }
}

const char *waited_words(enum waited waited)
{
    return waited == WAITED_LATE ? "no answer in time" : "interrupted, because the claim changed or the agent ends";
}
