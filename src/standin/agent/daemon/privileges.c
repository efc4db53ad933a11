#include "privileges.h"
#include "log.h"
#include "text.h"

#include <errno.h>
#include <grp.h>
#include <pwd.h>
#include <string.h>
#include <unistd.h>

int account_find(const char *name, struct account *account)
{
    struct passwd *entry;

    *account = (struct account){NULL, geteuid(), getegid()};
    if (geteuid() != 0)
        return 0;
    entry = getpwnam(name);
    if (!entry) {
        log_error("There is no user \"%s\" to run as. Create it, or set \"run as user\" in the [global] section of netdata.conf.", name);
        return -1;
    }
    *account = (struct account){copy_of(name), entry->pw_uid, entry->pw_gid};
    return 0;
}

int account_become(const struct account *account)
{
    if (!account->name || account->user == 0)
        return 0;
    if (initgroups(account->name, account->group) || setgid(account->group) || setuid(account->user)) {
        log_error("Cannot become user \"%s\": %s", account->name, strerror(errno));
        return -1;
    }
    if (setuid(0) == 0) {
        log_error("Became user \"%s\", but the way back to root is still open.", account->name);
        return -1;
    }
    return 0;
}
