#include "claim-state.h"
#include "config.h"
#include "configuration.h"
#include "control-socket.h"
#include "daemonize.h"
#include "directories.h"
#include "libraries.h"
#include "link.h"
#include "log.h"
#include "machine-guid.h"
#include "options.h"
#include "privileges.h"
#include "process-id.h"
#include "reports.h"
#include "system-facts.h"
#include "threads.h"
#include "web-server.h"

#include <errno.h>
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

static void *(*const thread_bodies[])(void *) = {web_server_run, control_socket_run, link_run};
#define THREADS (sizeof(thread_bodies) / sizeof(*thread_bodies))

/* As root where it was started so: makes the directories ready and becomes the agent's own user, before anything is opened to others. */
static int take_place(const struct options *options)
{
    char *name = configuration_value(CONFIGURATION_NETDATA, "global", "run as user", CONFIGURED_USER);
    struct account account;
    int result = account_find(name, &account);

    free(name);
    umask(0);
    if (!result)
        result = directories_prepare(account.user, account.group);
    umask(0022);
    if (!result && options->pid_file)
        result = process_id_open(options->pid_file, &account);
    umask(0007);
    if (!result)
        result = account_become(&account);
    free(account.name);
    return result;
}

static int open_everything(const struct options *options)
{
    char *log_path = formatted("%s/error.log", directories.log);
    int result = log_open(log_path);

    log_terminal(options->foreground ? LOG_TERMINAL_ALL : LOG_TERMINAL_ERRORS);
    if (result)
        log_error("The log %s cannot be written: %s", log_path, strerror(errno));
    free(log_path);
    if (result || machine_guid_load())
        return -1;
    log_info("netdata %s starts as process %d, user id %d. %s", AGENT_VERSION, (int)getpid(), (int)geteuid(), STANDIN_SENTENCE);
    libraries_log();
    system_facts_gather();
    claim_state_start();
    link_prepare();
    return stop_prepare() || control_socket_open() || web_server_open() || process_id_write() ? -1 : 0;
}

static void wait_for_signal(const sigset_t *signals)
{
    int signal = 0;

    while (sigwait(signals, &signal) || signal == SIGHUP || signal == SIGUSR1 || signal == SIGUSR2)
        if (signal == SIGHUP)
            log_reopen();
    log_info("netdata ends: signal %d.", signal);
}

static int run(const struct options *options, const sigset_t *signals)
{
    pthread_t threads[THREADS];
    struct timespec limit;
    bool ended = true;

    for (size_t i = 0; i < THREADS; i++) {
        if (pthread_create(&threads[i], NULL, thread_bodies[i], NULL) == 0)
            continue;
        log_error("A thread cannot be started.");
        return 1;
    }
    if (!options->foreground) {
        log_terminal(LOG_TERMINAL_NOTHING);
        daemon_ready();
    }
    wait_for_signal(signals);
    control_socket_remove();
    stop_now();
    link_notice();
    clock_gettime(CLOCK_REALTIME, &limit);
    limit.tv_sec += 2;
    for (size_t i = 0; i < THREADS; i++)
        ended = pthread_timedjoin_np(threads[i], NULL, &limit) == 0 && ended;
    /* A thread may hang in the name resolution, which cannot be interrupted. The agent ends all the same. */
    if (!ended) {
        process_id_remove();
        log_error("Part of the agent did not end in time; it is left behind.");
        _exit(0);
    }
    log_info("netdata ended.");
    return 0;
}

int main(int count, char *words[])
{
    struct options options = options_read(count, words);
    sigset_t signals;
    int status;

    if (options.exit_status >= 0)
        return options.exit_status;
    directories_read();
    if (!options.foreground && daemonize()) {
        fprintf(stderr, "netdata: cannot become a daemon: %s\n", strerror(errno));
        return 1;
    }
    signal(SIGPIPE, SIG_IGN);
    sigemptyset(&signals);
    for (const int *at = (const int[]){SIGTERM, SIGINT, SIGQUIT, SIGHUP, SIGUSR1, SIGUSR2, 0}; *at; at++)
        sigaddset(&signals, *at);
    pthread_sigmask(SIG_BLOCK, &signals, NULL);
    status = take_place(&options) || open_everything(&options) ? 1 : run(&options, &signals);
    if (status && options.foreground)
        fprintf(stderr, "netdata: not started.\n");
    process_id_remove();
    return status;
}
