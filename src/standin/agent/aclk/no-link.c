/* What an agent without Cloud has instead of link.c. */
#include "link.h"

void link_prepare(void)
{
}

void *link_run(void *unused)
{
    return unused;
}

void link_notice(void)
{
}
