#ifndef RELOAD_CLAIMING_H
#define RELOAD_CLAIMING_H

/*
 * Looks at the claim again. From 2.0 an agent that is not claimed tries to be, and waits up to ten seconds for its link; then this is
 * a sentence in new memory that says how it is. Before, NULL.
 */
char *reload_claiming(void);

#endif
