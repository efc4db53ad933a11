#ifndef WEB_SERVER_H
#define WEB_SERVER_H

/* Opens the addresses of [web] "bind to" and "default port". -1: not one could be opened; said in the log. */
int web_server_open(void);
/* Thread: answers until the agent is to end. */
void *web_server_run(void *unused);

#endif
