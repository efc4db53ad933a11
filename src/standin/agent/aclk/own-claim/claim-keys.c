#include "claim-keys.h"
#include "directories.h"
#include "log.h"
#include "text.h"
#include "tls.h"

#include <errno.h>
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/rsa.h>
#include <stdlib.h>
#include <string.h>

#define KEY_BITS 2048
#define KEY_BYTES (64 * 1024)
/* Less what the agent's umask takes away, which leaves its group. */
#define FILE_MODE 0666

static EVP_PKEY *make_key(void)
{
    EVP_PKEY_CTX *context = EVP_PKEY_CTX_new_id(EVP_PKEY_RSA, NULL);
    EVP_PKEY *key = NULL;

    if (!context || EVP_PKEY_keygen_init(context) <= 0 || EVP_PKEY_CTX_set_rsa_keygen_bits(context, KEY_BITS) <= 0 || EVP_PKEY_keygen(context, &key) <= 0)
        log_error("A key pair for the claim cannot be made: %s", tls_failure());
    EVP_PKEY_CTX_free(context);
    return key;
}

static int store(const char *name, BIO *pem)
{
    char *path = formatted("%s/%s", directories.cloud, name), *bytes, *content;
    long length = BIO_get_mem_data(pem, &bytes);
    int result;

    content = formatted("%.*s", (int)length, bytes);
    result = write_file(path, content, FILE_MODE);
    if (result)
        log_error("%s cannot be written: %s", path, strerror(errno));
    explicit_bzero(content, strlen(content));
    free(content);
    free(path);
    return result;
}

/* The public key last: it stands for both when somebody looks. */
static void make_pair(void)
{
    EVP_PKEY *key = make_key();
    BIO *hidden = BIO_new(BIO_s_mem()), *shown = BIO_new(BIO_s_mem());

    if (key && hidden && shown && PEM_write_bio_PKCS8PrivateKey(hidden, key, NULL, NULL, 0, NULL, NULL) && PEM_write_bio_PUBKEY(shown, key) &&
        store("private.pem", hidden) == 0)
        store("public.pem", shown);
    BIO_free(hidden);
    BIO_free(shown);
    EVP_PKEY_free(key);
}

char *claim_public_key(void)
{
    char *path = formatted("%s/public.pem", directories.cloud), *key = read_file(path, KEY_BYTES);

    if (!key && errno == ENOENT) {
        make_pair();
        key = read_file(path, KEY_BYTES);
    }
    if (!key)
        log_error("%s cannot be read: %s", path, strerror(errno));
    free(path);
    return key;
}
