#include "system-facts.h"
#include "configuration.h"
#include "directories.h"
#include "text.h"

#include <stdlib.h>
#include <string.h>
#include <sys/utsname.h>
#include <time.h>
#include <unistd.h>

struct system_facts system_facts;

/* The value of one key of os-release(5), without its quotes. */
static char *release_value(const char *content, const char *key)
{
    size_t key_length = strlen(key);

    for (const char *line = content; line && *line; line = strchr(line, '\n') ? strchr(line, '\n') + 1 : NULL) {
        const char *value = line + key_length + 1;
        size_t length;

        if (strncmp(line, key, key_length) || line[key_length] != '=')
            continue;
        length = strcspn(value, "\r\n");
        if (length >= 2 && (*value == '"' || *value == '\'') && value[length - 1] == *value) {
            value++;
            length -= 2;
        }
        return formatted("%.*s", (int)length, value);
    }
    return copy_of("unknown");
}

void system_facts_gather(void)
{
    struct utsname kernel;
    time_t now = time(NULL);
    struct tm local;
    char *release = read_file("/etc/os-release", 64 * 1024);
    char *install_path = formatted("%s/.install-type", directories.config);
    char *install = read_file(install_path, 4096);
    long pages = sysconf(_SC_PHYS_PAGES), page_size = sysconf(_SC_PAGESIZE);

    uname(&kernel);
    system_facts.started = now;
    system_facts.hostname = configuration_value(CONFIGURATION_NETDATA, "global", "hostname", kernel.nodename);
    system_facts.os_name = release_value(release, "NAME");
    system_facts.os_id = release_value(release, "ID");
    system_facts.os_version = release_value(release, "VERSION");
    system_facts.kernel_name = copy_of(kernel.sysname);
    system_facts.kernel_version = copy_of(kernel.release);
    system_facts.architecture = copy_of(kernel.machine);
    system_facts.timezone = copy_of(localtime_r(&now, &local) && local.tm_zone ? local.tm_zone : "UTC");
    system_facts.processors = sysconf(_SC_NPROCESSORS_ONLN);
    system_facts.memory_bytes = pages > 0 && page_size > 0 ? (unsigned long long)pages * (unsigned long long)page_size : 0;
    system_facts.install_type = release_value(install, "INSTALL_TYPE");
    free(install);
    free(install_path);
    free(release);
}
