#ifndef CLAIM_KEYS_H
#define CLAIM_KEYS_H

/* The node's public key as PEM, in new memory. Makes private.pem and public.pem (RSA 2048) when there is no public.pem. NULL: said in the log. */
char *claim_public_key(void);

#endif
