#ifndef LOG_H
#define LOG_H

/* What of the log also goes to stderr. At first, all of it. */
enum log_terminal { LOG_TERMINAL_ALL, LOG_TERMINAL_ERRORS, LOG_TERMINAL_NOTHING };

void log_terminal(enum log_terminal wanted);
/* -1 with errno: the log stays on stderr alone. */
int log_open(const char *path);
/* Opens the same path again: what logrotate asks for with SIGHUP. */
void log_reopen(void);
void log_info(const char *format, ...) __attribute__((format(printf, 1, 2)));
void log_error(const char *format, ...) __attribute__((format(printf, 1, 2)));

#endif
