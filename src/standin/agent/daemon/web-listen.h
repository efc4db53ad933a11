#ifndef WEB_LISTEN_H
#define WEB_LISTEN_H

#define MAXIMUM_LISTENERS 8

/* Fills descriptors with listening sockets and returns how many. What could not be opened is said in the log. */
int web_listen(int descriptors[MAXIMUM_LISTENERS]);

#endif
