#ifndef LINK_H
#define LINK_H

/* Reads the proxy setting and the environment. Before any thread starts; does nothing in an agent without Cloud. */
void link_prepare(void);
/* Thread: keeps the link up until the agent is to end. */
void *link_run(void *unused);
/* The claim changed, or the agent is to end: look now. Safe from any thread. */
void link_notice(void);

#endif
