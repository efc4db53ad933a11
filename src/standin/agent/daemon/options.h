#ifndef OPTIONS_H
#define OPTIONS_H

#include <stdbool.h>

struct options {
    bool foreground;
    const char *pid_file;
    /* Not -1: everything asked for was answered; end with this status. */
    int exit_status;
};

/* Reads the command line and the configuration file it names, or the one configure chose. */
struct options options_read(int count, char *words[]);

#endif
