#ifndef CONTROL_COMMANDS_H
#define CONTROL_COMMANDS_H

#include "text.h"

/* Carries out one line from netdatacli and writes its answer: "X0", a NUL, then "O…" for stdout or "E…" for stderr. Empty answer: hang up. */
void control_command(const char *line, struct text *answer);

#endif
