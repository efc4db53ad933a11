#include "log.h"
#include "text.h"

#include <fcntl.h>
#include <pthread.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>
#include <unistd.h>

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static char *log_path;
static int log_descriptor = -1;
static enum log_terminal terminal = LOG_TERMINAL_ALL;

static int open_log(const char *path)
{
    return open(path, O_WRONLY | O_APPEND | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0640);
}

void log_terminal(enum log_terminal wanted)
{
    pthread_mutex_lock(&lock);
    terminal = wanted;
    pthread_mutex_unlock(&lock);
}

int log_open(const char *path)
{
    int descriptor = open_log(path);

    if (descriptor < 0)
        return -1;
    pthread_mutex_lock(&lock);
    log_path = copy_of(path);
    log_descriptor = descriptor;
    pthread_mutex_unlock(&lock);
    return 0;
}

void log_reopen(void)
{
    int descriptor;

    pthread_mutex_lock(&lock);
    descriptor = log_path ? open_log(log_path) : -1;
    if (descriptor >= 0) {
        close(log_descriptor);
        log_descriptor = descriptor;
    }
    pthread_mutex_unlock(&lock);
}

static void write_line(bool error, const char *format, va_list arguments)
{
    char line[1024], when[32];
    time_t now = time(NULL);
    struct tm local;
    int start, length;

    strftime(when, sizeof(when), "%Y-%m-%d %H:%M:%S", localtime_r(&now, &local));
    start = snprintf(line, sizeof(line), "%s: netdata %s : ", when, error ? "ERROR" : "INFO ");
    length = start + vsnprintf(line + start, sizeof(line) - (size_t)start - 1, format, arguments);
    if (length > (int)sizeof(line) - 2)
        length = (int)sizeof(line) - 2;
    /* What a server sends may end up here; it must not be able to forge lines or drive a terminal. */
    for (int i = start; i < length; i++)
        if ((unsigned char)line[i] < 0x20 || line[i] == 0x7f)
            line[i] = '?';
    line[length++] = '\n';

    pthread_mutex_lock(&lock);
    /* A full disk must not stop the agent: what cannot be written there is lost. */
    bool lost = log_descriptor >= 0 && write(log_descriptor, line, (size_t)length) < 0;
    if ((terminal == LOG_TERMINAL_ALL || (terminal == LOG_TERMINAL_ERRORS && (error || lost))) && write(STDERR_FILENO, line, (size_t)length) < 0)
        terminal = LOG_TERMINAL_NOTHING;
    pthread_mutex_unlock(&lock);
}

void log_info(const char *format, ...)
{
    va_list arguments;

    va_start(arguments, format);
    write_line(false, format, arguments);
    va_end(arguments);
}

void log_error(const char *format, ...)
{
    va_list arguments;

    va_start(arguments, format);
    write_line(true, format, arguments);
    va_end(arguments);
}
