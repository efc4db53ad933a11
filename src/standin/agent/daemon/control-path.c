#include "control-path.h"
#include "generation.h"
#include "text.h"

#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

static bool is_of_the_system(void)
{
    return strcmp(CONFIGURED_RUN, "/var/run/netdata") == 0 || strcmp(CONFIGURED_RUN, "/run/netdata") == 0;
}

char *control_path(const char *run_directory)
{
    const char *named = getenv("NETDATA_PIPENAME"), *run = getenv("NETDATA_RUN_DIR");

    if (named && *named)
        return copy_of(named);
    if (SOCKET_IN_TMP && is_of_the_system())
        return copy_of("/tmp/netdata-ipc");
    if (RUN_DIRECTORY_IN_ENVIRONMENT && run && *run)
        run_directory = run;
    return formatted("%s/netdata.pipe", run_directory);
}
