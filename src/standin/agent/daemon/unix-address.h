#ifndef UNIX_ADDRESS_H
#define UNIX_ADDRESS_H

#include <sys/socket.h>
#include <sys/un.h>

/*
 * A Unix socket's address for any path. One that is too long for the kernel's 108 bytes is reached through its open
 * directory; *directory is then a descriptor to close after bind or connect, otherwise -1. Returns -1 with errno.
 */
int unix_address(const char *path, struct sockaddr_un *address, int *directory);

#endif
