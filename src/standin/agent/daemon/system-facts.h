#ifndef SYSTEM_FACTS_H
#define SYSTEM_FACTS_H

#include <time.h>

/* What machine this is. Gathered once, before any thread starts; never NULL. */
struct system_facts {
    char *hostname;
    char *os_name, *os_id, *os_version;
    char *kernel_name, *kernel_version, *architecture;
    char *timezone;
    /* Who installed this agent, from .install-type beside its configuration: an installer writes that after the build. */
    char *install_type;
    long processors;
    time_t started;
    unsigned long long memory_bytes;
};

extern struct system_facts system_facts;
void system_facts_gather(void);

#endif
