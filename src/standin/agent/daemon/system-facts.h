#ifndef SYSTEM_FACTS_H
#define SYSTEM_FACTS_H

/* What machine this is. Gathered once, before any thread starts; never NULL. */
struct system_facts {
    char *hostname;
    char *os_name, *os_id, *os_version;
    char *kernel_name, *kernel_version, *architecture;
    char *timezone;
    long processors;
    unsigned long long memory_bytes;
};

extern struct system_facts system_facts;
void system_facts_gather(void);

#endif
