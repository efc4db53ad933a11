#ifndef LIBRARIES_H
#define LIBRARIES_H

/* What this program was linked with, in one line of the log. A real agent compresses, stores and resolves with them; this one names them. */
void libraries_log(void);

#endif
