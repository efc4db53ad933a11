#include "options.h"
#include "config.h"
#include "configuration.h"
#include "directories.h"
#include "reports.h"
#include "system-facts.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const char usage[] =
    "netdata " AGENT_VERSION "\n" STANDIN_SENTENCE "\n\n"
    "Usage: netdata [options]\n"
    "  -D                      stay in the foreground; the log goes to the terminal too\n"
    "  -c FILE                 configuration file (default: " CONFIGURED_CONFIG "/netdata.conf)\n"
    "  -P FILE                 write the process id to this file\n"
    "  -p PORT                 port of the web server (default: 19999)\n"
    "  -u USER                 run as this user when started as root (default: " CONFIGURED_USER ")\n"
    "  -v, -V                  print the version\n"
    "  -h                      print this\n"
    "  -W buildinfo            print what this agent was built with\n"
    "  -W set SECTION KEY VALUE\n"
    "  -W get SECTION KEY DEFAULT\n"
    "  -W get2 FILE SECTION KEY DEFAULT    FILE is netdata or cloud\n";

static bool configuration_loaded;

/* 0, or an exit status when the user named a file that cannot be read. */
static int load_configuration(const char *path, bool must_exist)
{
    configuration_loaded = true;
    if (configuration_load(CONFIGURATION_NETDATA, path) == 0 || (errno == ENOENT && !must_exist))
        return 0;
    fprintf(stderr, "netdata: %s cannot be read: %s\n", path, strerror(errno));
    return must_exist ? 1 : 0;
}

static int print_build(void)
{
    directories_read();
    system_facts_gather();
    printf("Version: netdata %s\n%s\nInstall type: %s\nConfigure options: %s\nFeatures:\n", AGENT_VERSION, STANDIN_SENTENCE, system_facts.install_type, CONFIGURE_OPTIONS);
    printf("    Netdata Cloud: %s\n    ACLK: %s\n    TLS (OpenSSL), JSON-C, libmosquitto, libwebsockets: %s\n",
           CLOUD_DISABLED ? "NO (disabled by --disable-cloud)" : HAVE_CLOUD ? "YES" : "NO (libraries missing)", HAVE_CLOUD ? "YES" : "NO", HAVE_CLOUD ? "YES" : "NO");
    return 0;
}

static int print_setting(const char *file_name, char *words[])
{
    enum configuration_file file;
    char *value, *path;

    if (!configuration_file_named(file_name, &file)) {
        fprintf(stderr, "netdata: -W get2 knows the files netdata and cloud, not \"%s\"\n", file_name);
        return 1;
    }
    if (!configuration_loaded)
        load_configuration(CONFIGURED_CONFIG "/netdata.conf", false);
    directories_read();
    path = formatted("%s/cloud.conf", directories.cloud);
    if (file == CONFIGURATION_CLOUD)
        configuration_load(file, path);
    free(path);
    value = configuration_value(file, words[0], words[1], words[2]);
    printf("%s\n", value);
    free(value);
    return 0;
}

/* -W and its words. Returns how many words it used, or -1 when they make no sense; status is set when the program is to end. */
static int special(char *words[], int left, int *status)
{
    if (strcmp(words[0], "buildinfo") == 0)
        *status = print_build();
    else if (strcmp(words[0], "set") == 0 && left >= 4)
        return configuration_set(CONFIGURATION_NETDATA, words[1], words[2], words[3]), 4;
    else if (strcmp(words[0], "get") == 0 && left >= 4)
        *status = print_setting("netdata", words + 1);
    else if (strcmp(words[0], "get2") == 0 && left >= 5)
        *status = print_setting(words[1], words + 2);
    else
        return -1;
    return 1;
}

static int refuse(const char *why, const char *word)
{
    fprintf(stderr, "netdata: %s %s\nRun netdata -h for the options.\n", why, word);
    return 1;
}

static int one_option(struct options *options, char option, char *words[], int left)
{
    const char *value = left > 0 ? words[0] : "";
    int used;

    if (strchr("cPpuW", option) && left < 1)
        return refuse("a value is missing after", words[-1]), -1;
    switch (option) {
    case 'D':
        options->foreground = true;
        return 0;
    case 'v':
    case 'V':
        puts("netdata " AGENT_VERSION);
        options->exit_status = 0;
        return 0;
    case 'h':
        fputs(usage, stdout);
        options->exit_status = 0;
        return 0;
    case 'c':
        if (load_configuration(value, true))
            options->exit_status = 1;
        return 1;
    case 'P':
        options->pid_file = value;
        return 1;
    case 'p':
        if (parse_number(value, 1, 65535, -1) < 0)
            return refuse("no port number:", value), -1;
        configuration_set(CONFIGURATION_NETDATA, "web", "default port", value);
        return 1;
    case 'u':
        configuration_set(CONFIGURATION_NETDATA, "global", "run as user", value);
        return 1;
    case 'W':
        used = special(words, left, &options->exit_status);
        return used < 0 ? (refuse("cannot do -W", value), -1) : used;
    default:
        return refuse("unknown option", words[-1]), -1;
    }
}

struct options options_read(int count, char *words[])
{
    struct options options = {.exit_status = -1};

    for (int i = 1; i < count && options.exit_status < 0; i++) {
        int used = -1;

        if (words[i][0] == '-' && words[i][1] && !words[i][2])
            used = one_option(&options, words[i][1], words + i + 1, count - i - 1);
        else
            refuse("unknown option", words[i]);
        if (used < 0)
            options.exit_status = 1;
        else
            i += used;
    }
    if (options.exit_status < 0 && !configuration_loaded)
        load_configuration(CONFIGURED_CONFIG "/netdata.conf", false);
    return options;
}
