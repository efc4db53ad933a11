#ifndef PRIVILEGES_H
#define PRIVILEGES_H

#include <sys/types.h>

struct account {
    char *name; /* NULL: stay who we are */
    uid_t user;
    gid_t group;
};

/* Who the agent is to be. -1 when it was started as root and the user does not exist; said in the log. */
int account_find(const char *name, struct account *account);
/* Becomes that user for good. -1: said in the log, and the program must end. */
int account_become(const struct account *account);

#endif
