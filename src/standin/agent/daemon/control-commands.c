#include "control-commands.h"
#include "configuration.h"
#include "generation.h"
#include "log.h"
#include "reload-claiming.h"
#include "reports.h"

#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static void answer_with(struct text *answer, int code, const char *message)
{
    text_format(answer, "X%d", code);
    text_add(answer, "", 1);
    if (message && *message)
        text_format(answer, "%c%s", code ? 'E' : 'O', message);
}

static void ping(char *words, struct text *answer)
{
    (void)words;
    answer_with(answer, 0, "pong");
}

static void version(char *words, struct text *answer)
{
    (void)words;
    answer_with(answer, 0, "netdata " AGENT_VERSION);
}

static void reload_claiming_state(char *words, struct text *answer)
{
    char *sentence;

    (void)words;
    if (!HAVE_CLOUD) {
        answer_with(answer, 1, "This agent cannot be claimed, it was built without support for Cloud");
        return;
    }
    sentence = reload_claiming();
    answer_with(answer, 0, sentence);
    free(sentence);
}

static void aclk_state(char *words, struct text *answer)
{
    struct text report = {0};

    if (strcmp(words, "json") == 0)
        report_link_json(&report);
    else
        report_link_text(&report);
    answer_with(answer, 0, report.bytes);
    text_free(&report);
}

/* "file|section|key" or "file|section|key|value" → its parts; false when one is missing. */
static bool split_setting(char *words, enum configuration_file *file, char *parts[], int count)
{
    for (int i = 0; i < count; i++) {
        parts[i] = strsep(&words, i == count - 1 ? "" : "|");
        if (!parts[i])
            return false;
    }
    return configuration_file_named(parts[0], file);
}

static void read_config(char *words, struct text *answer)
{
    enum configuration_file file;
    char *parts[3], *value;

    if (!split_setting(words, &file, parts, 3)) {
        answer_with(answer, 1, "Use: read-config \"file|section|key\", where file is netdata or cloud.");
        return;
    }
    value = configuration_value(file, parts[1], parts[2], NULL);
    answer_with(answer, value ? 0 : 1, value ? value : "There is no such setting in the configuration.");
    free(value);
}

static void write_config(char *words, struct text *answer)
{
    enum configuration_file file;
    char *parts[4];

    if (!split_setting(words, &file, parts, 4)) {
        answer_with(answer, 1, "Use: write-config \"file|section|key|value\", where file is netdata or cloud.");
        return;
    }
    configuration_set(file, parts[1], parts[2], parts[3]);
    answer_with(answer, 0, NULL);
}

static void shutdown_agent(char *words, struct text *answer)
{
    (void)words;
    (void)answer; /* a real agent is gone before it answers; its client leaves with 255 */
    log_info("netdatacli asks the agent to end.");
    kill(getpid(), SIGTERM);
}

static void help(char *words, struct text *answer);

static const struct {
    bool present;
    const char *name, *help;
    void (*run)(char *words, struct text *answer);
} commands[] = {
    {true, "help", "help: this list", help},
    {HAS_PING, "ping", "ping: answers pong when the agent runs", ping},
    {HAS_VERSION_COMMAND, "version", "version: the agent's version", version},
    {true, "reload-claiming-state", "reload-claiming-state: reads the claim again", reload_claiming_state},
    {HAS_ACLK_STATE, "aclk-state", "aclk-state [json]: how the link to the Cloud is", aclk_state},
    {HAS_CONFIG_COMMANDS, "read-config", "read-config \"file|section|key\": one setting of netdata or cloud", read_config},
    {HAS_CONFIG_COMMANDS, "write-config", "write-config \"file|section|key|value\": sets one in memory", write_config},
    {true, "shutdown-agent", "shutdown-agent: ends the agent", shutdown_agent},
};

static void help(char *words, struct text *answer)
{
    struct text list = {0};

    (void)words;
    text_format(&list, "The commands are:");
    for (size_t i = 0; i < sizeof(commands) / sizeof(*commands); i++)
        if (commands[i].present)
            text_format(&list, "\n%s", commands[i].help);
    answer_with(answer, 0, list.bytes);
    text_free(&list);
}

/* Like an agent's, commands match when the line starts with their name. */
void control_command(const char *line, struct text *answer)
{
    char *copy = copy_of(line), *at = copy + strspn(copy, " \t\r\n"), *end = at + strlen(at);

    while (end > at && strchr(" \t\r\n", end[-1]))
        *--end = '\0';
    for (size_t i = 0; i < sizeof(commands) / sizeof(*commands); i++) {
        size_t length = strlen(commands[i].name);

        if (!commands[i].present || strncmp(at, commands[i].name, length))
            continue;
        at += length;
        commands[i].run(at + strspn(at, " \t"), answer);
        free(copy);
        return;
    }
    answer_with(answer, 1, "Illegal command. Please type \"help\" for instructions.");
    free(copy);
}
