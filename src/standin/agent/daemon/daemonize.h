#ifndef DAEMONIZE_H
#define DAEMONIZE_H

/* Leaves the terminal. The process the user started stays until daemon_ready and ends with 0, or ends with 1 when the agent ends before. -1 with errno. */
int daemonize(void);
/* Lets the first process go, and what the agent prints with it. Nothing to do in the foreground. */
void daemon_ready(void);

#endif
