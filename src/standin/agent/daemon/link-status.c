#include "link-status.h"

#include <pthread.h>

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static struct link_status current = {.proxy = "none"};

struct link_status link_status(void)
{
    struct link_status copy;

    pthread_mutex_lock(&lock);
    copy = current;
    pthread_mutex_unlock(&lock);
    return copy;
}

struct link_status *link_status_lock(void)
{
    pthread_mutex_lock(&lock);
    return &current;
}

void link_status_unlock(void)
{
    pthread_mutex_unlock(&lock);
}
