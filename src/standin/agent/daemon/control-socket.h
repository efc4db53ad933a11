#ifndef CONTROL_SOCKET_H
#define CONTROL_SOCKET_H

/* Opens the socket for netdatacli. -1: said in the log, also when another agent answers there already. */
int control_socket_open(void);
/* Thread: answers until the agent is to end. */
void *control_socket_run(void *unused);
/* Takes the socket's name away. */
void control_socket_remove(void);

#endif
