#include "node-id.h"
#include "directories.h"
#include "link-status.h"
#include "log.h"
#include "text.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

static void show(const char *node_id)
{
    strcpy(link_status_lock()->node_id, node_id);
    link_status_unlock();
}

void node_id_load(void)
{
    char *path = formatted("%s/netdata.node.id", directories.lib), *content = read_file(path, 64);

    if (content && is_uuid(content))
        show(content);
    free(content);
    free(path);
}

bool node_id_store(const char *node_id)
{
    char *path;

    if (!is_uuid(node_id))
        return false;
    path = formatted("%s/netdata.node.id", directories.lib);
    if (write_file(path, node_id, 0640))
        log_error("The node id cannot be kept in %s: %s", path, strerror(errno));
    free(path);
    show(node_id);
    return true;
}
