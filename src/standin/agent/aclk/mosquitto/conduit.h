#ifndef CONDUIT_H
#define CONDUIT_H

/*
 * libmosquitto can connect to a Unix socket but not to a WebSocket. So it is given one of ours in the run directory for a
 * moment, and what comes out at the other end is carried by the WebSocket.
 */
struct conduit {
    int listener, directory;
    char path[108]; /* for libmosquitto: the place it connects to, with port 0 */
};

/* -1: said in the log. */
int conduit_open(struct conduit *conduit);
/* Our end of libmosquitto's connection, non-blocking; the conduit's name is gone then. -1: said in the log. */
int conduit_accept(struct conduit *conduit);
void conduit_close(struct conduit *conduit);

#endif
