#ifndef TCP_CONNECT_H
#define TCP_CONNECT_H

/* A connected, non-blocking socket, or -1: said in the log. The name resolution itself cannot be interrupted. */
int tcp_connect(const char *host, int port, int interrupt, long long deadline);

#endif
