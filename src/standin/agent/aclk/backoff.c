#include "backoff.h"

#include <sys/random.h>

#define LONGEST_MILLISECONDS 60000

long backoff_milliseconds(int failures, int base)
{
    long wait = 1000, spread;
    unsigned chance = 0;

    if (failures == 0)
        return 0;
    for (int i = 1; i < failures && wait < LONGEST_MILLISECONDS; i++)
        wait *= base;
    spread = wait / 2 < 1000 ? 1000 : wait / 2;
    if (getrandom(&chance, sizeof(chance), GRND_NONBLOCK) == sizeof(chance))
        wait += (long)(chance % (unsigned)spread);
    return wait < LONGEST_MILLISECONDS ? wait : LONGEST_MILLISECONDS;
}
