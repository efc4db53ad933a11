#include "challenge.h"
#include "log.h"
#include "text.h"
#include "tls.h"

#include <openssl/pem.h>
#include <openssl/rsa.h>
#include <stdlib.h>
#include <string.h>

#define LARGEST_KEY_BYTES 1024

/* Without it OpenSSL would ask the terminal for the password of an encrypted key. */
static int no_password(char *buffer, int size, int writing, void *unused)
{
    (void)buffer, (void)size, (void)writing, (void)unused;
    return -1;
}

static EVP_PKEY *read_key(const char *pem)
{
    BIO *bytes = BIO_new_mem_buf(pem, -1);
    EVP_PKEY *key = bytes ? PEM_read_bio_PrivateKey(bytes, NULL, no_password, NULL) : NULL;

    BIO_free(bytes);
    return key;
}

/* The length of what was decoded, or -1. */
static int decode(const char *encoded, unsigned char bytes[LARGEST_KEY_BYTES + 2])
{
    size_t length = strlen(encoded);
    int decoded;

    if (length == 0 || length % 4 || length / 4 * 3 > LARGEST_KEY_BYTES + 2)
        return -1;
    decoded = EVP_DecodeBlock(bytes, (const unsigned char *)encoded, (int)length);
    return decoded - (encoded[length - 1] == '=') - (encoded[length - 2] == '=');
}

static int decrypt(EVP_PKEY *key, const unsigned char *encrypted, size_t length, unsigned char *secret, size_t *secret_length)
{
    EVP_PKEY_CTX *context = EVP_PKEY_CTX_new(key, NULL);
    bool done = context && EVP_PKEY_decrypt_init(context) > 0 && EVP_PKEY_CTX_set_rsa_padding(context, RSA_PKCS1_OAEP_PADDING) > 0 &&
                EVP_PKEY_CTX_set_rsa_oaep_md(context, EVP_sha1()) > 0 && EVP_PKEY_CTX_set_rsa_mgf1_md(context, EVP_sha1()) > 0 &&
                EVP_PKEY_decrypt(context, secret, secret_length, encrypted, length) > 0;

    EVP_PKEY_CTX_free(context);
    return done ? 0 : -1;
}

char *challenge_solve(const char *encrypted, const char *private_key)
{
    unsigned char bytes[LARGEST_KEY_BYTES + 2], secret[LARGEST_KEY_BYTES], answer[LARGEST_KEY_BYTES * 2];
    size_t secret_length = sizeof(secret);
    EVP_PKEY *key = read_key(private_key);
    int length = decode(encrypted, bytes);
    const char *why = NULL;

    if (!key)
        why = "private.pem holds no usable private key";
    else if (length != EVP_PKEY_size(key) || length > LARGEST_KEY_BYTES)
        why = "the challenge is not as long as the key";
    else if (decrypt(key, bytes, (size_t)length, secret, &secret_length))
        why = "private.pem does not fit the public key that the Cloud has";
    EVP_PKEY_free(key);
    if (why) {
        log_error("The Cloud's challenge cannot be decrypted: %s.", why);
        return NULL;
    }
    EVP_EncodeBlock(answer, secret, (int)secret_length);
    OPENSSL_cleanse(secret, sizeof(secret));
    return copy_of((char *)answer);
}
